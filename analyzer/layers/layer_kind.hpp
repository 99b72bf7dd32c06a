// One row of the layer table: what a kind of layer is called, takes, gives and costs.
#pragma once

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/cost.hpp"
#include "core/shape.hpp"
#include "layers/attribute.hpp"

namespace archcost {

/// A layer that can't exist: groups that don't divide, a kernel larger than the padded input.
/// `attribute` is the attribute at fault, or empty when it is the inputs.
struct LayerFault : std::runtime_error {
  LayerFault(std::string_view attribute_name, const std::string& message)
      : std::runtime_error(message), attribute(attribute_name) {}
  std::string_view attribute;
};

/// What a formula sees of a layer: its attributes and its inputs' shapes. N is the number type:
/// Count for one configuration.
template <class N>
struct LayerView {
  std::span<const N> numbers;
  std::span<const int> words;
  std::span<const Shape<N>> inputs;

  const Shape<N>& input() const { return inputs[0]; }
  N number(Slot slot) const { return numbers[slot.number]; }
  Extent<N> extent(Slot slot) const { return {numbers[slot.number], numbers[slot.number + 1]}; }
  Padding<N> sides(Slot slot) const {
    return {numbers[slot.number], numbers[slot.number + 1], numbers[slot.number + 2],
            numbers[slot.number + 3]};
  }
  PaddingMode padding_mode(Slot slot) const { return static_cast<PaddingMode>(words[slot.word]); }
  bool flag(Slot slot) const { return words[slot.word] != 0; }
  int word(Slot slot) const { return words[slot.word]; }
};

/// The message is made only when the condition fails.
template <class Message>
void require(bool condition, std::string_view attribute, Message message) {
  if (!condition) throw LayerFault(attribute, message());
}

template <class N>
struct Formulas {
  /// Output shape of one image. Throws LayerFault.
  Shape<N> (*shape)(const LayerView<N>&);
  /// Counters of one image, but for `activations`, which are the output's elements for every kind.
  Cost<N> (*cost)(const LayerView<N>&, const Shape<N>& output);
};

enum class Arity { kOne, kTwo, kSeveral };

/// What a kind is for; tool conventions and reports go by it.
enum class Family {
  kConvolution,
  kLinear,
  kNormalisation,
  kActivation,
  kPooling,
  kMerge,
  kRearrange,
  kMatrix,
  kOther
};

struct LayerKind {
  std::string_view name;
  Family family = Family::kOther;
  Arity arity = Arity::kOne;
  std::string_view help;
  /// Where the definition and its counting come from.
  std::string_view source;
  std::span<const AttributeSpec> attributes = {};
  Formulas<Count> exact = {};
  /// What people call this layer ("depthwise 3x3"); null: the name with blanks.
  std::string (*class_name)(const LayerView<Count>&) = nullptr;
};

/// Shape of a layer that changes no sizes.
template <class N>
Shape<N> unchanged_shape(const LayerView<N>& layer) {
  return layer.input();
}
template <class N>
Cost<N> no_cost(const LayerView<N>&, const Shape<N>&) {
  return {};
}
/// The work of an activation for each element.
template <class N, int kElementwise, int kCompares, int kTranscendentals>
Cost<N> per_element(const LayerView<N>&, const Shape<N>& output) {
  const N elements = output.elements();
  return {.elementwise = elements * N(kElementwise),
          .compares = elements * N(kCompares),
          .transcendentals = elements * N(kTranscendentals)};
}

}  // namespace archcost
