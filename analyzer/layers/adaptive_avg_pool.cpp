// SPDX-License-Identifier: Apache-2.0
// Average pooling to a given size.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"size", AttributeType::kExtent, "", "height and width of the output"},
});
constexpr Slot kSize = slot(kAttributes, "size");

TensorShape shape(const LayerView& layer) {
  const Extent size = layer.extent(kSize);
  return {layer.input().channels, size.height, size.width};
}

// Rows that the windows of one dimension read together. Window i is floor(i in/out) to
// ceil((i+1) in/out): neighbours share a row wherever i in/out isn't whole, which happens
// out - gcd(in, out) times.
Count rows_read(Count in, Count out) { return in + out - gcd(in, out); }

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const TensorShape& in = layer.input();
  return {.pool_ops = in.channels * rows_read(in.height, output.height) *
                      rows_read(in.width, output.width)};
}

SpatialEffect spatial_of(const LayerView& layer, const TensorShape& output) {
  return layer.input() == output ? SpatialEffect::kSamePlace : SpatialEffect::kGather;
}

}  // namespace

extern const LayerKind adaptive_avg_pool_kind;
const LayerKind adaptive_avg_pool_kind = {
    .name = "adaptive_avg_pool",
    .family = Family::kPooling,
    .help = "average pooling to a given size",
    .source = "PyTorch AdaptiveAvgPool2d; every tap of its windows counts",
    .spatial = SpatialEffect::kGather,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
    .spatial_of = spatial_of,
};

}  // namespace archcost::layers::kinds
