// SPDX-License-Identifier: Apache-2.0
// A document as a text with everything that writers read: exact values, formats and widths.
#pragma once

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "reports/document/page.hpp"

namespace archcost::test {

/// 'text', 12, 12.0 or 4/7=0.5714285714; nothing for an empty cell.
inline std::string whole_text(const document::Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return "'" + *text + "'";
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&cell)) {
    const std::string digits = fmt::format("{:.10g}", *real);
    return digits.find_first_not_of("-0123456789") == std::string::npos ? digits + ".0" : digits;
  }
  if (const auto* both = std::get_if<document::NumberText>(&cell))
    return fmt::format("{}={:.10g}", both->text, both->number);
  return "";
}

/// key "title" format, then e2: given up second-last, n20: the least width, and flags.
inline std::string whole_text(const document::Column& column) {
  constexpr const char* kFormats[] = {"text",    "integer", "count",     "percent",
                                      "bytes",   "number",  "ratio",     "decimal",
                                      "seconds", "change",  "numbertext"};
  std::string text = fmt::format("{} \"{}\" {}", column.key, column.title,
                                 kFormats[static_cast<int>(column.format)]);
  if (column.expendable != 0) text += fmt::format(" e{}", column.expendable);
  if (column.narrowest != 12) text += fmt::format(" n{}", column.narrowest);
  return text + (column.cut_end ? " cut" : "") + (column.list ? " list" : "") +
         (column.wrap ? " wrap" : "");
}

/// A line for the columns and one for each row; the total begins with "=".
inline std::string whole_text(const document::Table& table) {
  std::string text;
  for (const document::Column& column : table.columns)
    text += (text.empty() ? "" : "; ") + whole_text(column);
  if (!text.empty()) text += "\n";
  for (const auto& row : table.rows) {
    text += table.last_is_total && &row == &table.rows.back() ? "=" : "|";
    for (const document::Cell& cell : row) text += " " + whole_text(cell) + " |";
    text += "\n";
  }
  return text;
}

inline std::string whole_text(const document::Section& section) {
  std::string text = "== " + section.heading + "\n" + whole_text(section.table);
  for (const std::string& note : section.notes) text += "* " + note + "\n";
  return text;
}

/// After a line end, so that a raw string may begin with one.
inline std::string whole_text(const document::Document& document) {
  std::string text = "\n" + document.title + "\n" + document.subtitle + "\n";
  for (const document::Section& section : document.sections) text += whole_text(section);
  return text;
}

inline std::string whole_text(const document::Diagram& diagram) {
  std::string text = "\n" + diagram.alt + "\n";
  for (const document::Diagram::Box& box : diagram.boxes) {
    text += box.rounded ? "(" : "[";
    for (const std::string& line : box.lines) text += " " + line + " /";
    text += "\n";
  }
  for (const auto& [from, to] : diagram.arrows) text += fmt::format("{}-{} ", from, to);
  return text;
}

/// Real numbers with ten digits, so that the last ones don't depend on the machine.
inline void round_numbers(nlohmann::ordered_json& json) {
  if (json.is_number_float()) json = std::stod(fmt::format("{:.10g}", json.get<double>()));
  if (!json.is_structured()) return;
  for (nlohmann::ordered_json& part : json) round_numbers(part);
}

/// JSON on one line, as short as can be, in its order.
inline std::string short_json(const std::string& text) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(text);
  round_numbers(json);
  return json.dump();
}

}  // namespace archcost::test
