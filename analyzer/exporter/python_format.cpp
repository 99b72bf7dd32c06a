// SPDX-License-Identifier: Apache-2.0
#include "exporter/python_format.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "core/text.hpp"

namespace archcost::exporter {
namespace {

// The characters of a text that are not inside of quotes, with the depth of brackets before each.
template <class Visit>
void scan(std::string_view text, Visit visit) {
  int depth = 0;
  char quote = 0;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (quote != 0) {
      if (c == '\\')
        ++k;
      else if (c == quote)
        quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') {
      quote = c;
      continue;
    }
    if (c == ')' || c == ']' || c == '}') --depth;
    visit(k, c, depth);
    if (c == '(' || c == '[' || c == '{') ++depth;
  }
}

std::vector<std::string_view> elements_of(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  scan(text, [&](std::size_t k, char c, int depth) {
    if (c != ',' || depth != 0) return;
    parts.push_back(trim(text.substr(begin, k - begin)));
    begin = k + 1;
  });
  if (const std::string_view last = trim(text.substr(begin)); !last.empty()) parts.push_back(last);
  return parts;
}

/// A statement split at its last outermost brackets.
struct Brackets {
  std::string_view head, body, tail;
};

std::optional<Brackets> last_brackets(std::string_view text) {
  std::size_t open = text.size(), close = text.size();
  scan(text, [&](std::size_t k, char c, int depth) {
    if (depth != 0) return;
    if (c == '(' || c == '[' || c == '{') open = k;
    if (c == ')' || c == ']' || c == '}') close = k;
  });
  if (open >= close || close == text.size()) return std::nullopt;
  return Brackets{text.substr(0, open + 1), text.substr(open + 1, close - open - 1),
                  text.substr(close)};
}

// Operators by precedence, from those that bind least: lines are broken at the first kind that
// there is.
const std::vector<std::vector<std::string_view>> kBreakLevels = {
    {" if ", " else "},
    {" and ", " or "},
    {" == ", " != ", " < ", " > ", " <= ", " >= ", " not in ", " in "},
    {" + ", " - "},
    {" * ", " / ", " // ", " % "},
};

// The operands of an expression, each but the first with its operator; one for other texts.
std::vector<std::string_view> operands_of(std::string_view text) {
  std::vector<std::vector<std::size_t>> cuts(kBreakLevels.size());
  scan(text, [&](std::size_t k, char c, int depth) {
    if (depth != 0 || c != ' ' || k == 0) return;
    for (std::size_t level = 0; level < kBreakLevels.size(); ++level) {
      for (const std::string_view name : kBreakLevels[level]) {
        const bool rest_of_not_in = name == " in " && text.substr(0, k).ends_with(" not");
        if (text.substr(k).starts_with(name) && !rest_of_not_in) cuts[level].push_back(k + 1);
      }
    }
  });
  const auto level =
      std::find_if(cuts.begin(), cuts.end(), [](const auto& c) { return !c.empty(); });
  if (level == cuts.end()) return {text};
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (const std::size_t cut : *level) {
    parts.push_back(trim(text.substr(begin, cut - begin)));
    begin = cut;
  }
  parts.push_back(trim(text.substr(begin)));
  return parts;
}

// Parentheses that only group, and brackets of an index: with a comma they would hold a tuple.
bool takes_comma(const Brackets& split, std::size_t elements) {
  const std::string_view head = split.head;
  if (elements > 1 || split.body.ends_with(',') || head.back() == '{') return true;
  const char before = head.size() > 1 ? head[head.size() - 2] : ' ';
  const bool follows_a_value = std::isalnum(static_cast<unsigned char>(before)) != 0 ||
                               before == '_' || before == ')' || before == ']';
  return (head.back() == '(') == follows_a_value;
}

std::string indented(std::string_view line, int depth) {
  return std::string(static_cast<std::size_t>(depth) * 4, ' ') + std::string(line) + "\n";
}

bool fits(std::size_t width, int depth) {
  return static_cast<std::size_t>(depth) * 4 + width <= kPythonWidth;
}

std::string inside_brackets(std::string_view text, int depth, std::string_view end);

// Broken inside of the last brackets: their contents on one line, or each element on its own.
std::string split_at_brackets(std::string_view text, int depth, std::string_view end) {
  const auto split = last_brackets(text);
  if (!split || trim(split->body).empty())
    return indented(std::string(text) + std::string(end), depth);
  std::string lines = indented(split->head, depth);
  const std::vector<std::string_view> elements = elements_of(split->body);
  const bool unpacked = elements.size() == 1 && split->body.find(" for ") != std::string::npos;
  // A single tuple element keeps its comma.
  if (fits(display_width(split->body), depth + 1) && !split->body.ends_with(',')) {
    lines += indented(split->body, depth + 1);
  } else if (unpacked) {
    lines += split_at_brackets(elements.front(), depth + 1, "");
  } else {
    const std::string_view comma = takes_comma(*split, elements.size()) ? "," : "";
    for (const std::string_view element : elements)
      lines += inside_brackets(element, depth + 1, comma);
  }
  return lines + indented(std::string(split->tail) + std::string(end), depth);
}

// Lines inside of brackets need no parentheses of their own.
std::string inside_brackets(std::string_view text, int depth, std::string_view end) {
  if (fits(display_width(text) + end.size(), depth))
    return indented(std::string(text) + std::string(end), depth);
  const std::vector<std::string_view> operands = operands_of(text);
  if (operands.size() == 1) return split_at_brackets(text, depth, end);
  std::string lines;
  for (std::size_t k = 0; k < operands.size(); ++k)
    lines += inside_brackets(operands[k], depth, k + 1 == operands.size() ? end : "");
  return lines;
}

/// A statement with a value that may stand in parentheses: "x = ", "a + b", "".
struct Valued {
  std::string_view prefix, value, suffix;
};

std::optional<Valued> value_of(std::string_view statement) {
  for (const std::string_view word : {"if ", "elif "}) {
    if (statement.starts_with(word) && statement.ends_with(':'))
      return Valued{word, statement.substr(word.size(), statement.size() - word.size() - 1), ":"};
  }
  constexpr std::string_view kReturn = "return ", kEquals = " = ";
  if (statement.starts_with(kReturn)) return Valued{kReturn, statement.substr(kReturn.size()), ""};
  std::size_t end = 0;
  scan(statement, [&](std::size_t k, char, int depth) {
    if (depth == 0 && end == 0 && statement.substr(k).starts_with(kEquals))
      end = k + kEquals.size();
  });
  if (end == 0) return std::nullopt;
  return Valued{statement.substr(0, end), statement.substr(end), ""};
}

// Whether a value is broken at its own brackets, and needs none around it. As black 23 decides.
bool has_own_brackets(std::string_view value, int depth) {
  const std::size_t operands = operands_of(value).size();
  if (operands == 1) return true;
  if (operands > 2) return false;
  std::size_t first_close = 0, last_open = 0;
  scan(value, [&](std::size_t k, char c, int level) {
    if (level != 0) return;
    if ((c == ')' || c == ']') && first_close == 0) first_close = k;
    if (c == '(' || c == '[') last_open = k;
  });
  if (value.front() == '(' || value.front() == '[')
    return fits(display_width(value.substr(first_close)), depth + 1);
  const bool call = value.ends_with(')') && !value.ends_with("()");
  const bool others = value.substr(0, last_open).find_first_of("([{") != std::string_view::npos;
  return call && (others || fits(display_width(value.substr(0, last_open + 1)), depth + 1));
}

}  // namespace

std::string python_statement(std::string_view statement, int depth) {
  if (fits(display_width(statement), depth)) return indented(statement, depth);
  const auto valued = value_of(statement);
  if (!valued || has_own_brackets(valued->value, depth))
    return split_at_brackets(statement, depth, "");
  return indented(std::string(valued->prefix) + "(", depth) +
         inside_brackets(valued->value, depth + 1, "") +
         indented(")" + std::string(valued->suffix), depth);
}

}  // namespace archcost::exporter
