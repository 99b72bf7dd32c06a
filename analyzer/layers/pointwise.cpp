// SPDX-License-Identifier: Apache-2.0
// A function of each number that has no kind of its own, with the work that it does.
#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kLearnedWords = std::to_array<std::string_view>({"none", "one", "channels", "all"});
constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"elementwise", AttributeType::kInteger, "1", "additions and multiplications an element", 0},
    {"compares", AttributeType::kInteger, "0", "comparisons an element", 0},
    {"transcendentals", AttributeType::kInteger, "0", "exponentials, roots and the like", 0},
    {"learned", AttributeType::kWord, "none", "what has a learned number", 0, kLearnedWords},
    {"params", AttributeType::kInteger, "0", "further learned numbers", 0},
});
constexpr Slot kElementwise = slot(kAttributes, "elementwise"),
               kCompares = slot(kAttributes, "compares"),
               kTranscendentals = slot(kAttributes, "transcendentals"),
               kLearned = slot(kAttributes, "learned"), kParams = slot(kAttributes, "params");

LayerCost cost(const LayerView& layer, const TensorShape& output) {
  const Count elements = output.elements();
  LayerCost cost;
  cost.elementwise = elements * layer.number(kElementwise);
  cost.compares = elements * layer.number(kCompares);
  cost.transcendentals = elements * layer.number(kTranscendentals);
  cost.params = layer.number(kParams);
  if (layer.word(kLearned) == 1) cost.params += Count(1);
  if (layer.word(kLearned) == 2) cost.params += output.channels;
  if (layer.word(kLearned) == 3) cost.params += elements;
  return cost;
}

}  // namespace

const LayerKind pointwise_kind = {
    .name = "pointwise",
    .family = Family::kOther,
    .arity = Arity::kAny,
    .help = "a function of each element of one input or more; sizes of 1 are spread",
    .source = "ONNX's elementwise operators; the work is as written",
    .elementwise = true,
    .kept_for_backward = KeptForBackward::kInputs,
    .attributes = kAttributes,
    .shape = spread_shape,
    .cost = cost,
};

}  // namespace archcost::layers::kinds
