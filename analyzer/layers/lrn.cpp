// SPDX-License-Identifier: Apache-2.0
// Local response normalisation across neighbouring channels.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"size", AttributeType::kInteger, "5", "neighbouring channels that are summed"},
});
constexpr Slot kSize = slot(kAttributes, "size");

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const Count elements = output.elements();
  // One square, `size` - 1 sums, scale, shift, quotient: size + 3 an element; one power.
  return {.elementwise = elements * (layer.number(kSize) + Count(3)), .transcendentals = elements};
}

}  // namespace

extern const LayerKind lrn_kind;
const LayerKind lrn_kind = {
    .name = "lrn",
    .family = Family::kNormalisation,
    .help = "local response normalisation (AlexNet)",
    .source = "Krizhevsky et al. 2012, section 3.3",
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = unchanged_shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
