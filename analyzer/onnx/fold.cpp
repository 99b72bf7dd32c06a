// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/diagnostic.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/input_sizes.hpp"
#include "onnx/name_scope.hpp"
#include "onnx/node_order.hpp"
#include "onnx/op_folder.hpp"
#include "onnx/quantised.hpp"
#include "onnx/shape_rules.hpp"

namespace archcost::onnx {
namespace {

constexpr std::int64_t kMostNodes = 1'000'000;  // those of functions each time they are called

/// Where a node is written.
struct Place {
  int node = 0;  ///< of the file's graph
  int depth = 0;
  std::string_view caller;  ///< the name of the node that calls the function around
};

std::string shown_node(std::string_view type, std::string_view name) {
  return name.empty() ? std::string(type) : fmt::format("{} '{}'", type, name);
}

// An attribute of a node in a function may stand for one of the caller, or for its default.
void set_attributes(Node& body, const Function& function, const Node& caller) {
  std::vector<Attribute> attributes;
  for (const Attribute& attribute : body.attributes) {
    const std::string_view referred = referred_attribute(attribute);
    if (referred.empty()) {
      attributes.push_back(attribute);
      continue;
    }
    for (const auto* given : {&caller.attributes, &function.defaults}) {
      const auto found = std::find_if(given->begin(), given->end(),
                                      [&](const Attribute& a) { return a.name == referred; });
      if (found == given->end()) continue;
      attributes.push_back({attribute.name, found->message});
      break;
    }
  }
  body.attributes = std::move(attributes);
}

class Folder {
 public:
  Folder(const Model& model, const ModelSizes& sizes)
      : model_(&model), sizes_(&sizes), ops_(model, sizes, graph_) {
    graph_.opset = model.opset;
    graph_.layer_names = model.producer == "archcost";
    for (const Function& function : model.functions)
      functions_.emplace(std::pair(function.domain, function.name), &function);
  }

  FoldedGraph run() {
    const Graph& graph = model_->graph;
    NameScope scope;
    add_initializers(graph, scope);
    std::vector<ValueInfo> inputs;
    for (const ValueInfo& info : graph.inputs) {
      if (!scope.names.contains(info.name)) inputs.push_back(info);
    }
    const std::vector<Shape> shapes = input_shapes(inputs, *sizes_);
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const ValueId id = add_value(inputs[k].name, scope);
      graph_.values[id].type = inputs[k].type;
      graph_.values[id].shape = shapes[k];
      graph_.values[id].doc = inputs[k].doc;
      graph_.inputs.push_back(id);
    }
    fold_nodes(graph.nodes, scope, {});
    for (const ValueInfo& output : graph.outputs) {
      const ValueId id = scope.find(output.name);
      if (id == kNone)
        throw Error(fmt::format("nothing produces the graph's output '{}'", output.name));
      graph_.outputs.push_back(id);
    }
    if (graph_.outputs.empty()) throw Error("the graph has no outputs");
    return std::move(graph_);
  }

 private:
  std::string_view keep(std::string text) { return graph_.names.emplace_back(std::move(text)); }

  ValueId add_value(std::string_view name, NameScope& scope) {
    const auto id = static_cast<ValueId>(graph_.values.size());
    if (!name.empty() && !scope.names.emplace(name, id).second)
      throw Error(fmt::format("two nodes, inputs or initializers produce '{}'", name));
    graph_.values.emplace_back().name = name;
    return id;
  }

  void add_initializers(const Graph& graph, NameScope& scope) {
    for (const TensorHeader& tensor : graph.initializers)
      ops_.set_initializer(add_value(tensor.name, scope), tensor);
  }

  void fold_nodes(const std::vector<Node>& nodes, NameScope& scope, const Place& place) {
    if (place.depth > kMostDepth)
      throw Error(fmt::format("functions or graphs are nested more than {} deep", kMostDepth));
    for (const int index : node_order(nodes)) {
      Place here = place;
      if (place.depth == 0) here.node = index;
      fold_node(nodes[static_cast<std::size_t>(index)], scope, here);
    }
  }

  FoldedOp make_op(const Node& node, const NameScope& scope, const Place& place) {
    FoldedOp op;
    op.type = node.type;
    op.domain = node.domain;
    op.doc = node.doc;
    op.name = place.caller.empty() ? node.name
              : node.name.empty()  ? place.caller
                                   : keep(fmt::format("{}/{}", place.caller, node.name));
    op.node = place.node;
    op.attributes = node.attributes;
    for (const std::string_view name : node.inputs) {
      const ValueId id = name.empty() ? kNone : scope.find(name);
      if (id == kNone && !name.empty()) {
        throw Error(fmt::format("{} takes '{}', which nothing produces",
                                shown_node(node.type, op.name), name));
      }
      op.inputs.push_back(id);
    }
    return op;
  }

