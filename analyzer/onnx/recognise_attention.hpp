// SPDX-License-Identifier: Apache-2.0
// Multi-head self-attention that exporters write as matrix products, reshapes and a softmax.
#pragma once

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

constexpr std::string_view kAttentionType = "MultiHeadAttention";

/// Replaces the operators of each attention by one op of that type, whose numbers are the heads,
/// whether there are biases, and how many positions attend to one another. It must have the
/// parameters of torch's nn.MultiheadAttention: four projections of D to D channels, of one input,
/// all with biases or none. Attention whose projections are modules of their own stays as it is
/// written: tools that count modules see linear layers there.
void recognise_attention(FoldedGraph& graph);

}  // namespace archcost::onnx
