// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/text_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace archcost::writers {
namespace {

constexpr std::size_t kGap = 2;       // blanks between columns
constexpr std::size_t kShortest = 8;  // texts are never cut below this
constexpr std::string_view kComma = ", ";

std::string shown_change(std::int64_t change, bool exact) {
  if (change == 0) return "-";
  return (change > 0 ? "+" : "") + (exact ? with_commas(change) : human_count(change));
}

// 10,927.24; two digits of what would be 0.00; "exact" without zeros at the end.
std::string shown_decimal(double number, bool exact) {
  constexpr double kSmall = 0.005;
  if (!exact && number != 0 && std::abs(number) < kSmall) return fmt::format("{:.2g}", number);
  std::string text = with_commas(number, exact ? 6 : 2);
  if (!exact) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string shown(const Cell& cell, const Column& column, bool exact) {
  if (const auto* text = std::get_if<std::string>(&cell)) return one_line(*text);
  if (const auto* number = std::get_if<document::NumberText>(&cell)) return number->text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
    if (column.format == kChange) return shown_change(*whole, exact);
    if (column.format == kBytes && !exact) return *whole == 0 ? "-" : human_bytes(*whole);
    if (column.format != kCount) return with_commas(*whole);
    return *whole == 0 ? "-" : exact ? with_commas(*whole) : human_count(*whole);
  }
  if (const auto* number = std::get_if<double>(&cell)) {
    if (column.format == kPercent)
      return *number == 0 ? "-" : fmt::format("{:.{}f}", *number, exact ? 3 : 2);
    if (column.format == kSeconds) return *number == 0 ? "-" : human_seconds(*number);
    if (column.format == kDecimal) return shown_decimal(*number, exact);
    if (column.format == kNumber) return fmt::format("{:#.4g}", *number);
    return fmt::format("{:.3f}", *number);
  }
  return {};
}

std::string pad_right(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, display_width(text)), ' ');
}
std::string pad_left(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + text;
}

std::string cut(const std::string& text, const Column& column, std::size_t width) {
  return column.cut_end ? shorten_end(text, width) : shorten(text, width);
}

// Which columns are shown, and how wide.
struct Layout {
  std::vector<std::size_t> columns;
  std::vector<std::size_t> widths;

  std::size_t total() const {
    std::size_t sum = 0;
    for (std::size_t c : columns) sum += widths[c] + kGap;
    return sum;
  }
};

void narrow_texts(Layout& layout, const Table& table, std::size_t width, std::size_t at_least) {
  while (layout.total() > width) {
    std::size_t* widest = nullptr;
    for (std::size_t c : layout.columns) {
      const std::size_t narrowest = at_least != 0 ? std::min(at_least, table.columns[c].narrowest)
                                                  : table.columns[c].narrowest;
      if (table.columns[c].format != kText || layout.widths[c] <= narrowest) continue;
      if (widest == nullptr || layout.widths[c] > *widest) widest = &layout.widths[c];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

// The column to omit next. The first one names the row and stays.
std::size_t next_to_go(const Layout& layout, const Table& table) {
  std::size_t worst = 1;
  for (std::size_t k = 1; k < layout.columns.size(); ++k) {
    if (table.columns[layout.columns[k]].expendable >=
        table.columns[layout.columns[worst]].expendable)
      worst = k;
  }
  return worst;
}

bool has_text(const TextRows& rows, std::size_t column) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const auto& cells) { return !cells[column].empty(); });
}

Layout fit(const Table& table, const TextRows& rows, std::size_t width) {
  Layout layout;
  for (std::size_t c = 0; c < table.columns.size(); ++c) layout.columns.push_back(c);
  const std::vector<std::size_t> natural = natural_widths(table, rows);
  layout.widths = natural;
  if (layout.total() > width && !rows.empty())
    std::erase_if(layout.columns, [&](std::size_t c) { return c > 0 && !has_text(rows, c); });
  while (true) {
    layout.widths = natural;
    narrow_texts(layout, table, width, 0);
    if (layout.total() <= width || layout.columns.size() == 1) return layout;
    const std::size_t worst = next_to_go(layout, table);
    if (table.columns[layout.columns[worst]].expendable == 0) {
      narrow_texts(layout, table, width, kShortest);
      if (layout.total() <= width || layout.columns.size() == 2) return layout;
    }
    layout.columns.erase(layout.columns.begin() + static_cast<std::ptrdiff_t>(worst));
  }
}

// The start of a word that fits into the width: up to a sign between its parts, if there is one.
std::string_view head_of(std::string_view word, std::size_t width) {
  std::size_t fitting = 0, at_sign = 0, cells = 0;
  for (const std::string_view character : utf8_characters(word)) {
    cells += display_width(character);
    if (cells > width && fitting > 0) break;
    fitting += character.size();
    if (std::string_view("/-_:=,;").find(character) != std::string_view::npos) at_sign = fitting;
  }
  return word.substr(0, at_sign > 0 ? at_sign : fitting);
}

