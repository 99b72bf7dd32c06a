// SPDX-License-Identifier: Apache-2.0
#include "onnx/lowering.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "core/diagnostic.hpp"
#include "layers/kinds.hpp"

namespace archcost::onnx {
namespace {

const std::unordered_map<std::string_view, LoweringRule>& rules() {
  static const auto kRules = [] {
    std::unordered_map<std::string_view, LoweringRule> by_type;
    for (const auto& table :
         {product_lowerings(), pool_lowerings(), element_lowerings(), norm_lowerings(),
          reshape_lowerings(), move_lowerings(), resize_lowerings(), own_lowerings()}) {
      for (const LoweringRow& row : table) by_type.emplace(row.type, row.rule);
    }
    return by_type;
  }();
  return kRules;
}

}  // namespace

DraftAttribute number(std::string name, std::int64_t value) {
  return {std::move(name), std::to_string(value)};
}
DraftAttribute text(std::string name, std::string value) {
  return {std::move(name), std::move(value)};
}
DraftAttribute flag(std::string name, bool value) {
  return {std::move(name), std::string(value ? "true" : "false")};
}
DraftAttribute extent(std::string name, std::int64_t height, std::int64_t width) {
  return {std::move(name),
          height == width ? std::to_string(height) : fmt::format("[{}, {}]", height, width)};
}

Lowering::Lowering(const FoldedGraph& graph)
    : graph_(&graph), taps_(graph.values.size()), uses_(graph.values.size()) {
  for (const FoldedOp& op : graph.ops) {
    for (const ValueId id : op.inputs) {
      if (id != kNone) ++uses_[id];
    }
  }
  for (const ValueId id : graph.outputs) ++uses_[id];
}

Draft Lowering::run() {
  set_inputs();
  for (int index = 0; index < static_cast<int>(graph_->ops.size()); ++index) lower(index);
  finish_outputs();
  draft_.widths.finish();
  return std::move(draft_);
}

// The first input is the network's; any other is a tensor of its own size.
void Lowering::set_inputs() {
  if (graph_->inputs.empty()) throw Error("the graph has no inputs");
  const Shape& first = graph_->shape(graph_->inputs[0]);
  batch_ = first.size() > 1 ? std::max<std::int64_t>(1, first[0]) : 1;
  for (std::size_t k = 0; k < graph_->inputs.size(); ++k) {
    const ValueId id = graph_->inputs[k];
    const Shape& shape = graph_->shape(id);
    Roles roles = usual_roles(shape);
    const auto small = [](std::int64_t size) { return size >= 1 && size <= 4; };
    if (shape.size() == 4 && small(shape[3]) && !small(shape[1])) roles = "NHWC";
    const Sizes sizes = sizes_of(shape, roles);
    if (k == 0) {
      draft_.input = sizes;
      set(id, {kDraftInput, roles});
    } else if (uses_[id] > 0) {
      const DraftId layer = add_inner({}, layers::kinds::rearrange_kind, {kDraftInput}, sizes,
                                      fixed_width(sizes.channels));
      draft_.layers[layer].attributes = {number("channels", sizes.channels),
                                         number("height", sizes.height),
                                         number("width", sizes.width)};
      set(id, {layer, roles});
    }
  }
}

void Lowering::lower(int index) {
  const FoldedOp& op = graph_->ops[index];
  current_ = index;
  if (op.type.empty()) return;  // part of a pattern
  bool reached = true, shaped = true;
  for (const ValueId id : op.inputs) {
    if (id != kNone && !graph_->is_fixed(id) && !taps_[id]) reached = false;
  }
  for (const ValueId id : op.outputs) shaped = shaped && graph_->values[id].shape.has_value();
  if (!reached) {
    ++draft_.unreached;
    return;
  }
  if (!shaped) return skip(op);
  const auto rule = rules().find(op.type);
  const bool own = op.domain.empty() || op.domain == "com.microsoft" || op.domain == "archcost";
  const bool lowered =
      own && rule != rules().end() && !data_inputs(op).empty() && rule->second(*this, op);
  if (!lowered) add_unsupported(op);
}

// An op whose outputs' shapes aren't known ends its branch of the network.
void Lowering::skip(const FoldedOp& op) {
  note_uncounted(op);
  std::vector<DraftId> inputs;
  for (const ValueId id : data_inputs(op)) inputs.push_back(taps_[id]->layer);
  if (inputs.empty()) return;
  const DraftId layer =
      add_inner(op, layers::kinds::unsupported_kind, std::move(inputs), {1, 1, 1}, fixed_width(1));
  draft_.layers[layer].attributes = {number("channels", 1)};
}

void Lowering::note_uncounted(const FoldedOp& op) {
  auto& list = draft_.uncounted;
  const std::string type =
      op.domain.empty() ? std::string(op.type) : fmt::format("{}.{}", op.domain, op.type);
  auto entry = std::find_if(list.begin(), list.end(),
                            [&](const Uncounted& known) { return known.type == type; });
  if (entry == list.end()) entry = list.insert(list.end(), {type, {}});
  entry->places.emplace_back(op.name.empty() ? fmt::format("node {}", op.node + 1)
                                             : std::string(op.name));
}

void Lowering::add_unsupported(const FoldedOp& op) {
  note_uncounted(op);
  std::vector<DraftId> inputs;
  for (const ValueId id : data_inputs(op)) inputs.push_back(taps_[id]->layer);
  for (const ValueId id : op.outputs) {
    const Shape& shape = graph_->shape(id);
    const Roles roles = usual_roles(shape);
    const Sizes sizes = sizes_of(shape, roles);
    if (sizes.elements() < 1) continue;
    if (uses_[id] == 0 && id != op.outputs[0]) continue;
    if (inputs.empty()) inputs = {kDraftInput};
    const DraftId layer =
        add_inner(op, layers::kinds::unsupported_kind, inputs, sizes, fixed_width(sizes.channels));
    draft_.layers[layer].attributes = {number("channels", sizes.channels),
                                       number("height", sizes.height),
                                       number("width", sizes.width)};
    set(id, {layer, roles});
  }
}

Sizes Lowering::sizes(DraftId id) const {
  return id == kDraftInput ? draft_.input : draft_.layers[id].output;
}

WidthForm Lowering::channels(DraftId id) const {
  return id == kDraftInput ? fixed_width(draft_.input.channels) : draft_.layers[id].channels;
}

std::vector<ValueId> Lowering::data_inputs(const FoldedOp& op) const {
  std::vector<ValueId> inputs;
  for (const ValueId id : op.inputs) {
    if (id != kNone && !graph_->is_fixed(id)) inputs.push_back(id);
  }
  return inputs;
}

NodeView Lowering::view(const FoldedOp& op) const {
  static thread_local std::vector<Operand> operands;
  operands.clear();
  for (const ValueId id : op.inputs) {
    Operand operand;
    if (id != kNone) {
      const FoldedValue& value = graph_->values[id];
      operand = {true, value.type, value.shape ? &*value.shape : nullptr,
                 value.constant ? &*value.constant : nullptr};
    }
    operands.push_back(operand);
  }
  return {op.type, graph_->opset, op.values(), operands, op.outputs.size()};
}

DraftLayer& Lowering::add(const FoldedOp& op, const layers::LayerKind& kind,
                          std::vector<DraftId> inputs, const Roles& roles, WidthForm channels) {
  const Sizes sizes = sizes_of(graph_->shape(op.outputs[0]), roles);
  const DraftId id = add_inner(op, kind, std::move(inputs), sizes, std::move(channels));
  set(op.outputs[0], {id, roles});
  return draft_.layers[id];
}

DraftId Lowering::add_inner(const FoldedOp&, const layers::LayerKind& kind,
                            std::vector<DraftId> inputs, const Sizes& sizes, WidthForm channels) {
  draft_.layers.push_back({&kind, std::move(inputs), {}, sizes, std::move(channels), current_});
  return static_cast<DraftId>(draft_.layers.size()) - 1;
}

WidthForm Lowering::kept_channels(DraftId from, std::int64_t count) {
  const WidthForm form = channels(from);
  if (sizes(from).channels == count) return form;
  widths().pin(form);
  return fixed_width(count);
}

DraftId Lowering::arranged(const FoldedOp& op, ValueId id, const Roles& roles) {
  const Tap tap = *taps_[id];
  const Shape& shape = graph_->shape(id);
  const Sizes wanted = sizes_of(shape, roles);
  bool same = wanted == sizes(tap.layer);
  for (std::size_t k = 0; same && k < roles.size(); ++k)
    same = shape[k] == 1 || roles[k] == tap.roles[k];
  if (same) return tap.layer;
  const WidthForm form = kept_channels(tap.layer, wanted.channels);
  const DraftId layer = add_inner(op, layers::kinds::rearrange_kind, {tap.layer}, wanted, form);
  draft_.layers[layer].attributes = {{"channels", form}};
  if (wanted.area() > 1) {
    draft_.layers[layer].attributes.push_back(number("height", wanted.height));
    draft_.layers[layer].attributes.push_back(number("width", wanted.width));
  }
  return layer;
}

Sizes Lowering::sizes_of(const Shape& shape, const Roles& roles) const {
  Sizes sizes;
  for (std::size_t k = 0; k < roles.size(); ++k) {
    if (roles[k] == 'C') sizes.channels *= shape[k];
    if (roles[k] == 'H') sizes.height *= shape[k];
    if (roles[k] == 'W') sizes.width *= shape[k];
  }
  return sizes;
}

Roles Lowering::usual_roles(const Shape& shape) const {
  const std::size_t rank = shape.size();
  const bool has_batch = rank > 1 && shape[0] == batch_;
  const std::size_t own = has_batch ? rank - 1 : rank;
  Roles roles = own == 0 ? "" : own == 1 ? "C" : own == 2 ? "HC" : std::string(own - 2, 'C') + "HW";
  return has_batch ? "N" + roles : roles;
}

// What the network gives keeps its channels. Several outputs that nothing else takes are joined.
void Lowering::finish_outputs() {
  current_ = -1;
  std::vector<DraftId> ends;
  for (const ValueId id : graph_->outputs) {
    if (graph_->is_fixed(id) || !taps_[id]) continue;
    widths().pin(channels(taps_[id]->layer));
  }
  std::vector<bool> used(draft_.layers.size());
  for (const DraftLayer& layer : draft_.layers) {
    for (const DraftId input : layer.inputs) {
      if (input != kDraftInput) used[input] = true;
    }
  }
  for (std::size_t k = 0; k < used.size(); ++k) {
    if (!used[k]) ends.push_back(static_cast<DraftId>(k));
  }
  if (draft_.layers.empty()) throw Error("the graph has no operators that work on its input");
  if (ends.size() == 1) {
    // The spec's last item is its output.
    if (ends[0] + 1 == static_cast<DraftId>(draft_.layers.size())) return;
  }
  const DraftId joined =
      add_inner({}, layers::kinds::rearrange_kind, ends, {1, 1, 1}, fixed_width(1));
  draft_.layers[joined].attributes = {number("channels", 1)};
}

}  // namespace archcost::onnx
