// SPDX-License-Identifier: Apache-2.0
// The text of an expression to its nodes: a tokenizer and a precedence-climbing parser.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/count.hpp"
#include "core/text.hpp"
#include "spec/expression.hpp"

namespace archcost::spec {
namespace {

constexpr std::size_t kMostShown = 100;  // columns of an expression in a message
constexpr int kMostDepth = 100;          // of parentheses, conditions, signs
constexpr int kMostHeight = 1'000;       // of the tree: terms of a sum

struct Token {
  enum class Kind { kNumber, kName, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view text;
  std::size_t offset = 0;
};

struct BinaryOp {
  std::string_view symbol;
  ExpressionOp op;
  int level;  // a higher level binds tighter
};
constexpr int kOrLevel = 1, kAndLevel = 2, kNotLevel = 3, kCompareLevel = 4, kSumLevel = 5,
              kProductLevel = 6, kUnaryLevel = 7, kPowerLevel = 8;
constexpr auto kBinaryOps = std::to_array<BinaryOp>({
    {"or", ExpressionOp::kOr, kOrLevel},
    {"and", ExpressionOp::kAnd, kAndLevel},
    {"==", ExpressionOp::kEqual, kCompareLevel},
    {"!=", ExpressionOp::kNotEqual, kCompareLevel},
    {"<", ExpressionOp::kLess, kCompareLevel},
    {"<=", ExpressionOp::kLessEqual, kCompareLevel},
    {">", ExpressionOp::kGreater, kCompareLevel},
    {">=", ExpressionOp::kGreaterEqual, kCompareLevel},
    {"in", ExpressionOp::kIn, kCompareLevel},
    {"+", ExpressionOp::kAdd, kSumLevel},
    {"-", ExpressionOp::kSubtract, kSumLevel},
    {"*", ExpressionOp::kMultiply, kProductLevel},
    {"/", ExpressionOp::kDivide, kProductLevel},
    {"//", ExpressionOp::kFloorDivide, kProductLevel},
    {"%", ExpressionOp::kModulo, kProductLevel},
    {"**", ExpressionOp::kPower, kPowerLevel},
});

// Symbols of other languages, and what to write instead.
constexpr auto kForeignSymbols = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"=", "'=' is not a comparison; write '=='"},
    {"&&", "write 'and' instead of '&&'"},
    {"||", "write 'or' instead of '||'"},
    {"!", "write 'not' instead of '!'"},
    {"^", "'^' is not a power; write '**'"},
    {"?", "write 'x if condition else y' instead of 'condition ? x : y'"},
});

class Parser {
 public:
  Parser(std::string_view text, const SourceRef& where, bool literal)
      : text_(text), literal_(literal) {
    expression_.text = std::string(text);
    expression_.where = where;
    advance();
  }

  Expression run() {
    parse_conditional();
    if (token_.kind != Token::Kind::kEnd) fail_at_token();
    return std::move(expression_);
  }

 private:
  [[noreturn]] void fail(std::size_t offset, std::string message) const {
    throw ExpressionFault{place(offset), std::move(message)};
  }

  SourceRef place(std::size_t offset) const {
    SourceRef where = expression_.where;
    if (!literal_) return where;
    // Places are usually queried from left to right.
    if (offset < placed_offset_) placed_offset_ = placed_width_ = 0;
    placed_width_ += display_width(text_.substr(placed_offset_, offset - placed_offset_));
    placed_offset_ = offset;
    where.column += static_cast<int>(placed_width_);
    return where;
  }

  std::string shown() const { return shorten(text_, kMostShown); }

  bool is_foreign_symbol() const {
    return std::any_of(kForeignSymbols.begin(), kForeignSymbols.end(),
                       [&](const auto& row) { return at(row.first); });
  }

  [[noreturn]] void fail_at_token() const {
    if (token_.kind == Token::Kind::kEnd) {
      fail(token_.offset, fmt::format("the expression '{}' ends too early", shown()));
    }
    for (const auto& [symbol, advice] : kForeignSymbols) {
      if (token_.text == symbol) fail(token_.offset, std::string(advice));
    }
    fail(token_.offset, fmt::format("'{}' doesn't belong here in '{}'", token_.text, shown()));
  }

