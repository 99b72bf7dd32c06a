// SPDX-License-Identifier: Apache-2.0
// Normalisations.
#include <fmt/core.h>

#include <algorithm>

#include "layers/kinds.hpp"
#include "onnx/custom_layers.hpp"

namespace archcost::onnx {
namespace {

DraftLayer& add_same(Lowering& lowering, const FoldedOp& op, const layers::LayerKind& kind,
                     const Tap& tap) {
  return lowering.add(op, kind, {tap.layer}, tap.roles, lowering.channels(tap.layer));
}

bool are_fixed(const Lowering& lowering, const FoldedOp& op, std::size_t first) {
  for (std::size_t k = first; k < op.inputs.size(); ++k) {
    if (op.inputs[k] != kNone && !lowering.graph().is_fixed(op.inputs[k])) return false;
  }
  return true;
}

// Exporters write a factor of 1 and an offset of 0 where the operator asks for them.
bool is_constant(const Lowering& lowering, ValueId id, double number) {
  const FoldedValue& value = lowering.graph().value(id);
  return value.sources.empty() && value.is_filled(number);
}

// A normalization with factors and offsets, for each element.
constexpr ElementWork kStandardise = {.elementwise = 7};

// Whether the layer's channels are the operator's. Those of several images, where the first
// dimension isn't the batch, are not: they share the learned numbers.
bool has_own_channels(const Lowering& lowering, const FoldedOp& op, const Tap& tap) {
  const Shape& shape = lowering.graph().shape(op.input(0));
  return shape.size() < 2 || lowering.sizes(tap.layer).channels == shape[1];
}

bool lower_batch_norm(Lowering& lowering, const FoldedOp& op) {
  if (!lowering.tap(op.input(0)) || !are_fixed(lowering, op, 1)) return false;
  const Tap tap = lowering.with_channels_second(op);
  if (!has_own_channels(lowering, op, tap)) {
    lowering.take_params({op.input(3), op.input(4)});  // statistics aren't learned
    return lower_custom_elements(lowering, op, {.elementwise = 2});
  }
  add_same(lowering, op, layers::kinds::batch_norm_kind, tap);
  return true;
}

bool lower_instance_norm(Lowering& lowering, const FoldedOp& op) {
  if (lowering.graph().shape(op.input(0)).size() < 3 || !are_fixed(lowering, op, 1)) return false;
  const Tap tap = lowering.with_channels_second(op);
  if (!has_own_channels(lowering, op, tap))
    return lower_custom_elements(lowering, op, kStandardise);
  DraftLayer& layer = add_same(lowering, op, layers::kinds::group_norm_kind, tap);
  layer.attributes.push_back(text("groups", "in"));
  if (is_constant(lowering, op.input(1), 1) && is_constant(lowering, op.input(2), 0))
    layer.attributes.push_back(flag("affine", false));
  return true;
}

// A factor and an offset for each group, as before opset 21: the layer has them for each channel.
bool is_affine_by_group(const Lowering& lowering, const FoldedOp& op, const Tap& tap,
                        std::int64_t groups) {
  const FoldedGraph& graph = lowering.graph();
  return op.input(1) != kNone && graph.is_fixed(op.input(1)) &&
         elements(graph.shape(op.input(1))) == groups &&
         groups != lowering.sizes(tap.layer).channels;
}

bool lower_norm_by_group(Lowering& lowering, const FoldedOp& op, const Tap& tap,
                         std::int64_t groups) {
  const WidthForm form = lowering.channels(tap.layer);
  const DraftId norm = lowering.add_inner(op, layers::kinds::group_norm_kind, {tap.layer},
                                          lowering.sizes(tap.layer), form);
  lowering.layer(norm).attributes = {number("groups", groups), flag("affine", false)};
  lowering.alias(op, {norm, tap.roles});
  const std::int64_t params = lowering.take_params(op.inputs);
  if (params == 0) return true;
  DraftLayer& affine = lowering.add(op, layers::kinds::pointwise_kind, {norm}, tap.roles, form);
  affine.attributes = {number("elementwise", 2), number("params", params)};
  return true;
}

// Of ONNX, and of the pattern that exporters write for it (numbers: groups, affine).
bool lower_group_norm(Lowering& lowering, const FoldedOp& op) {
  const bool pattern = !op.numbers.empty();
  const std::int64_t groups = pattern ? op.numbers[0] : op.values().whole("num_groups", 1);
  const bool affine = pattern ? op.numbers[1] != 0 : true;
  const Tap tap = lowering.with_channels_second(op);
  if (!has_own_channels(lowering, op, tap))
    return lower_custom_elements(lowering, op, kStandardise);
  if (groups < 1 || lowering.sizes(tap.layer).channels % groups != 0) return false;
  lowering.widths().need_multiple(lowering.channels(tap.layer), groups);
  if (!pattern && is_affine_by_group(lowering, op, tap, groups))
    return lower_norm_by_group(lowering, op, tap, groups);
  DraftLayer& layer = add_same(lowering, op, layers::kinds::group_norm_kind, tap);
  layer.attributes.push_back(groups == layer.output.channels ? text("groups", "in")
                                                             : number("groups", groups));
  if (!affine) layer.attributes.push_back(flag("affine", false));
  return true;
}

// Of ONNX, and of the pattern (numbers: first axis, affine).
bool lower_layer_norm(Lowering& lowering, const FoldedOp& op) {
  const bool pattern = !op.numbers.empty();
  const Shape& shape = lowering.graph().shape(op.input(0));
  const Tap tap = *lowering.tap(op.input(0));
  const std::size_t first =
      axis_index(pattern ? op.numbers[0] : op.values().whole("axis", -1), shape.size());
  if (!pattern && !are_fixed(lowering, op, 1)) return false;
  const ValueId factor = op.input(1), offset = op.input(2);
  const bool no_offset = !pattern && (offset == kNone || is_constant(lowering, offset, 0)),
             no_factor = !pattern && (factor == kNone || is_constant(lowering, factor, 1));
  const bool affine = pattern ? op.numbers[1] != 0 : !no_offset;
  std::string over, rest;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] != 1 && tap.roles[k] != 'N') (k >= first ? over : rest) += tap.roles[k];
  }
  const bool channels = over == "C" && rest.find('C') == std::string::npos;
  if (!channels && !rest.empty()) return false;
  const WidthForm form = lowering.channels(tap.layer);
  const DraftId norm = lowering.add_inner(op, layers::kinds::layer_norm_kind, {tap.layer},
                                          lowering.sizes(tap.layer), form);
  auto& attributes = lowering.layer(norm).attributes;
  if (!channels) attributes.push_back(text("over", "all"));
  if (!affine) attributes.push_back(flag("affine", false));
  lowering.alias(op, {norm, tap.roles});
  if (pattern || affine || no_factor) return true;
  // A factor without an offset.
  DraftLayer& scale =
      lowering.add(op, channels ? layers::kinds::scale_kind : layers::kinds::pointwise_kind, {norm},
                   tap.roles, form);
  if (!channels) scale.attributes.push_back(text("learned", "all"));
  return true;
}

bool lower_lrn(Lowering& lowering, const FoldedOp& op) {
  const std::int64_t size = op.values().whole("size", 5);
  if (size < 1) return false;
  const Tap tap = lowering.with_channels_second(op);
  if (!has_own_channels(lowering, op, tap))
    return lower_custom_elements(lowering, op,
                                 {.elementwise = static_cast<int>(size) + 3, .transcendentals = 1});
  DraftLayer& layer = add_same(lowering, op, layers::kinds::lrn_kind, tap);
  if (size != 5) layer.attributes.push_back(number("size", size));
  return true;
}

constexpr LoweringRow kNormLowerings[] = {
    {"BatchNormalization", lower_batch_norm},
    {"InstanceNormalization", lower_instance_norm},
    {"GroupNormalization", lower_group_norm},
    {"LayerNormalization", lower_layer_norm},
    {"LRN", lower_lrn},
};

}  // namespace

std::span<const LoweringRow> norm_lowerings() { return kNormLowerings; }

}  // namespace archcost::onnx
