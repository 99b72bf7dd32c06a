// SPDX-License-Identifier: Apache-2.0
// A report's folder: report.md, and what it links to in report_files/.
#pragma once

#include <string>

#include "reports/document/page.hpp"

namespace archcost::cli {

/// A signal came before the report was whole; nothing is left behind.
struct ReportInterrupted {};

/// Writes the report, whole or not at all. A report that is there already is replaced, with the
/// files it links to; nothing else in the folder is touched. Returns why pictures are missing:
/// missing pictures; empty when all are drawn. Throws ReportInterrupted, or Error: `folder` is a
/// file, its report.md was not made by archcost, it can't be written.
std::string write_report(const document::Page& page, const std::string& folder, bool keep_scripts);

}  // namespace archcost::cli