  void advance() {
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
  std::size_t number_end(std::size_t i) const {
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

  std::size_t symbol_end(std::size_t i) const {
    for (std::string_view two : {"**", "//", "==", "!=", "<=", ">=", "&&", "||"}) {
      if (text_.substr(i, 2) == two) return i + 2;
    }
    std::size_t end = i + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return end;
  }

  int add(ExpressionNode node) {
    for (int operand : node.operands)
      node.height = std::max(node.height, expression_.nodes[operand].height + 1);
    if (node.height > kMostHeight)
      throw ExpressionFault{node.where,
                            fmt::format("an expression of more than {} operations in a row",
                                        with_commas(kMostHeight))};
    expression_.nodes.push_back(std::move(node));
    return static_cast<int>(expression_.nodes.size()) - 1;
  }
  int add_op(ExpressionOp op, std::vector<int> operands, std::size_t offset) {
    ExpressionNode node;
    node.op = op;
    node.operands = std::move(operands);
    node.where = place(offset);
    return add(std::move(node));
  }

  bool at(std::string_view text) const {
    return token_.kind != Token::Kind::kEnd && token_.kind != Token::Kind::kNumber &&
           token_.text == text;
  }
  void expect(std::string_view text) {
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

  void nest(std::size_t offset) {
    if (++depth_ > kMostDepth)
      fail(offset, fmt::format("nested more than {} levels deep", kMostDepth));
  }

  int parse_conditional() {
    nest(token_.offset);
    const int value = parse_binary(kOrLevel);
    int result = value;
    if (at("if")) {
      const std::size_t offset = token_.offset;
      advance();
      const int condition = parse_binary(kOrLevel);
      if (is_foreign_symbol()) fail_at_token();
      if (!at("else"))
        fail(token_.offset, "an 'if' without its 'else'; write 'x if condition else y'");
      advance();
      const int other = parse_conditional();
      result = add_op(ExpressionOp::kIf, {value, condition, other}, offset);
    }
    --depth_;
    return result;
  }

  const BinaryOp* binary_op() const {
    if (token_.kind == Token::Kind::kEnd || token_.kind == Token::Kind::kNumber) return nullptr;
    for (const BinaryOp& row : kBinaryOps) {
      if (row.symbol == token_.text) return &row;
    }
    return nullptr;
  }

  int parse_binary(int level) {
    int left = parse_unary(level);
    while (true) {
      const std::size_t offset = token_.offset;
      const bool negated = at("not");  // x not in list
      if (negated && level > kCompareLevel) return left;
      if (negated) {
        advance();
        if (!at("in")) fail_at_token();
      }
      const BinaryOp* row = binary_op();
      if (row == nullptr || row->level < level) return left;
      if (row->level == kCompareLevel && is_comparison(expression_.nodes[left].op) &&
          left != parenthesised_) {
        fail(offset, "comparisons don't chain; write 'a < b and b < c'");
      }
      advance();
      // Powers bind to the right, all others to the left.
      nest(offset);
      const int right =
          parse_binary(row->op == ExpressionOp::kPower ? kUnaryLevel : row->level + 1);
      --depth_;
      left = add_op(negated ? ExpressionOp::kNotIn : row->op, {left, right}, offset);
    }
  }

  static bool is_comparison(ExpressionOp op) {
    return op >= ExpressionOp::kEqual && op <= ExpressionOp::kNotIn;
  }

  int parse_unary(int level) {
    const std::size_t offset = token_.offset;
    if (at("not") || at("-") || at("+")) {
      nest(offset);
      const std::string_view symbol = token_.text;
      if (symbol == "not" && level > kNotLevel) fail_at_token();
      advance();
      const int operand = parse_binary(symbol == "not" ? kNotLevel : kUnaryLevel);
      --depth_;
      if (symbol == "+") return operand;
      return add_op(symbol == "not" ? ExpressionOp::kNot : ExpressionOp::kNegate, {operand},
                    offset);
    }
    return parse_operand();
  }

  int parse_operand() {
    const Token token = token_;
    if (token.kind == Token::Kind::kNumber) return parse_number();
    if (at("(")) {
      advance();
      const int inner = parse_conditional();
      expect(")");
      parenthesised_ = inner;
      return inner;
    }
    if (at("[")) return add_op(ExpressionOp::kList, parse_operands("]"), token.offset);
    if (token.kind != Token::Kind::kName || is_keyword(token.text)) fail_at_token();
    ExpressionNode node;
    node.op = ExpressionOp::kName;
    node.text = std::string(token.text);
    node.where = place(token.offset);
    advance();
    if (token.text == "true" || token.text == "false") {
      node.op = ExpressionOp::kNumber;
      node.number = token.text == "true" ? 1 : 0;
    } else if (at("(")) {
      node.op = ExpressionOp::kCall;
      node.operands = parse_operands(")");
    }
    return add(std::move(node));
  }

  // "(a, b)" or "[a, b]", from its opening token to the one after its closing token.
  std::vector<int> parse_operands(std::string_view closing) {
    std::vector<int> operands;
    advance();
    while (!at(closing)) {
      operands.push_back(parse_conditional());
      if (!at(",")) break;
      advance();
    }
    expect(closing);
    return operands;
  }

  static bool is_keyword(std::string_view text) {
    return is_one_of(text, std::array<std::string_view, 5>{"and", "or", "not", "if", "else"});
  }

  int parse_number() {
    const std::string_view text = token_.text;
    const auto refuse = [&](std::string_view advice) {
      fail(token_.offset, fmt::format("'{}' is not a number here; {}", text, advice));
    };
    if (text.find(':') != std::string_view::npos)
      refuse("YAML would read it in base 60; write a decimal number");
    if (text.find('_') != std::string_view::npos) refuse("write it without '_'");
    if (text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E') {
      refuse("a leading 0 would make it octal or hexadecimal elsewhere; write a decimal number");
    }
    ExpressionNode node;
    node.where = place(token_.offset);
    try {
      const auto number = Rational::parse(text);
      if (!number) refuse("write it as 12, 0.35 or 1e3");
      node.number = *number;
    } catch (const CountOverflow&) {
      fail(token_.offset, fmt::format("'{}' needs more than 64 bits", text));
    }
    advance();
    return add(std::move(node));
  }

  std::string_view text_;
  bool literal_;
  mutable std::size_t placed_offset_ = 0, placed_width_ = 0;
  Expression expression_;
  Token token_;
  std::size_t position_ = 0;
  int depth_ = 0;
  int parenthesised_ = -1;  // the last node that was closed by ')'
};

}  // namespace

const ExpressionNode* Expression::find(Scope scope) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const ExpressionNode& node) { return node.scope == scope; });
  return found == nodes.end() ? nullptr : &*found;
}

Expression parse_expression(std::string_view text, const SourceRef& where, bool literal) {
  return Parser(text, where, literal).run();
}

Expression literal(const Number& number, const SourceRef& where) {
  Expression expression;
  expression.text = to_string(number);
  expression.where = where;
  expression.nodes.emplace_back();
  expression.nodes.back().number = number;
  expression.nodes.back().where = where;
  return expression;
}

Expression list_expression(std::vector<Expression> items, const SourceRef& where) {
  Expression list;
  list.where = where;
  ExpressionNode root;
  root.op = ExpressionOp::kList;
  root.where = where;
  std::vector<std::string> texts;
  for (Expression& item : items) {
    const int base = static_cast<int>(list.nodes.size());
    for (ExpressionNode& node : item.nodes) {
      for (int& operand : node.operands) operand += base;
      list.nodes.push_back(std::move(node));
    }
    root.operands.push_back(static_cast<int>(list.nodes.size()) - 1);
    texts.push_back(item.text);
  }
  list.nodes.push_back(std::move(root));
  list.text = "[" + join(texts, ", ") + "]";
  return list;
}

}  // namespace archcost::spec
