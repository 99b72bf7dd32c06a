// SPDX-License-Identifier: Apache-2.0
// One of equal parts of the channels.
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"parts", AttributeType::kInteger, "2", "equal parts of the channels"},
    {"take", AttributeType::kInteger, "", "the part that is passed on, from 1"},
});
constexpr Slot kParts = slot(kAttributes, "parts"), kTake = slot(kAttributes, "take");

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  const Count parts = layer.number(kParts);
  require(divides(parts, in.channels), "parts", [&] {
    return fmt::format("parts {} must divide the {} input channels", parts.shown(),
                       in.channels.shown());
  });
  require(layer.number(kTake) <= parts, "take", [&] {
    return fmt::format("take {} is more than the {} parts; parts count from 1",
                       layer.number(kTake).shown(), parts.shown());
  });
  return {div_floor(in.channels, parts), in.height, in.width};
}

}  // namespace

extern const LayerKind split_kind;
const LayerKind split_kind = {
    .name = "split",
    .family = Family::kRearrange,
    .help = "one of equal parts of the channels",
    .source = "arXiv:1807.11164 section 3 (channel split)",
    .attributes = kAttributes,
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
