// SPDX-License-Identifier: Apache-2.0
// A table as data. Report builders make one; only the writers know about '|', ',' and the terminal.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/count.hpp"

namespace archcost::document {

/// How text, Markdown and LaTeX show a column. CSV and JSON have raw values.
enum class Format {
  kText,
  kInteger,     ///< all digits: 1,024
  kCount,       ///< 568740352: "568.74M", or "568,740,352" when exact figures are wanted
  kPercent,     ///< 94.857: "94.86"
  kBytes,       ///< 16927904: "16.14 MiB"
  kNumber,      ///< 12.345: four significant digits
  kRatio,       ///< 0.361
  kDecimal,     ///< 10927.236254: "10,927.24"
  kSeconds,     ///< 0.0053951: "5.395 ms"
  kChange,      ///< 4112: "+4,112", and "-" for 0
  kNumberText,  ///< a text that is a number with its unit: aligned to the right
};

struct Column {
  std::string key;    ///< CSV header: "macs_share"
  std::string title;  ///< for people: "%"
  Format format = Format::kText;
  /// Columns with a higher number are omitted first on a narrow terminal; 0 never.
  int expendable = 0;
  /// The least width of a text column.
  std::size_t narrowest = 12;
  /// A text that is too long is cut at its end; by default in its middle.
  bool cut_end = false;
  /// Names joined by ", ": a list that is too long continues on the next line.
  bool list = false;
  /// A text to be read as a whole: it continues on the next line at a blank, never cut.
  bool wrap = false;
};

/// A number with a text for people: 4/7. CSV and JSON have the number.
struct NumberText {
  std::string text;
  double number;

  friend bool operator==(const NumberText&, const NumberText&) = default;
};

/// Empty, a text, an integer or a real number. An optional without a value is empty.
struct Cell : std::variant<std::monostate, std::string, std::int64_t, double, NumberText> {
  using variant::variant;
  Cell(std::string_view text) : variant(std::string(text)) {}
  Cell(Count count) : variant(count.value()) {}
  template <std::unsigned_integral Size>
  Cell(Size size) : variant(static_cast<std::int64_t>(size)) {}
  template <class T>
  Cell(const std::optional<T>& value) {
    if (value) *this = Cell(*value);
  }
};

/// The value where the condition holds.
template <class T>
std::optional<T> value_if(bool condition, const T& value) {
  return condition ? std::optional<T>(value) : std::nullopt;
}

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  bool last_is_total = false;
};

/// A document is a title with settings, and sections with a table and notes.
struct Section {
  std::string heading;  ///< one line; empty: none
  Table table;
  std::vector<std::string> notes;  ///< below the table, one a line
};
struct Document {
  std::string title;     ///< one line above everything
  std::string subtitle;  ///< settings, input, convention
  std::vector<Section> sections;
};

}  // namespace archcost::document
