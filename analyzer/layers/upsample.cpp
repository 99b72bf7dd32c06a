// SPDX-License-Identifier: Apache-2.0
// Enlarges height and width by whole factors.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kModeWords = std::to_array<std::string_view>({"nearest", "bilinear"});
constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"factor", AttributeType::kExtent, "2", "how many times higher and wider"},
    {"mode", AttributeType::kWord, "nearest", "how new positions are filled", 0, kModeWords},
});
constexpr Slot kFactor = slot(kAttributes, "factor"), kMode = slot(kAttributes, "mode");

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  const Extent factor = layer.extent(kFactor);
  return {in.channels, in.height * factor.height, in.width * factor.width};
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const bool bilinear = layer.word(kMode) == 1;
  // Four weighted neighbours: four multiplications and three additions an output element.
  return {.elementwise = bilinear ? output.elements() * Count(7) : Count(0)};
}

}  // namespace

extern const LayerKind upsample_kind;
const LayerKind upsample_kind = {
    .name = "upsample",
    .family = Family::kOther,
    .help = "enlarges height and width by whole factors",
    .source = "PyTorch Upsample",
    .spatial = SpatialEffect::kUpsampling,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
