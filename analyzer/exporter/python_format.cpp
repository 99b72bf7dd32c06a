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

// The operands of a sum or of a conditional expression, each but the first with its operator; one
// for other texts.
std::vector<std::string_view> operands_of(std::string_view text) {
  std::vector<std::size_t> sums, logic, conditions;
  scan(text, [&](std::size_t k, char, int depth) {
    const std::string_view rest = text.substr(k);
    if (depth != 0) return;
    if (rest.starts_with(" + ")) sums.push_back(k + 1);
    if (rest.starts_with(" and ")) logic.push_back(k + 1);
    if (rest.starts_with(" if ") || rest.starts_with(" else ")) conditions.push_back(k + 1);
  });
  const std::vector<std::size_t>& cuts = !conditions.empty() ? conditions
                                         : !logic.empty()    ? logic
                                                             : sums;
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
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

std::string broken(std::string_view text, int depth, std::string_view end, bool grouped = false);

// "name = (", the value, ")": for a value of several operands. Empty for others.
std::string in_parentheses(std::string_view text, int depth) {
  const std::size_t equals = text.find(" = ");
  if (equals == std::string_view::npos) return {};
  const std::string_view value = text.substr(equals + 3);
  const std::vector<std::string_view> operands = operands_of(value);
  if (operands.size() < 3) return {};
  const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
  std::string lines = indent + std::string(text.substr(0, equals)) + " = (\n";
  if (static_cast<std::size_t>(depth + 1) * 4 + display_width(value) <= kPythonWidth) {
    lines += indent + "    " + std::string(value) + "\n";
  } else {
    for (const std::string_view operand : operands) lines += broken(operand, depth + 1, "");
  }
  return lines + indent + ")\n";
}

// `grouped`: inside of parentheses that only group.
std::string broken(std::string_view text, int depth, std::string_view end, bool grouped) {
  const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
  const auto fits = [&](std::string_view line, int at) {
    return static_cast<std::size_t>(at) * 4 + display_width(line) <= kPythonWidth;
  };
  if (fits(std::string(text) + std::string(end), depth))
    return indent + std::string(text) + std::string(end) + "\n";
  const bool operand = text.starts_with("if ") || text.starts_with("else ");
  if (end == "," || grouped || (operand && !text.ends_with(':'))) {
    // Inside of brackets lines need no parentheses of their own.
    const std::vector<std::string_view> operands = operands_of(text);
    std::string lines;
    for (std::size_t k = 0; k < operands.size() && operands.size() > 1; ++k)
      lines += broken(operands[k], depth, k + 1 == operands.size() ? end : "");
    if (!lines.empty()) return lines;
  }
  if (std::string lines = in_parentheses(text, depth); end.empty() && !lines.empty()) return lines;
  const auto split = last_brackets(text);
  if (!split || trim(split->body).empty())
    return indent + std::string(text) + std::string(end) + "\n";
  std::string lines = indent + std::string(split->head) + "\n";
  const std::vector<std::string_view> elements = elements_of(split->body);
  // A single tuple element keeps its comma.
  if (fits(split->body, depth + 1) && !split->body.ends_with(',')) {
    lines += indent + "    " + std::string(split->body) + "\n";
  } else {
    const bool unpacked = elements.size() == 1 && split->body.find(" for ") != std::string::npos;
    const bool comma = takes_comma(*split, elements.size()) && !unpacked;
    for (const std::string_view element : elements)
      lines += broken(element, depth + 1, comma ? "," : "", !comma && !unpacked);
  }
  return lines + indent + std::string(split->tail) + std::string(end) + "\n";
}

}  // namespace

std::string python_statement(std::string_view statement, int depth) {
  return broken(statement, depth, "");
}

}  // namespace archcost::exporter
