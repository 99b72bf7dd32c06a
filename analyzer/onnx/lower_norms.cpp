// SPDX-License-Identifier: Apache-2.0
// Normalisations.
#include <fmt/core.h>

#include "layers/kinds.hpp"
#include "onnx/lowering.hpp"

namespace archcost::onnx {
namespace {

DraftLayer& add_same(Lowering& lowering, const FoldedOp& op, const layers::LayerKind& kind,
                     const Tap& tap) {
  return lowering.add(op, kind, {tap.layer}, tap.roles, lowering.channels(tap.layer));
}

bool lower_batch_norm(Lowering& lowering, const FoldedOp& op) {
  add_same(lowering, op, layers::kinds::batch_norm_kind, lowering.with_channels_second(op));
  return true;
}

bool lower_instance_norm(Lowering& lowering, const FoldedOp& op) {
  if (lowering.graph().shape(op.input(0)).size() < 3) return false;
  DraftLayer& layer =
      add_same(lowering, op, layers::kinds::group_norm_kind, lowering.with_channels_second(op));
  layer.attributes.push_back(text("groups", "in"));
  return true;
}

// Of ONNX, and of the pattern that exporters write for it (numbers: groups, affine).
bool lower_group_norm(Lowering& lowering, const FoldedOp& op) {
  const bool pattern = !op.numbers.empty();
  const std::int64_t groups = pattern ? op.numbers[0] : op.values().whole("num_groups", 1);
  const bool affine = pattern ? op.numbers[1] != 0 : true;
  const Tap tap = lowering.with_channels_second(op);
  if (groups < 1 || lowering.sizes(tap.layer).channels % groups != 0) return false;
  lowering.widths().need_multiple(lowering.channels(tap.layer), groups);
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
  const bool affine = pattern ? op.numbers[1] != 0 : true;
  std::string over, rest;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] != 1 && tap.roles[k] != 'N') (k >= first ? over : rest) += tap.roles[k];
  }
  const bool channels = over == "C" && rest.find('C') == std::string::npos;
  if (!channels && !rest.empty()) return false;
  DraftLayer& layer = add_same(lowering, op, layers::kinds::layer_norm_kind, tap);
  if (!channels) layer.attributes.push_back(text("over", "all"));
  if (!affine) layer.attributes.push_back(flag("affine", false));
  return true;
}

bool lower_lrn(Lowering& lowering, const FoldedOp& op) {
  const std::int64_t size = op.values().whole("size", 5);
  if (size < 1) return false;
  DraftLayer& layer =
      add_same(lowering, op, layers::kinds::lrn_kind, lowering.with_channels_second(op));
  if (size != 5) layer.attributes.push_back(number("size", size));
  return true;
}

constexpr LoweringRow kRows[] = {
    {"BatchNormalization", lower_batch_norm},
    {"InstanceNormalization", lower_instance_norm},
    {"GroupNormalization", lower_group_norm},
    {"LayerNormalization", lower_layer_norm},
    {"LRN", lower_lrn},
};

}  // namespace

std::span<const LoweringRow> norm_lowerings() { return kRows; }

}  // namespace archcost::onnx
