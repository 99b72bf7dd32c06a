// SPDX-License-Identifier: Apache-2.0
// The tokens of an expression's text, one after the other, and the refusal of those that don't fit.
#pragma once

#include <string>
#include <string_view>

#include "core/diagnostic.hpp"

namespace archcost::spec {

struct Token {
  enum class Kind { kNumber, kName, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view text;
  std::size_t offset = 0;
};

class Tokenizer {
 public:
  /// Begins at the first token. The arguments are those of parse_expression(); `text` outlives the
  /// tokenizer.
  Tokenizer(std::string_view text, const SourceRef& where, bool literal)
      : text_(text), where_(where), literal_(literal) {
    advance();
  }

  const Token& token() const { return token_; }
  /// Whether the token is this name or symbol.
  bool at(std::string_view text) const {
    return token_.kind != Token::Kind::kEnd && token_.kind != Token::Kind::kNumber &&
           token_.text == text;
  }
  /// Whether it is a symbol of other languages.
  bool at_foreign_symbol() const;
  void advance();
  /// Advances from this name or symbol to the next token. Throws ExpressionFault for another token.
  void expect(std::string_view text);

  SourceRef place(std::size_t offset) const;
  /// Throws ExpressionFault.
  [[noreturn]] void fail(std::size_t offset, std::string message) const;
  /// The same, because the token doesn't belong where it is.
  [[noreturn]] void fail_at_token() const;

 private:
  std::string shown() const;
  std::size_t number_end(std::size_t i) const;
  std::size_t symbol_end(std::size_t i) const;

  std::string_view text_;
  SourceRef where_;
  bool literal_;
  mutable std::size_t placed_offset_ = 0, placed_width_ = 0;
  Token token_;
  std::size_t position_ = 0;
};

}  // namespace archcost::spec
