// SPDX-License-Identifier: Apache-2.0
// Activations: functions of one number, and softmax.
#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kLeakyReluAttributes = std::to_array<AttributeSpec>({
    {"slope", AttributeType::kReal, "0.01", "slope below zero"},
});
constexpr auto kEluAttributes = std::to_array<AttributeSpec>({
    {"alpha", AttributeType::kReal, "1", "what the output tends to far below zero, negated"},
});
constexpr auto kPreluAttributes = std::to_array<AttributeSpec>({
    {"per_channel", AttributeType::kFlag, "true", "a slope for each channel, else one for all"},
});
constexpr Slot kPerChannel = slot(kPreluAttributes, "per_channel");

/// The work of an activation for each element.
template <int kElementwise, int kCompares, int kTranscendentals>
LayerCost per_element(const LayerView&, const TensorShape& output) {
  const Count elements = output.elements();
  return {.elementwise = elements * Count(kElementwise),
          .compares = elements * Count(kCompares),
          .transcendentals = elements * Count(kTranscendentals)};
}

LayerCost prelu_cost(const LayerView& layer, const TensorShape& output) {
  LayerCost cost = per_element<1, 1, 0>(layer, output);
  cost.params = layer.flag(kPerChannel) ? output.channels : Count(1);
  return cost;
}

// A row with the facts that all functions of one number share.
constexpr LayerKind function_of_one_number(LayerKind kind) {
  kind.family = Family::kActivation;
  kind.elementwise = kind.in_place = true;
  return kind;
}

}  // namespace

const LayerKind relu_kind = function_of_one_number({
    .name = "relu",
    .help = "max(x, 0)",
    .source = "Nair and Hinton 2010; one comparison an element",
    .activation = Activation::kRelu,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .cost = per_element<0, 1, 0>,
});

const LayerKind relu6_kind = function_of_one_number({
    .name = "relu6",
    .help = "min(max(x, 0), 6)",
    .source = "arXiv:1704.04861 code; two comparisons an element",
    .activation = Activation::kRelu6,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .cost = per_element<0, 2, 0>,
});

const LayerKind leaky_relu_kind = function_of_one_number({
    .name = "leaky_relu",
    .help = "x above zero, slope * x below",
    .source = "Maas et al. 2013; one comparison and one multiplication an element",
    .activation = Activation::kLeakyRelu,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .attributes = kLeakyReluAttributes,
    .cost = per_element<1, 1, 0>,
});

const LayerKind prelu_kind = function_of_one_number({
    .name = "prelu",
    .help = "x above zero, learned slope * x below",
    .source = "arXiv:1502.01852 section 2.1; one comparison and one multiplication an element",
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kPreluAttributes,
    .cost = prelu_cost,
});

const LayerKind sigmoid_kind = function_of_one_number({
    .name = "sigmoid",
    .help = "1 / (1 + exp(-x))",
    .source = "one exponential, one addition, one division an element",
    .activation = Activation::kSigmoid,
    .kept_for_backward = KeptForBackward::kOutput,
    .cost = per_element<2, 0, 1>,
});

const LayerKind hard_sigmoid_kind = function_of_one_number({
    .name = "hard_sigmoid",
    .help = "relu6(x + 3) / 6",
    .source = "arXiv:1905.02244 section 5.2; an addition, a multiplication and two comparisons an "
              "element",
    .activation = Activation::kHardSigmoid,
    .kept_for_backward = KeptForBackward::kOutput,
    .cost = per_element<2, 2, 0>,
});

const LayerKind tanh_kind = function_of_one_number({
    .name = "tanh",
    .help = "hyperbolic tangent",
    .source = "one transcendental an element",
    .activation = Activation::kTanh,
    .kept_for_backward = KeptForBackward::kOutput,
    .cost = per_element<0, 0, 1>,
});

const LayerKind swish_kind = function_of_one_number({
    .name = "swish",
    .help = "x * sigmoid(x), also called SiLU",
    .source = "arXiv:1710.05941; the sigmoid and one multiplication an element",
    .activation = Activation::kSwish,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .cost = per_element<3, 0, 1>,
});

const LayerKind hard_swish_kind = function_of_one_number({
    .name = "hard_swish",
    .help = "x * relu6(x + 3) / 6",
    .source = "arXiv:1905.02244 section 5.2; the hard sigmoid and one multiplication an element",
    .activation = Activation::kHardSwish,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .cost = per_element<3, 2, 0>,
});

const LayerKind gelu_kind = function_of_one_number({
    .name = "gelu",
    .help = "x * (1 + erf(x / sqrt 2)) / 2",
    .source = "arXiv:1606.08415; one erf, one addition, three multiplications an element",
    .activation = Activation::kGelu,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .cost = per_element<4, 0, 1>,
});

const LayerKind elu_kind = function_of_one_number({
    .name = "elu",
    .help = "x above zero, alpha * (exp(x) - 1) below",
    .source = "arXiv:1511.07289; one comparison, one exponential, one subtraction, one "
              "multiplication an element",
    .activation = Activation::kElu,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .attributes = kEluAttributes,
    .cost = per_element<2, 1, 1>,
});

const LayerKind softmax_kind = {
    .name = "softmax",
    .family = Family::kActivation,
    .help = "softmax over the channels of each position",
    .source = "maximum, difference, exponential, sum, quotient: one of each an element",
    .in_place = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .cost = per_element<3, 1, 1>,
};

}  // namespace archcost::layers::kinds
