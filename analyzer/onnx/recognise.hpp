// SPDX-License-Identifier: Apache-2.0
// Sequences of operators that exporters write for one layer.
#pragma once

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

/// Replaces each sequence by one op: Swish, HardSwish, HardSigmoid, Gelu, LayerNormalization,
/// GroupNormalization, ChannelShuffle. The ops that it takes the place of get an empty type, and so
/// do those whose outputs nothing uses.
void recognise(FoldedGraph& graph);

}  // namespace archcost::onnx
