// SPDX-License-Identifier: Apache-2.0
// Arithmetic on constants, as the operators define it.
#pragma once

#include "onnx/model.hpp"

namespace archcost::onnx {

/// Nothing for operators that exporters don't apply to shapes.
std::optional<Constant> unary_constant(std::string_view type, const Constant& in);

/// Whether append_binary() knows the operator: of two inputs that are spread over each other.
bool is_binary(std::string_view type);

/// A number of a constant.
struct ConstantNumber {
  const Constant& of;
  std::size_t index;

  double as_real() const {
    return of.real ? of.reals[index] : static_cast<double>(of.whole[index]);
  }
};
/// Adds a op b to the result's numbers; real where one of them is. False for other operators.
/// Throws NodeFault for a division by zero and for what needs more than 64 bits.
bool append_binary(std::string_view type, const ConstantNumber& a, const ConstantNumber& b,
                   Constant& result);

}  // namespace archcost::onnx