// Broken at blanks; words that are too long are broken too.
std::vector<std::string> wrapped_lines(const std::string& text, std::size_t width) {
  std::vector<std::string> lines = {""};
  for (const std::string& one : split(text, ' ')) {
    std::string_view word = one;
    if (!lines.back().empty()) {
      if (display_width(lines.back()) + 1 + display_width(word) <= width) {
        lines.back() += " " + one;
        continue;
      }
      lines.emplace_back();
    }
    while (display_width(word) > width) {
      const std::string_view head = head_of(word, width);
      lines.back() = head;
      lines.emplace_back();
      word.remove_prefix(head.size());
    }
    lines.back() = word;
  }
  return lines;
}

// A list that is too long continues on the next line; its names stay whole.
std::vector<std::string> cell_lines(const std::string& text, const Column& column,
                                    std::size_t width) {
  if (column.wrap) return wrapped_lines(text, width);
  if (!column.list || display_width(text) <= width) return {cut(text, column, width)};
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(kComma, at), text.size());
    const bool last = end == text.size();
    const std::string item = text.substr(at, end - at) + (last ? "" : ",");
    if (!line.empty() && display_width(line) + 1 + display_width(item) > width) {
      lines.push_back(cut(line, column, width));
      line.clear();
    }
    line += (line.empty() ? "" : " ") + item;
    at = last ? end : end + kComma.size();
  }
  lines.push_back(cut(line, column, width));
  return lines;
}

std::vector<std::string> row_lines(const Table& table, const Layout& layout,
                                   const std::vector<std::string>& cells) {
  std::vector<std::vector<std::string>> columns;
  std::size_t height = 1;
  for (std::size_t c : layout.columns) {
    columns.push_back(cell_lines(cells[c], table.columns[c], layout.widths[c]));
    height = std::max(height, columns.back().size());
  }
  std::vector<std::string> lines(height);
  for (std::size_t row = 0; row < height; ++row) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const std::size_t c = layout.columns[k];
      lines[row] += std::string(kGap, ' ') +
                    aligned(row < columns[k].size() ? columns[k][row] : std::string(),
                            table.columns[c], layout.widths[c]);
    }
    lines[row].erase(lines[row].find_last_not_of(' ') + 1);
  }
  return lines;
}

// Titles that several columns have, "%" and "ratio" need the name of a column before them.
bool is_title_alone(const Table& table, const std::string& title) {
  return title != "%" && title != "ratio" &&
         std::count_if(table.columns.begin(), table.columns.end(),
                       [&](const Column& column) { return column.title == title; }) == 1;
}

std::string full_title(const Table& table, std::size_t column) {
  const std::string& title = table.columns[column].title;
  if (is_title_alone(table, title)) return title;
  for (std::size_t before = column; before > 0; --before) {
    if (is_title_alone(table, table.columns[before - 1].title))
      return fmt::format("{} of {}", title, table.columns[before - 1].title);
  }
  return title;
}

std::vector<std::string> left_out(const Table& table, const TextRows& rows, const Layout& layout) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool is_shown =
        std::find(layout.columns.begin(), layout.columns.end(), c) != layout.columns.end();
    if (!is_shown && has_text(rows, c)) names.push_back(full_title(table, c));
  }
  return names;
}

}  // namespace

TextRows text_rows(const Table& table, bool exact) {
  TextRows rows;
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      cells.push_back(shown(row[c], table.columns[c], exact));
    rows.push_back(std::move(cells));
  }
  return rows;
}

std::vector<std::size_t> natural_widths(const Table& table, const TextRows& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = display_width(one_line(table.columns[c].title));
    for (const auto& row : rows) width = std::max(width, display_width(row[c]));
    widths.push_back(width);
  }
  return widths;
}

std::string aligned(const std::string& text, const Column& column, std::size_t width) {
  return column.format == kText ? pad_right(text, width) : pad_left(text, width);
}

FittedTable text_table(const Table& table, const TextOptions& options) {
  const TextRows rows = text_rows(table, options.exact);
  const Layout layout = fit(table, rows, options.table_width);
  FittedTable fitted;
  fitted.left_out = left_out(table, rows, layout);
  const auto add = [&](const std::vector<std::string>& cells, const char* style) {
    for (const std::string& line : row_lines(table, layout, cells))
      fitted.text += options.color && *style != '\0' ? style + line + "\x1b[0m\n" : line + "\n";
  };
  std::vector<std::string> titles;
  for (const Column& column : table.columns) titles.push_back(one_line(column.title));
  const bool titled = std::any_of(titles.begin(), titles.end(),
                                  [](const std::string& title) { return !title.empty(); });
  if (titled) add(titles, "\x1b[2m");
  for (std::size_t r = 0; r < rows.size(); ++r)
    add(rows[r], table.last_is_total && r + 1 == rows.size() ? "\x1b[1m" : "");
  return fitted;
}

}  // namespace archcost::writers
