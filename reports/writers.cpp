#include "reports/writers.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace archcost {
namespace {

constexpr std::size_t kGap = 2;  // blanks between columns

// A cell as people read it.
std::string shown(const Cell& cell, const Column& column, bool exact) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
    if (column.format == Format::kBytes && !exact) return *whole == 0 ? "-" : human_bytes(*whole);
    if (column.format != Format::kCount) return with_commas(*whole);
    return *whole == 0 ? "-" : exact ? with_commas(*whole) : human_count(*whole);
  }
  if (const auto* number = std::get_if<double>(&cell)) {
    if (column.format == Format::kPercent)
      return *number == 0 ? "-" : fmt::format("{:.{}f}", *number, exact ? 3 : 2);
    if (column.format == Format::kNumber) return fmt::format("{:#.4g}", *number);
    return fmt::format("{:.3f}", *number);
  }
  return {};
}

// A cell as machines read it.
std::string raw(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  return {};
}

std::string pad_right(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, display_width(text)), ' ');
}
std::string pad_left(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + text;
}
std::string aligned(const std::string& text, const Column& column, std::size_t width) {
  return column.format == Format::kText ? pad_right(text, width) : pad_left(text, width);
}

std::string cut(const std::string& text, const Column& column, std::size_t width) {
  return column.cut_end ? shorten_end(text, width) : shorten(text, width);
}

using TextRows = std::vector<std::vector<std::string>>;

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

std::vector<std::size_t> widths(const Table& table, const TextRows& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = display_width(table.columns[c].title);
    for (const auto& row : rows) width = std::max(width, display_width(row[c]));
    widths.push_back(width);
  }
  return widths;
}

// Which columns are shown, and how wide: texts are cut first, then expendable columns are left out.
struct Layout {
  std::vector<std::size_t> columns;
  std::vector<std::size_t> widths;

  std::size_t total() const {
    std::size_t sum = 0;
    for (std::size_t c : columns) sum += widths[c] + kGap;
    return sum;
  }
};

