// SPDX-License-Identifier: Apache-2.0
// Channels interleaved across groups: [g, C/g] transposed to [C/g, g].
#include <fmt/core.h>

#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"groups", AttributeType::kInteger, "", "groups that are mixed"},
});
constexpr Slot kGroups = slot(kAttributes, "groups");

TensorShape shape(const LayerView& layer) {
  require(divides(layer.number(kGroups), layer.input().channels), "groups", [&] {
    return fmt::format("groups {} must divide the {} input channels", layer.number(kGroups).shown(),
                       layer.input().channels.shown());
  });
  return layer.input();
}

}  // namespace

extern const LayerKind channel_shuffle_kind;
const LayerKind channel_shuffle_kind = {
    .name = "channel_shuffle",
    .family = Family::kRearrange,
    .help = "channels interleaved across groups; moves numbers, computes nothing",
    .source = "arXiv:1707.01083 section 3.1",
    .attributes = kAttributes,
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
