// SPDX-License-Identifier: Apache-2.0
// One row of the layer table: what a kind of layer is called, takes, gives and costs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/cost.hpp"
#include "core/shape.hpp"
#include "layers/attribute.hpp"

namespace archcost::layers {

/// A layer that can't exist: groups that don't divide, a kernel larger than the padded input.
/// `attribute` is the attribute at fault, or empty when it is the inputs.
struct LayerFault : std::runtime_error {
  LayerFault(std::string_view attribute_name, const std::string& message)
      : std::runtime_error(message), attribute(attribute_name) {}
  std::string_view attribute;
  /// Where the attribute must divide a total: its number, and the total; else 0.
  std::int64_t number = 0, total = 0;
};

/// What a formula sees of a layer: its attributes and its inputs' shapes.
struct LayerView {
  std::span<const Count> numbers;
  std::span<const int> words;
  std::span<const TensorShape> inputs;

  const TensorShape& input() const { return inputs[0]; }
  Count number(Slot slot) const { return numbers[slot.number]; }
  Extent extent(Slot slot) const { return {numbers[slot.number], numbers[slot.number + 1]}; }
  Padding sides(Slot slot) const {
    return {numbers[slot.number], numbers[slot.number + 1], numbers[slot.number + 2],
            numbers[slot.number + 3]};
  }
  PaddingMode padding_mode(Slot slot) const { return static_cast<PaddingMode>(words[slot.word]); }
  bool flag(Slot slot) const { return words[slot.word] != 0; }
  int word(Slot slot) const { return words[slot.word]; }
  /// The sizes of an attribute of AttributeType::kParts; empty for equal parts.
  std::span<const Count> sizes(std::span<const AttributeSpec> attributes) const {
    return numbers.subspan(static_cast<std::size_t>(slot_of(attributes, attributes.size()).number));
  }
  /// Whether an attribute without a default isn't written.
  bool is_unset(const AttributeSpec& attribute, Slot slot) const {
    if (attribute.fallback != "none") return false;
    for (int k = 0; k < number_width(attribute.type); ++k) {
      if (numbers[slot.number + k] != Count(0)) return false;
    }
    return true;
  }
};

/// The message is made only when the condition fails.
template <class Message>
void require(bool condition, std::string_view attribute, Message message) {
  if (!condition) throw LayerFault(attribute, message());
}

/// "groups 3 must divide the 32 input channels": the number of an attribute must divide `total`.
/// `other` is what it must divide besides, for the numbers that would work. Throws LayerFault.
void require_divides(const LayerView& layer, Slot slot, std::string_view attribute, Count total,
                     std::string_view total_name, Count other = 0);

/// Inputs of a kind: a merge takes two, or two and more; kAny takes one or, with `from`, more.
/// kNone is for what comes from outside.
enum class Arity { kOne, kTwo, kSeveral, kAny, kNone };

/// What a kind is for; tool conventions and reports use it.
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

/// Whether the output is the input's memory under another shape.
enum class ViewWhen {
  kNever,
  kAtInference,  ///< dropout: a copy in training
  kAlways
};

/// What a layer does to the positions of its input.
enum class SpatialEffect {
  kSamePlace,         ///< an output position depends on the input position of the same place
  kWindow,            ///< on a window of `kernel`, `stride` and, where it has one, `dilation`
  kTransposedWindow,  ///< each input position is spread over a window of the output
  kUpsampling,        ///< on one or two neighbours a dimension
  kGather,            ///< all positions are gathered into a number of positions that is given
  kMixAll,            ///< each output position depends on all input positions
  kRenumber           ///< rows and columns of the output are not those of the input
};

/// What the backward pass needs of a layer.
enum class KeptForBackward { kNothing, kInputs, kOutput };

/// A function of one number without learned parameters.
enum class Activation : std::uint8_t {
  kRelu,
  kRelu6,
  kLeakyRelu,
  kSigmoid,
  kHardSigmoid,
  kHardSwish,
  kSwish,
  kGelu,
  kTanh,
  kElu
};

/// The shape of an element-wise operation: sizes are equal, or 1 and spread. Throws LayerFault.
TensorShape spread_shape(const LayerView& layer);

/// Shape of a layer that changes no sizes.
inline TensorShape unchanged_shape(const LayerView& layer) { return layer.input(); }
inline LayerCost no_cost(const LayerView&, const TensorShape&) { return {}; }

struct LayerKind {
  std::string_view name;
  Family family = Family::kOther;
  Arity arity = Arity::kOne;
  std::string_view help;
  /// Where the definition and its counting come from.
  std::string_view source;
  ViewWhen view = ViewWhen::kNever;
  /// Each output element is computed from the input elements of the same place (and, for a gate,
  /// the same channel).
  bool elementwise = false;
  /// The output may overwrite an input of the same size.
  bool in_place = false;
  /// A factor and an offset for each channel: goes into the weights of a convolution before it.
  bool folds_into_convolution = false;
  /// The function that a kind of Family::kActivation without parameters computes.
  std::optional<Activation> activation = std::nullopt;
  /// Roughly half of the numbers become zero or small: the mean square is halved.
  bool rectifier = false;
  SpatialEffect spatial = SpatialEffect::kSamePlace;
  KeptForBackward kept_for_backward = KeptForBackward::kNothing;
  std::span<const AttributeSpec> attributes = {};
  /// Output shape of one image. Throws LayerFault.
  TensorShape (*shape)(const LayerView&) = unchanged_shape;
  /// Counters of one image, but for `activations`, which are the output's elements for every kind.
  LayerCost (*cost)(const LayerView&, const TensorShape& output) = no_cost;
  /// What people call this layer ("depthwise 3x3"); null: the name with blanks.
  std::string (*class_name)(const LayerView&) = nullptr;
  /// The spatial effect of one layer where its attributes or sizes decide it; null: `spatial`.
  SpatialEffect (*spatial_of)(const LayerView&, const TensorShape& output) = nullptr;
};

/// No number changes or moves at inference.
inline bool is_view(const LayerKind& kind) { return kind.view != ViewWhen::kNever; }
/// Sums of products with learned weights: convolutions and linear layers.
inline bool has_kernel(const LayerKind& kind) {
  return kind.family == Family::kConvolution || kind.family == Family::kLinear;
}

/// A learned number for each output channel, added to each output element.
inline void add_bias(LayerCost& cost, const TensorShape& output) {
  cost.params += output.channels;
  cost.bias_adds = output.elements();
}

/// The cost of layers that multiply their input with learned weights.
inline LayerCost kernel_cost(Count weights, Count macs, bool bias, const TensorShape& output) {
  LayerCost cost = {.params = weights, .weights = weights, .macs = macs};
  if (bias) add_bias(cost, output);
  return cost;
}

}  // namespace archcost::layers
