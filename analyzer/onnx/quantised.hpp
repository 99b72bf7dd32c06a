// SPDX-License-Identifier: Apache-2.0
// Operators on quantised numbers and fused operators, as the float operators that they stand for.
#pragma once

#include <functional>

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// Changes QLinearConv, ConvInteger, QLinearMatMul, QGemm and their kin into Conv, MatMul, Gemm and
/// so on; scales and zero points are dropped from the inputs, and from the outputs of
/// DynamicQuantizeLinear, which are returned. Others stay as they are.
std::vector<ValueId> use_float_operator(FoldedOp& op);

/// The operators that FusedConv, FusedGemm or FusedMatMul stands for, in order: Conv or Gemm, the
/// addition of the fourth input of FusedConv, the activation; the transpositions of FusedMatMul and
/// MatMul. None for another operator, and where it can't be said which. `add_value` makes a value
/// between two of them, `keep` stores a text as long as the graph lives.
std::vector<FoldedOp> split_fused_operator(
    const FoldedGraph& graph, const FoldedOp& op, const std::function<ValueId()>& add_value,
    const std::function<std::string_view(std::string)>& keep);

/// A scale or zero point of activations: one number, whatever it is.
FoldedValue quantisation_number(std::string_view name);

}  // namespace archcost::onnx