  void count_node() {
    if (++nodes_ > kMostNodes)
      throw Error(fmt::format("more than {} nodes, functions inlined", kMostNodes));
  }

  void fold_node(const Node& node, NameScope& scope, const Place& place) {
    count_node();
    FoldedOp op = make_op(node, scope, place);
    if (const auto function = functions_.find(std::pair(node.domain, node.type));
        function != functions_.end()) {
      inline_function(*function->second, node, op, scope, place);
      return;
    }
    if (node.type == "If" && node.domain.empty() && inline_if(node, op, scope, place)) return;
    if (node.outputs.empty()) return;  // it computes nothing
    for (const std::string_view name : node.outputs) op.outputs.push_back(add_value(name, scope));
    for (const ValueId id : use_float_operator(op))
      graph_.values[id] = quantisation_number(graph_.values[id].name);
    ops_.learn_quantised(op, op.type != node.type);
    add_captured(op, scope);
    try {
      std::vector<FoldedOp> parts = split_fused_operator(
          graph_, op, [&] { return add_value("", scope); },
          [&](std::string text) { return keep(std::move(text)); });
      if (parts.empty()) parts.push_back(op);
      for (const FoldedOp& part : parts) ops_.add(part);
    } catch (const NodeFault& fault) {
      throw Error(fmt::format("{}: {}", shown_node(op.type, op.name), fault.what()));
    } catch (const Error& error) {
      throw Error(
          fmt::format("{}: {}", shown_node(op.type, op.name), error.diagnostics().front().message));
    }
  }

  // --- functions and conditions ----------------------------------------------------------------

  void inline_function(const Function& function, const Node& node, const FoldedOp& call,
                       NameScope& scope, const Place& place) {
    NameScope inner;
    for (std::size_t k = 0; k < function.inputs.size(); ++k) {
      if (call.input(k) != kNone) inner.names.emplace(function.inputs[k], call.input(k));
    }
    std::vector<Node> nodes = function.nodes;
    for (Node& body : nodes) set_attributes(body, function, node);
    Place here = {place.node, place.depth + 1,
                  call.name.empty() ? keep(std::string(function.name)) : call.name};
    // Optional inputs that the caller leaves out are left out inside too.
    for (Node& body : nodes) {
      for (std::string_view& input : body.inputs) {
        const bool own = std::find(function.inputs.begin(), function.inputs.end(), input) !=
                         function.inputs.end();
        if (own && !inner.names.contains(input)) input = {};
      }
    }
    fold_nodes(nodes, inner, here);
    take_outputs(node, function.outputs, inner, scope);
  }

  void take_outputs(const Node& node, const std::vector<std::string_view>& names,
                    const NameScope& inner, NameScope& scope) {
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k].empty()) continue;
      const ValueId id = k < names.size() ? inner.find(names[k]) : kNone;
      if (id == kNone)
        throw Error(fmt::format("nothing produces output {} of {}", k + 1,
                                shown_node(node.type, node.name)));
      if (!scope.names.emplace(node.outputs[k], id).second)
        throw Error(fmt::format("two nodes, inputs or initializers produce '{}'", node.outputs[k]));
    }
  }

  // What the graphs of an operator take from around it are inputs of it.
  void add_captured(FoldedOp& op, const NameScope& scope) {
    std::set<ValueId> captured = captured_values(op.attributes, scope, [this] { count_node(); });
    for (const ValueId id : op.inputs) captured.erase(id);
    op.inputs.insert(op.inputs.end(), captured.begin(), captured.end());
  }

  // Takes the branch of a condition that is known. False where it isn't.
  bool inline_if(const Node& node, const FoldedOp& op, NameScope& scope, const Place& place) {
    const ValueId condition = op.input(0);
    const bool known = condition != kNone && graph_.values[condition].constant &&
                       graph_.values[condition].constant->whole.size() == 1;
    if (!known) return false;
    const bool holds = graph_.values[condition].constant->whole[0] != 0;
    if (place.depth >= kMostDepth)
      throw Error(fmt::format("functions or graphs are nested more than {} deep", kMostDepth));
    const Graph branch = parse_graph(op.values().graph(holds ? "then_branch" : "else_branch"));
    NameScope inner;
    inner.around = &scope;
    add_initializers(branch, inner);
    fold_nodes(branch.nodes, inner, {place.node, place.depth + 1, op.name});
    std::vector<std::string_view> names;
    for (const ValueInfo& output : branch.outputs) names.push_back(output.name);
    take_outputs(node, names, inner, scope);
    return true;
  }

  const Model* model_;
  const ModelSizes* sizes_;
  FoldedGraph graph_;
  OpFolder ops_;
  std::int64_t nodes_ = 0;
  std::map<std::pair<std::string_view, std::string_view>, const Function*> functions_;
};

}  // namespace

FoldedGraph fold(const Model& model, const ModelSizes& sizes) { return Folder(model, sizes).run(); }

}  // namespace archcost::onnx
