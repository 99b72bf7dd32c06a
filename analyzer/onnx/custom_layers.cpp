// SPDX-License-Identifier: Apache-2.0
#include "onnx/custom_layers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "core/text.hpp"
#include "layers/kinds.hpp"

namespace archcost::onnx {
namespace {

constexpr std::size_t kMostSpatial = 3;

std::string product_text(std::vector<std::string> factors) {
  std::erase(factors, "1");
  for (std::string& factor : factors) {
    if (factors.size() > 1 && factor.find(' ') != std::string::npos)
      factor = fmt::format("({})", factor);
  }
  return factors.empty() ? "1" : join(factors, " * ");
}

// "h + 2", "h".
std::string plus(const std::string& text, std::int64_t number) {
  return number == 0  ? text
         : number > 0 ? fmt::format("{} + {}", text, number)
                      : fmt::format("{} - {}", text, -number);
}

// The size of a window's output from that of its input.
std::string window_text(const std::string& in, const WindowAxis& axis, bool same, bool ceil_mode) {
  const std::int64_t room =
      axis.before + axis.after - axis.dilation * (axis.kernel - 1) - 1;  // beyond the input
  if (same)
    return axis.stride == 1 ? in : fmt::format("({} + {}) // {}", in, axis.stride - 1, axis.stride);
  if (axis.stride == 1) return plus(in, room + 1);
  return fmt::format("({}) // {} + 1", plus(in, room + (ceil_mode ? axis.stride - 1 : 0)),
                     axis.stride);
}

// The size of a transposed window's output, which is `out` for the file's `in`.
std::string spread_text(const std::string& text, std::int64_t in, const WindowAxis& axis,
                        std::int64_t out) {
  const std::string steps = axis.stride == 1 ? text : fmt::format("{} * ({})", axis.stride, text);
  return plus(steps, out - axis.stride * in);
}

/// Height and width of the output as expressions of the input's. The frames of a video are a fixed
/// number.
struct SizeTexts {
  std::string height, width;
  std::string positions() const { return product_text({height, width}); }
};

using AxisText = std::function<std::string(const std::string& in, std::size_t axis)>;

SizeTexts size_texts(const Shape& in, const Shape& out, const AxisText& text) {
  const std::size_t spatial = in.size() - 2;
  if (spatial == 1) return {text("h", 0), "1"};
  if (spatial == 2) return {text("h", 0), text("w", 1)};
  const std::string row = in[2] == 1 ? "h" : fmt::format("h // {}", in[2]);
  const std::string rows = text(row, 1);
  const bool same_frames = in[2] == out[2] && rows == row;
  return {same_frames ? "h" : product_text({std::to_string(out[2]), rows}), text("w", 2)};
}

std::int64_t taps_of(const std::vector<WindowAxis>& axes) {
  return std::accumulate(
      axes.begin(), axes.end(), std::int64_t{1},
      [](std::int64_t product, const WindowAxis& axis) { return product * axis.kernel; });
}

DraftLayer& add_sized(Lowering& lowering, const FoldedOp& op, std::vector<DraftId> inputs,
                      const WidthForm& form, const SizeTexts& sizes) {
  DraftLayer& layer =
      lowering.add(op, layers::kinds::custom_kind, std::move(inputs),
                   lowering.window_roles(lowering.graph().shape(op.outputs[0])), form);
  layer.attributes.push_back({"channels", form});
  if (sizes.height != "1") layer.attributes.push_back(text("height", sizes.height));
  if (sizes.width != "1") layer.attributes.push_back(text("width", sizes.width));
  return layer;
}

// --- convolutions --------------------------------------------------------------------------------

// What the weights of an operator are: those of a kernel and a bias count by formula, so that they
// follow the widths; else their number is written.
struct Weights {
  bool by_formula = false, has_bias = false;
  std::int64_t kernel = 0, bias = 0;
};

// Weights are learned wherever the file has them, as in a Constant.
std::int64_t count_learned(Lowering& lowering, const std::vector<ValueId>& ids) {
  const FoldedGraph& graph = lowering.graph();
  std::int64_t params = lowering.take_params(ids);
  for (const ValueId id : ids) {
    const bool constant = id != kNone && graph.is_fixed(id) && graph.value(id).sources.empty();
    if (constant) params += elements(graph.shape(id));
  }
  return params;
}

Weights weights_of(Lowering& lowering, const FoldedOp& op, std::int64_t out) {
  const FoldedGraph& graph = lowering.graph();
  const ValueId kernel = op.input(1), bias = op.input(2);
  Weights weights;
  weights.has_bias = bias != kNone;
  const bool own_bias = bias == kNone || (graph.is_fixed(bias) && lowering.has_own_params(bias) &&
                                          elements(graph.shape(bias)) == out);
  weights.by_formula = graph.is_fixed(kernel) && lowering.has_own_params(kernel) && own_bias;
  weights.kernel = count_learned(lowering, {op.input(0), kernel});
  weights.bias = count_learned(lowering, {bias});
  return weights;
}

bool is_window(const Lowering& lowering, const FoldedOp& op) {
  const ValueId in = op.input(0);
  if (in == kNone || !lowering.tap(in)) return false;
  const std::size_t rank = lowering.graph().shape(in).size();
  return rank >= 3 && rank <= kMostSpatial + 2;
}

// The other activations that the operator takes: a computed kernel.
std::vector<DraftId> with_computed(Lowering& lowering, const FoldedOp& op, DraftId from) {
  std::vector<DraftId> inputs = {from};
  for (std::size_t k = 1; k < op.inputs.size(); ++k) {
    const ValueId id = op.inputs[k];
    if (id == kNone || lowering.graph().is_fixed(id)) continue;
    inputs.push_back(lowering.tap(id)->layer);
    lowering.widths().pin(lowering.channels(inputs.back()));
  }
  return inputs;
}

// "27 * in", of which one for each output channel and position is a multiply-add. Of several
// images the input has the channels of all.
std::string terms_text(std::int64_t taps, std::int64_t groups, std::int64_t channels,
                       std::int64_t images) {
  if (groups == channels) return std::to_string(taps);
  const std::string terms = product_text({std::to_string(taps), "in"});
  return groups * images == 1 ? terms : fmt::format("{} // {}", terms, groups * images);
}

std::string as_factor(const std::string& text) { return text == "1" ? "" : text + " * "; }
std::string as_last_factor(const std::string& text) {
  return text == "1" ? "" : " * " + (text.find(' ') != std::string::npos ? "(" + text + ")" : text);
}

void add_numbers(DraftLayer& layer, const Weights& weights) {
  const std::int64_t params = weights.kernel + weights.bias;
  if (params > 0) layer.attributes.push_back(number("params", params));
  if (weights.kernel > 0) layer.attributes.push_back(number("weights", weights.kernel));
}

// `outputs`: the output channels of the kernel.
void add_weights(Lowering& lowering, DraftLayer& layer, const Weights& weights,
                 const std::string& terms, const WidthForm& outputs) {
  if (!weights.by_formula) {
    lowering.widths().pin(layer.channels);
    add_numbers(layer, weights);
    return;
  }
  const std::string each = weights.has_bias ? fmt::format("({} + 1)", terms) : terms;
  layer.attributes.push_back({"params", DraftProduct{as_factor(each), outputs}});
  layer.attributes.push_back({"weights", DraftProduct{as_factor(terms), outputs}});
}

// A convolution or a transposed one: what both read of the operator.
struct Convolution {
  const Shape &in, &out, &kernel;
  std::vector<WindowAxis> axes;
  std::int64_t groups = 1;
  bool same = false;  ///< padded by auto_pad
  DraftId from = 0;
  /// Images whose channels the layer has: more than 1 where the first dimension isn't the batch.
  std::int64_t images = 1;
  WidthForm one_image = {}, form = {};  ///< output channels of one image, and of all
  Weights weights = {};
};

// Nothing where a kernel or a shape is missing.
std::optional<Convolution> convolution_of(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  if (!is_window(lowering, op) || op.input(1) == kNone) return {};
  Convolution conv = {graph.shape(op.input(0)), graph.shape(op.outputs[0]),
                      graph.shape(op.input(1))};
  const NodeView node = lowering.view(op);
  conv.axes = window_axes(node, conv.in, Shape(conv.kernel.begin() + 2, conv.kernel.end()));
  conv.groups = node.attributes.whole("group", 1);
  conv.same = node.attributes.text("auto_pad", "NOTSET").starts_with("SAME");
  conv.from = lowering.arranged(op, op.input(0), lowering.window_roles(conv.in));
  if (conv.in[0] != lowering.batch()) conv.images = conv.in[0];
  return conv;
}

// `positions`: a factor of the multiply-adds, " * h * w".
void add_convolution(Lowering& lowering, const FoldedOp& op, const Convolution& conv,
                     const SizeTexts& sizes, const std::string& positions) {
  DraftLayer& layer =
      add_sized(lowering, op, with_computed(lowering, op, conv.from), conv.form, sizes);
  const std::string terms = terms_text(taps_of(conv.axes), conv.groups, conv.in[1], conv.images);
  add_weights(lowering, layer, conv.weights, terms, conv.one_image);
  layer.attributes.push_back({"macs", DraftProduct{as_factor(terms), conv.form, positions}});
  if (conv.weights.has_bias)
    layer.attributes.push_back(
        {"bias_adds", DraftProduct{"", conv.form, as_last_factor(sizes.positions())}});
}

}  // namespace

bool lower_custom_conv(Lowering& lowering, const FoldedOp& op) {
  std::optional<Convolution> conv = convolution_of(lowering, op);
  if (!conv) return false;
  const std::int64_t out = conv->kernel[0], groups = conv->groups;
  const WidthForm channels = lowering.channels(conv->from);
  conv->weights = weights_of(lowering, op, out);
  const bool depthwise = groups > 1 && groups == conv->in[1];
  WidthSystem& widths = lowering.widths();
  if (depthwise) {
    conv->one_image = conv->form = widths.times(channels, out / groups);
    conv->weights.by_formula = conv->weights.by_formula && conv->images == 1;
  } else {
    conv->one_image = widths.add(out);
    conv->form = widths.times(conv->one_image, conv->images);
    widths.need_multiple(channels, groups * conv->images);
    widths.need_multiple(conv->one_image, groups);
  }
  if (!conv->weights.by_formula) widths.pin(channels);
  const SizeTexts sizes =
      size_texts(conv->in, conv->out, [&](const std::string& in, std::size_t k) {
        return window_text(in, conv->axes[k], conv->same, false);
      });
  add_convolution(lowering, op, *conv, sizes, as_last_factor(sizes.positions()));
  return true;
}

// Each input position meets the whole kernel.
bool lower_custom_conv_transpose(Lowering& lowering, const FoldedOp& op) {
  std::optional<Convolution> conv = convolution_of(lowering, op);
  if (!conv) return false;
  const std::int64_t out = conv->kernel[1] * conv->groups;
  conv->one_image = lowering.widths().add(out);
  conv->form = lowering.widths().times(conv->one_image, conv->images);
  conv->weights = weights_of(lowering, op, out);
  const WidthForm channels = lowering.channels(conv->from);
  lowering.widths().need_multiple(channels, conv->images);
  if (conv->groups > 1 || !conv->weights.by_formula) {
    lowering.widths().pin(channels);
    lowering.widths().pin(conv->form);
  }
  const SizeTexts sizes =
      size_texts(conv->in, conv->out, [&](const std::string& in, std::size_t k) {
        return spread_text(in, conv->in[k + 2], conv->axes[k], conv->out[k + 2]);
      });
  add_convolution(lowering, op, *conv, sizes, " * h * w");
  return true;
}

// Rounding up is an expression of the size only where no window begins in the padding.
bool lower_custom_pool(Lowering& lowering, const FoldedOp& op) {
  if (!is_window(lowering, op)) return false;
  const Shape& shape = lowering.graph().shape(op.input(0));
  const Shape& result = lowering.graph().shape(op.outputs[0]);
  const NodeView node = lowering.view(op);
  const auto axes = window_axes(node, shape, node.attributes.wholes("kernel_shape"));
  const bool same = node.attributes.text("auto_pad", "NOTSET").starts_with("SAME"),
             ceil_mode = node.attributes.whole("ceil_mode", 0) != 0;
  const DraftId from = lowering.arranged(op, op.input(0), lowering.window_roles(shape));
  const WidthForm form = lowering.channels(from);
  const SizeTexts sizes = size_texts(shape, result, [&](const std::string& in, std::size_t k) {
    const bool simple =
        axes[k].before == 0 && axes[k].after == 0 && axes[k].stride <= axes[k].kernel;
    if (ceil_mode && !same && !simple) return std::to_string(result[k + 2]);
    return window_text(in, axes[k], same, ceil_mode);
  });
  DraftLayer& layer = add_sized(lowering, op, {from}, form, sizes);
  layer.attributes.push_back({"pool_ops", DraftProduct{as_factor(std::to_string(taps_of(axes))),
                                                       form, as_last_factor(sizes.positions())}});
  return true;
}

// --- layers whose sizes are numbers --------------------------------------------------------------

namespace {

// "3 * in * h * w": so many of one image, which grow with the layer's first input.
std::string per_input(const Lowering& lowering, std::int64_t count, DraftId first) {
  if (count % lowering.batch() == 0) count /= lowering.batch();
  const std::int64_t size = lowering.sizes(first).elements();
  if (size < 1 || count % size != 0) return std::to_string(count);
  return product_text({std::to_string(count / size), "in", "h", "w"});
}

// Null: there is no activation, or nothing in the output.
DraftLayer* add_fixed(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape& out = graph.shape(op.outputs[0]);
  std::vector<DraftId> inputs;
  const std::vector<ValueId> data = lowering.data_inputs(op);
  for (const ValueId id : data) {
    inputs.push_back(lowering.tap(id)->layer);
    lowering.widths().pin(lowering.channels(inputs.back()));
  }
  if (inputs.empty() || elements(out) == 0) return nullptr;
  const Roles& first = lowering.tap(data[0])->roles;
  const bool alike = !out.empty() && first.size() == out.size() &&
                     graph.shape(data[0])[0] == out[0] && first.find('1') == Roles::npos;
  const Roles roles = alike ? first : lowering.usual_roles(out);
  const Sizes sizes = lowering.sizes_of(out, roles);
  DraftLayer& layer = lowering.add(op, layers::kinds::custom_kind, std::move(inputs), roles,
                                   fixed_width(sizes.channels));
  layer.attributes.push_back(number("channels", sizes.channels));
  lowering.add_sizes(layer);
  return &layer;
}

}  // namespace

bool lower_custom_product(Lowering& lowering, const FoldedOp& op, std::int64_t macs) {
  Weights weights;
  weights.kernel = count_learned(lowering, {op.input(0), op.input(1)});
  weights.bias = count_learned(lowering, {op.input(2)});
  DraftLayer* layer = add_fixed(lowering, op);
  if (layer == nullptr) return false;
  add_numbers(*layer, weights);
  layer->attributes.push_back(text("macs", per_input(lowering, macs, layer->inputs[0])));
  if (op.type == "Gemm" && op.input(2) != kNone)
    layer->attributes.push_back(number("bias_adds", layer->output.elements()));
  return true;
}

bool lower_custom_elements(Lowering& lowering, const FoldedOp& op, const ElementWork& work) {
  const std::int64_t params = lowering.take_params(op.inputs);
  DraftLayer* layer = add_fixed(lowering, op);
  if (layer == nullptr) return false;
  if (params > 0) layer->attributes.push_back(number("params", params));
  const std::int64_t size = elements(lowering.graph().shape(op.outputs[0]));
  const auto add = [&](const char* name, std::int64_t each) {
    if (each == 0) return;
    layer->attributes.push_back(text(name, per_input(lowering, each * size, layer->inputs[0])));
  };
  add("elementwise", work.elementwise);
  add("compares", work.compares);
  add("transcendentals", work.transcendentals);
  return true;
}

}  // namespace archcost::onnx
