// SPDX-License-Identifier: Apache-2.0
// JSON and JSON lines: rows as objects with raw numbers under the columns' keys.
#include <algorithm>

#include "core/text.hpp"
#include "reports/document/json.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::writers {

using document::Json;

namespace {

Json to_json(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  if (const auto* shown = std::get_if<document::NumberText>(&cell)) return shown->number;
  return nullptr;
}

Json row_object(const Table& table, const std::vector<Cell>& row) {
  Json object = Json::object();
  for (std::size_t c = 0; c < row.size(); ++c) {
    const Column& column = table.columns[c];
    object[column.key.empty() ? column.title : column.key] = to_json(row[c]);
  }
  return object;
}

}  // namespace

std::string write_json(const Document& document, const TextOptions&) {
  Json json;
  json["title"] = document.title;
  json["subtitle"] = document.subtitle;
  json["sections"] = Json::array();
  for (const Section& section : document.sections) {
    Json rows = Json::array();
    for (const auto& row : section.table.rows) rows.push_back(row_object(section.table, row));
    json["sections"].push_back(
        {{"heading", section.heading}, {"rows", std::move(rows)}, {"notes", section.notes}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string write_json_lines(const Document& document, const TextOptions&) {
  const auto main = std::find_if(document.sections.begin(), document.sections.end(),
                                 [](const Section& s) { return !s.table.columns.empty(); });
  std::string text;
  if (main == document.sections.end()) return text;
  for (const auto& row : main->table.rows)
    text +=
        row_object(main->table, row).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return text;
}

std::string json_array(const std::string& lines) {
  std::string text = "[";
  const char* separator = "\n";
  for (const std::string& line : split(lines, '\n')) {
    if (line.empty()) continue;
    text += separator + line;
    separator = ",\n";
  }
  return text + "\n]\n";
}

}  // namespace archcost::writers
