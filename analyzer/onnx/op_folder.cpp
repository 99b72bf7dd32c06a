// SPDX-License-Identifier: Apache-2.0
#include "onnx/op_folder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/diagnostic.hpp"
#include "onnx/weight_sources.hpp"

namespace archcost::onnx {
namespace {

constexpr std::size_t kMostOps = 200'000;  // functions inlined
constexpr std::int64_t kMostRealConstants = 4096;
constexpr std::size_t kMostSources = 4'000'000;  // entries of FoldedValue::sources

void set_tensor(FoldedValue& value, const TensorHeader& tensor) {
  value.type = tensor.type;
  value.shape = tensor.shape;
  value.learned = !is_whole(tensor.type) && !tensor.shape.empty();
  if (is_whole(tensor.type) || elements(tensor.shape) <= kMostRealConstants)
    value.constant = numbers_of(tensor);
  value.learned = value.learned || !value.constant;
}

// Numbers of these types are learned only where they are those of a quantised tensor.
bool is_index(std::int32_t type) {
  return is_whole(type) && type != kInt8 && type != kUint8 && type != kInt16 && type != kUint16;
}

std::vector<Operand> operands_of(const FoldedGraph& graph, const FoldedOp& op) {
  std::vector<Operand> operands;
  for (const ValueId id : op.inputs) {
    Operand operand;
    if (id != kNone) {
      const FoldedValue& value = graph.value(id);
      operand = {true, value.type, value.shape ? &*value.shape : nullptr,
                 value.constant ? &*value.constant : nullptr};
    }
    operands.push_back(operand);
  }
  return operands;
}

bool known_domain(std::string_view domain) { return domain.empty() || domain == "com.microsoft"; }

}  // namespace

OpFolder::OpFolder(const Model& model, const ModelSizes& sizes, FoldedGraph& graph)
    : sizes_(&sizes), graph_(&graph) {
  for (const ValueInfo& info : model.graph.values) infos_.emplace(info.name, &info);
  for (const ValueInfo& info : model.graph.outputs) infos_.emplace(info.name, &info);
}

void OpFolder::set_initializer(ValueId id, const TensorHeader& tensor) {
  FoldedValue& value = graph_->values[id];
  set_tensor(value, tensor);
  value.stored = tensor.name;
  if (value.learned && !is_index(tensor.type))
    value.sources = {id};
  else if (is_whole(tensor.type) && !tensor.shape.empty())
    origins_.emplace(id, id);
}

// The numbers of a quantised tensor are learned, as those that are looked up before they become
// real ones.
void OpFolder::learn(ValueId id) {
  while (id != kNone && graph_->values[id].producer >= 0) {
    const FoldedOp& op = graph_->ops[static_cast<std::size_t>(graph_->values[id].producer)];
    id = op.type == "Gather" ? op.input(0) : kNone;
  }
  const auto origin = origins_.find(id);
  if (origin == origins_.end()) return;
  for (const ValueId each : {origin->second, id}) {
    graph_->values[each].learned = true;
    graph_->values[each].sources = {origin->second};
  }
}

void OpFolder::learn_quantised(const FoldedOp& op, bool of_integers) {
  if (op.type == "DequantizeLinear") learn(op.input(0));
  if (!of_integers) return;
  for (const ValueId id : op.inputs) learn(id);
}

// A tensor in another form is the same one.
void OpFolder::keep_origin(const FoldedOp& op) {
  constexpr std::string_view kSame[] = {"Identity", "Transpose", "Reshape",
                                        "Flatten",  "Squeeze",   "Unsqueeze"};
  if (std::find(std::begin(kSame), std::end(kSame), op.type) == std::end(kSame)) return;
  const auto origin = origins_.find(op.input(0));
  if (origin != origins_.end()) origins_.emplace(op.outputs[0], origin->second);
}

void OpFolder::add(const FoldedOp& op) {
  const std::vector<Operand> inputs = operands_of(*graph_, op);
  const NodeView node = {op.type, graph_->opset, op.values(), inputs, op.outputs.size()};
  if (known_domain(op.domain) && set_constants(op, node)) return;
  set_shapes(op, node);
  if (fold_weights(op)) return;
  if (graph_->ops.size() >= kMostOps)
    throw Error(fmt::format("more than {} nodes, functions inlined", kMostOps));
  for (const ValueId id : op.outputs)
    graph_->values[id].producer = static_cast<int>(graph_->ops.size());
  graph_->ops.push_back(op);
}

bool OpFolder::set_constants(const FoldedOp& op, const NodeView& node) {
  if (op.type == "Constant") {
    if (const auto tensor = op.values().tensor("value")) {
      FoldedValue& output = graph_->values[op.outputs[0]];
      set_tensor(output, *tensor);
      output.stored = op.name;
      return true;
    }
  }
  std::optional<std::vector<Constant>> constants;
  try {
    constants = evaluate_constant(node);
  } catch (const DataDependent&) {
    return false;
  }
  if (!constants || constants->size() != op.outputs.size()) return false;
  for (std::size_t k = 0; k < op.outputs.size(); ++k)
    set_constant(op, op.outputs[k], std::move((*constants)[k]));
  keep_origin(op);
  return true;
}

void OpFolder::set_constant(const FoldedOp& op, ValueId id, Constant constant) {
  FoldedValue& output = graph_->values[id];
  output.type = constant.real ? kFloat : kInt64;
  output.shape = constant.shape;
  output.constant = std::move(constant);
  for (const ValueId input : op.inputs) {
    if (input == kNone || !graph_->values[input].learned) continue;
    output.learned = op.type != "Shape" && op.type != "Size";
    if (output.learned) output.stored = graph_->values[input].stored;
  }
  if (output.learned) set_sources(op, id);
}

void OpFolder::set_sources(const FoldedOp& op, ValueId output) {
  graph_->values[output].sources = weight_sources(*graph_, op, output);
  sources_ += graph_->values[output].sources.size();
  if (sources_ > kMostSources) throw Error("too many weights are computed from other weights");
}

void OpFolder::set_shapes(const FoldedOp& op, const NodeView& node) {
  const bool known = std::all_of(node.inputs.begin(), node.inputs.end(), [](const Operand& input) {
    return !input.present || input.shape != nullptr;
  });
  std::optional<std::vector<Output>> outputs;
  try {
    if (known && known_domain(op.domain)) outputs = infer_shapes(node);
  } catch (const DataDependent&) {
  }
  for (std::size_t k = 0; k < op.outputs.size(); ++k) {
    FoldedValue& value = graph_->values[op.outputs[k]];
    if (outputs && (*outputs)[k].shape)
      value.shape = (*outputs)[k].shape;
    else
      set_stated_shape(value);
    value.type = outputs && (*outputs)[k].type != kUndefined ? (*outputs)[k].type
                 : op.input(0) != kNone                      ? graph_->values[op.inputs[0]].type
                                                             : value.type;
    if (op.type == "Cast") value.type = static_cast<std::int32_t>(op.values().whole("to", 1));
  }
}

// The shape that the file states, where it is a number in every dimension.
void OpFolder::set_stated_shape(FoldedValue& value) const {
  const auto info = infos_.find(value.name);
  if (info == infos_.end() || !info->second->has_shape) return;
  Shape shape;
  for (const Dimension& dimension : info->second->dimensions) {
    const auto named = sizes_->named.find(std::string(dimension.name));
    if (dimension.size)
      shape.push_back(*dimension.size);
    else if (named != sizes_->named.end())
      shape.push_back(named->second);
    else
      return;
  }
  elements(shape);
  value.shape = shape;
  value.type = info->second->type;
}

// What is computed from weights and constants alone is a weight.
bool OpFolder::fold_weights(const FoldedOp& op) {
  bool any = false;
  for (const ValueId id : op.inputs) {
    if (id == kNone) continue;
    if (!graph_->is_fixed(id)) return false;
    any = true;
  }
  if (!any && op.type != "ConstantOfShape") return false;
  for (const ValueId id : op.outputs) {
    FoldedValue& value = graph_->values[id];
    if (!value.shape) return false;
    value.learned = true;
    for (const ValueId source : op.inputs) {
      if (source != kNone && value.stored.empty()) value.stored = graph_->values[source].stored;
    }
    if (value.stored.empty()) value.stored = value.name;
    set_sources(op, id);
  }
  return true;
}

}  // namespace archcost::onnx
