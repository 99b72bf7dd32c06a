// SPDX-License-Identifier: Apache-2.0
// Documents to text: a writer for each format, which does its own escaping.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/table.hpp"

namespace archcost::writers {

using document::Cell, document::Column, document::Document, document::Format, document::Section,
    document::Table;
using enum document::Format;

/// Nothing is cut and no column is omitted.
constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

struct TextOptions {
  std::size_t width = 80;        ///< columns of the terminal; headings and notes are wrapped at it
  std::size_t table_width = 80;  ///< no line of a table is longer; kUnlimited for files and pipes
  bool exact = false;            ///< whole numbers with all digits
  bool color = false;            ///< bold headings; colour never has a meaning of its own
};

/// For a terminal. If some columns of a table do not fit, a note names them.
std::string write_text(const Document& document, const TextOptions& options);
/// GitHub's Markdown, readable as plain text.
std::string write_markdown(const Document& document, const TextOptions& options);
/// The tables only, raw numbers, a header line each; quoting by RFC 4180.
std::string write_csv(const Document& document, const TextOptions& options = {});

/// All sections: headings, notes, and rows as objects with raw numbers.
std::string write_json(const Document& document, const TextOptions& options = {});
/// The rows of the first table, an object a line.
std::string write_json_lines(const Document& document, const TextOptions& options = {});
/// A booktabs tabular for each table; titles, headings and notes are comments.
std::string write_latex(const Document& document, const TextOptions& options);

/// A row of the table of formats.
struct OutputFormat {
  std::string_view name, extension;  ///< "markdown", ".md"; no extension: the default
  bool one_table;                    ///< raw figures of one table, without titles and notes
  std::string (*write)(const Document&, const TextOptions&);
};
/// table, markdown, csv, json, jsonl and latex.
std::span<const OutputFormat> output_formats();
/// nullptr for a name that is none of these.
const OutputFormat* find_output_format(std::string_view name);
/// The format whose extension `file` has; nullptr: none.
const OutputFormat* format_of_file(std::string_view file);

/// The objects of JSON lines as one array, an object a line.
std::string json_array(const std::string& lines);
/// One table in GitHub's Markdown, its columns aligned; `exact` gives all digits.
std::string markdown_table(const Table& table, bool exact);
/// One table, raw numbers, a header line; RFC 4180 quoting, as of one field.
std::string csv_table(const Table& table);
std::string csv_field(const std::string& text);

/// A line that shows `text`: line ends and tabs are blanks, other control characters, marks of
/// direction are shown as \u{202E}; bytes that are no UTF-8 are replaced.
std::string one_line(std::string_view text);
/// "α 1, ρ 1, 3x224x224": commas for the wide gaps of a terminal, which other formats make one
/// blank.
std::string with_commas_for_gaps(std::string_view text);
/// Of one of utf8_characters(); U+FFFD for a byte that is not UTF-8.
std::uint32_t code_point(std::string_view character);
/// `text` as literal text inside a Markdown table cell or paragraph.
std::string escape_markdown(const std::string& text);
/// The same at the beginning of a line, where it starts no heading, list or rule.
std::string markdown_line(const std::string& text);
/// `text` as literal text in LaTeX.
std::string escape_latex(std::string_view text);

}  // namespace archcost::writers
