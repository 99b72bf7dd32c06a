// Documents to text. Every format has its own writer, and escapes what its format needs escaped.
#pragma once

#include <cstddef>
#include <string>

#include "reports/table.hpp"

namespace archcost {

struct TextOptions {
  std::size_t width = 80;  ///< columns of the terminal; no line is longer
  bool exact = false;      ///< whole numbers with all digits
  bool color = false;      ///< bold headings; colour never carries a meaning alone
};

/// For a terminal.
std::string write_text(const Document& document, const TextOptions& options);
/// GitHub's Markdown, readable as plain text.
std::string write_markdown(const Document& document, bool exact);
/// The tables only, raw numbers, a header line each; RFC 4180 quoting.
std::string write_csv(const Document& document);

/// `text` as literal text inside a Markdown table cell or paragraph.
std::string escape_markdown(const std::string& text);

}  // namespace archcost
