// SPDX-License-Identifier: Apache-2.0
// Convolution, plain, grouped or depthwise.
#include "layers/convolution.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"out", AttributeType::kInteger, "", "output channels"},
    {"kernel", AttributeType::kExtent, "1", "height and width of the kernel"},
    {"stride", AttributeType::kExtent, "1", "step of the window"},
    {"dilation", AttributeType::kExtent, "1", "step between the kernel's taps"},
    {"groups", AttributeType::kInteger, "1",
     "groups of channels that don't see each other; in: depthwise"},
    {"pad", AttributeType::kPadding, "same", "rows and columns added on each side", 0},
    {"bias", AttributeType::kFlag, "false", "a learned number added to each output channel"},
});
constexpr Slot kOut = slot(kAttributes, "out"), kKernel = slot(kAttributes, "kernel"),
               kStride = slot(kAttributes, "stride"), kDilation = slot(kAttributes, "dilation"),
               kGroups = slot(kAttributes, "groups"), kPad = slot(kAttributes, "pad"),
               kBias = slot(kAttributes, "bias");

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  require_groups(in.channels, layer.number(kOut), layer.number(kGroups));
  Window window = {layer.extent(kKernel), layer.extent(kStride), layer.extent(kDilation), {}};
  window.pad = resolve_padding(layer, kPad, window.kernel, window.stride, window.dilation);
  const Extent size = window_output(in, window, false);
  return {layer.number(kOut), size.height, size.width};
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const Count taps =
      layer.extent(kKernel).area() * div_floor(layer.input().channels, layer.number(kGroups));
  LayerCost cost;
  cost.weights = taps * output.channels;
  cost.macs = taps * output.elements();
  cost.params = cost.weights;
  if (layer.flag(kBias)) {
    cost.params += output.channels;
    cost.bias_adds = output.elements();
  }
  return cost;
}

std::string class_name(const LayerView& layer) {
  return convolution_class(layer.input().channels, layer.number(kGroups), layer.extent(kKernel),
                           "conv");
}

}  // namespace

extern const LayerKind conv_kind;
const LayerKind conv_kind = {
    .name = "conv",
    .family = Family::kConvolution,
    .help = "convolution; groups: in makes it depthwise",
    .source = "arXiv:1704.04861 section 3.1; grouped: arXiv:1611.05431; padded taps count",
    .spatial = SpatialEffect::kWindow,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
    .class_name = class_name,
};

}  // namespace archcost::layers::kinds
