// SPDX-License-Identifier: Apache-2.0
// Shapes of convolutions and pools.
#include <fmt/core.h>

#include <algorithm>

#include "onnx/shape_rule_table.hpp"

namespace archcost::onnx {
namespace {

constexpr std::int64_t kMostWindow = 1 << 20;

std::int64_t at_or(const std::vector<std::int64_t>& numbers, std::size_t index,
                   std::int64_t fallback) {
  return index < numbers.size() ? numbers[index] : fallback;
}

std::int64_t covered(const WindowAxis& axis) { return axis.dilation * (axis.kernel - 1) + 1; }

void resolve_auto_pad(WindowAxis& axis, std::int64_t input, bool odd_last) {
  const std::int64_t output = (input + axis.stride - 1) / axis.stride;
  const std::int64_t total =
      std::max<std::int64_t>(0, (output - 1) * axis.stride + covered(axis) - input);
  const std::int64_t small = total / 2;
  axis.before = odd_last ? small : total - small;
  axis.after = total - axis.before;
}

std::int64_t window_output(const WindowAxis& axis, std::int64_t input, bool ceil_mode) {
  const std::int64_t room = input + axis.before + axis.after - covered(axis);
  if (room < 0 && !(ceil_mode && room + axis.stride - 1 >= 0)) {
    throw NodeFault(fmt::format("a kernel of {} is larger than the padded input, {}", covered(axis),
                                input + axis.before + axis.after));
  }
  if (!ceil_mode) return room / axis.stride + 1;
  std::int64_t output = (room + axis.stride - 1) / axis.stride + 1;
  if ((output - 1) * axis.stride >= input + axis.before) --output;
  return output;
}

// Of a convolution: that of its weights, which the attribute may only repeat.
Shape kernel_of_weights(const NodeView& node) {
  const Shape& weights = node.shape(1);
  if (weights.size() < 3) throw NodeFault(fmt::format("a kernel of shape {}", shown(weights)));
  Shape kernel(weights.begin() + 2, weights.end());
  const Shape written = node.attributes.wholes("kernel_shape");
  if (!written.empty() && written != kernel) {
    throw NodeFault(fmt::format("kernel_shape {} for weights {}", shown(written), shown(weights)));
  }
  return kernel;
}

void want_image(const Shape& shape) {
  if (shape.size() < 3) throw NodeFault(fmt::format("an input of shape {}", shown(shape)));
}

std::vector<Output> conv(const NodeView& node) {
  const Shape &in = node.shape(0), &weights = node.shape(1);
  want_image(in);
  const std::int64_t groups = node.attributes.whole("group", 1);
  if (weights.size() != in.size())
    throw NodeFault(fmt::format("weights {} for an input {}", shown(weights), shown(in)));
  if (groups < 1 || in[1] % groups != 0 || weights[0] % groups != 0 ||
      weights[1] != in[1] / groups) {
    throw NodeFault(fmt::format("weights {} with {} groups don't fit an input {}", shown(weights),
                                groups, shown(in)));
  }
  Shape out = {in[0], weights[0]};
  const auto axes = window_axes(node, in, kernel_of_weights(node));
  for (std::size_t k = 0; k < axes.size(); ++k)
    out.push_back(window_output(axes[k], in[k + 2], false));
  return {{out, kUndefined}};
}

std::vector<Output> conv_transpose(const NodeView& node) {
  const Shape &in = node.shape(0), &weights = node.shape(1);
  want_image(in);
  const std::int64_t groups = node.attributes.whole("group", 1);
  if (weights.size() != in.size() || weights[0] != in[1] || groups < 1 || in[1] % groups != 0) {
    throw NodeFault(fmt::format("weights {} with {} groups don't fit an input {}", shown(weights),
                                groups, shown(in)));
  }
  Shape out = {in[0], weights[1] * groups};
  const auto extra = node.attributes.wholes("output_padding");
  const auto given = node.attributes.wholes("output_shape");
  const std::string_view auto_pad = node.attributes.text("auto_pad", "NOTSET");
  const auto axes = window_axes(node, in, kernel_of_weights(node));
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const WindowAxis& axis = axes[k];
    if (at_or(extra, k, 0) < 0 || at_or(extra, k, 0) > kMostWindow)
      throw NodeFault(fmt::format("output_padding of {}", extra[k]));
    const std::int64_t whole = (in[k + 2] - 1) * axis.stride + covered(axis) + at_or(extra, k, 0);
    if (given.size() == axes.size())
      out.push_back(given[k]);
    else if (auto_pad.starts_with("SAME"))
      out.push_back(in[k + 2] * axis.stride);
    else
      out.push_back(whole - axis.before - axis.after);
    if (out.back() < 1) throw NodeFault("the output has no rows");
  }
  return {{out, kUndefined}};
}

std::vector<Output> pool(const NodeView& node) {
  const Shape& in = node.shape(0);
  want_image(in);
  Shape out = {in[0], in[1]};
  const bool ceil_mode = node.attributes.whole("ceil_mode", 0) != 0;
  const auto axes = window_axes(node, in, node.attributes.wholes("kernel_shape"));
  for (std::size_t k = 0; k < axes.size(); ++k)
    out.push_back(window_output(axes[k], in[k + 2], ceil_mode));
  return std::vector<Output>(node.outputs, Output{out, kUndefined});
}

std::vector<Output> global_pool(const NodeView& node) {
  Shape out = node.shape(0);
  want_image(out);
  std::fill(out.begin() + 2, out.end(), 1);
  return {{out, kUndefined}};
}

// Regions of interest: [regions, channels, height, width].
std::vector<Output> roi_align(const NodeView& node) {
  const Shape &in = node.shape(0), &regions = node.shape(1);
  if (in.size() != 4 || regions.empty()) throw NodeFault("inputs of a wrong rank");
  return {{Shape{regions[0], in[1], node.attributes.whole("output_height", 1),
                 node.attributes.whole("output_width", 1)},
           kUndefined}};
}

constexpr ShapeRuleRow kWindowRules[] = {
    {"Conv", conv},
    {"ConvTranspose", conv_transpose},
    {"MaxPool", pool},
    {"AveragePool", pool},
    {"LpPool", pool},
    {"GlobalAveragePool", global_pool},
    {"GlobalMaxPool", global_pool},
    {"GlobalLpPool", global_pool},
    {"RoiAlign", roi_align},
};

}  // namespace

