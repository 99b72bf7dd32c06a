// SPDX-License-Identifier: Apache-2.0
// Expressions of the spec language: parsed once, their names resolved once, evaluated as often as
// needed.
//
//   out: divisible(c * alpha)      stride: s if i == 1 else 1      when: stride == 1 and in == out
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/shape.hpp"
#include "spec/value.hpp"

namespace archcost::spec {

/// Where a name gets its value from.
enum class Scope {
  kUnresolved,
  kArgument,  ///< of the block around
  kLet,       ///< of the block around
  kParam,     ///< of the file
  kFileLet,   ///< of the file
  kTable,     ///< of the file
  kIn,        ///< channels of the item's input
  kHeight,    ///< its height
  kWidth,     ///< its width
  kRound,     ///< i, the count of a repeat, from 1
  kTensor,    ///< a size of another layer's output: skip.c, skip.h, skip.w
  kWord,      ///< the name itself is the value
};

enum class ExpressionOp {
  kNumber,
  kName,
  kList,
  kCall,  ///< a function, or an element of a list by its number
  kNegate,
  kNot,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kAnd,
  kOr,
  kIf,  ///< operands: value, condition, other value
};

enum class Function {
  kNone,
  kRound,
  kFloor,
  kCeil,
  kMin,
  kMax,
  kAbs,
  kSqrt,
  kLog2,
  kDivisible,
  kLen
};

struct ExpressionNode {
  ExpressionOp op = ExpressionOp::kNumber;
  Scope scope = Scope::kUnresolved;
  Function function = Function::kNone;
  int slot = -1;     ///< index in its scope
  int file = 0;      ///< of a table: the file that declares it
  std::string text;  ///< of a name or called name
  Number number;
  std::vector<int> operands;  ///< indices of nodes
  int height = 1;             ///< of the tree below it
  SourceRef where;
};

/// A parsed expression. `nodes.back()` is its root.
struct Expression {
  std::string text;
  SourceRef where;
  std::vector<ExpressionNode> nodes;

  const ExpressionNode& root() const { return nodes.back(); }
  bool is_list() const { return root().op == ExpressionOp::kList; }
  /// The root if it is a plain name ("same"), else null.
  const ExpressionNode* plain_name() const {
    return root().op == ExpressionOp::kName ? &root() : nullptr;
  }
  /// The first name of that scope, or null.
  const ExpressionNode* find(Scope scope) const;
};

/// A mistake in the text or value of an expression.
struct ExpressionFault {
  SourceRef where;
  std::string message;
};

/// Parses `text`, whose first character is at `where`. With `literal` the file contains the text
/// unchanged, so that its parts have places of their own. Throws ExpressionFault.
Expression parse_expression(std::string_view text, const SourceRef& where, bool literal = true);
/// A number as an expression.
Expression literal(const Number& number, const SourceRef& where);
/// A list of expressions as one expression.
Expression list_expression(std::vector<Expression> items, const SourceRef& where);

/// The functions' names, and the words that can't be names of parameters or blocks.
std::span<const std::string> function_names();
std::span<const std::string> reserved_words();
std::optional<Function> find_function(std::string_view name);
/// Throws ExpressionFault if the function doesn't take that many values.
void check_operand_count(Function function, std::size_t count, const ExpressionNode& node);

/// A table of the file: a list, or rows by the value of a key.
struct LookupRow {
  Value key;
  Expression value;
  SourceRef where;
};
struct LookupTable {
  std::string name;
  SourceRef where;
  std::optional<Expression> by;
  std::vector<LookupRow> rows;      ///< with `by`
  std::optional<Expression> value;  ///< without
};

/// The values of names. Values that aren't known (because of a mistake elsewhere) are
/// empty: reading one throws UnknownValue, so that one mistake isn't reported twice.
struct UnknownValue {};
struct FileValues {
  // Files refer to each other's values by address: a vector of them may be moved, not copied.
  FileValues() = default;
  FileValues(FileValues&&) = default;
  FileValues& operator=(FileValues&&) = default;

  std::span<const LookupTable> tables;
  std::vector<std::optional<Value>> params;
  std::vector<std::optional<Value>> lets;
  /// The values of the tables; each is evaluated once. Not thread-safe.
  mutable std::vector<std::optional<Value>> table_values;
  const FileValues* files = nullptr;  ///< of the first of all files of the spec
};
/// Finds the shape of a layer's output by its dotted path; nothing, after a report, for one that
/// isn't known.
using FindTensor = std::function<std::optional<TensorShape>(const std::string&, const SourceRef&)>;
/// "skip" and 'h' of "skip.h"; nothing for a text that isn't of this form.
struct TensorSize {
  std::string path;
  char size = 'c';  ///< c, h or w
};
std::optional<TensorSize> tensor_size(std::string_view text);
struct Environment {
  const FileValues* file = nullptr;
  std::span<const std::optional<Value>> arguments;
  std::span<const std::optional<Value>> lets;
  std::optional<TensorShape> in;
  std::optional<std::int64_t> round;
  const FindTensor* find_tensor = nullptr;  ///< null where there are no layers
};

/// Throws ExpressionFault (division by zero, wrong type, a missing row), UnknownValue.
Value evaluate(const Expression& expression, const Environment& environment);
/// The same, but nothing for a value that isn't known or has a mistake; `report` gets the mistake.
template <class Report>
std::optional<Value> evaluate_or_report(const Expression& expression,
                                        const Environment& environment, Report report) {
  try {
    return evaluate(expression, environment);
  } catch (const ExpressionFault& fault) {
    report(fault);
  } catch (const UnknownValue&) {
  }
  return std::nullopt;
}

}  // namespace archcost::spec
