// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/writers.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "reports/writers/text_table.hpp"

namespace archcost::writers {
namespace {

// A cell as a raw value.
std::string raw(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  if (const auto* shown = std::get_if<document::NumberText>(&cell))
    return fmt::format("{}", shown->number);
  return {};
}

// Wraps at blanks so that no line is longer than the terminal.
std::string wrapped(const std::string& text, std::size_t width) {
  std::string out, line;
  for (const std::string& word : split(one_line(text), ' ')) {
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

// The title, and the subtitle on the same line if it fits.
std::string title_lines(const Document& document, const TextOptions& options) {
  const auto bold = [&](const std::string& text) {
    return options.color ? "\x1b[1m" + text + "\x1b[0m" : text;
  };
  const std::size_t length = display_width(document.title) + 3 + display_width(document.subtitle);
  if (!document.subtitle.empty() && length <= options.width)
    return bold(one_line(document.title)) + "   " + one_line(document.subtitle) + "\n";
  std::string title = wrapped(document.title, options.width);
  title.pop_back();
  return bold(title) + "\n" +
         (document.subtitle.empty() ? "" : wrapped(document.subtitle, options.width));
}

}  // namespace

std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x80 ? first : 0xFFFD;
  std::uint32_t code = first & (0xFFU >> (character.size() + 1));
  for (const char c : character.substr(1))
    code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

std::string with_commas_for_gaps(std::string_view text) {
  std::string result;
  for (std::size_t k = 0; k < text.size();) {
    const bool gap = text.substr(k).starts_with("   ");
    result += gap ? "," : std::string(1, text[k]);
    k += gap ? 2 : 1;  // the last blank stays
  }
  return result;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const std::string_view character : utf8_characters(text)) {
    const std::uint32_t code = code_point(character);
    if (code == '\n' || code == '\r' || code == '\t')
      line += ' ';
    else
      line += code == 0xFFFD ? "\uFFFD" : printable(character);
  }
  return line;
}

std::string markdown_table(const Table& table, bool exact) {
  TextRows rows = text_rows(table, exact);
  for (auto& row : rows) {
    for (std::string& cell : row) cell = escape_markdown(cell);
  }
  if (table.last_is_total && !rows.empty()) {
    for (std::string& cell : rows.back()) {
      if (!cell.empty()) cell = fmt::format("**{}**", cell);
    }
  }
  Table escaped = table;
  for (Column& column : escaped.columns) column.title = escape_markdown(column.title);
  const std::vector<std::size_t> sizes = natural_widths(escaped, rows);
  std::string text = "|", rule = "|";
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    const bool number = table.columns[c].format != kText;
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

std::string escape_markdown(const std::string& text) {
  std::string escaped;
  for (char c : one_line(text)) {
    switch (c) {
      case '|':
      case '`':
      case '*':
      case '_':
      case '\\':
      case '[':
      case ']':
      case '~':
      case '$':
        escaped += std::string("\\") + c;
        break;
      case '<':
      case '>':
      case '&':
        escaped += escape_xml({&c, 1});
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

std::string markdown_line(const std::string& text) {
  const std::string escaped = escape_markdown(text);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::size_t digits = std::ranges::find_if_not(escaped, is_digit) - escaped.begin();
  const bool numbered =
      digits > 0 && digits < escaped.size() && (escaped[digits] == '.' || escaped[digits] == ')');
  if (numbered) return escaped.substr(0, digits) + "\\" + escaped.substr(digits);
  const bool special = escaped.find_first_of("#+-=") == 0;
  return (special ? "\\" : "") + escaped;
}

std::string write_text(const Document& document, const TextOptions& options) {
  std::string text = title_lines(document, options);
  for (const Section& section : document.sections) {
    text += "\n";
    if (!section.heading.empty()) text += wrapped(section.heading, options.width);
    std::vector<std::string> notes = section.notes;
    if (!section.table.columns.empty()) {
      const FittedTable table = text_table(section.table, options);
      text += table.text;
      if (!table.left_out.empty()) {
        notes.push_back(
            fmt::format("Left out for lack of width: {}; a wider terminal or -o FILE shows {}.",
                        join(table.left_out, ", "), table.left_out.size() == 1 ? "it" : "them"));
      }
      if (!notes.empty()) text += "\n";
    }
    for (const std::string& note : notes) text += wrapped(note, options.width);
  }
  return text;
}

std::string write_markdown(const Document& document, const TextOptions& options) {
  std::string text = "# " + escape_markdown(document.title) + "\n";
  if (!document.subtitle.empty())
    text += "\n" + escape_markdown(with_commas_for_gaps(document.subtitle)) + "\n";
  for (const Section& section : document.sections) {
    if (!section.heading.empty()) text += "\n## " + escape_markdown(section.heading) + "\n";
    if (!section.table.columns.empty()) text += "\n" + markdown_table(section.table, options.exact);
    for (const std::string& note : section.notes)
      text +=
          "\n" +
          (note.starts_with("- ") ? "- " + markdown_line(note.substr(2)) : markdown_line(note)) +
          "\n";
  }
  return text;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_table(const Table& table) {
  std::string text;
  const auto line = [&](auto&& field, std::size_t n) {
    for (std::size_t c = 0; c < n; ++c) text += (c == 0 ? "" : ",") + csv_field(field(c));
    text += "\n";
  };
  const std::size_t n = table.columns.size();
  line([&](std::size_t c) { return table.columns[c].key; }, n);
  for (const auto& row : table.rows) line([&](std::size_t c) { return raw(row[c]); }, n);
  return text;
}

std::string write_csv(const Document& document, const TextOptions&) {
  std::string text;
  for (const Section& section : document.sections) {
    if (section.table.columns.empty()) continue;
    text += (text.empty() ? "" : "\n") + csv_table(section.table);
  }
  return text;
}

std::span<const OutputFormat> output_formats() {
  static constexpr OutputFormat kFormats[] = {
      {"table", "", false, write_text},
      {"markdown", ".md", false, write_markdown},
      {"csv", ".csv", true, write_csv},
      {"json", ".json", false, write_json},
      {"jsonl", ".jsonl", true, write_json_lines},
      {"latex", ".tex", false, write_latex},
  };
  return kFormats;
}

const OutputFormat* find_output_format(std::string_view name) {
  const auto found = std::ranges::find(output_formats(), name, &OutputFormat::name);
  return found == output_formats().end() ? nullptr : &*found;
}

const OutputFormat* format_of_file(std::string_view file) {
  const auto found = std::ranges::find_if(output_formats(), [&](const OutputFormat& format) {
    return !format.extension.empty() && file.ends_with(format.extension);
  });
  return found == output_formats().end() ? nullptr : &*found;
}

}  // namespace archcost::writers