std::span<const ShapeRuleRow> window_rules() { return kWindowRules; }

std::vector<WindowAxis> window_axes(const NodeView& node, const Shape& input, const Shape& kernel) {
  const std::size_t count = input.size() - 2;
  if (kernel.size() != count)
    throw NodeFault(
        fmt::format("kernel_shape has {} sizes for {} dimensions", kernel.size(), count));
  const auto strides = node.attributes.wholes("strides"), pads = node.attributes.wholes("pads"),
             dilations = node.attributes.wholes("dilations");
  const std::string_view auto_pad = node.attributes.text("auto_pad", "NOTSET");
  std::vector<WindowAxis> axes(count);
  for (std::size_t k = 0; k < count; ++k) {
    WindowAxis& axis = axes[k];
    axis = {kernel[k], at_or(strides, k, 1), at_or(dilations, k, 1), at_or(pads, k, 0),
            at_or(pads, k + count, 0)};
    for (const std::int64_t size : {axis.kernel, axis.stride, axis.dilation}) {
      if (size < 1 || size > kMostWindow)
        throw NodeFault(fmt::format("a kernel, stride or dilation of {}", size));
    }
    if (axis.before < -kMostWindow || axis.before > kMostWindow || axis.after < -kMostWindow ||
        axis.after > kMostWindow)
      throw NodeFault(fmt::format("padding of {} and {}", axis.before, axis.after));
    if (auto_pad == "VALID") axis.before = axis.after = 0;
    if (auto_pad.starts_with("SAME") && node.type != "ConvTranspose")
      resolve_auto_pad(axis, input[k + 2], auto_pad == "SAME_UPPER");
  }
  return axes;
}

}  // namespace archcost::onnx
