// SPDX-License-Identifier: Apache-2.0
// Convolutions, linear layers and matrix products.
#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "core/count.hpp"
#include "layers/kinds.hpp"
#include "onnx/custom_layers.hpp"
#include "onnx/recognise_attention.hpp"

namespace archcost::onnx {
namespace {

/// The padding of a convolution or pool as the spec language writes it.
DraftAttribute pad_attribute(const std::vector<WindowAxis>& axes, bool same_is_default) {
  const WindowAxis &y = axes[0], x = axes.size() > 1 ? axes[1] : WindowAxis{};
  const auto centred = [](const WindowAxis& axis) {
    const std::int64_t rows = axis.dilation * (axis.kernel - 1);
    return rows % 2 == 0 && axis.before == rows / 2 && axis.after == rows / 2;
  };
  if (same_is_default && centred(y) && centred(x)) return text("pad", "same");
  if (y.before == 0 && y.after == 0 && x.before == 0 && x.after == 0) return text("pad", "valid");
  if (y.before == y.after && x.before == x.after) return extent("pad", y.before, x.before);
  return text("pad", fmt::format("[{}, {}, {}, {}]", y.before, x.before, y.after, x.after));
}

bool has_negative_padding(const std::vector<WindowAxis>& axes) {
  return std::any_of(axes.begin(), axes.end(),
                     [](const WindowAxis& axis) { return axis.before < 0 || axis.after < 0; });
}

// Kernel, stride and dilation; attributes at their defaults are left out.
void add_window(DraftLayer& layer, const std::vector<WindowAxis>& axes, bool always_kernel) {
  const WindowAxis &y = axes[0], x = axes.size() > 1 ? axes[1] : WindowAxis{};
  auto& attributes = layer.attributes;
  if (always_kernel || y.kernel != 1 || x.kernel != 1)
    attributes.push_back(extent("kernel", y.kernel, x.kernel));
  if (y.stride != 1 || x.stride != 1) attributes.push_back(extent("stride", y.stride, x.stride));
  if (y.dilation != 1 || x.dilation != 1)
    attributes.push_back(extent("dilation", y.dilation, x.dilation));
}

// Whether the weights and the bias are learned tensors, and what the layer's formula counts.
bool has_own_weights(const Lowering& lowering, const FoldedOp& op, std::int64_t out) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId weights = op.input(1), bias = op.input(2);
  if (!graph.is_fixed(weights) || !lowering.has_own_params(weights)) return false;
  return bias == kNone || (graph.is_fixed(bias) && lowering.has_own_params(bias) &&
                           elements(graph.shape(bias)) == out);
}

// Weights [out, in / groups, ...]. The output's width is the layer's own, but for depthwise ones.
bool lower_conv(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId in = op.input(0), weights = op.input(1);
  if (in == kNone || weights == kNone || !lowering.tap(in)) return false;
  const Shape &shape = graph.shape(in), &kernel = graph.shape(weights);
  if (shape.size() != 3 && shape.size() != 4) return false;
  if (shape[0] != lowering.batch()) return false;
  if (!has_own_weights(lowering, op, kernel[0])) return false;
  const NodeView node = lowering.view(op);
  const auto axes = window_axes(node, shape, Shape(kernel.begin() + 2, kernel.end()));
  if (has_negative_padding(axes)) return false;
  const std::int64_t groups = node.attributes.whole("group", 1), out = kernel[0];
  const DraftId from = lowering.arranged(op, in, lowering.window_roles(shape));
  const WidthForm channels = lowering.channels(from);
  const bool depthwise = groups > 1 && groups == shape[1];
  WidthForm form;
  if (depthwise) {
    form = lowering.widths().times(channels, out / groups);
  } else {
    form = lowering.widths().add(out);
    lowering.widths().need_multiple(channels, groups);
    lowering.widths().need_multiple(form, groups);
  }
  DraftLayer& layer =
      lowering.add(op, layers::kinds::conv_kind, {from}, lowering.window_roles(shape), form);
  if (depthwise && out == groups)
    layer.attributes.push_back(text("out", "in"));
  else
    layer.attributes.push_back({"out", form});
  add_window(layer, axes, false);
  if (depthwise)
    layer.attributes.push_back(text("groups", "in"));
  else if (groups > 1)
    layer.attributes.push_back(number("groups", groups));
  const std::string_view auto_pad = node.attributes.text("auto_pad", "NOTSET");
  if (auto_pad == "SAME_UPPER") {
    layer.attributes.push_back(text("pad", "same_tf"));
  } else {
    DraftAttribute pad = pad_attribute(axes, true);
    if (std::get<std::string>(pad.value) != "same") layer.attributes.push_back(std::move(pad));
  }
  if (op.input(2) != kNone) layer.attributes.push_back(flag("bias", true));
  return true;
}

// Weights [in, out / groups, ...].
bool lower_conv_transpose(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId in = op.input(0), weights = op.input(1);
  if (in == kNone || weights == kNone || !lowering.tap(in)) return false;
  const Shape &shape = graph.shape(in), &kernel = graph.shape(weights);
  if (shape.size() != 4 || shape[0] != lowering.batch()) return false;
  const NodeView node = lowering.view(op);
  auto axes = window_axes(node, shape, Shape(kernel.begin() + 2, kernel.end()));
  const std::int64_t groups = node.attributes.whole("group", 1), out = kernel[1] * groups;
  if (!has_own_weights(lowering, op, out)) return false;
  std::vector<std::int64_t> extra = node.attributes.wholes("output_padding");
  extra.resize(axes.size());
  const Shape& result = graph.shape(op.outputs[0]);
  for (std::size_t k = 0; k < axes.size(); ++k) {  // what auto_pad and output_shape leave over
    const std::int64_t whole = (shape[k + 2] - 1) * axes[k].stride +
                               axes[k].dilation * (axes[k].kernel - 1) + 1 + extra[k];
    std::int64_t cut = whole - result[k + 2];
    if (cut == axes[k].before + axes[k].after) continue;
    if (cut < 0) {
      extra[k] -= cut;
      cut = 0;
    }
    axes[k].before = cut / 2;
    axes[k].after = cut - cut / 2;
  }
  if (has_negative_padding(axes) || extra[0] < 0 || extra[1] < 0) return false;
  const DraftId from = lowering.arranged(op, in, "NCHW");
  const WidthForm form = lowering.widths().add(out);
  lowering.widths().need_multiple(lowering.channels(from), groups);
  lowering.widths().need_multiple(form, groups);
  if (groups > 1) lowering.widths().pin(form);
  if (groups > 1) lowering.widths().pin(lowering.channels(from));
  DraftLayer& layer = lowering.add(op, layers::kinds::conv_transpose_kind, {from}, "NCHW", form);
  layer.attributes.push_back({"out", form});
  add_window(layer, axes, true);
  if (groups > 1) layer.attributes.push_back(number("groups", groups));
  DraftAttribute pad = pad_attribute(axes, false);
  if (std::get<std::string>(pad.value) != "valid") layer.attributes.push_back(std::move(pad));
  if (extra[0] != 0 || extra[1] != 0)
    layer.attributes.push_back(extent("output_pad", extra[0], extra[1]));
  if (op.input(2) != kNone) layer.attributes.push_back(flag("bias", true));
  return true;
}

// The value's last dimension as channels, the others as positions.
DraftId with_channels_last(Lowering& lowering, const FoldedOp& op, ValueId id, Roles& roles) {
  roles = lowering.tap(id)->roles;
  if (roles.back() == 'C' && std::count(roles.begin(), roles.end(), 'C') == 1)
    return lowering.tap(id)->layer;
  // One-sized dimensions may be what they like.
  const Shape& shape = lowering.graph().shape(id);
  Roles wanted;
  for (std::size_t k = 0; k + 1 < shape.size(); ++k) {
    const bool batch = k == 0 && roles[k] == 'N' && shape.size() > 1;
    wanted += batch ? 'N' : k + 2 == shape.size() ? 'H' : 'W';
  }
  wanted += 'C';
  roles = wanted;
  return lowering.arranged(op, id, wanted);
}

bool lower_linear(Lowering& lowering, const FoldedOp& op, std::int64_t out, bool bias) {
  Roles roles;
  const DraftId from = with_channels_last(lowering, op, op.input(0), roles);
  const WidthForm form = lowering.widths().add(out);
  const Shape& result = lowering.graph().shape(op.outputs[0]);
  if (roles.size() != result.size()) return false;
  DraftLayer& layer = lowering.add(op, layers::kinds::linear_kind, {from}, roles, form);
  layer.attributes.push_back({"out", form});
  if (!bias) layer.attributes.push_back(flag("bias", false));
  if (layer.output.area() > 1) layer.attributes.push_back(flag("per_position", true));
  return true;
}

// Two activations: dimensions before the last two are channels.
bool lower_product(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  if (op.inputs.size() != 2) return false;
  const Shape &a = graph.shape(op.input(0)), &b = graph.shape(op.input(1));
  if (a.size() != b.size() || a.size() < 2) return false;
  for (std::size_t k = 0; k + 2 < a.size(); ++k) {
    if (a[k] != b[k]) return false;
  }
  if (!lowering.tap(op.input(0)) || !lowering.tap(op.input(1))) return false;
  const bool batch = a.size() > 2 && a[0] == lowering.batch();
  const Roles roles = (batch ? "N" : "") + std::string(a.size() - 2 - (batch ? 1 : 0), 'C') + "HW";
  const DraftId left = lowering.arranged(op, op.input(0), roles);
  const DraftId right = lowering.arranged(op, op.input(1), roles);
  lowering.widths().tie(lowering.channels(left), lowering.channels(right));
  lowering.add(op, layers::kinds::matmul_kind, {left, right}, roles, lowering.channels(left));
  return true;
}

bool lower_matmul(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId in = op.input(0), weights = op.input(1);
  if (in == kNone || weights == kNone) return false;
  const Shape &left = graph.shape(in), &right = graph.shape(weights);
  const bool fixed = graph.is_fixed(in) || graph.is_fixed(weights);
  if (!fixed && lower_product(lowering, op)) return true;
  const bool linear = !graph.is_fixed(in) && graph.is_fixed(weights) && right.size() == 2 &&
                      left.size() >= 2 && lowering.has_own_params(weights);
  if (linear) return lower_linear(lowering, op, right[1], false);
  const Count macs = Count(elements(graph.shape(op.outputs[0]))) * Count(left.back());
  return lower_custom_product(lowering, op, macs.value());
}

bool lower_gemm(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId in = op.input(0), weights = op.input(1), bias = op.input(2);
  if (in == kNone || weights == kNone) return false;
  const Attributes attributes = op.values();
  const bool turned = attributes.whole("transA", 0) != 0;
  const Shape& result = graph.shape(op.outputs[0]);
  const bool linear = !turned && !graph.is_fixed(in) && has_own_weights(lowering, op, result[1]);
  if (linear) return lower_linear(lowering, op, result[1], bias != kNone);
  const Count macs = Count(elements(result)) * Count(graph.shape(in)[turned ? 0 : 1]);
  return lower_custom_product(lowering, op, macs.value());
}

// Of recognise_attention().
bool lower_attention(Lowering& lowering, const FoldedOp& op) {
  if (op.numbers.size() != 3 || op.numbers[0] < 1 || !lowering.tap(op.input(0))) return false;
  Roles roles;
  const DraftId from = with_channels_last(lowering, op, op.input(0), roles);
  // Of all positions, those that attend to one another are a window.
  const std::int64_t positions = lowering.sizes(from).area(), window = op.numbers[2];
  if (positions % window != 0) return false;
  const WidthForm form = lowering.channels(from);
  lowering.widths().need_multiple(form, op.numbers[0]);
  DraftLayer& layer =
      lowering.add(op, layers::kinds::multi_head_attention_kind, {from}, roles, form);
  layer.attributes = {number("heads", op.numbers[0])};
  if (window != positions) layer.attributes.push_back(number("windows", positions / window));
  if (op.numbers[1] == 0) layer.attributes.push_back(flag("bias", false));
  return true;
}

bool lower_any_conv(Lowering& lowering, const FoldedOp& op) {
  return lower_conv(lowering, op) || lower_custom_conv(lowering, op);
}

bool lower_any_conv_transpose(Lowering& lowering, const FoldedOp& op) {
  return lower_conv_transpose(lowering, op) || lower_custom_conv_transpose(lowering, op);
}

constexpr LoweringRow kProductLowerings[] = {
    {"Conv", lower_any_conv}, {"ConvTranspose", lower_any_conv_transpose}, {"Gemm", lower_gemm},
    {"MatMul", lower_matmul}, {kAttentionType, lower_attention},
};

}  // namespace

std::span<const LoweringRow> product_lowerings() { return kProductLowerings; }

}  // namespace archcost::onnx
