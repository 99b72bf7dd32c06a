// SPDX-License-Identifier: Apache-2.0
// Average of a sliding window.
#include "layers/pooling.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"kernel", AttributeType::kExtent, "", "height and width of the window"},
    {"stride", AttributeType::kExtent, "=kernel", "step of the window"},
    {"pad", AttributeType::kPadding, "valid", "rows and columns added on each side", 0},
    {"ceil_mode", AttributeType::kFlag, "false", "round the output size up"},
    {"count_include_pad", AttributeType::kFlag, "true", "padded zeros count in the average"},
});
constexpr Slot kKernel = slot(kAttributes, "kernel");
constexpr PoolSlots kSlots = {kKernel, slot(kAttributes, "stride"), slot(kAttributes, "pad"),
                              slot(kAttributes, "ceil_mode")};

TensorShape shape(const LayerView& layer) {
  return pool_shape(layer, kSlots, Extent{Count(1), Count(1)});
}
LayerCost cost(const LayerView& layer, const TensorShape& output) {
  return {.pool_ops = layer.extent(kKernel).area() * output.elements()};
}
std::string class_name(const LayerView& layer) {
  return pool_class("avg pool", layer.extent(kKernel));
}

}  // namespace

extern const LayerKind avg_pool_kind;
const LayerKind avg_pool_kind = {
    .name = "avg_pool",
    .family = Family::kPooling,
    .help = "average of a sliding window",
    .source = "PyTorch AvgPool2d; every tap of a window counts",
    .spatial = SpatialEffect::kWindow,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
    .class_name = class_name,
};

}  // namespace archcost::layers::kinds
