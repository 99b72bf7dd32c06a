// SPDX-License-Identifier: Apache-2.0
// Small networks as a page has them, and the sections of a page as texts.
#pragma once

#include <string>
#include <vector>

#include "reports/pages/report_input.hpp"
#include "support/page_text.hpp"
#include "support/support.hpp"

namespace archcost::test {

inline pages::ReportNetwork page_network(const std::string& label, const std::string& yaml,
                                         const std::vector<std::string>& settings = {}) {
  pages::ReportNetwork one;
  one.label = label;
  one.spec = spec::read_spec_text(label + ".yaml", yaml, ".");
  for (const std::string& setting : settings)
    one.options.settings.push_back(graph::parse_setting(one.spec, setting, setting));
  one.network = graph::build_network(one.spec, one.options);
  one.costs = cost::count(one.network);
  return one;
}

// 30 positions: 3240 multiply-adds of 3x3, 240 of 1x1; 108, 8 and 8 parameters.
inline pages::ReportNetwork wide_network() {
  pages::ReportNetwork one = page_network(
      "wide:x",
      "name: wide\nsource: a paper\nparams: {c: 4}\ninput: {channels: 3, height: 6, width: 5}\n"
      "layers:\n  - conv: {name: a, out: c, kernel: 3}\n  - batch_norm: {name: n}\n"
      "  - stage: {name: s, layers: [conv: {name: b, out: 2}]}\n");
  return one;
}

// 20 positions: 120 multiply-adds of 1x1 and 600 of 5 rows, one column.
inline pages::ReportNetwork thin_network() {
  return page_network("thin",
                      "name: thin\nsource: a book\ninput: {channels: 3, height: 5, width: 4}\n"
                      "layers:\n  - conv: {name: a, out: 2}\n"
                      "  - conv: {name: b, out: 3, kernel: [5, 1]}\n");
}

// Of tables that other builders make only the name and the size.
inline std::string outline_of(const std::vector<document::PagePart>& parts) {
  std::string text = "\n";
  for (const document::PagePart& part : parts) {
    const auto* table = std::get_if<document::PageTable>(&part);
    if (table == nullptr) {
      text += whole_text(part);
      continue;
    }
    text += fmt::format("table {}: {} columns, {} rows, {} notes", table->name,
                        table->table.columns.size(), table->table.rows.size(), table->notes.size());
    if (table->data)
      text += fmt::format("; data: {} {}", table->data->columns.size(), table->data->rows.size());
    text += (table->folded.empty() ? "" : "; folded: " + table->folded) + "\n";
  }
  return text;
}

inline std::string outline_of(const document::Page& page, const std::string& heading) {
  for (const document::PageSection& section : page.sections) {
    if (section.heading == heading) return outline_of(section.parts);
  }
  return "no section";
}

// The parts of a section of a page.
inline std::string section_text(const document::Page& page, const std::string& heading) {
  for (const document::PageSection& section : page.sections) {
    if (section.heading == heading) return whole_text(section.parts);
  }
  return "no section";
}

inline std::vector<std::string> headings_of(const document::Page& page) {
  std::vector<std::string> headings;
  for (const document::PageSection& section : page.sections)
    headings.push_back((section.measured ? "measured " : "") + section.heading + section.kept);
  return headings;
}

// As many kinds of convolutions with 1, 9, 25 ... multiply-adds at each position.
inline pages::ReportNetwork network_of_kinds(int kinds) {
  std::string layers;
  for (int k = 1; k <= kinds; ++k)
    layers += fmt::format("  - conv: {{name: c{}, out: 1, kernel: {}}}\n", k, 2 * k - 1);
  return page_network("kinds",
                      "name: kinds\ninput: {channels: 1, height: 3, width: 2}\nlayers:\n" + layers);
}

}  // namespace archcost::test
