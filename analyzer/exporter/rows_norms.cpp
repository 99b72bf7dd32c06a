// SPDX-License-Identifier: Apache-2.0
// Normalisations.
#include <fmt/core.h>

#include "exporter/kind_row.hpp"

namespace archcost::exporter {
namespace {

constexpr float kEpsilon = interpreter::kNormEpsilon;

std::vector<float> repeated(float number, std::int64_t count) {
  return std::vector<float>(static_cast<std::size_t>(count), number);
}

void batch_norm(OnnxLayer& step) {
  const std::int64_t channels = step.shape().channels.value();
  Layout layout = Layout::kFirst;
  const std::string x = step.input_with_channels_second(layout);
  const bool affine = graph::flag_of(step.layer(), "affine");
  if (!affine) step.mark_as_kind();
  const std::string scale = affine ? step.weight("weight", {channels}, kScale)
                                   : step.constant(repeated(1, channels), {channels});
  const std::string shift = affine ? step.weight("bias", {channels}, kShift)
                                   : step.constant(repeated(0, channels), {channels});
  step.result("BatchNormalization",
              {x, scale, shift, step.weight("running_mean", {channels}, kMean),
               step.weight("running_var", {channels}, kVariance)},
              layout, {{"epsilon", kEpsilon}});
}

// ReduceMean takes its axes as an attribute up to opset 17, as an input from 18 on.
std::string mean(OnnxLayer& step, const std::string& x, const Numbers& axes, const Sizes& sizes) {
  if (step.opset() < 18) return step.step("ReduceMean", {x}, sizes, {{"axes", axes}});
  return step.step("ReduceMean", {x, step.constant(axes)}, sizes);
}

// (x - mean) / sqrt(variance + epsilon), then the learned factor and offset.
void layer_norm_written_out(OnnxLayer& step, const std::string& x, Layout layout, std::size_t first,
                            bool affine) {
  const Sizes sizes = step.output_sizes(layout),
              own(sizes.begin() + static_cast<long>(first), sizes.end());
  Sizes reduced = sizes;
  Numbers axes;
  for (std::size_t k = first; k < sizes.size(); ++k) {
    reduced[k] = 1;
    axes.push_back(static_cast<std::int64_t>(k));
  }
  const std::string centred = step.step("Sub", {x, mean(step, x, axes, reduced)}, sizes);
  const std::string square = step.step("Mul", {centred, centred}, sizes);
  const std::string variance = mean(step, square, axes, reduced);
  const std::string sum = step.step("Add", {variance, step.scalar(kEpsilon)}, reduced);
  const std::string root = step.step("Sqrt", {sum}, reduced);
  if (!affine) {
    step.result("Div", {centred, root}, layout);
    return;
  }
  const std::string quotient = step.step("Div", {centred, root}, sizes);
  const std::string product =
      step.step("Mul", {quotient, step.weight("weight", own, kScale)}, sizes);
  step.result("Add", {product, step.weight("bias", own, kShift)}, layout);
}

void layer_norm(OnnxLayer& step) {
  const bool over_all = graph::word_of(step.layer(), "over") == "all";
  const bool affine = graph::flag_of(step.layer(), "affine");
  const Layout layout = over_all ? Layout::kFirst : Layout::kLast;
  const TensorShape shape = step.shape();
  const bool one_number = affine && (over_all ? shape.elements() : shape.channels) == Count(1);
  const bool either = over_all && shape.area() == Count(1);
  if (one_number || either) step.mark_as_kind();
  const std::string x = step.input(layout);
  const Sizes sizes = step.output_sizes(layout);
  const std::size_t first = over_all ? 1 : sizes.size() - 1;
  if (!affine || step.opset() < 17) {
    layer_norm_written_out(step, x, layout, first, affine);
    return;
  }
  const Sizes own(sizes.begin() + static_cast<long>(first), sizes.end());
  const auto axis = over_all ? std::int64_t{1} : std::int64_t{-1};
  step.result("LayerNormalization",
              {x, step.weight("weight", own, kScale), step.weight("bias", own, kShift)}, layout,
              {{"axis", axis}, {"epsilon", kEpsilon}});
}

// As an instance norm of the groups: GroupNormalization has a factor for each channel from opset 21
// on only.
void group_norm(OnnxLayer& step) {
  const TensorShape shape = step.shape();
  const std::int64_t groups = graph::number_of(step.layer(), "groups"), n = step.batch();
  const std::int64_t channels = shape.channels.value(), rest = shape.elements().value() / groups;
  if (channels == 1) step.mark_as_kind();
  const Sizes sizes = step.output_sizes(Layout::kFirst);
  const std::string grouped =
      step.step("Reshape", {step.input(Layout::kFirst), step.constant(Numbers{0, groups, -1})},
                {n, groups, rest});
  const std::string normed = step.step("InstanceNormalization",
                                       {grouped, step.constant(repeated(1, groups), {groups}),
                                        step.constant(repeated(0, groups), {groups})},
                                       {n, groups, rest}, {{"epsilon", kEpsilon}});
  if (!graph::flag_of(step.layer(), "affine")) {
    step.result("Reshape", {normed, step.constant(sizes)}, Layout::kFirst);
    return;
  }
  const std::string back = step.step("Reshape", {normed, step.constant(sizes)}, sizes);
  const Sizes own = {channels, 1, 1};
  const std::string product = step.step("Mul", {back, step.weight("weight", own, kScale)}, sizes);
  step.result("Add", {product, step.weight("bias", own, kShift)}, Layout::kFirst);
}

// Runtimes refuse an even number of neighbours: then the squares are averaged by a pool over the
// channels, of which one more lies before.
void even_lrn(OnnxLayer& step, const std::string& x, std::int64_t size) {
  const TensorShape shape = step.shape();
  const Sizes sizes = step.output_sizes(Layout::kFirst);
  const Sizes flat = {step.batch(), 1, shape.channels.value(), shape.area().value()};
  step.mark_as_kind();
  const std::string square = step.step("Mul", {x, x}, sizes);
  const std::string rows = step.step("Reshape", {square, step.constant(flat)}, flat);
  const std::string average = step.step("AveragePool", {rows}, flat,
                                        {{"kernel_shape", Numbers{size, 1}},
                                         {"pads", Numbers{size / 2, 0, (size - 1) / 2, 0}},
                                         {"count_include_pad", std::int64_t{1}}});
  const std::string scaled = step.step("Mul", {average, step.scalar(interpreter::kLrnAlpha)}, flat);
  const std::string sum = step.step("Add", {scaled, step.scalar(interpreter::kLrnOffset)}, flat);
  const std::string power = step.step("Pow", {sum, step.scalar(interpreter::kLrnBeta)}, flat);
  const std::string back = step.step("Reshape", {power, step.constant(sizes)}, sizes);
  step.result("Div", {x, back}, Layout::kFirst);
}

void lrn(OnnxLayer& step) {
  const std::int64_t size = graph::number_of(step.layer(), "size");
  const std::string x = step.input(Layout::kFirst);
  if (size % 2 == 0) {
    even_lrn(step, x, size);
    return;
  }
  step.result("LRN", {x}, Layout::kFirst,
              {{"size", size},
               {"alpha", interpreter::kLrnAlpha},
               {"beta", interpreter::kLrnBeta},
               {"bias", interpreter::kLrnOffset}});
}

// --- PyTorch -----------------------------------------------------------------------------------

TorchModule torch_batch_norm(const TorchLayer& layer) {
  const bool vector = layer.in.form == TorchForm::kVector;
  return {call(vector ? "nn.BatchNorm1d" : "nn.BatchNorm2d",
               {layer.in.channels, keyword("affine", layer["affine"], "True")}),
          {},
          layer.in};
}

TorchModule torch_layer_norm(const TorchLayer& layer) {
  const std::string affine = keyword("elementwise_affine", layer["affine"], "True");
  const std::string over = layer["over"];
  if (over != "\"channels\"" && over != "\"all\"")
    throw NotWritable("what a layer_norm is over depends on a parameter");
  if (over == "\"channels\"") {
    layer.need("ChannelNorm");
    return {call("ChannelNorm", {layer.in.channels, affine}), {}, layer.in};
  }
  if (!layer.in.height || !layer.in.width)
    throw NotWritable("layer_norm over all elements needs the size of its input");
  const bool vector = layer.in.form == TorchForm::kVector;
  const std::string sizes =
      vector ? layer.in.channels : call("", {layer.in.channels, *layer.in.height, *layer.in.width});
  return {call("nn.LayerNorm", {sizes, affine}), {}, layer.in};
}

TorchModule torch_group_norm(const TorchLayer& layer) {
  return {call("nn.GroupNorm",
               {layer["groups"], layer.in.channels, keyword("affine", layer["affine"], "True")}),
          {},
          layer.in};
}

TorchModule torch_lrn(const TorchLayer& layer) {
  const bool vector = layer.in.form == TorchForm::kVector;
  TorchFlow out = layer.in;
  if (vector) out.form = TorchForm::kImage;
  return {call("nn.LocalResponseNorm", {layer["size"]}), to_image(layer), out};
}

constexpr KindRow kNormRows[] = {
    {"batch_norm", batch_norm, torch_batch_norm},
    {"layer_norm", layer_norm, torch_layer_norm},
    {"group_norm", group_norm, torch_group_norm},
    {"lrn", lrn, torch_lrn},
};

}  // namespace

std::span<const KindRow> norm_rows() { return kNormRows; }

}  // namespace archcost::exporter
