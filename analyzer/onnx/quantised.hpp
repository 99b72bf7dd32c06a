// SPDX-License-Identifier: Apache-2.0
// Operators on quantised numbers and fused operators, as the float operators that they stand for.
#pragma once

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// Changes QLinearConv, ConvInteger, QLinearMatMul, QGemm, FusedConv and their kin into Conv,
/// MatMul, Gemm and so on; scales and zero points are dropped from the inputs. Others stay as they
/// are.
void use_float_operator(FoldedOp& op);

}  // namespace archcost::onnx
