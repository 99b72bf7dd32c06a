// SPDX-License-Identifier: Apache-2.0
// The row of each kind of layer by its name in C++, for rules about exactly one kind:
// `layer.is(kinds::dropout_kind)`.
#pragma once

#include "layers/layer_kind.hpp"

// A new kind of layer is a row in the file of its family in this folder, and one line here.
#define ARCHCOST_LAYER_KINDS(KIND) \
  KIND(conv)                       \
  KIND(conv_transpose)             \
  KIND(linear)                     \
  KIND(matmul)                     \
  KIND(multi_head_attention)       \
  KIND(batch_norm)                 \
  KIND(layer_norm)                 \
  KIND(group_norm)                 \
  KIND(lrn)                        \
  KIND(relu)                       \
  KIND(relu6)                      \
  KIND(leaky_relu)                 \
  KIND(prelu)                      \
  KIND(sigmoid)                    \
  KIND(hard_sigmoid)               \
  KIND(tanh)                       \
  KIND(swish)                      \
  KIND(hard_swish)                 \
  KIND(gelu)                       \
  KIND(elu)                        \
  KIND(softmax)                    \
  KIND(max_pool)                   \
  KIND(avg_pool)                   \
  KIND(global_avg_pool)            \
  KIND(global_max_pool)            \
  KIND(adaptive_avg_pool)          \
  KIND(adaptive_max_pool)          \
  KIND(add)                        \
  KIND(multiply)                   \
  KIND(concat)                     \
  KIND(channel_shuffle)            \
  KIND(split)                      \
  KIND(slice)                      \
  KIND(crop)                       \
  KIND(flatten)                    \
  KIND(reshape)                    \
  KIND(dropout)                    \
  KIND(upsample)                   \
  KIND(pad)                        \
  KIND(scale)                      \
  KIND(class_token)                \
  KIND(take_token)                 \
  KIND(position_embedding)         \
  KIND(pointwise)                  \
  KIND(reduce)                     \
  KIND(rearrange)                  \
  KIND(input)                      \
  KIND(unsupported)                \
  KIND(custom)

namespace archcost::layers::kinds {

#define ARCHCOST_DECLARE(name) extern const LayerKind name##_kind;
ARCHCOST_LAYER_KINDS(ARCHCOST_DECLARE)
#undef ARCHCOST_DECLARE

}  // namespace archcost::layers::kinds
