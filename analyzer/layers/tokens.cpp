// SPDX-License-Identifier: Apache-2.0
// Layers of transformers; tokens are the positions of a [D,T,1] input.
#include <fmt/core.h>

#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

void require_tokens(const LayerView& layer, std::string_view kind, std::string_view advice) {
  const TensorShape& in = layer.input();
  require(in.width == Count(1), "", [&] {
    return fmt::format("{} needs tokens, an input of {}xTx1, not {}{}", kind, in.channels.shown(),
                       to_string(in), advice);
  });
}

TensorShape class_token_shape(const LayerView& layer) {
  require_tokens(layer, "class_token", "; put reshape: {channels: in, height: h * w} before it");
  const TensorShape& in = layer.input();
  return {in.channels, in.height + Count(1), in.width};
}

LayerCost class_token_cost(const LayerView&, const TensorShape& output) {
  return {.params = output.channels};
}

TensorShape take_token_shape(const LayerView& layer) {
  require_tokens(layer, "take_token", "");
  return {layer.input().channels, Count(1), Count(1)};
}

LayerCost position_embedding_cost(const LayerView&, const TensorShape& output) {
  return {.params = output.elements(), .elementwise = output.elements()};
}

}  // namespace

// [D,T,1] becomes [D,T+1,1].
const LayerKind class_token_kind = {
    .name = "class_token",
    .family = Family::kOther,
    .help = "a learned token inserted before the others",
    .source = "arXiv:2010.11929 equation 1",
    .spatial = SpatialEffect::kRenumber,
    .shape = class_token_shape,
    .cost = class_token_cost,
};

// The first token, as the class token of ViT: [D,1,1].
const LayerKind take_token_kind = {
    .name = "take_token",
    .family = Family::kRearrange,
    .help = "the first token, as the one that classifies",
    .source = "arXiv:2010.11929 equation 4",
    .spatial = SpatialEffect::kRenumber,
    .shape = take_token_shape,
};

const LayerKind position_embedding_kind = {
    .name = "position_embedding",
    .family = Family::kOther,
    .help = "a learned number added to each element",
    .source = "arXiv:2010.11929 equation 1",
    .elementwise = true,
    .in_place = true,
    .cost = position_embedding_cost,
};

}  // namespace archcost::layers::kinds
