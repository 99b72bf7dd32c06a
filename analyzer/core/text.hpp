// SPDX-License-Identifier: Apache-2.0
// Helpers for words and numbers that people read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace archcost {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
/// The same, but for separators inside of brackets: "a, f(b, c), [d, e]" has three parts.
std::vector<std::string> split_outside_brackets(std::string_view text, char separator);
/// "a, b or c".
std::string join_or(const std::vector<std::string>& words);
std::string join(const std::vector<std::string>& words, std::string_view separator);
/// The same text with spaces for '_': "batch_norm" is "batch norm".
std::string spaced(std::string_view name);
bool is_identifier(std::string_view text);
/// As one word of a POSIX shell; plain words stay as they are.
std::string shell_quoted(std::string_view word);
/// As text between the tags of XML or HTML.
std::string escape_xml(std::string_view text);

/// The UTF-8 characters of a valid text. Bytes of an invalid one stand alone.
std::vector<std::string_view> utf8_characters(std::string_view text);
/// Byte offset of the first byte that isn't valid UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);
/// Byte offset of the first character that a terminal interprets instead of showing it: C0 and C1
/// controls but for tabs and line ends, and the marks that override the direction of text.
std::optional<std::size_t> find_control(std::string_view text);
/// "U+202E" of the character at the beginning of a text.
std::string code_point_name(std::string_view text);
/// The same text with such characters, other marks of direction and lines, tabs and carriage
/// returns as "\u{202E}".
std::string printable(std::string_view text);
/// Columns on a terminal; every character counts as one.
std::size_t display_width(std::string_view text);
/// At most `width` columns; a longer text is cut in the middle with '…'.
std::string shorten(std::string_view text, std::size_t width);

/// The same, cut at the end.
std::string shorten_end(std::string_view text, std::size_t width);

/// The candidate closest to what was typed, if it is close enough to be a slip.
std::optional<std::string> nearest(std::string_view typed, std::span<const std::string> candidates);
/// "; did you mean 'stride'?", or "; known are 'a', 'b'" for a few candidates, or "".
std::string suggestion(std::string_view typed, std::span<const std::string> candidates);

/// 568740352 → "568,740,352".
std::string with_commas(std::int64_t value);
/// With decimals: 10927.236254 → "10,927.24".
std::string with_commas(double value, int decimals);
/// Three to five digits and a unit: 568740352 → "568.74M", 4231976 → "4.23M", 972 → "972".
std::string human_count(std::int64_t value);
/// Bytes with binary units: 16927904 → "16.14 MiB".
std::string human_bytes(std::int64_t bytes);
/// Seconds with the unit that gives a number of 1 to 999: 0.0053951 → "5.395 ms", with four digits;
/// 1000 and more as whole seconds: "1,234 s".
std::string human_seconds(double seconds);
/// A percentage with three digits, or whole: "0.258 %", "1,090 %".
std::string human_percent(double percent);
/// A share in percent with two decimals, "94.86"; "-" when the total is 0.
std::string percent(std::int64_t part, std::int64_t total, int decimals = 2);

/// The names of rows that have one.
template <class Rows>
std::vector<std::string> names_of(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}
/// The row of that name, or null.
template <class Rows>
auto find_named(const Rows& rows, std::string_view name) -> decltype(&*std::begin(rows)) {
  const auto found = std::find_if(std::begin(rows), std::end(rows),
                                  [&](const auto& row) { return row.name == name; });
  return found == std::end(rows) ? nullptr : &*found;
}
template <class T, class Rows>
bool is_one_of(const T& value, const Rows& rows) {
  return std::find(std::begin(rows), std::end(rows), value) != std::end(rows);
}
inline bool is_one_of(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

}  // namespace archcost
