// SPDX-License-Identifier: Apache-2.0
#include "onnx/own_layers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "onnx/lowering.hpp"

namespace archcost::onnx {
namespace {

/// The layer and kind in "<layer>/<kind>" or "<layer>/<kind>/..."; empty where there is no kind.
struct OwnName {
  std::string_view layer, kind;
  friend auto operator<=>(const OwnName&, const OwnName&) = default;
};

OwnName own_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  std::string_view kind = name.substr(slash + 1);
  kind = kind.substr(0, kind.find('/'));
  return layers::find_kind(kind) == nullptr ? OwnName{} : OwnName{name.substr(0, slash), kind};
}

const LoweringRow* find_rule(std::string_view kind) {
  for (const LoweringRow& row : own_lowerings()) {
    if (row.type == kind) return &row;
  }
  return nullptr;
}

// The values that the nodes take from outside, but for weights and constants.
std::vector<ValueId> data_from_outside(const FoldedGraph& graph, const std::vector<int>& ops) {
  std::set<ValueId> inside;
  for (const int index : ops)
    inside.insert(graph.ops[index].outputs.begin(), graph.ops[index].outputs.end());
  std::vector<ValueId> inputs;
  for (const int index : ops) {
    for (const ValueId id : graph.ops[index].inputs) {
      const bool known = id == kNone || inside.contains(id) || graph.is_fixed(id) ||
                         std::find(inputs.begin(), inputs.end(), id) != inputs.end();
      if (!known) inputs.push_back(id);
    }
  }
  return inputs;
}

// Heads and whether there are biases, as the operators have them.
std::vector<std::int64_t> attention_numbers(const FoldedGraph& graph, const std::vector<int>& ops) {
  std::int64_t heads = 0, bias = 0;
  for (const int index : ops) {
    const FoldedOp& op = graph.ops[index];
    if (op.type == "Softmax" && graph.shape(op.outputs[0]).size() == 4)
      heads = graph.shape(op.outputs[0])[1];
    if (op.type == "Add") bias = 1;
  }
  return {heads, bias};
}

// --- lowering ----------------------------------------------------------------------------------

DraftLayer& add_same(Lowering& lowering, const FoldedOp& op, const layers::LayerKind& kind) {
  const Tap tap = *lowering.tap(op.input(0));
  const bool vector = lowering.graph().shape(op.outputs[0]).size() == 2;
  return lowering.add(op, kind, {tap.layer}, vector ? "NC" : tap.roles,
                      lowering.channels(tap.layer));
}

bool lower_attention(Lowering& lowering, const FoldedOp& op) {
  if (op.numbers[0] < 1) return false;
  const Tap tap = *lowering.tap(op.input(0));
  lowering.widths().need_multiple(lowering.channels(tap.layer), op.numbers[0]);
  DraftLayer& layer = add_same(lowering, op, layers::kinds::multi_head_attention_kind);
  layer.attributes = {number("heads", op.numbers[0])};
  if (op.numbers[1] == 0) layer.attributes.push_back(flag("bias", false));
  return true;
}

bool lower_adaptive_pool(Lowering& lowering, const FoldedOp& op) {
  const Shape& out = lowering.graph().shape(op.outputs[0]);
  if (out.size() != 4) return false;
  add_same(lowering, op, layers::kinds::adaptive_avg_pool_kind).attributes = {
      extent("size", out[2], out[3])};
  return true;
}

bool lower_fixed_batch_norm(Lowering& lowering, const FoldedOp& op) {
  add_same(lowering, op, layers::kinds::batch_norm_kind).attributes = {flag("affine", false)};
  return true;
}

// Of one position, which the kind is told to take as one of several.
bool lower_pointwise_linear(Lowering& lowering, const FoldedOp& op) {
  const Tap tap = *lowering.tap(op.input(0));
  const Shape& out = lowering.graph().shape(op.outputs[0]);
  const WidthForm form = lowering.widths().add(out.back());
  DraftLayer& layer = lowering.add(op, layers::kinds::linear_kind, {tap.layer}, "NC", form);
  layer.attributes = {{"out", form}, flag("per_position", true)};
  if (op.numbers[0] == 0) layer.attributes.push_back(flag("bias", false));
  return out.size() == 2;
}

bool lower_product_of_many(Lowering& lowering, const FoldedOp& op) {
  std::vector<DraftId> inputs;
  DraftId widest = kDraftInput;
  Sizes largest = {0, 0, 0};
  for (const ValueId id : op.inputs) {
    inputs.push_back(lowering.tap(id)->layer);
    if (lowering.sizes(inputs.back()).elements() > largest.elements()) widest = inputs.back();
    largest = lowering.sizes(widest);
  }
  const Roles roles = lowering.tap(op.inputs[0])->roles;
  lowering.add(op, layers::kinds::multiply_kind, inputs, roles, lowering.channels(widest));
  return true;
}

constexpr LoweringRow kRows[] = {
    {"multi_head_attention", lower_attention}, {"adaptive_avg_pool", lower_adaptive_pool},
    {"batch_norm", lower_fixed_batch_norm},    {"linear", lower_pointwise_linear},
    {"multiply", lower_product_of_many},
};

}  // namespace

std::span<const LoweringRow> own_lowerings() { return kRows; }

void join_own_layers(FoldedGraph& graph) {
  if (!graph.layer_names) return;
  std::map<OwnName, std::vector<int>> groups;
  for (std::size_t k = 0; k < graph.ops.size(); ++k) {
    const OwnName name = own_name(graph.ops[k].name);
    if (!name.kind.empty() && find_rule(name.kind) != nullptr)
      groups[name].push_back(static_cast<int>(k));
  }
  for (const auto& [name, ops] : groups) {
    FoldedOp& last = graph.ops[ops.back()];
    std::vector<ValueId> inputs = data_from_outside(graph, ops);
    if (inputs.empty() || last.outputs.size() != 1 || !graph.values[last.outputs[0]].shape)
      continue;
    std::vector<std::int64_t> numbers;
    const layers::LayerKind* kind = layers::find_kind(name.kind);
    if (kind == &layers::kinds::multi_head_attention_kind) numbers = attention_numbers(graph, ops);
    if (kind == &layers::kinds::linear_kind) numbers = {last.input(2) != kNone};
    for (const int index : ops) {
      if (index == ops.back()) break;
      graph.ops[index].type = {};
      graph.ops[index].inputs.clear();
      graph.ops[index].outputs.clear();
    }
    last.type = name.kind;
    last.domain = "archcost";
    last.inputs = std::move(inputs);
    last.attributes.clear();
    last.numbers = std::move(numbers);
  }
}

}  // namespace archcost::onnx
