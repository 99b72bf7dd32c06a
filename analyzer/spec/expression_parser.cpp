// SPDX-License-Identifier: Apache-2.0
// The tokens of an expression to its nodes: a precedence-climbing parser.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/count.hpp"
#include "core/text.hpp"
#include "spec/expression.hpp"
#include "spec/tokenizer.hpp"

namespace archcost::spec {
namespace {

constexpr int kMostDepth = 100;     // of parentheses, conditions, signs
constexpr int kMostHeight = 1'000;  // of the tree: terms of a sum

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

// Null for other tokens.
const BinaryOp* binary_op(const Token& token) {
  if (token.kind == Token::Kind::kEnd || token.kind == Token::Kind::kNumber) return nullptr;
  for (const BinaryOp& row : kBinaryOps) {
    if (row.symbol == token.text) return &row;
  }
  return nullptr;
}

bool is_comparison(ExpressionOp op) {
  return op >= ExpressionOp::kEqual && op <= ExpressionOp::kNotIn;
}

bool is_keyword(std::string_view text) {
  return is_one_of(text, std::array<std::string_view, 5>{"and", "or", "not", "if", "else"});
}

class Parser {
 public:
  Parser(std::string_view text, const SourceRef& where, bool literal)
      : tokens_(text, where, literal) {
    expression_.text = std::string(text);
    expression_.where = where;
  }

  Expression run() {
    parse_conditional();
    if (tokens_.token().kind != Token::Kind::kEnd) tokens_.fail_at_token();
    return std::move(expression_);
  }

 private:
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
    node.where = tokens_.place(offset);
    return add(std::move(node));
  }

  void nest(std::size_t offset) {
    if (++depth_ > kMostDepth)
      tokens_.fail(offset, fmt::format("nested more than {} levels deep", kMostDepth));
  }

  int parse_conditional() {
    nest(tokens_.token().offset);
    const int value = parse_binary(kOrLevel);
    int result = value;
    if (tokens_.at("if")) {
      const std::size_t offset = tokens_.token().offset;
      tokens_.advance();
      const int condition = parse_binary(kOrLevel);
      if (tokens_.at_foreign_symbol()) tokens_.fail_at_token();
      if (!tokens_.at("else"))
        tokens_.fail(tokens_.token().offset,
                     "an 'if' without its 'else'; write 'x if condition else y'");
      tokens_.advance();
      const int other = parse_conditional();
      result = add_op(ExpressionOp::kIf, {value, condition, other}, offset);
    }
    --depth_;
    return result;
  }

  int parse_binary(int level) {
    int left = parse_unary(level);
    while (true) {
      const std::size_t offset = tokens_.token().offset;
      const bool negated = tokens_.at("not");  // x not in list
      if (negated && level > kCompareLevel) return left;
      if (negated) {
        tokens_.advance();
        if (!tokens_.at("in")) tokens_.fail_at_token();
      }
      const BinaryOp* row = binary_op(tokens_.token());
      if (row == nullptr || row->level < level) return left;
      if (row->level == kCompareLevel && is_comparison(expression_.nodes[left].op) &&
          left != parenthesised_) {
        tokens_.fail(offset, "comparisons don't chain; write 'a < b and b < c'");
      }
      tokens_.advance();
      // Powers bind to the right, all others to the left.
      nest(offset);
      const int right =
          parse_binary(row->op == ExpressionOp::kPower ? kUnaryLevel : row->level + 1);
      --depth_;
      left = add_op(negated ? ExpressionOp::kNotIn : row->op, {left, right}, offset);
    }
  }

  int parse_unary(int level) {
    const std::size_t offset = tokens_.token().offset;
    if (tokens_.at("not") || tokens_.at("-") || tokens_.at("+")) {
      nest(offset);
      const std::string_view symbol = tokens_.token().text;
      if (symbol == "not" && level > kNotLevel) tokens_.fail_at_token();
      tokens_.advance();
      const int operand = parse_binary(symbol == "not" ? kNotLevel : kUnaryLevel);
      --depth_;
      if (symbol == "+") return operand;
      return add_op(symbol == "not" ? ExpressionOp::kNot : ExpressionOp::kNegate, {operand},
                    offset);
    }
    return parse_operand();
  }

  int parse_operand() {
    const Token token = tokens_.token();
    if (token.kind == Token::Kind::kNumber) return parse_number();
    if (tokens_.at("(")) {
      tokens_.advance();
      const int inner = parse_conditional();
      tokens_.expect(")");
      parenthesised_ = inner;
      return inner;
    }
    if (tokens_.at("[")) return add_op(ExpressionOp::kList, parse_operands("]"), token.offset);
    if (token.kind != Token::Kind::kName || is_keyword(token.text)) tokens_.fail_at_token();
    ExpressionNode node;
    node.op = ExpressionOp::kName;
    node.text = std::string(token.text);
    node.where = tokens_.place(token.offset);
    tokens_.advance();
    if (token.text == "true" || token.text == "false") {
      node.op = ExpressionOp::kNumber;
      node.number = token.text == "true" ? 1 : 0;
    } else if (tokens_.at("(")) {
      node.op = ExpressionOp::kCall;
      node.operands = parse_operands(")");
    }
    return add(std::move(node));
  }

  // "(a, b)" or "[a, b]", from its opening token to the one after its closing token.
  std::vector<int> parse_operands(std::string_view closing) {
    std::vector<int> operands;
    tokens_.advance();
    while (!tokens_.at(closing)) {
      operands.push_back(parse_conditional());
      if (!tokens_.at(",")) break;
      tokens_.advance();
    }
    tokens_.expect(closing);
    return operands;
  }

  int parse_number() {
    const std::string_view text = tokens_.token().text;
    const auto refuse = [&](std::string_view advice) {
      tokens_.fail(tokens_.token().offset,
                   fmt::format("'{}' is not a number here; {}", text, advice));
    };
    if (text.find(':') != std::string_view::npos)
      refuse("YAML would read it in base 60; write a decimal number");
    if (text.find('_') != std::string_view::npos) refuse("write it without '_'");
    if (text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E') {
      refuse("a leading 0 would make it octal or hexadecimal elsewhere; write a decimal number");
    }
    ExpressionNode node;
    node.where = tokens_.place(tokens_.token().offset);
    try {
      const auto number = Rational::parse(text);
      if (!number) refuse("write it as 12, 0.35 or 1e3");
      node.number = *number;
    } catch (const CountOverflow&) {
      tokens_.fail(tokens_.token().offset, fmt::format("'{}' needs more than 64 bits", text));
    }
    tokens_.advance();
    return add(std::move(node));
  }

  Tokenizer tokens_;
  Expression expression_;
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
