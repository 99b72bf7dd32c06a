// SPDX-License-Identifier: Apache-2.0
// Parts of a page as a text with everything that writers read but the scripts of pictures.
#pragma once

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "support/document_text.hpp"

namespace archcost::test {

inline std::string whole_text(const document::Picture& picture) {
  const document::Chart& chart = picture.chart;
  std::string text =
      fmt::format("picture {}: {}\nx '{}', y '{}'{}{}", picture.name, picture.alt, chart.x, chart.y,
                  chart.log_x ? " log x" : "", chart.log_y ? " log y" : "");
  if (chart.decimals) text += fmt::format(" decimals {}", *chart.decimals);
  if (!chart.unit.empty()) text += fmt::format(" unit '{}'", chart.unit);
  if (chart.scale != 1) text += fmt::format(" scale {:.10g}", chart.scale);
  if (chart.peak != 0) text += fmt::format(" peak {:.10g}", chart.peak);
  if (!chart.points_of.empty()) text += " points of " + chart.points_of;
  for (const std::string& group : chart.muted) text += " muted '" + group + "'";
  for (const document::ChartLine& line : chart.lines)
    text += fmt::format(" line '{}' {:.10g}", line.title, line.value);
  return text + "\n" + whole_text(picture.data);
}

inline std::string whole_text(const document::PageTable& table) {
  std::string text = "table " + table.name;
  if (!table.folded.empty()) text += " folded '" + table.folded + "'";
  text += "\n" + whole_text(table.table);
  if (table.data) text += "data\n" + whole_text(*table.data);
  for (const std::string& note : table.notes) text += "* " + note + "\n";
  return text;
}

inline std::string whole_text(const document::PagePart& part) {
  return std::visit(
      [](const auto& one) -> std::string {
        using Part = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Part, document::Paragraph>) {
          return one.text + "\n";
        } else if constexpr (std::is_same_v<Part, document::Subheading>) {
          return "### " + one.text + "\n";
        } else if constexpr (std::is_same_v<Part, document::Listing>) {
          return one.language + "> " + one.text + "\n";
        } else if constexpr (std::is_same_v<Part, document::Bullets>) {
          std::string text;
          for (const std::string& item : one.items) text += "- " + item + "\n";
          return text;
        } else if constexpr (std::is_same_v<Part, document::Tree>) {
          std::string text = "tree " + one.name;
          for (const int level : one.levels) text += fmt::format(" {}", level);
          return text + "\n" + whole_text(one.table);
        } else {
          return whole_text(one);
        }
      },
      part);
}

/// After a line end, so that a raw string may begin with one.
inline std::string whole_text(const std::vector<document::PagePart>& parts) {
  std::string text = "\n";
  for (const document::PagePart& part : parts) text += whole_text(part);
  return text;
}

}  // namespace archcost::test
