// SPDX-License-Identifier: Apache-2.0
// Convolution, plain, grouped or depthwise, and transposed convolution, in which every input
// element is spread over a window of the output.
#include "layers/kinds.hpp"
#include "layers/window.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kConvAttributes = std::to_array<AttributeSpec>({
    {"out", AttributeType::kInteger, "", "output channels"},
    {"kernel", AttributeType::kExtent, "1", "height and width of the kernel"},
    {"stride", AttributeType::kExtent, "1", "step of the window"},
    {"dilation", AttributeType::kExtent, "1", "step between the kernel's taps"},
    {"groups", AttributeType::kInteger, "1",
     "groups of channels that don't see each other; in: depthwise"},
    {"pad", AttributeType::kPadding, "same", "rows and columns added on each side", 0},
    {"bias", AttributeType::kFlag, "false", "a learned number added to each output channel"},
});
constexpr auto kTransposeAttributes = std::to_array<AttributeSpec>({
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
// Attributes that stand at the same place in both.
constexpr Slot kOut = slot(kConvAttributes, "out"), kKernel = slot(kConvAttributes, "kernel"),
               kStride = slot(kConvAttributes, "stride"),
               kDilation = slot(kConvAttributes, "dilation"),
               kGroups = slot(kConvAttributes, "groups"), kPad = slot(kConvAttributes, "pad");
static_assert(kPad == slot(kTransposeAttributes, "pad"));
constexpr Slot kBias = slot(kConvAttributes, "bias"),
               kTransposeBias = slot(kTransposeAttributes, "bias"),
               kOutputPad = slot(kTransposeAttributes, "output_pad");

Window window_of(const LayerView& layer, bool transposed = false) {
  const Count in = layer.input().channels, out = layer.number(kOut);
  require_divides(layer, kGroups, "groups", in, "input channels", out);
  require_divides(layer, kGroups, "groups", out, "output channels", in);
  Window window = {layer.extent(kKernel), layer.extent(kStride), layer.extent(kDilation), {}};
  window.pad = resolve_padding(layer, kPad, window, transposed);
  return window;
}

TensorShape conv_shape(const LayerView& layer) {
  const Extent size = window_output(layer.input(), window_of(layer), false);
  return {layer.number(kOut), size.height, size.width};
}

LayerCost conv_cost(const LayerView& layer, const TensorShape& output) {
  const Count taps =
      layer.extent(kKernel).area() * div_floor(layer.input().channels, layer.number(kGroups));
  return kernel_cost(taps * output.channels, taps * output.elements(), layer.flag(kBias), output);
}

TensorShape transpose_shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  const Window w = window_of(layer, true);
  const Extent extra = layer.extent(kOutputPad);
  if (layer.padding_mode(kPad) == PaddingMode::kSameTf) {
    require(extra == Extent{0, 0}, "output_pad",
            [] { return std::string("pad 'same_tf' sets the output's size by itself"); });
    return {layer.number(kOut), in.height * w.stride.height, in.width * w.stride.width};
  }
  const Count height = (in.height - Count(1)) * w.stride.height +
                       covered(w.kernel.height, w.dilation.height) + extra.height;
  const Count width = (in.width - Count(1)) * w.stride.width +
                      covered(w.kernel.width, w.dilation.width) + extra.width;
  require(w.pad.top + w.pad.bottom < height && w.pad.left + w.pad.right < width, "pad",
          [] { return std::string("the padding removes the whole output"); });
  return {layer.number(kOut), height - w.pad.top - w.pad.bottom, width - w.pad.left - w.pad.right};
}

LayerCost transpose_cost(const LayerView& layer, const TensorShape& output) {
  const TensorShape& in = layer.input();
  const Count taps =
      layer.extent(kKernel).area() * div_floor(output.channels, layer.number(kGroups));
  return kernel_cost(taps * in.channels, taps * in.elements(), layer.flag(kTransposeBias), output);
}

// "conv 1x1", "depthwise 3x3" (one input channel a group), "grouped 1x1"; of transposed ones "conv
// transpose 4x4", "depthwise transpose 4x4".
std::string class_of(const LayerView& layer, std::string_view suffix) {
  const Count groups = layer.number(kGroups);
  const std::string_view name = groups == Count(1)                 ? "conv"
                                : groups == layer.input().channels ? "depthwise"
                                                                   : "grouped";
  return fmt::format("{}{} {}", name, suffix, to_string(layer.extent(kKernel)));
}

}  // namespace

const LayerKind conv_kind = {
    .name = "conv",
    .family = Family::kConvolution,
    .help = "convolution; groups: in makes it depthwise",
    .source = "arXiv:1704.04861 section 3.1; grouped: arXiv:1611.05431; padded taps count",
    .spatial = SpatialEffect::kWindow,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kConvAttributes,
    .shape = conv_shape,
    .cost = conv_cost,
    .class_name = [](const LayerView& layer) { return class_of(layer, ""); },
};

const LayerKind conv_transpose_kind = {
    .name = "conv_transpose",
    .family = Family::kConvolution,
    .help = "transposed convolution",
    .source =
        "arXiv:1603.07285 chapter 4; each input element meets each tap once, cropped taps count",
    .spatial = SpatialEffect::kTransposedWindow,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kTransposeAttributes,
    .shape = transpose_shape,
    .cost = transpose_cost,
    .class_name = [](const LayerView& layer) { return class_of(layer, " transpose"); },
};

}  // namespace archcost::layers::kinds
