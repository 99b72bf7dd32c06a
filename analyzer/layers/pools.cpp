// SPDX-License-Identifier: Apache-2.0
// Pooling: sliding windows, a given output size, or the whole image.
#include "layers/kinds.hpp"
#include "layers/window.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kMaxAttributes = std::to_array<AttributeSpec>({
    {"kernel", AttributeType::kExtent, "", "height and width of the window"},
    {"stride", AttributeType::kExtent, "=kernel", "step of the window"},
    {"dilation", AttributeType::kExtent, "1", "step between the window's taps"},
    {"pad", AttributeType::kPadding, "valid", "rows and columns added on each side", 0},
    {"ceil_mode", AttributeType::kFlag, "false", "round the output size up"},
});
constexpr auto kAvgAttributes = std::to_array<AttributeSpec>({
    {"kernel", AttributeType::kExtent, "", "height and width of the window"},
    {"stride", AttributeType::kExtent, "=kernel", "step of the window"},
    {"pad", AttributeType::kPadding, "valid", "rows and columns added on each side", 0},
    {"ceil_mode", AttributeType::kFlag, "false", "round the output size up"},
    {"count_include_pad", AttributeType::kFlag, "true", "padded zeros count in the average"},
});
constexpr Slot kPoolKernel = slot(kMaxAttributes, "kernel"),
               kPoolStride = slot(kMaxAttributes, "stride"),
               kPoolDilation = slot(kMaxAttributes, "dilation");
static_assert(kPoolKernel == slot(kAvgAttributes, "kernel"));
static_assert(kPoolStride == slot(kAvgAttributes, "stride"));
constexpr auto kAdaptiveAttributes = std::to_array<AttributeSpec>({
    {"size", AttributeType::kExtent, "", "height and width of the output"},
});

TensorShape window_shape(const LayerView& layer, const Extent& dilation, Slot pad, Slot ceil_mode) {
  const TensorShape& in = layer.input();
  Window window = {layer.extent(kPoolKernel), layer.extent(kPoolStride), dilation, {}};
  window.pad = resolve_padding(layer, pad, window, false);
  const Extent size = window_output(in, window, layer.flag(ceil_mode));
  return {in.channels, size.height, size.width};
}

TensorShape max_pool_shape(const LayerView& layer) {
  return window_shape(layer, layer.extent(kPoolDilation), slot(kMaxAttributes, "pad"),
                      slot(kMaxAttributes, "ceil_mode"));
}

TensorShape avg_pool_shape(const LayerView& layer) {
  return window_shape(layer, {Count(1), Count(1)}, slot(kAvgAttributes, "pad"),
                      slot(kAvgAttributes, "ceil_mode"));
}

LayerCost window_cost(const LayerView& layer, const TensorShape& output) {
  return {.pool_ops = layer.extent(kPoolKernel).area() * output.elements()};
}

// "max pool 3x3".
std::string pool_class(const LayerView& layer, std::string_view name) {
  return fmt::format("{} {}", name, to_string(layer.extent(kPoolKernel)));
}

TensorShape adaptive_shape(const LayerView& layer) {
  const Extent size = layer.extent(slot(kAdaptiveAttributes, "size"));
  return {layer.input().channels, size.height, size.width};
}

// Rows that the windows of one dimension read together. Window i is floor(i in/out) to
// ceil((i+1) in/out): neighbours share a row wherever i in/out isn't whole, which happens
// out - gcd(in, out) times.
Count rows_read(Count in, Count out) { return in + out - gcd(in, out); }

LayerCost adaptive_cost(const LayerView& layer, const TensorShape& output) {
  const TensorShape& in = layer.input();
  return {.pool_ops = in.channels * rows_read(in.height, output.height) *
                      rows_read(in.width, output.width)};
}

SpatialEffect adaptive_spatial(const LayerView& layer, const TensorShape& output) {
  return layer.input() == output ? SpatialEffect::kSamePlace : SpatialEffect::kGather;
}

TensorShape global_shape(const LayerView& layer) {
  return {layer.input().channels, Count(1), Count(1)};
}

LayerCost global_cost(const LayerView& layer, const TensorShape&) {
  return {.pool_ops = layer.input().elements()};
}

}  // namespace

const LayerKind max_pool_kind = {
    .name = "max_pool",
    .family = Family::kPooling,
    .help = "maximum of a sliding window",
    .source = "PyTorch MaxPool2d; every tap of a window counts",
    .spatial = SpatialEffect::kWindow,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kMaxAttributes,
    .shape = max_pool_shape,
    .cost = window_cost,
    .class_name = [](const LayerView& layer) { return pool_class(layer, "max pool"); },
};

const LayerKind avg_pool_kind = {
    .name = "avg_pool",
    .family = Family::kPooling,
    .help = "average of a sliding window",
    .source = "PyTorch AvgPool2d; every tap of a window counts",
    .spatial = SpatialEffect::kWindow,
    .attributes = kAvgAttributes,
    .shape = avg_pool_shape,
    .cost = window_cost,
    .class_name = [](const LayerView& layer) { return pool_class(layer, "avg pool"); },
};

const LayerKind global_avg_pool_kind = {
    .name = "global_avg_pool",
    .family = Family::kPooling,
    .help = "average of each channel; gives [C,1,1]",
    .source = "arXiv:1409.4842; every input element counts once",
    .spatial = SpatialEffect::kGather,
    .shape = global_shape,
    .cost = global_cost,
};

const LayerKind global_max_pool_kind = {
    .name = "global_max_pool",
    .family = Family::kPooling,
    .help = "maximum of each channel; gives [C,1,1]",
    .source = "arXiv:1709.01507; every input element counts once",
    .spatial = SpatialEffect::kGather,
    .kept_for_backward = KeptForBackward::kInputs,
    .shape = global_shape,
    .cost = global_cost,
};

const LayerKind adaptive_avg_pool_kind = {
    .name = "adaptive_avg_pool",
    .family = Family::kPooling,
    .help = "average pooling to a given size",
    .source = "PyTorch AdaptiveAvgPool2d; every tap of its windows counts",
    .spatial = SpatialEffect::kGather,
    .attributes = kAdaptiveAttributes,
    .shape = adaptive_shape,
    .cost = adaptive_cost,
    .spatial_of = adaptive_spatial,
};

const LayerKind adaptive_max_pool_kind = {
    .name = "adaptive_max_pool",
    .family = Family::kPooling,
    .help = "maximum pooling to a given size",
    .source = "PyTorch AdaptiveMaxPool2d; every tap of its windows counts",
    .spatial = SpatialEffect::kGather,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAdaptiveAttributes,
    .shape = adaptive_shape,
    .cost = adaptive_cost,
    .spatial_of = adaptive_spatial,
};

}  // namespace archcost::layers::kinds
