// SPDX-License-Identifier: Apache-2.0
// A table as lines of text that fit the terminal.
#pragma once

#include <string>
#include <vector>

#include "reports/document/table.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::writers {

using TextRows = std::vector<std::vector<std::string>>;

/// The cells with units and rounding; `exact`: all digits.
TextRows text_rows(const Table& table, bool exact);
/// The width of each column when nothing is cut.
std::vector<std::size_t> natural_widths(const Table& table, const TextRows& rows);
/// `text` padded to `width`: texts are aligned to the left, numbers to the right.
std::string aligned(const std::string& text, const Column& column, std::size_t width);

struct FittedTable {
  std::string text;                   ///< ends with a line end
  std::vector<std::string> left_out;  ///< names of the columns that did not fit
};
/// No line is longer than `options.table_width`. Columns without any text are left out first,
/// without a name; then texts are cut, down to their column's `narrowest`; then expendable columns
/// are left out; then texts are cut further, and columns are left out from the right.
FittedTable text_table(const Table& table, const TextOptions& options);

}  // namespace archcost::writers
