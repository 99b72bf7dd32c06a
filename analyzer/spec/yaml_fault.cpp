// SPDX-License-Identifier: Apache-2.0
#include "spec/yaml_fault.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/text.hpp"

namespace archcost::spec {
namespace {

// The offset of the innermost bracket that is open where `text` ends; brackets in quotes and
// comments don't count.
std::optional<std::size_t> open_bracket(std::string_view text) {
  std::vector<std::size_t> open;
  char quote = 0;
  bool comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool starts = i == 0 || std::string_view(" \n[{,").find(text[i - 1]) != std::string::npos;
    if (comment) {
      comment = c != '\n';
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if ((c == '"' || c == '\'') && starts) {
      quote = c;
    } else if (c == '#' && starts) {
      comment = true;
    } else if (c == '{' || c == '[') {
      open.push_back(i);
    } else if ((c == '}' || c == ']') && !open.empty()) {
      open.pop_back();
    }
  }
  return open.empty() ? std::nullopt : std::optional(open.back());
}

// A flow map or list that doesn't go on with a comma or its end.
std::string missing_in_flow(char close, std::string_view before, const LinePlaces& lines) {
  std::string message = fmt::format("not valid YAML: a ',' or '{}' is missing", close);
  if (const auto bracket = open_bracket(before)) {
    const SourceRef place = lines.at_offset(*bracket);
    message += fmt::format("; the '{}' is at {}:{}", before[*bracket], place.line, place.column);
  }
  return message;
}

// The word in front of the innermost open bracket where only blanks are between them, as in
// "- conv {out: 8"; empty: there is none.
std::string_view word_before_bracket(std::string_view before) {
  const auto bracket = open_bracket(before);
  if (!bracket || before[*bracket] != '{') return {};
  std::string_view line = before.substr(0, *bracket);
  line = trim(line.substr(line.rfind('\n') + 1));
  while (line.starts_with("- ")) line = trim(line.substr(2));
  return is_identifier(line) ? line : std::string_view();
}

// The column of a line's first character, from 1; 0 for a line that is blank or a comment.
std::size_t column_of(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \r");
  return first == std::string_view::npos || line[first] == '#' ? 0 : first + 1;
}

bool is_list_line(std::string_view line) {
  line = trim(line);
  return line == "-" || line.starts_with("- ");
}

// The columns of the lists that a line below `above` may belong to: of the '-' of lines, each
// further left than all that follow it.
std::vector<std::size_t> list_columns(std::string_view above) {
  std::vector<std::size_t> columns;
  for (std::size_t least = std::string_view::npos; least > 1 && !above.empty();) {
    const std::size_t end = above.find_last_not_of('\n');
    above = above.substr(0, end == std::string_view::npos ? 0 : end + 1);
    const std::size_t start = above.rfind('\n') + 1;
    const std::string_view line = above.substr(start);
    above = above.substr(0, start);
    const std::size_t column = column_of(line);
    if (column == 0 || column >= least) continue;
    least = column;
    if (is_list_line(line)) columns.insert(columns.begin(), column);
  }
  return columns;
}

// "; a '-' here belongs in column 3", for a line of a list; empty where that isn't known. `at` is
// the place of the mistake in `text`.
std::string list_column_hint(std::string_view text, std::size_t at) {
  const std::size_t start = text.substr(0, at).rfind('\n') + 1;
  const std::string_view line = text.substr(start, text.find('\n', start) - start);
  const std::vector<std::size_t> columns = list_columns(text.substr(0, start));
  if (!is_list_line(line) || columns.empty() ||
      std::find(columns.begin(), columns.end(), column_of(line)) != columns.end())
    return {};
  std::vector<std::string> numbers;
  for (const std::size_t column : columns) numbers.push_back(std::to_string(column));
  return fmt::format(" A '-' here belongs in column {}", join_or(numbers));
}

std::string plain_words(const std::string& message, std::string_view at) {
  if (message == "end of map flow not found" && (at.starts_with('[') || at.starts_with('{'))) {
    return fmt::format("not valid YAML: inside {{ }} an expression with '{}' needs quotes", at[0]);
  }

  static const std::unordered_map<std::string, std::string> kWords = {
      {"end of map not found", "the line doesn't fit the map around it; is its indentation right?"},
      {"end of sequence not found",
       "the line doesn't fit the list around it; is its indentation right?"},
      {"illegal map value", "a ':' in the wrong place; put a text that contains ': ' in quotes"},
      {"illegal block entry", "a '-' in the wrong place; is its indentation right?"},
      {"illegal flow end", "a ']' or '}' without its opening bracket"},
      {"illegal EOF in scalar", "a quote is not closed"},
  };
  const auto found = kWords.find(message);
  return "not valid YAML: " + (found == kWords.end() ? message : found->second);
}

}  // namespace

YamlFault yaml_fault(std::string_view text, const LinePlaces& lines, const std::string& message,
                     std::size_t offset) {
  const SourceRef place = lines.at_offset(offset);
  const std::string_view before = text.substr(0, offset);
  if (const std::string_view word = word_before_bracket(before);
      message == "illegal map value" && !word.empty()) {
    const auto end = static_cast<std::size_t>(word.data() + word.size() - text.data());
    return {lines.at_offset(end),
            fmt::format("not valid YAML: a ':' is missing after '{0}'; did you mean '{0}: "
                        "{{...}}'?",
                        word)};
  }
  std::string words = plain_words(message, text.substr(offset));
  if (words.ends_with("is its indentation right?"))
    return {place, words + list_column_hint(text, before.size()), Excerpt::kIndented};
  const bool map = words == "not valid YAML: end of map flow not found";
  if (map || words == "not valid YAML: end of sequence flow not found")
    words = missing_in_flow(map ? '}' : ']', before, lines);
  return {place, words};
}

}  // namespace archcost::spec
