// SPDX-License-Identifier: Apache-2.0
// ReLU with a fixed slope below zero.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"slope", AttributeType::kReal, "0.01", "slope below zero"},
});

}  // namespace

extern const LayerKind leaky_relu_kind;
const LayerKind leaky_relu_kind = {
    .name = "leaky_relu",
    .family = Family::kActivation,
    .help = "x above zero, slope * x below",
    .source = "Maas et al. 2013; one comparison and one multiplication an element",
    .elementwise = true,
    .in_place = true,
    .activation = Activation::kLeakyRelu,
    .rectifier = true,
    .kept_for_backward = KeptForBackward::kOutput,
    .attributes = kAttributes,
    .shape = unchanged_shape,
    .cost = per_element<1, 1, 0>,
};

}  // namespace archcost::layers::kinds
