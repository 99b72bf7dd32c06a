// SPDX-License-Identifier: Apache-2.0
// The sizes of attention that its attributes and inputs give.
#pragma once

#include <span>

#include "core/shape.hpp"

namespace archcost::layers {

struct AttentionSizes {
  Count heads, kv_heads;
  Count depth;                             ///< channels of a head
  Count context_channels, context_tokens;  ///< of the tensor that keys and values are taken from
  Count windows;  ///< equal runs of positions; a position attends to those of its own
};

/// `numbers`: those of a multi_head_attention layer. `inputs`: the queries' and, for
/// cross-attention, the context.
AttentionSizes attention_sizes(std::span<const Count> numbers, std::span<const TensorShape> inputs);

}  // namespace archcost::layers
