// SPDX-License-Identifier: Apache-2.0
// A learned position inserted before the others: [D,T,1] becomes [D,T+1,1].
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  require(in.width == Count(1), "", [&] {
    return fmt::format(
        "class_token needs tokens, an input of {}xTx1, not {}; put reshape: {{channels: in, "
        "height: "
        "h * w}} before it",
        in.channels.shown(), to_string(in));
  });
  return {in.channels, in.height + Count(1), in.width};
}

LayerCost cost(const LayerView&, const TensorShape& output) { return {.params = output.channels}; }

}  // namespace

extern const LayerKind class_token_kind;
const LayerKind class_token_kind = {
    .name = "class_token",
    .family = Family::kOther,
    .help = "a learned token inserted before the others",
    .source = "arXiv:2010.11929 equation 1",
    .spatial = SpatialEffect::kRenumber,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
