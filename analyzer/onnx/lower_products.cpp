// SPDX-License-Identifier: Apache-2.0
// Convolutions, linear layers and matrix products.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>

#include "layers/kinds.hpp"
#include "onnx/lowering.hpp"
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

Roles image_roles(const Shape& shape) { return shape.size() == 4 ? "NCHW" : "NCH"; }

// Weights [out, in / groups, ...]. The output's width is the layer's own, but for depthwise ones.
bool lower_conv(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId in = op.input(0), weights = op.input(1);
  if (in == kNone || weights == kNone || !graph.is_fixed(weights)) return false;
  const Shape &shape = graph.shape(in), &kernel = graph.shape(weights);
  if (shape.size() != 3 && shape.size() != 4) return false;
  if (op.input(2) != kNone && !graph.is_fixed(op.input(2))) return false;
  const NodeView node = lowering.view(op);
  const auto axes = window_axes(node, shape, Shape(kernel.begin() + 2, kernel.end()));
  if (has_negative_padding(axes)) return false;
  const std::int64_t groups = node.attributes.whole("group", 1), out = kernel[0];
  const DraftId from = lowering.arranged(op, in, image_roles(shape));
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
  DraftLayer& layer = lowering.add(op, layers::kinds::conv_kind, {from}, image_roles(shape), form);
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
  if (in == kNone || weights == kNone || !graph.is_fixed(weights)) return false;
  const Shape &shape = graph.shape(in), &kernel = graph.shape(weights);
  if (shape.size() != 4) return false;
  const NodeView node = lowering.view(op);
  auto axes = window_axes(node, shape, Shape(kernel.begin() + 2, kernel.end()));
  const std::int64_t groups = node.attributes.whole("group", 1), out = kernel[1] * groups;
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
  const ValueId weights = op.input(1);
  if (op.input(0) == kNone || weights == kNone) return false;
  if (graph.is_fixed(op.input(0))) return false;
  if (!graph.is_fixed(weights)) return lower_product(lowering, op);
  const Shape& shape = graph.shape(weights);
  if (shape.size() != 2 || graph.shape(op.input(0)).size() < 2) return false;
  return lower_linear(lowering, op, shape[1], false);
}

bool lower_gemm(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId in = op.input(0), weights = op.input(1), bias = op.input(2);
  if (in == kNone || weights == kNone || graph.is_fixed(in)) return false;
  const Attributes attributes = op.values();
  if (attributes.whole("transA", 0) != 0) return false;
  if (!graph.is_fixed(weights)) return false;
  if (bias != kNone && !graph.is_fixed(bias)) return false;
  const std::int64_t out = graph.shape(weights)[attributes.whole("transB", 0) != 0 ? 0 : 1];
  return lower_linear(lowering, op, out, bias != kNone);
}

// The roles of a term's letters, where each letter has one.
Roles term_roles(const std::string& term, const std::map<char, char>& roles) {
  Roles text;
  for (const char letter : term) text += roles.at(letter);
  return text;
}

// Two tensors, each letter in both and the result (batch), in both (summed), or in one.
bool lower_einsum(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  std::string equation(op.values().text("equation", ""));
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  const std::size_t comma = equation.find(','), arrow = equation.find("->");
  if (op.inputs.size() != 2 || comma == std::string::npos || arrow == std::string::npos)
    return false;
  const std::string a = equation.substr(0, comma),
                    b = equation.substr(comma + 1, arrow - comma - 1),
                    out = equation.substr(arrow + 2);
  for (const ValueId id : op.inputs) {
    if (!lowering.tap(id)) return false;
  }
  std::map<char, char> roles;
  for (const char letter : a + b) {
    const bool left = a.find(letter) != std::string::npos,
               right = b.find(letter) != std::string::npos,
               kept = out.find(letter) != std::string::npos;
    if (left && right)
      roles[letter] = kept ? 'C' : 'W';
    else if (kept)
      roles[letter] = 'H';
    else
      return false;  // summed in one input alone
  }
  const bool batch = !a.empty() && !b.empty() && a[0] == b[0] && out.starts_with(a[0]) &&
                     graph.shape(op.inputs[0])[0] == lowering.batch();
  if (batch) roles[a[0]] = 'N';
  const DraftId left = lowering.arranged(op, op.inputs[0], term_roles(a, roles));
  const DraftId right = lowering.arranged(op, op.inputs[1], term_roles(b, roles));
  if (lowering.sizes(left).channels != lowering.sizes(right).channels) return false;
  lowering.widths().tie(lowering.channels(left), lowering.channels(right));
  for (const char letter : b) {
    if (roles[letter] == 'H') roles[letter] = 'W';
  }
  lowering
      .add(op, layers::kinds::matmul_kind, {left, right}, term_roles(out, roles),
           lowering.channels(left))
      .attributes = {flag("transpose", true)};
  return true;
}

// Of recognise_attention().
bool lower_attention(Lowering& lowering, const FoldedOp& op) {
  if (op.numbers.size() != 2 || op.numbers[0] < 1 || !lowering.tap(op.input(0))) return false;
  const Tap tap = *lowering.tap(op.input(0));
  const WidthForm form = lowering.channels(tap.layer);
  lowering.widths().need_multiple(form, op.numbers[0]);
  DraftLayer& layer =
      lowering.add(op, layers::kinds::multi_head_attention_kind, {tap.layer}, tap.roles, form);
  layer.attributes = {number("heads", op.numbers[0])};
  if (op.numbers[1] == 0) layer.attributes.push_back(flag("bias", false));
  return true;
}

constexpr LoweringRow kRows[] = {
    {"Conv", lower_conv},     {"ConvTranspose", lower_conv_transpose},
    {"Einsum", lower_einsum}, {"Gemm", lower_gemm},
    {"MatMul", lower_matmul}, {kAttentionType, lower_attention},
};

}  // namespace

std::span<const LoweringRow> product_lowerings() { return kRows; }

}  // namespace archcost::onnx
