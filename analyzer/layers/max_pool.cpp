// SPDX-License-Identifier: Apache-2.0
// Maximum of a sliding window.
#include "layers/pooling.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"kernel", AttributeType::kExtent, "", "height and width of the window"},
    {"stride", AttributeType::kExtent, "=kernel", "step of the window"},
    {"dilation", AttributeType::kExtent, "1", "step between the window's taps"},
    {"pad", AttributeType::kPadding, "valid", "rows and columns added on each side", 0},
    {"ceil_mode", AttributeType::kFlag, "false", "round the output size up"},
});
constexpr Slot kKernel = slot(kAttributes, "kernel"), kDilation = slot(kAttributes, "dilation");
constexpr PoolSlots kSlots = {kKernel, slot(kAttributes, "stride"), slot(kAttributes, "pad"),
                              slot(kAttributes, "ceil_mode")};

TensorShape shape(const LayerView& layer) {
  return pool_shape(layer, kSlots, layer.extent(kDilation));
}
LayerCost cost(const LayerView& layer, const TensorShape& output) {
  return {.pool_ops = layer.extent(kKernel).area() * output.elements()};
}
std::string class_name(const LayerView& layer) {
  return pool_class("max pool", layer.extent(kKernel));
}

}  // namespace

extern const LayerKind max_pool_kind;
const LayerKind max_pool_kind = {
    .name = "max_pool",
    .family = Family::kPooling,
    .help = "maximum of a sliding window",
    .source = "PyTorch MaxPool2d; every tap of a window counts",
    .spatial = SpatialEffect::kWindow,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
    .class_name = class_name,
};

}  // namespace archcost::layers::kinds
