// SPDX-License-Identifier: Apache-2.0
// Kinds whose attributes state the shape of their output, and of some the costs.
#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kStatedAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kInteger, "", "channels of the output"},
    {"height", AttributeType::kInteger, "1", "height of the output"},
    {"width", AttributeType::kInteger, "1", "width of the output"},
});
constexpr auto kUnsupportedAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kInteger, "", "channels of the output"},
    {"height", AttributeType::kInteger, "1", "height of the output"},
    {"width", AttributeType::kInteger, "1", "width of the output"},
    {"params", AttributeType::kInteger, "0", "learned numbers", 0},
});
constexpr auto kCustomAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kInteger, "", "channels of the output"},
    {"height", AttributeType::kInteger, "1", "height of the output"},
    {"width", AttributeType::kInteger, "1", "width of the output"},
    {"params", AttributeType::kInteger, "0", "learned numbers", 0},
    {"weights", AttributeType::kInteger, "0", "of these, the numbers of kernels", 0},
    {"macs", AttributeType::kInteger, "0", "multiply-adds of one image", 0},
    {"bias_adds", AttributeType::kInteger, "0", "additions of a bias, of one image", 0},
    {"elementwise", AttributeType::kInteger, "0",
     "other additions, multiplications and divisions of one image", 0},
    {"compares", AttributeType::kInteger, "0", "comparisons of one image", 0},
    {"transcendentals", AttributeType::kInteger, "0",
     "exponentials, roots and the like of one image", 0},
    {"pool_ops", AttributeType::kInteger, "0", "taps of pooling windows of one image", 0},
});
constexpr Slot kStatedChannels = slot(kStatedAttributes, "channels"),
               kStatedHeight = slot(kStatedAttributes, "height"),
               kStatedWidth = slot(kStatedAttributes, "width");
static_assert(kStatedWidth == slot(kUnsupportedAttributes, "width") &&
              kStatedWidth == slot(kCustomAttributes, "width"));

TensorShape stated_shape(const LayerView& layer) {
  return {layer.number(kStatedChannels), layer.number(kStatedHeight), layer.number(kStatedWidth)};
}

LayerCost unsupported_cost(const LayerView& layer, const TensorShape&) {
  return {.params = layer.number(slot(kUnsupportedAttributes, "params"))};
}

LayerCost custom_cost(const LayerView& layer, const TensorShape&) {
  return {.params = layer.number(slot(kCustomAttributes, "params")),
          .weights = layer.number(slot(kCustomAttributes, "weights")),
          .macs = layer.number(slot(kCustomAttributes, "macs")),
          .bias_adds = layer.number(slot(kCustomAttributes, "bias_adds")),
          .elementwise = layer.number(slot(kCustomAttributes, "elementwise")),
          .compares = layer.number(slot(kCustomAttributes, "compares")),
          .transcendentals = layer.number(slot(kCustomAttributes, "transcendentals")),
          .pool_ops = layer.number(slot(kCustomAttributes, "pool_ops"))};
}

}  // namespace

// The numbers of the inputs in another order, left out or repeated: transpose, slice, crop, tile.
const LayerKind rearrange_kind = {
    .name = "rearrange",
    .family = Family::kRearrange,
    .arity = Arity::kAny,
    .help = "the inputs' elements in another order, left out or repeated",
    .source = "ONNX Transpose, Slice, Gather, Tile; moves, computes nothing",
    .spatial = SpatialEffect::kRenumber,
    .attributes = kStatedAttributes,
    .shape = stated_shape,
    .cost = no_cost,
};

// The network's own input is no layer; this is one more.
const LayerKind input_kind = {
    .name = "input",
    .family = Family::kOther,
    .arity = Arity::kNone,
    .help = "a further input of the network",
    .source = "ONNX graph inputs; costs nothing",
    .attributes = kStatedAttributes,
    .shape = stated_shape,
    .cost = no_cost,
};

// A layer of unknown cost, which keeps its place in the network: totals with one are incomplete.
const LayerKind unsupported_kind = {
    .name = "unsupported",
    .family = Family::kOther,
    .arity = Arity::kAny,
    .help = "a layer of unknown work; totals with one are incomplete",
    .source = "operators of ONNX files that archcost doesn't know",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kUnsupportedAttributes,
    .shape = stated_shape,
    .cost = unsupported_cost,
};

// A layer without a kind of its own whose size and costs are known.
const LayerKind custom_kind = {
    .name = "custom",
    .family = Family::kOther,
    .arity = Arity::kAny,
    .help = "a layer whose output and costs are stated",
    .source = "the spec; convolutions over three dimensions, computed weights of ONNX files",
    .spatial = SpatialEffect::kMixAll,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kCustomAttributes,
    .shape = stated_shape,
    .cost = custom_cost,
};

}  // namespace archcost::layers::kinds
