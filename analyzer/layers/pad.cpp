// SPDX-License-Identifier: Apache-2.0
// Rows and columns added around the image.
#include <string>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kModeWords = std::to_array<std::string_view>({"zeros", "reflect", "replicate"});
constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"pad", AttributeType::kPadding, "", "rows and columns added on each side", 0},
    {"mode", AttributeType::kWord, "zeros", "what they are filled with", 0, kModeWords},
});
constexpr Slot kPad = slot(kAttributes, "pad");

TensorShape shape(const LayerView& layer) {
  require(layer.padding_mode(kPad) == PaddingMode::kNumbers, "pad", [] {
    return std::string("pad needs numbers here: same, valid and same_tf depend on a kernel");
  });
  const TensorShape& in = layer.input();
  const Padding sides = layer.sides(kPad);
  return {in.channels, in.height + sides.top + sides.bottom, in.width + sides.left + sides.right};
}

}  // namespace

extern const LayerKind pad_kind;
const LayerKind pad_kind = {
    .name = "pad",
    .family = Family::kRearrange,
    .help = "rows and columns added around the image",
    .source = "PyTorch ZeroPad2d",
    .attributes = kAttributes,
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
