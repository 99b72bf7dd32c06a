// SPDX-License-Identifier: Apache-2.0
// What must hold of any report: tables are rectangular, links resolve, pictures are XML.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace archcost::test {

/// What is wrong with the report in that folder, a line each; empty when all is well.
std::string report_faults(const std::filesystem::path& folder);

/// What is wrong with a text as XML; empty when it is well formed.
std::string xml_fault(const std::string& text);

/// The bytes of report.md and the CSVs, by their paths in the folder.
std::map<std::string, std::string> report_texts(const std::filesystem::path& folder);

/// The document without its measured parts.
std::string analytic_part(const std::string& document);

}  // namespace archcost::test
