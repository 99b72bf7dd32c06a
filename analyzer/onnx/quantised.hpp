// SPDX-License-Identifier: Apache-2.0
// Operators on quantised numbers and fused operators, as the float operators that they stand for.
#pragma once

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// Changes QLinearConv, ConvInteger, QLinearMatMul, QGemm, FusedConv and their kin into Conv,
/// MatMul, Gemm and so on; scales and zero points are dropped from the inputs, and from the outputs
/// of DynamicQuantizeLinear, which are returned. Others stay as they are.
std::vector<ValueId> use_float_operator(FoldedOp& op);

/// A scale or zero point of activations: one number, whatever it is.
FoldedValue quantisation_number(std::string_view name);

}  // namespace archcost::onnx
