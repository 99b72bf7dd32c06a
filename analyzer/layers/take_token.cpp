// SPDX-License-Identifier: Apache-2.0
// The first position of a [D,T,1] input, as the class token of ViT: [D,1,1].
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  require(in.width == Count(1), "", [&] {
    return fmt::format("take_token needs tokens, an input of {}xTx1, not {}", in.channels.shown(),
                       to_string(in));
  });
  return {in.channels, Count(1), Count(1)};
}

}  // namespace

extern const LayerKind take_token_kind;
const LayerKind take_token_kind = {
    .name = "take_token",
    .family = Family::kRearrange,
    .help = "the first token, as the one that classifies",
    .source = "arXiv:2010.11929 equation 4",
    .spatial = SpatialEffect::kRenumber,
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
