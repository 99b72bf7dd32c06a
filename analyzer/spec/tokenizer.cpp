// SPDX-License-Identifier: Apache-2.0
#include "spec/tokenizer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "core/text.hpp"
#include "spec/expression.hpp"

namespace archcost::spec {
namespace {

constexpr std::size_t kMostShown = 100;  // columns of an expression in a message

// Symbols of other languages, and what to write instead.
constexpr auto kForeignSymbols = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"=", "'=' is not a comparison; write '=='"},
    {"&&", "write 'and' instead of '&&'"},
    {"||", "write 'or' instead of '||'"},
    {"!", "write 'not' instead of '!'"},
    {"^", "'^' is not a power; write '**'"},
    {"?", "write 'x if condition else y' instead of 'condition ? x : y'"},
});

}  // namespace

void Tokenizer::fail(std::size_t offset, std::string message) const {
  throw ExpressionFault{place(offset), std::move(message)};
}

SourceRef Tokenizer::place(std::size_t offset) const {
  SourceRef where = where_;
  if (!literal_) return where;
  // Places are usually queried from left to right.
  if (offset < placed_offset_) placed_offset_ = placed_width_ = 0;
  placed_width_ += display_width(text_.substr(placed_offset_, offset - placed_offset_));
  placed_offset_ = offset;
  where.column += static_cast<int>(placed_width_);
  return where;
}

std::string Tokenizer::shown() const { return shorten(text_, kMostShown); }

bool Tokenizer::at_foreign_symbol() const {
  return std::any_of(kForeignSymbols.begin(), kForeignSymbols.end(),
                     [&](const auto& row) { return at(row.first); });
}

void Tokenizer::fail_at_token() const {
  if (token_.kind == Token::Kind::kEnd) {
    fail(token_.offset, fmt::format("the expression '{}' ends too early", shown()));
  }
  for (const auto& [symbol, advice] : kForeignSymbols) {
    if (token_.text == symbol) fail(token_.offset, std::string(advice));
  }
  fail(token_.offset, fmt::format("'{}' doesn't belong here in '{}'", token_.text, shown()));
}

void Tokenizer::advance() {
  std::size_t i = position_;
  while (i < text_.size() && std::isspace(static_cast<unsigned char>(text_[i]))) ++i;
  token_ = {Token::Kind::kEnd, {}, i};
  if (i == text_.size()) return;
  const auto digit = [&](std::size_t k) {
    return k < text_.size() && text_[k] >= '0' && text_[k] <= '9';
  };
  std::size_t end = i;
  if (digit(i) || (text_[i] == '.' && digit(i + 1))) {
    end = number_end(i);
    token_.kind = Token::Kind::kNumber;
  } else if (std::isalpha(static_cast<unsigned char>(text_[i])) || text_[i] == '_') {
    const auto in_name = [&](std::size_t k) {
      return k < text_.size() &&
             (std::isalnum(static_cast<unsigned char>(text_[k])) || text_[k] == '_');
    };
    // A dot inside is of a path: skip.h.
    while (in_name(end) || (end < text_.size() && text_[end] == '.' && in_name(end + 1))) ++end;
    token_.kind = Token::Kind::kName;
  } else {
    end = symbol_end(i);
    token_.kind = Token::Kind::kSymbol;
  }
  token_.text = text_.substr(i, end - i);
  position_ = end;
}

// Takes in all that a person may have meant as one number, so that 010, 0x10, 1_000 and 1:30 are
// refused as a whole instead of becoming something else.
std::size_t Tokenizer::number_end(std::size_t i) const {
  std::size_t end = i;
  while (end < text_.size()) {
    const char c = text_[end];
    const bool sign_of_exponent =
        (c == '+' || c == '-') && (text_[end - 1] == 'e' || text_[end - 1] == 'E') &&
        text_.substr(i, end - i).find_first_not_of("0123456789.") == end - 1 - i;
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && c != ':' &&
        !sign_of_exponent)
      break;
    ++end;
  }
  return end;
}

std::size_t Tokenizer::symbol_end(std::size_t i) const {
  for (std::string_view two : {"**", "//", "==", "!=", "<=", ">=", "&&", "||"}) {
    if (text_.substr(i, 2) == two) return i + 2;
  }
  std::size_t end = i + 1;
  while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
  return end;
}

void Tokenizer::expect(std::string_view text) {
  if (!at(text)) {
    if (token_.kind == Token::Kind::kEnd && (text == ")" || text == "]")) {
      fail(token_.offset,
           fmt::format(
               "'{}' has no '{}'; inside {{ }} and [ ] an expression with a comma needs quotes",
               shown(), text));
    }
    fail_at_token();
  }
  advance();
}

}  // namespace archcost::spec
