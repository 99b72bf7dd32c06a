// SPDX-License-Identifier: Apache-2.0
// Arithmetic on constants, as the operators define it.
#pragma once

#include "onnx/model.hpp"

namespace archcost::onnx {

/// Nothing for operators that exporters don't apply to shapes.
std::optional<Constant> unary_constant(std::string_view type, const Constant& in);

/// Whether append_binary() knows the operator: of two inputs that are spread over each other.
bool is_binary(std::string_view type);

/// Adds a[i] op b[j] to the result's numbers; real where one of them is. False for other operators.
/// Throws NodeFault for a division by zero and for what needs more than 64 bits.
bool append_binary(std::string_view type, const Constant& a, std::size_t i, const Constant& b,
                   std::size_t j, bool real, Constant& result);

}  // namespace archcost::onnx
