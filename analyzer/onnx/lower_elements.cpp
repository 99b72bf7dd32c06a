// SPDX-License-Identifier: Apache-2.0
// Activations and arithmetic.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "layers/kinds.hpp"
#include "onnx/custom_layers.hpp"

namespace archcost::onnx {
namespace {

const std::unordered_map<std::string_view, const layers::LayerKind*> kActivations = {
    {"Relu", &layers::kinds::relu_kind},
    {"Sigmoid", &layers::kinds::sigmoid_kind},
    {"Tanh", &layers::kinds::tanh_kind},
    {"HardSigmoid", &layers::kinds::hard_sigmoid_kind},
    {"Swish", &layers::kinds::swish_kind},
    {"QuickGelu", &layers::kinds::swish_kind},
    {"HardSwish", &layers::kinds::hard_swish_kind},
    {"Gelu", &layers::kinds::gelu_kind},
    {"FastGelu", &layers::kinds::gelu_kind},
    {"BiasGelu", &layers::kinds::gelu_kind},
};
const std::unordered_map<std::string_view, ElementWork> kFunctions = {
    {"Abs", {0, 1, 0}},        {"Neg", {1, 0, 0}},        {"Sqrt", {0, 0, 1}},
    {"Exp", {0, 0, 1}},        {"Log", {0, 0, 1}},        {"Erf", {0, 0, 1}},
    {"Sin", {0, 0, 1}},        {"Cos", {0, 0, 1}},        {"Tan", {0, 0, 1}},
    {"Reciprocal", {1, 0, 0}}, {"Floor", {1, 0, 0}},      {"Ceil", {1, 0, 0}},
    {"Round", {1, 0, 0}},      {"Sign", {0, 2, 0}},       {"Not", {0, 1, 0}},
    {"Selu", {2, 1, 1}},       {"Celu", {2, 1, 1}},       {"Softplus", {1, 0, 2}},
    {"Softsign", {2, 1, 0}},   {"Mish", {2, 0, 3}},       {"ThresholdedRelu", {0, 1, 0}},
    {"Shrink", {1, 2, 0}},     {"LogSoftmax", {3, 1, 2}}, {"Atan", {0, 0, 1}},
    {"Asin", {0, 0, 1}},       {"Acos", {0, 0, 1}},       {"Sinh", {0, 0, 1}},
    {"Cosh", {0, 0, 1}},       {"CumSum", {1, 0, 0}},     {"IsNaN", {0, 1, 0}},
    {"IsInf", {0, 1, 0}},
};
const std::unordered_map<std::string_view, ElementWork> kOperations = {
    {"Add", {1, 0, 0}},
    {"Sub", {1, 0, 0}},
    {"Mul", {1, 0, 0}},
    {"Div", {1, 0, 0}},
    {"Pow", {0, 0, 1}},
    {"Mod", {1, 0, 0}},
    {"Max", {0, 1, 0}},
    {"Min", {0, 1, 0}},
    {"Sum", {1, 0, 0}},
    {"Mean", {1, 0, 0}},
    {"And", {0, 1, 0}},
    {"Or", {0, 1, 0}},
    {"Xor", {0, 1, 0}},
    {"Equal", {0, 1, 0}},
    {"Less", {0, 1, 0}},
    {"Greater", {0, 1, 0}},
    {"Where", {0, 1, 0}},
    {"LessOrEqual", {0, 1, 0}},
    {"GreaterOrEqual", {0, 1, 0}},
};

void set_work(DraftLayer& layer, const ElementWork& work) {
  if (work.elementwise != 1) layer.attributes.push_back(number("elementwise", work.elementwise));
  if (work.compares != 0) layer.attributes.push_back(number("compares", work.compares));
  if (work.transcendentals != 0)
    layer.attributes.push_back(number("transcendentals", work.transcendentals));
}

DraftLayer& add_same(Lowering& lowering, const FoldedOp& op, const layers::LayerKind& kind) {
  const Tap tap = *lowering.tap(op.input(0));
  return lowering.add(op, kind, {tap.layer}, tap.roles, lowering.channels(tap.layer));
}

bool lower_activation(Lowering& lowering, const FoldedOp& op) {
  add_same(lowering, op, *kActivations.at(op.type));
  return true;
}

// An activation whose input may have a learned number for each channel added to it.
bool lower_biased(Lowering& lowering, const FoldedOp& op) {
  const ValueId bias = op.input(1);
  const Tap tap = *lowering.tap(op.input(0));
  const WidthForm form = lowering.channels(tap.layer);
  const Sizes sizes = lowering.sizes(tap.layer);
  DraftId from = tap.layer;
  if (bias != kNone) {
    const FoldedGraph& graph = lowering.graph();
    if (!graph.is_fixed(bias) || elements(graph.shape(bias)) != sizes.channels) return false;
    from = lowering.add_inner(op, layers::kinds::pointwise_kind, {tap.layer}, sizes, form);
    lowering.layer(from).attributes.push_back(text("learned", "channels"));
  }
  lowering.add(op, *kActivations.at(op.type), {from}, tap.roles, form);
  return true;
}

bool lower_function(Lowering& lowering, const FoldedOp& op) {
  if (!lowering.tap(op.input(0))) return false;
  set_work(add_same(lowering, op, layers::kinds::pointwise_kind), kFunctions.at(op.type));
  return true;
}

std::optional<double> bound(const Lowering& lowering, const FoldedOp& op, std::size_t input,
                            std::string_view attribute) {
  if (op.values().has(attribute)) return op.values().real(attribute, 0);
  const ValueId id = op.input(input);
  if (id == kNone) return std::nullopt;
  const auto& constant = lowering.graph().values[id].constant;
  if (!constant || constant->size() != 1) return std::nullopt;
  return constant->real ? constant->reals[0] : static_cast<double>(constant->whole[0]);
}

bool lower_clip(Lowering& lowering, const FoldedOp& op) {
  const auto low = bound(lowering, op, 1, "min"), high = bound(lowering, op, 2, "max");
  const bool above = !high || *high > 1e30;
  if (low == 0.0 && above) {
    add_same(lowering, op, layers::kinds::relu_kind);
  } else if (low == 0.0 && high == 6.0) {
    add_same(lowering, op, layers::kinds::relu6_kind);
  } else {
    set_work(add_same(lowering, op, layers::kinds::pointwise_kind), {0, above || !low ? 1 : 2, 0});
  }
  return true;
}

// A number as a spec has it: as short as it is read back the same.
std::string float_text(double number) { return fmt::format("{}", static_cast<float>(number)); }

bool lower_leaky_relu(Lowering& lowering, const FoldedOp& op) {
  const double slope = op.values().real("alpha", 0.01F);
  DraftLayer& layer = add_same(lowering, op, layers::kinds::leaky_relu_kind);
  if (std::abs(slope) < 1e6 && slope != static_cast<double>(0.01F))
    layer.attributes.push_back(text("slope", float_text(slope)));
  return true;
}

bool lower_elu(Lowering& lowering, const FoldedOp& op) {
  const double alpha = op.values().real("alpha", 1);
  DraftLayer& layer = add_same(lowering, op, layers::kinds::elu_kind);
  if (std::abs(alpha) < 1e6 && alpha != 1)
    layer.attributes.push_back(text("alpha", float_text(alpha)));
  return true;
}

bool lower_prelu(Lowering& lowering, const FoldedOp& op) {
  const ValueId slope = op.input(1);
  if (slope == kNone || !lowering.graph().is_fixed(slope)) return false;
  const std::int64_t slopes = elements(lowering.graph().shape(slope));
  const bool one = slopes == 1,
             by_channel = slopes == lowering.sizes(lowering.tap(op.input(0))->layer).channels;
  if (!one && !by_channel) return lower_custom_elements(lowering, op, {1, 1, 0});
  DraftLayer& layer = add_same(lowering, op, layers::kinds::prelu_kind);
  if (one) layer.attributes.push_back(flag("per_channel", false));
  return true;
}

// The spec's softmax is over channels. Over another dimension the work is the same.
bool lower_softmax(Lowering& lowering, const FoldedOp& op) {
  add_same(lowering, op, layers::kinds::softmax_kind);
  return true;
}

bool lower_identity(Lowering& lowering, const FoldedOp& op) {
  if (!lowering.tap(op.input(0))) return false;
  lowering.alias(op, *lowering.tap(op.input(0)));
  return true;
}

bool lower_dropout(Lowering& lowering, const FoldedOp& op) {
  const Tap tap = *lowering.tap(op.input(0));
  DraftLayer& layer = lowering.add(op, layers::kinds::dropout_kind, {tap.layer}, tap.roles,
                                   lowering.channels(tap.layer));
  double rate = op.values().real("ratio", 0.5);
  if (const auto given = bound(lowering, op, 1, "ratio")) rate = *given;
  if (rate != 0.5 && rate >= 0 && rate < 1) layer.attributes.push_back(text("p", float_text(rate)));
  return true;
}

// --- arithmetic --------------------------------------------------------------------------------

/// Which sizes of a weight are not 1, in the roles of the value that it works on.
std::string learned_part(const Shape& weight, const Shape& shape, const Roles& roles) {
  std::string part;
  for (std::size_t k = 0; k < weight.size(); ++k) {
    const std::size_t axis = shape.size() - weight.size() + k;
    if (weight[k] != 1 && (axis >= roles.size() || shape[axis] != 1)) part += roles[axis];
  }
  return part;
}

// Adding a vector to a layer without a bias makes it the layer's bias.
bool becomes_bias(Lowering& lowering, const FoldedOp& op, const Tap& tap, ValueId data) {
  if (op.type != "Add" || tap.layer == kDraftInput || !lowering.used_once(data)) return false;
  DraftLayer& layer = lowering.layer(tap.layer);
  const bool linear = layer.kind == &layers::kinds::linear_kind,
             conv = layer.kind == &layers::kinds::conv_kind ||
                    layer.kind == &layers::kinds::scale_kind;
  if (!linear && !conv) return false;
  for (DraftAttribute& attribute : layer.attributes) {
    if (attribute.name != "bias") continue;
    if (std::get<std::string>(attribute.value) == "true") return false;
    attribute.value = std::string("true");
    lowering.alias(op, tap);
    return true;
  }
  if (linear) return false;  // has one already
  layer.attributes.push_back(flag("bias", true));
  lowering.alias(op, tap);
  return true;
}

bool with_weight(Lowering& lowering, const FoldedOp& op, ValueId data, ValueId fixed) {
  const FoldedGraph& graph = lowering.graph();
  const Tap tap = *lowering.tap(data);
  const Shape& shape = graph.shape(data);
  const Shape& weight = graph.shape(fixed);
  if (weight.size() > shape.size() || graph.shape(op.outputs[0]) != shape) return false;
  const WidthForm form = lowering.channels(tap.layer);
  const std::string part = learned_part(weight, shape, tap.roles);
  const bool learned = !graph.value(fixed).sources.empty() && lowering.has_own_params(fixed);
  const bool by_channel = part == "C",
             whole = elements(weight) == lowering.sizes(tap.layer).elements();
  const bool product = op.type == "Mul", sum = op.type == "Add";
  if (learned && by_channel && becomes_bias(lowering, op, tap, data)) return true;
  if (learned && by_channel && product) {
    lowering.add(op, layers::kinds::scale_kind, {tap.layer}, tap.roles, form);
    return true;
  }
  if (learned && whole && sum) {
    lowering.add(op, layers::kinds::position_embedding_kind, {tap.layer}, tap.roles, form);
    return true;
  }
  DraftLayer& layer = lowering.add(op, layers::kinds::pointwise_kind, {tap.layer}, tap.roles, form);
  set_work(layer, kOperations.at(op.type));
  if (learned && (by_channel || whole)) {
    layer.attributes.push_back(text("learned", by_channel ? "channels" : "all"));
    return true;
  }
  const std::int64_t params = lowering.take_params({fixed});
  if (params > 0 && learned) lowering.widths().pin(form);
  if (params > 0) layer.attributes.push_back(number("params", params));
  return true;
}

struct Aligned {
  std::vector<DraftId> layers;
  Roles roles;
};

// Whether every size is the whole one or 1. Where one of several dimensions with the same role is
// spread, as in products of attention over branches, it isn't.
bool spreads(const Sizes& sizes, const Sizes& whole) {
  const auto fits = [](std::int64_t size, std::int64_t all) { return size == all || size == 1; };
  return fits(sizes.channels, whole.channels) && fits(sizes.height, whole.height) &&
         fits(sizes.width, whole.width);
}

/// The data inputs in the roles of the largest one; channels of equal number are tied.
std::optional<Aligned> align(Lowering& lowering, const FoldedOp& op,
                             const std::vector<ValueId>& data) {
  const FoldedGraph& graph = lowering.graph();
  const Shape& out = graph.shape(op.outputs[0]);
  ValueId widest = data[0];
  for (const ValueId id : data) {
    if (elements(graph.shape(id)) > elements(graph.shape(widest)) ||
        graph.shape(id).size() > graph.shape(widest).size())
      widest = id;
  }
  if (graph.shape(widest).size() != out.size()) return std::nullopt;
  Aligned aligned;
  aligned.roles = lowering.tap(widest)->roles;
  const Sizes whole = lowering.sizes_of(out, aligned.roles);
  std::optional<WidthForm> form;
  for (const ValueId id : data) {
    const std::size_t rank = graph.shape(id).size();
    DraftId layer = lowering.arranged(op, id, aligned.roles.substr(out.size() - rank));
    if (!spreads(lowering.sizes(layer), whole)) {
      const DraftId like = lowering.tap(widest)->layer;
      const bool same = lowering.sizes(like).channels == whole.channels;
      layer = lowering.add_rearranged(
          op, layer, whole,
          same ? lowering.channels(like) : lowering.kept_channels(layer, whole.channels));
    }
    const Sizes sizes = lowering.sizes(layer);
    aligned.layers.push_back(layer);
    if (sizes.channels != whole.channels) {
      lowering.widths().pin(lowering.channels(layer));  // spread over the others' channels
      continue;
    }
    if (form) lowering.widths().tie(*form, lowering.channels(layer));
    form = lowering.channels(layer);
  }
  return aligned;
}

// Whether the activations alone have the sizes of the output: else a weight or constant spreads
// them.
bool fills_output(const Lowering& lowering, const FoldedOp& op, const std::vector<ValueId>& data) {
  const FoldedGraph& graph = lowering.graph();
  Shape joint;
  for (const ValueId id : data) joint = broadcast(joint, graph.shape(id));
  return joint == graph.shape(op.outputs[0]);
}

bool lower_arithmetic(Lowering& lowering, const FoldedOp& op) {
  const std::vector<ValueId> data = lowering.data_inputs(op);
  if (data.size() == 1 && op.inputs.size() == 2) {
    const ValueId fixed = op.inputs[0] == data[0] ? op.inputs[1] : op.inputs[0];
    if (fixed == kNone) return lower_identity(lowering, op);
    if (with_weight(lowering, op, data[0], fixed)) return true;
  }
  if (data.size() == 1 && op.inputs.size() == 1) return lower_identity(lowering, op);
  if (!fills_output(lowering, op, data))
    return lower_custom_elements(lowering, op, kOperations.at(op.type));
  const auto aligned = align(lowering, op, data);
  if (!aligned) return false;
  const Sizes whole = lowering.sizes_of(lowering.graph().shape(op.outputs[0]), aligned->roles);
  WidthForm form = fixed_width(whole.channels);
  Sizes joint;
  for (const DraftId id : aligned->layers) {
    const Sizes sizes = lowering.sizes(id);
    if (sizes.channels == whole.channels) form = lowering.channels(id);
    joint = {std::max(joint.channels, sizes.channels), std::max(joint.height, sizes.height),
             std::max(joint.width, sizes.width)};
  }
  if (joint != whole) return false;  // a constant spreads them
  const bool several = aligned->layers.size() > 1;
  const std::int64_t params = lowering.take_params(op.inputs);
  if (params > 0) {
    DraftLayer& layer =
        lowering.add(op, layers::kinds::pointwise_kind, aligned->layers, aligned->roles, form);
    set_work(layer, kOperations.at(op.type));
    layer.attributes.push_back(number("params", params));
  } else if (several && (op.type == "Add" || op.type == "Sum")) {
    lowering.add(op, layers::kinds::add_kind, aligned->layers, aligned->roles, form);
  } else if (several && op.type == "Mul") {
    lowering.add(op, layers::kinds::multiply_kind, aligned->layers, aligned->roles, form);
  } else {
    set_work(lowering.add(op, layers::kinds::pointwise_kind, aligned->layers, aligned->roles, form),
             kOperations.at(op.type));
  }
  return true;
}

std::vector<LoweringRow> make_rows() {
  std::vector<LoweringRow> rows = {{"Clip", lower_clip},
                                   {"LeakyRelu", lower_leaky_relu},
                                   {"Elu", lower_elu},
                                   {"PRelu", lower_prelu},
                                   {"Softmax", lower_softmax},
                                   {"Identity", lower_identity},
                                   {"Dropout", lower_dropout},
                                   {"Cast", lower_identity},
                                   {"CastLike", lower_identity},
                                   {"QuantizeLinear", lower_identity},
                                   {"DequantizeLinear", lower_identity}};
  for (const auto& [type, kind] : kActivations) {
    const bool biased = type == "FastGelu" || type == "BiasGelu";
    rows.push_back({type, biased ? lower_biased : lower_activation});
  }
  for (const auto& [type, work] : kFunctions) rows.push_back({type, lower_function});
  for (const auto& [type, work] : kOperations) rows.push_back({type, lower_arithmetic});
  return rows;
}

}  // namespace

std::span<const LoweringRow> element_lowerings() {
  static const std::vector<LoweringRow> kRows = make_rows();
  return kRows;
}

}  // namespace archcost::onnx
