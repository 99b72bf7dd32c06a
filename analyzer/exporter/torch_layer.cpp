// SPDX-License-Identifier: Apache-2.0
#include "exporter/torch_layer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace archcost::exporter {

std::vector<std::string> tuple_elements(const std::string& text) {
  if (!text.starts_with("(") || !text.ends_with(")")) return {text};
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text.substr(1, text.size() - 2)) {
    depth += (c == '(' || c == '[') - (c == ')' || c == ']');
    if (depth < 0) return {text};  // the brackets at its ends are not a pair
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else if (c != ' ' || !parts.back().empty())
      parts.back() += c;
  }
  return parts;
}

namespace {

// The operators between the operands of the outermost expression.
std::vector<std::string> operators_of(std::string_view text) {
  std::vector<std::string> words(1);
  int depth = 0;
  for (const char c : text) {
    depth += (c == '(' || c == '[') - (c == ')' || c == ']');
    if (c == ' ' && depth == 0)
      words.emplace_back();
    else
      words.back() += c;
  }
  std::erase_if(words, [](const std::string& word) {
    static constexpr std::string_view kPythonOperators[] = {"+",    "-",  "*",  "//",  "%",  "if",
                                                            "else", "<",  "<=", ">",   ">=", "==",
                                                            "!=",   "in", "or", "and", "not"};
    return std::find(std::begin(kPythonOperators), std::end(kPythonOperators), word) ==
           std::end(kPythonOperators);
  });
  return words;
}

}  // namespace

std::string left_factor(const std::string& text) {
  const std::vector<std::string> operators = operators_of(text);
  const bool tight = std::all_of(operators.begin(), operators.end(), [](const std::string& word) {
    return word == "*" || word == "//" || word == "%";
  });
  return tight ? text : "(" + text + ")";
}

std::string right_factor(const std::string& text) {
  return operators_of(text).empty() ? text : "(" + text + ")";
}

bool is_whole_literal(std::string_view text) {
  return !text.empty() && text.size() < 18 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_simple(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
}

bool is_path(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.';
  });
}

std::string call(std::string_view function, const std::vector<std::string>& arguments) {
  std::string text(function);
  text += "(";
  bool first = true;
  for (const std::string& argument : arguments) {
    if (argument.empty()) continue;
    text += (first ? "" : ", ") + argument;
    first = false;
  }
  return text + ")";
}

std::string to_image(const TorchLayer& layer) {
  if (layer.in.form != TorchForm::kVector) return {};
  return fmt::format("nn.Unflatten(1, ({}, 1, 1))", layer.in.channels);
}

std::string keyword(std::string_view name, const std::string& text, std::string_view fallback) {
  return text == fallback ? std::string() : fmt::format("{}={}", name, text);
}

}  // namespace archcost::exporter
