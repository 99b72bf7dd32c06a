// SPDX-License-Identifier: Apache-2.0
// What is computed element by element, and softmax.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "exporter/kind_row.hpp"

namespace archcost::exporter {
namespace {

void unary(OnnxLayer& step, std::string_view type, std::vector<OnnxAttribute> attributes = {}) {
  const Layout layout = step.layout();
  step.result(type, {step.input(layout)}, layout, std::move(attributes));
}

void relu(OnnxLayer& step) { unary(step, "Relu"); }
void sigmoid(OnnxLayer& step) { unary(step, "Sigmoid"); }
void tangent(OnnxLayer& step) { unary(step, "Tanh"); }

void relu6(OnnxLayer& step) {
  const Layout layout = step.layout();
  step.result("Clip", {step.input(layout), step.scalar(0), step.scalar(6)}, layout);
}

// An activation with a number, which the file has as a float.
void unary_of(OnnxLayer& step, std::string_view type, std::string_view attribute) {
  const double number = graph::real_of(step.layer(), attribute);
  if (!is_exact_float(number)) step.mark_as_kind();
  unary(step, type, {{"alpha", static_cast<float>(number)}});
}

void leaky_relu(OnnxLayer& step) { unary_of(step, "LeakyRelu", "slope"); }
void elu(OnnxLayer& step) { unary_of(step, "Elu", "alpha"); }

const std::vector<OnnxAttribute>& hard_sigmoid_attributes() {
  static const std::vector<OnnxAttribute> kAttributes = {{"alpha", 1.0F / 6}, {"beta", 0.5F}};
  return kAttributes;
}
void hard_sigmoid(OnnxLayer& step) { unary(step, "HardSigmoid", hard_sigmoid_attributes()); }

// x * gate(x)
void gated(OnnxLayer& step, std::string_view type, std::vector<OnnxAttribute> attributes) {
  const Layout layout = step.layout();
  const std::string x = step.input(layout);
  const std::string gate = step.step(type, {x}, step.output_sizes(layout), std::move(attributes));
  step.result("Mul", {x, gate}, layout);
}

void swish(OnnxLayer& step) { gated(step, "Sigmoid", {}); }
void hard_swish(OnnxLayer& step) {
  if (step.opset() >= 14)
    unary(step, "HardSwish");
  else
    gated(step, "HardSigmoid", hard_sigmoid_attributes());
}

// x * (1 + erf(x / sqrt 2)) / 2
void gelu(OnnxLayer& step) {
  if (step.opset() >= 20) {
    unary(step, "Gelu");
    return;
  }
  const Layout layout = step.layout();
  const Sizes sizes = step.output_sizes(layout);
  const std::string x = step.input(layout);
  const std::string scaled = step.step("Div", {x, step.scalar(std::sqrt(2.0F))}, sizes);
  const std::string erf = step.step("Erf", {scaled}, sizes);
  const std::string sum = step.step("Add", {erf, step.scalar(1)}, sizes);
  const std::string product = step.step("Mul", {x, sum}, sizes);
  step.result("Mul", {product, step.scalar(0.5F)}, layout);
}

void softmax(OnnxLayer& step) {
  const Layout layout = step.layout();
  const auto axis = layout == Layout::kFirst ? std::int64_t{1} : std::int64_t{-1};
  step.result("Softmax", {step.input(layout)}, layout, {{"axis", axis}});
}

// A file's learned numbers that are one number are read as a constant.
void mark_one_number(OnnxLayer& step, const Sizes& sizes) {
  if (elements(sizes) == 1) step.mark_as_kind();
}

// A learned number for each channel, so that it is spread over the positions.
Sizes per_channel(const OnnxLayer& step, Layout layout) {
  const std::int64_t channels = step.shape().channels.value();
  return layout == Layout::kFirst ? Sizes{channels, 1, 1} : Sizes{channels};
}

void prelu(OnnxLayer& step) {
  const Layout layout = step.layout_of_factors();
  const bool each = graph::flag_of(step.layer(), "per_channel");
  const Sizes sizes = each ? per_channel(step, layout) : Sizes{1};
  if (each) mark_one_number(step, sizes);
  step.result("PRelu", {step.input(layout), step.weight("weight", sizes, kScale)}, layout);
}

void scale(OnnxLayer& step) {
  const Layout layout = step.layout_of_factors();
  mark_one_number(step, per_channel(step, layout));
  const std::string x = step.input(layout);
  const std::string factor = step.weight("weight", per_channel(step, layout), kScale);
  if (!graph::flag_of(step.layer(), "bias")) {
    step.result("Mul", {x, factor}, layout);
    return;
  }
  const std::string product = step.step("Mul", {x, factor}, step.output_sizes(layout));
  step.result("Add", {product, step.weight("bias", per_channel(step, layout), kShift)}, layout);
}

void position_embedding(OnnxLayer& step) {
  // The numbers are stored as channels, then positions.
  const Layout layout = step.is_vector() ? step.layout_of_factors() : Layout::kFirst;
  const TensorShape shape = step.shape();
  const Sizes sizes = layout == Layout::kLast ? Sizes{1, shape.channels.value()}
                                              : Sizes{1, shape.channels.value(),
                                                      shape.height.value(), shape.width.value()};
  mark_one_number(step, sizes);
  step.result("Add", {step.input(layout), step.weight("weight", sizes, kKernel)}, layout);
}

// The layout in which all inputs exist, else First.
Layout common_layout(const OnnxLayer& step) {
  bool last = true;
  for (std::size_t k = 0; k < step.inputs(); ++k)
    last = last && step.exists_in(Layout::kLast, k) && step.shape(k) == step.layer().output;
  return last ? Layout::kLast : Layout::kFirst;
}

// Whether sizes of 1 are spread in another way than those of a gate over the image.
bool spreads(const OnnxLayer& step) {
  const TensorShape& out = step.layer().output;
  for (std::size_t k = 0; k < step.inputs(); ++k) {
    const bool gate = step.is_vector(k) && step.shape(k).channels == out.channels;
    if (step.shape(k) != out && !gate) return true;
  }
  return false;
}

void merge(OnnxLayer& step, std::string_view type) {
  const Layout layout = common_layout(step);
  std::vector<std::string> inputs;
  for (std::size_t k = 0; k < step.inputs(); ++k) inputs.push_back(step.input(layout, k));
  const bool sum = type == "Sum";
  if (spreads(step) || (!sum && inputs.size() > 2)) step.mark_as_kind();
  if (sum || inputs.size() <= 2) {
    step.result(sum && inputs.size() == 2 ? "Add" : type, inputs, layout);
    return;
  }
  std::string product = inputs[0];
  TensorShape shape = step.shape(0);
  for (std::size_t k = 1; k + 1 < inputs.size(); ++k) {
    const TensorShape other = step.shape(k);
    shape = {max(shape.channels, other.channels), max(shape.height, other.height),
             max(shape.width, other.width)};
    product = step.step(type, {product, inputs[k]}, sizes_in(shape, step.batch(), layout));
  }
  step.result(type, {product, inputs.back()}, layout);
}

void add(OnnxLayer& step) { merge(step, "Sum"); }
void multiply(OnnxLayer& step) { merge(step, "Mul"); }

// The sum, as in the interpreter: a spec doesn't say which function it is.
void pointwise(OnnxLayer& step) {
  step.mark_as_kind();
  std::vector<std::string> inputs;
  for (std::size_t k = 0; k < step.inputs(); ++k) inputs.push_back(step.input(Layout::kFirst, k));
  step.result(inputs.size() == 1 ? "Identity" : "Sum", inputs, Layout::kFirst);
}

std::string_view refused_pointwise(const graph::Layer& layer) {
  const bool learns = layer.cost.params != Count(0);
  return learns ? "a spec doesn't say what its learned numbers do, so it can't be exported; the "
                  "ONNX file that it was imported from has it"
                : std::string_view();
}

// --- PyTorch -----------------------------------------------------------------------------------

TorchModule plain(const TorchLayer& layer, std::string code) {
  return {std::move(code), {}, layer.in};
}

TorchModule torch_relu(const TorchLayer& layer) { return plain(layer, "nn.ReLU()"); }
TorchModule torch_relu6(const TorchLayer& layer) { return plain(layer, "nn.ReLU6()"); }
TorchModule torch_sigmoid(const TorchLayer& layer) { return plain(layer, "nn.Sigmoid()"); }
TorchModule torch_hard_sigmoid(const TorchLayer& layer) { return plain(layer, "nn.Hardsigmoid()"); }
TorchModule torch_tanh(const TorchLayer& layer) { return plain(layer, "nn.Tanh()"); }
TorchModule torch_swish(const TorchLayer& layer) { return plain(layer, "nn.SiLU()"); }
TorchModule torch_hard_swish(const TorchLayer& layer) { return plain(layer, "nn.Hardswish()"); }
TorchModule torch_gelu(const TorchLayer& layer) { return plain(layer, "nn.GELU()"); }
TorchModule torch_softmax(const TorchLayer& layer) { return plain(layer, "nn.Softmax(dim=1)"); }

TorchModule torch_leaky_relu(const TorchLayer& layer) {
  return plain(layer, call("nn.LeakyReLU", {layer["slope"]}));
}

TorchModule torch_elu(const TorchLayer& layer) {
  return plain(layer, call("nn.ELU", {layer["alpha"]}));
}

TorchModule torch_prelu(const TorchLayer& layer) {
  const std::string each = layer["per_channel"];
  const std::string& channels = layer.in.channels;
  return plain(layer, call("nn.PReLU",
                           {each == "True"    ? channels
                            : each == "False" ? std::string("1")
                                              : fmt::format("{} if {} else 1", channels, each)}));
}

TorchModule torch_scale(const TorchLayer& layer) {
  layer.need("Scale");
  return plain(layer, call("Scale", {layer.in.channels, keyword("bias", layer["bias"], "False")}));
}

TorchModule torch_position_embedding(const TorchLayer& layer) {
  if (!layer.in.height || !layer.in.width)
    throw NotWritable("position_embedding needs the size of its input");
  layer.need("PositionEmbedding");
  const std::string& channels = layer.in.channels;
  if (layer.in.form == TorchForm::kVector)
    return plain(layer, call("PositionEmbedding", {channels}));
  return plain(layer, call("PositionEmbedding", {channels, *layer.in.height, *layer.in.width}));
}

TorchModule torch_pointwise(const TorchLayer& layer) {
  if (layer.inputs == 1) return plain(layer, "nn.Identity()");
  layer.need("Sum");
  TorchFlow out = layer.in;
  out.form = TorchForm::kImage;
  return {"Sum()", {}, out};
}

TorchModule torch_add(const TorchLayer& layer) {
  layer.need("Add");
  return plain(layer, "Add({})");
}

TorchModule torch_multiply(const TorchLayer& layer) {
  layer.need("Multiply");
  return plain(layer, "Multiply({})");
}

constexpr KindRow kElementRows[] = {
    {"relu", relu, torch_relu},
    {"relu6", relu6, torch_relu6},
    {"leaky_relu", leaky_relu, torch_leaky_relu},
    {"prelu", prelu, torch_prelu},
    {"sigmoid", sigmoid, torch_sigmoid},
    {"hard_sigmoid", hard_sigmoid, torch_hard_sigmoid},
    {"tanh", tangent, torch_tanh},
    {"swish", swish, torch_swish},
    {"hard_swish", hard_swish, torch_hard_swish},
    {"gelu", gelu, torch_gelu},
    {"softmax", softmax, torch_softmax},
    {"elu", elu, torch_elu},
    {"scale", scale, torch_scale},
    {"position_embedding", position_embedding, torch_position_embedding},
    {"add", add, torch_add},
    {"multiply", multiply, torch_multiply},
    {"pointwise", pointwise, torch_pointwise, "written as the sum of its inputs",
     refused_pointwise},
};

}  // namespace

std::span<const KindRow> element_rows() { return kElementRows; }

}  // namespace archcost::exporter
