// SPDX-License-Identifier: Apache-2.0
// A sum, mean or maximum over channels, rows or columns, in any combination.
#include <fmt/core.h>

#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kReduceAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kFlag, "false", "over the channels"},
    {"height", AttributeType::kFlag, "false", "over the rows"},
    {"width", AttributeType::kFlag, "false", "over the columns"},
});
constexpr Slot kOverChannels = slot(kReduceAttributes, "channels"),
               kOverHeight = slot(kReduceAttributes, "height"),
               kOverWidth = slot(kReduceAttributes, "width");

TensorShape reduce_shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  return {layer.flag(kOverChannels) ? Count(1) : in.channels,
          layer.flag(kOverHeight) ? Count(1) : in.height,
          layer.flag(kOverWidth) ? Count(1) : in.width};
}

LayerCost reduce_cost(const LayerView& layer, const TensorShape&) {
  return {.elementwise = layer.input().elements()};
}

SpatialEffect reduce_spatial(const LayerView& layer, const TensorShape&) {
  return layer.flag(kOverHeight) || layer.flag(kOverWidth) ? SpatialEffect::kMixAll
                                                           : SpatialEffect::kSamePlace;
}

}  // namespace

const LayerKind reduce_kind = {
    .name = "reduce",
    .family = Family::kOther,
    .help = "sum, mean or maximum over channels, rows or columns",
    .source = "ONNX ReduceMean and its kin; one operation an element of the input",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kReduceAttributes,
    .shape = reduce_shape,
    .cost = reduce_cost,
    .spatial_of = reduce_spatial,
};

}  // namespace archcost::layers::kinds
