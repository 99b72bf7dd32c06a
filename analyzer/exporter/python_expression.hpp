// SPDX-License-Identifier: Apache-2.0
// Expressions of the spec language as Python. Numbers stay exact: decimals and quotients become
// fractions.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "spec/expression.hpp"

namespace archcost::exporter {

/// What names stand for where an expression is written.
struct PythonNames {
  /// Text of a name: an argument, a value, a parameter, a table, in, h, w or i. Throws NotWritable.
  std::function<std::string(const spec::ExpressionNode&)> text;
  /// Whether its value may be a fraction.
  std::function<bool(const spec::ExpressionNode&)> is_real;
  std::set<std::string>* helpers = nullptr;
  /// Whether its value may be a list; null: none is.
  std::function<bool(const spec::ExpressionNode&)> is_list = {};
};

/// The expression; one that may be a fraction is passed through exact(), so that whole numbers are
/// int.
std::string python_value(const spec::Expression& expression, const PythonNames& names);
/// The same as a condition.
std::string python_condition(const spec::Expression& expression, const PythonNames& names);
/// A number that need not be exact, as a slope: "0.25".
std::string python_real(const spec::Expression& expression, const PythonNames& names);
/// Whether the value may be a fraction.
bool may_be_real(const spec::Expression& expression,
                 const std::function<bool(const spec::ExpressionNode&)>& is_real);

/// Whether the value may be a list, where `is_list` tells it of names.
bool may_be_list(const spec::Expression& expression,
                 const std::function<bool(const spec::ExpressionNode&)>& is_list);

/// A constant: 12, 0.35, Fraction(4, 7), "same", (1, 2).
std::string python_constant(const spec::Value& value);
/// As an identifier: keywords of Python and names of helpers get an underscore.
std::string python_name(std::string_view name);
/// "ConvBnRelu" of "conv_bn_relu", "MobileNetV1" of "mobilenet_v1".
std::string python_class(std::string_view name);
/// A text between quotes.
std::string python_text(std::string_view text);
/// As a part of a docstring, which it cannot end.
std::string python_doc(std::string_view text);

}  // namespace archcost::exporter
