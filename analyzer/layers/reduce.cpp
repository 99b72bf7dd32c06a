// SPDX-License-Identifier: Apache-2.0
// A sum, mean or maximum over channels, rows or columns, in any combination.
#include <fmt/core.h>

#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kFlag, "false", "over the channels"},
    {"height", AttributeType::kFlag, "false", "over the rows"},
    {"width", AttributeType::kFlag, "false", "over the columns"},
});
constexpr Slot kChannels = slot(kAttributes, "channels"), kHeight = slot(kAttributes, "height"),
               kWidth = slot(kAttributes, "width");

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  return {layer.flag(kChannels) ? Count(1) : in.channels,
          layer.flag(kHeight) ? Count(1) : in.height, layer.flag(kWidth) ? Count(1) : in.width};
}

LayerCost cost(const LayerView& layer, const TensorShape&) {
  return {.elementwise = layer.input().elements()};
}

SpatialEffect spatial_of(const LayerView& layer, const TensorShape&) {
  return layer.flag(kHeight) || layer.flag(kWidth) ? SpatialEffect::kMixAll
                                                   : SpatialEffect::kSamePlace;
}

}  // namespace

const LayerKind reduce_kind = {
    .name = "reduce",
    .family = Family::kOther,
    .help = "sum, mean or maximum over channels, rows or columns",
    .source = "ONNX ReduceMean and its kin; one operation an element of the input",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
    .spatial_of = spatial_of,
};

}  // namespace archcost::layers::kinds
