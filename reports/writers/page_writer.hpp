// SPDX-License-Identifier: Apache-2.0
// A report's files: the Markdown document, a CSV beside each table and picture.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "reports/document/page.hpp"

namespace archcost::writers {

using document::Bullets, document::Listing, document::PageTable, document::Paragraph,
    document::Subheading, document::Page, document::PageSection, document::PagePart,
    document::Picture;

/// The document's name in its folder, and the folder of what it links to.
inline constexpr std::string_view kReportName = "report.md";
inline constexpr std::string_view kReportFiles = "report_files";
/// The first line of the document. A file with it is a report and may be replaced.
inline constexpr std::string_view kReportMark = "<!-- made by archcost report -->";
/// Around measured sections. Everything outside of them is the same on every machine.
inline constexpr std::string_view kMeasuredStart = "<!-- measured -->";
inline constexpr std::string_view kMeasuredEnd = "<!-- end of measured -->";

/// A file of the folder kReportFiles.
struct ReportFile {
  std::string name;
  std::string text;
};

/// GitHub's Markdown, readable as plain text, with relative links. Only pictures among `drawn` are
/// shown; the data of the others is linked all the same, and `missing` says why.
std::string write_page(const Page& page, const std::set<std::string>& drawn,
                       const std::string& missing);
/// The measured part of a document with its marks; empty if it has none.
std::string measured_part(const std::string& document);
/// NAME.csv for each table and picture. Throws std::logic_error for a repeated name.
std::vector<ReportFile> page_data(const Page& page);
/// All pictures, in their order.
std::vector<const Picture*> pictures_of(const Page& page);

}  // namespace archcost::writers
