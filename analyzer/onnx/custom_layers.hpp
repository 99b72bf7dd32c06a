// SPDX-License-Identifier: Apache-2.0
// Operators as layers of the kind custom, whose sizes and costs are written out: convolutions and
// pools over three dimensions, convolutions and products with computed weights, and whatever else
// works on a learned tensor in a way that no kind has.
#pragma once

#include "onnx/lowering.hpp"

namespace archcost::onnx {

/// Over one to three dimensions, with weights of any origin. False: it can't.
bool lower_custom_conv(Lowering& lowering, const FoldedOp& op);
bool lower_custom_conv_transpose(Lowering& lowering, const FoldedOp& op);
bool lower_custom_pool(Lowering& lowering, const FoldedOp& op);
/// A product of two tensors, the bias of which may be a third, of so many multiply-adds for all
/// images of the batch. The output's sizes are numbers.
bool lower_custom_product(Lowering& lowering, const FoldedOp& op, std::int64_t macs);
/// Work for each element of the output, in which learned tensors take part.
bool lower_custom_elements(Lowering& lowering, const FoldedOp& op, const ElementWork& work);

}  // namespace archcost::onnx
