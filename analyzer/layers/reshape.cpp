// SPDX-License-Identifier: Apache-2.0
// The same elements under another shape.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kInteger, "", "channels of the output"},
    {"height", AttributeType::kInteger, "1", "height of the output"},
    {"width", AttributeType::kInteger, "1", "width of the output"},
});
constexpr Slot kChannels = slot(kAttributes, "channels"), kHeight = slot(kAttributes, "height"),
               kWidth = slot(kAttributes, "width");

TensorShape shape(const LayerView& layer) {
  const TensorShape output = {layer.number(kChannels), layer.number(kHeight), layer.number(kWidth)};
  require(output.elements() == layer.input().elements(), "", [&] {
    return fmt::format("{} ({} elements) can't become {} ({} elements)", to_string(layer.input()),
                       layer.input().elements().shown(), to_string(output),
                       output.elements().shown());
  });
  return output;
}

}  // namespace

extern const LayerKind reshape_kind;
const LayerKind reshape_kind = {
    .name = "reshape",
    .family = Family::kRearrange,
    .help = "the same elements under another shape",
    .source = "PyTorch reshape; moves nothing",
    .view = ViewWhen::kAlways,
    .spatial = SpatialEffect::kRenumber,
    .attributes = kAttributes,
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
