// SPDX-License-Identifier: Apache-2.0
// Kinds whose attributes state the shape of their output.
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
  return {layer.number(kChannels), layer.number(kHeight), layer.number(kWidth)};
}

}  // namespace

// The numbers of the inputs in another order, left out or repeated: transpose, slice, crop, tile.
extern const LayerKind rearrange_kind;
const LayerKind rearrange_kind = {
    .name = "rearrange",
    .family = Family::kRearrange,
    .arity = Arity::kAny,
    .help = "the inputs' elements in another order, left out or repeated",
    .source = "ONNX Transpose, Slice, Gather, Tile; moves, computes nothing",
    .spatial = SpatialEffect::kRenumber,
    .attributes = kAttributes,
    .shape = shape,
    .cost = no_cost,
};

// The network's own input is no layer; this is one more.
extern const LayerKind input_kind;
const LayerKind input_kind = {
    .name = "input",
    .family = Family::kOther,
    .arity = Arity::kNone,
    .help = "a further input of the network",
    .source = "ONNX graph inputs; costs nothing",
    .attributes = kAttributes,
    .shape = shape,
    .cost = no_cost,
};

// A layer of unknown cost, which keeps its place in the network: totals with one are incomplete.
extern const LayerKind unsupported_kind;
const LayerKind unsupported_kind = {
    .name = "unsupported",
    .family = Family::kOther,
    .arity = Arity::kAny,
    .help = "a layer of unknown cost; totals with one are incomplete",
    .source = "operators of ONNX files that archcost doesn't know",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