void narrow_texts(Layout& layout, const Table& table, std::size_t width) {
  while (layout.total() > width) {
    std::size_t* widest = nullptr;
    for (std::size_t c : layout.columns) {
      if (table.columns[c].format != Format::kText ||
          layout.widths[c] <= table.columns[c].narrowest)
        continue;
      if (widest == nullptr || layout.widths[c] > *widest) widest = &layout.widths[c];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

Layout fit(const Table& table, const TextRows& rows, std::size_t width) {
  Layout layout;
  for (std::size_t c = 0; c < table.columns.size(); ++c) layout.columns.push_back(c);
  const std::vector<std::size_t> natural = widths(table, rows);
  while (true) {
    layout.widths = natural;
    narrow_texts(layout, table, width);
    if (layout.total() <= width) return layout;
    const auto worst = std::max_element(
        layout.columns.begin(), layout.columns.end(), [&](std::size_t a, std::size_t b) {
          return table.columns[a].expendable < table.columns[b].expendable;
        });
    if (worst == layout.columns.end() || table.columns[*worst].expendable == 0) return layout;
    layout.columns.erase(worst);
  }
}

std::string text_line(const Table& table, const Layout& layout,
                      const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t c : layout.columns) {
    line += std::string(kGap, ' ') + aligned(cut(cells[c], table.columns[c], layout.widths[c]),
                                             table.columns[c], layout.widths[c]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string text_table(const Table& table, const TextOptions& options) {
  const TextRows rows = text_rows(table, options.exact);
  const Layout layout = fit(table, rows, options.width);
  std::vector<std::string> titles;
  for (const Column& column : table.columns) titles.push_back(column.title);
  std::string header = text_line(table, layout, titles);
  if (options.color) header = "\x1b[2m" + header.substr(0, header.size() - 1) + "\x1b[0m\n";
  const bool titled = std::any_of(titles.begin(), titles.end(),
                                  [](const std::string& title) { return !title.empty(); });
  std::string text = titled ? header : "";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line = text_line(table, layout, rows[r]);
    const bool total = table.last_is_total && r + 1 == rows.size();
    if (total && options.color) line = "\x1b[1m" + line.substr(0, line.size() - 1) + "\x1b[0m\n";
    text += line;
  }
  return text;
}

// Breaks at blanks so that no line is longer than the terminal.
std::string wrapped(const std::string& text, std::size_t width) {
  std::string out, line;
  for (const std::string& word : split(text, ' ')) {
    if (word.empty() && line.empty()) continue;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
      line = "  " + word;
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return out + line + "\n";
}

// The title, and the subtitle at the right end of its line where there is room.
std::string title_lines(const Document& document, const TextOptions& options) {
  const std::string title = options.color ? "\x1b[1m" + document.title + "\x1b[0m" : document.title;
  if (document.subtitle.empty()) return title + "\n";
  const std::size_t length = display_width(document.title) + 3 + display_width(document.subtitle);
  if (length <= options.width) return title + "   " + document.subtitle + "\n";
  return title + "\n" + wrapped(document.subtitle, options.width);
}

std::string markdown_table(const Table& table, bool exact) {
  TextRows rows = text_rows(table, exact);
  for (auto& row : rows) {
    for (std::string& cell : row) cell = escape_markdown(cell);
  }
  if (table.last_is_total && !rows.empty()) {
    for (std::string& cell : rows.back()) {
      if (!cell.empty()) cell = "**" + cell + "**";
    }
  }
  Table escaped = table;
  for (Column& column : escaped.columns) column.title = escape_markdown(column.title);
  const std::vector<std::size_t> sizes = widths(escaped, rows);
  std::string text = "|", rule = "|";
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    const bool number = table.columns[c].format != Format::kText;
    text +=
        " " +
        aligned(escaped.columns[c].title, table.columns[c], std::max<std::size_t>(sizes[c], 3)) +
        " |";
    rule += " " + std::string(std::max<std::size_t>(sizes[c], 3) - (number ? 1 : 0), '-') +
            (number ? ": |" : " |");
  }
  text += "\n" + rule + "\n";
  for (const auto& row : rows) {
    text += "|";
    for (std::size_t c = 0; c < row.size(); ++c)
      text += " " + aligned(row[c], table.columns[c], std::max<std::size_t>(sizes[c], 3)) + " |";
    text += "\n";
  }
  return text;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string escape_markdown(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '|':
      case '`':
      case '*':
      case '_':
      case '\\':
      case '[':
      case ']':
        escaped += std::string("\\") + c;
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '\n':
      case '\r':
        escaped += ' ';
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string write_text(const Document& document, const TextOptions& options) {
  std::string text = title_lines(document, options);
  for (const Section& section : document.sections) {
    text += "\n";
    if (!section.heading.empty()) text += wrapped(section.heading, options.width);
    if (!section.table.columns.empty()) text += text_table(section.table, options);
    if (!section.notes.empty() && !section.table.columns.empty()) text += "\n";
    for (const std::string& note : section.notes) text += wrapped(note, options.width);
  }
  return text;
}

std::string write_markdown(const Document& document, bool exact) {
  std::string text = "# " + escape_markdown(document.title) + "\n";
  if (!document.subtitle.empty()) text += "\n" + escape_markdown(document.subtitle) + "\n";
  for (const Section& section : document.sections) {
    if (!section.heading.empty()) text += "\n## " + escape_markdown(section.heading) + "\n";
    if (!section.table.columns.empty()) text += "\n" + markdown_table(section.table, exact);
    for (const std::string& note : section.notes) text += "\n" + escape_markdown(note) + "\n";
  }
  return text;
}

std::string write_csv(const Document& document) {
  std::string text;
  for (const Section& section : document.sections) {
    if (section.table.columns.empty()) continue;
    if (!text.empty()) text += "\n";
    const auto line = [&](auto&& field, std::size_t n) {
      for (std::size_t c = 0; c < n; ++c) text += (c == 0 ? "" : ",") + csv_field(field(c));
      text += "\n";
    };
    const std::size_t n = section.table.columns.size();
    line([&](std::size_t c) { return section.table.columns[c].key; }, n);
    for (const auto& row : section.table.rows) line([&](std::size_t c) { return raw(row[c]); }, n);
  }
  return text;
}

}  // namespace archcost
