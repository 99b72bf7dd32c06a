// SPDX-License-Identifier: Apache-2.0
// Transposed convolution: every input element is spread over a window of the output.
#include "layers/convolution.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"out", AttributeType::kInteger, "", "output channels"},
    {"kernel", AttributeType::kExtent, "", "height and width of the kernel"},
    {"stride", AttributeType::kExtent, "1", "how far apart the inputs lie in the output"},
    {"dilation", AttributeType::kExtent, "1", "step between the kernel's taps"},
    {"groups", AttributeType::kInteger, "1", "groups of channels that don't see each other"},
    {"pad", AttributeType::kPadding, "valid", "rows and columns taken off each side of the output",
     0},
    {"output_pad", AttributeType::kExtent, "0", "rows and columns added at the bottom and right",
     0},
    {"bias", AttributeType::kFlag, "false", "a learned number added to each output channel"},
});
constexpr Slot kOut = slot(kAttributes, "out"), kKernel = slot(kAttributes, "kernel"),
               kStride = slot(kAttributes, "stride"), kDilation = slot(kAttributes, "dilation"),
               kGroups = slot(kAttributes, "groups"), kPad = slot(kAttributes, "pad"),
               kOutputPad = slot(kAttributes, "output_pad"), kBias = slot(kAttributes, "bias");

TensorShape shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  require_groups(in.channels, layer.number(kOut), layer.number(kGroups));
  const Extent kernel = layer.extent(kKernel), stride = layer.extent(kStride),
               dilation = layer.extent(kDilation);
  const Extent extra = layer.extent(kOutputPad);
  const PaddingMode mode = layer.padding_mode(kPad);
  require(mode != PaddingMode::kSameTf, "pad", [] {
    return std::string("pad 'same_tf' has no transposed form; write the rows of each side");
  });
  const Padding pad = resolve_padding(layer, kPad, kernel, stride, dilation);
  const Count height = (in.height - Count(1)) * stride.height +
                       covered(kernel.height, dilation.height) + extra.height;
  const Count width =
      (in.width - Count(1)) * stride.width + covered(kernel.width, dilation.width) + extra.width;
  require(pad.top + pad.bottom < height && pad.left + pad.right < width, "pad",
          [] { return std::string("the padding removes the whole output"); });
  return {layer.number(kOut), height - pad.top - pad.bottom, width - pad.left - pad.right};
}

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const TensorShape& in = layer.input();
  const Count taps =
      layer.extent(kKernel).area() * div_floor(output.channels, layer.number(kGroups));
  LayerCost cost;
  cost.weights = taps * in.channels;
  cost.macs = taps * in.elements();
  cost.params = cost.weights;
  if (layer.flag(kBias)) {
    cost.params += output.channels;
    cost.bias_adds = output.elements();
  }
  return cost;
}

std::string class_name(const LayerView& layer) {
  return convolution_class(layer.input().channels, layer.number(kGroups), layer.extent(kKernel),
                           "conv transpose");
}

}  // namespace

extern const LayerKind conv_transpose_kind;
const LayerKind conv_transpose_kind = {
    .name = "conv_transpose",
    .family = Family::kConvolution,
    .help = "transposed convolution",
    .source =
        "arXiv:1603.07285 chapter 4; each input element meets each tap once, cropped taps count",
    .spatial = SpatialEffect::kTransposedWindow,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = shape,
    .cost = cost,
    .class_name = class_name,
};

}  // namespace archcost::layers::kinds
