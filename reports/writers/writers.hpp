// Documents to text. Every format has its own writer, and escapes what its format needs escaped.
#pragma once

#include <cstddef>
#include <string>

#include "reports/document/table.hpp"

namespace archcost {

/// Nothing is cut and no column left out.
constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

struct TextOptions {
  std::size_t width = 80;        ///< columns of the terminal; headings and notes are broken at it
  std::size_t table_width = 80;  ///< no line of a table is longer; kUnlimited for files and pipes
  bool exact = false;            ///< whole numbers with all digits
  bool color = false;            ///< bold headings; colour never carries a meaning alone
};

/// For a terminal. Where a table has no room for all of its columns, a note says which are missing.
std::string write_text(const Document& document, const TextOptions& options);
/// GitHub's Markdown, readable as plain text.
std::string write_markdown(const Document& document, bool exact);
/// The tables only, raw numbers, a header line each; RFC 4180 quoting.
std::string write_csv(const Document& document);

/// One table in GitHub's Markdown, its columns aligned; `exact` gives all digits.
std::string markdown_table(const Table& table, bool exact);
/// One table, raw numbers, a header line; RFC 4180 quoting.
std::string csv_table(const Table& table);

/// `text` as literal text inside a Markdown table cell or paragraph.
std::string escape_markdown(const std::string& text);

}  // namespace archcost
