// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/diagnostic.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/input_sizes.hpp"
#include "onnx/name_scope.hpp"
#include "onnx/node_order.hpp"
#include "onnx/quantised.hpp"
#include "onnx/shape_rules.hpp"
#include "onnx/weight_sources.hpp"

namespace archcost::onnx {
namespace {

constexpr std::size_t kMostOps = 200'000;       // functions inlined
constexpr std::int64_t kMostNodes = 1'000'000;  // those of functions each time they are called
constexpr std::int64_t kMostRealConstants = 4096;
constexpr std::size_t kMostSources = 4'000'000;  // entries of FoldedValue::sources

/// Where a node is written.
struct Place {
  int node = 0;  ///< of the file's graph
  int depth = 0;
  std::string_view caller;  ///< the name of the node that calls the function around
};

class Folder {
 public:
  Folder(const Model& model, const ModelSizes& sizes) : model_(&model), sizes_(&sizes) {
    graph_.opset = model.opset;
    graph_.layer_names = model.producer == "archcost";
    for (const Function& function : model.functions)
      functions_.emplace(std::pair(function.domain, function.name), &function);
    for (const ValueInfo& info : model.graph.values) infos_.emplace(info.name, &info);
    for (const ValueInfo& info : model.graph.outputs) infos_.emplace(info.name, &info);
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
    for (const TensorHeader& tensor : graph.initializers) {
      const ValueId id = add_value(tensor.name, scope);
      FoldedValue& value = graph_.values[id];
      set_tensor(value, tensor);
      value.stored = tensor.name;
      if (value.learned && !is_index(tensor.type))
        value.sources = {id};
      else if (is_whole(tensor.type) && !tensor.shape.empty())
        origins_.emplace(id, id);
    }
  }

  static void set_tensor(FoldedValue& value, const TensorHeader& tensor) {
    value.type = tensor.type;
    value.shape = tensor.shape;
    value.learned = !is_whole(tensor.type) && !tensor.shape.empty();
    if (is_whole(tensor.type) || elements(tensor.shape) <= kMostRealConstants)
      value.constant = numbers_of(tensor);
    value.learned = value.learned || !value.constant;
  }

  // Numbers of these types are learned only where they are those of a quantised tensor.
  static bool is_index(std::int32_t type) {
    return is_whole(type) && type != kInt8 && type != kUint8 && type != kInt16 && type != kUint16;
  }

  // The numbers of a quantised tensor are learned, as those that are looked up before they become
  // real ones.
  void learn(ValueId id) {
    while (id != kNone && graph_.values[id].producer >= 0) {
      const FoldedOp& op = graph_.ops[static_cast<std::size_t>(graph_.values[id].producer)];
      id = op.type == "Gather" ? op.input(0) : kNone;
    }
    const auto origin = origins_.find(id);
    if (origin == origins_.end()) return;
    for (const ValueId each : {origin->second, id}) {
      graph_.values[each].learned = true;
      graph_.values[each].sources = {origin->second};
    }
  }

  void learn_quantised(const FoldedOp& op, bool of_integers) {
    if (op.type == "DequantizeLinear") learn(op.input(0));
    if (!of_integers) return;
    for (const ValueId id : op.inputs) learn(id);
  }

  // A tensor in another form is the same one.
  void keep_origin(const FoldedOp& op) {
    constexpr std::string_view kSame[] = {"Identity", "Transpose", "Reshape",
                                          "Flatten",  "Squeeze",   "Unsqueeze"};
    if (std::find(std::begin(kSame), std::end(kSame), op.type) == std::end(kSame)) return;
    const auto origin = origins_.find(op.input(0));
    if (origin != origins_.end()) origins_.emplace(op.outputs[0], origin->second);
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
                                described(node.type, op.name), name));
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
    learn_quantised(op, op.type != node.type);
    add_captured(op, scope);
    try {
      std::vector<FoldedOp> parts = split_fused_operator(
          graph_, op, [&] { return add_value("", scope); },
          [&](std::string text) { return keep(std::move(text)); });
      if (parts.empty()) parts.push_back(op);
      for (FoldedOp& part : parts) finish(part);
    } catch (const NodeFault& fault) {
      throw Error(fmt::format("{}: {}", described(op.type, op.name), fault.what()));
    } catch (const Error& error) {
      throw Error(
          fmt::format("{}: {}", described(op.type, op.name), error.diagnostics().front().message));
    }
  }

  static std::string described(std::string_view type, std::string_view name) {
    return name.empty() ? std::string(type) : fmt::format("{} '{}'", type, name);
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
                                described(node.type, node.name)));
      if (!scope.names.emplace(node.outputs[k], id).second)
        throw Error(fmt::format("two nodes, inputs or initializers produce '{}'", node.outputs[k]));
    }
  }

  // An attribute of a node in a function may stand for one of the caller, or for its default.
  static void set_attributes(Node& body, const Function& function, const Node& caller) {
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

  // --- shapes and constants --------------------------------------------------------------------

  std::vector<Operand> operands(const FoldedOp& op) const {
    std::vector<Operand> operands;
    for (const ValueId id : op.inputs) {
      Operand operand;
      if (id != kNone) {
        const FoldedValue& value = graph_.values[id];
        operand = {true, value.type, value.shape ? &*value.shape : nullptr,
                   value.constant ? &*value.constant : nullptr};
      }
      operands.push_back(operand);
    }
    return operands;
  }

  static bool known_domain(std::string_view domain) {
    return domain.empty() || domain == "com.microsoft";
  }

  void finish(FoldedOp& op) {
    const std::vector<Operand> inputs = operands(op);
    const NodeView node = {op.type, graph_.opset, op.values(), inputs, op.outputs.size()};
    if (known_domain(op.domain) && set_constants(op, node)) return;
    set_shapes(op, node);
    if (fold_weights(op)) return;
    if (graph_.ops.size() >= kMostOps)
      throw Error(fmt::format("more than {} nodes, functions inlined", kMostOps));
    for (const ValueId id : op.outputs)
      graph_.values[id].producer = static_cast<int>(graph_.ops.size());
    graph_.ops.push_back(op);
  }

  bool set_constants(const FoldedOp& op, const NodeView& node) {
    if (op.type == "Constant") {
      if (const auto tensor = op.values().tensor("value")) {
        FoldedValue& output = graph_.values[op.outputs[0]];
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

  void set_constant(const FoldedOp& op, ValueId id, Constant constant) {
    FoldedValue& output = graph_.values[id];
    output.type = constant.real ? kFloat : kInt64;
    output.shape = constant.shape;
    output.constant = std::move(constant);
    for (const ValueId input : op.inputs) {
      if (input == kNone || !graph_.values[input].learned) continue;
      output.learned = op.type != "Shape" && op.type != "Size";
      if (output.learned) output.stored = graph_.values[input].stored;
    }
    if (output.learned) set_sources(op, id);
  }

  void set_sources(const FoldedOp& op, ValueId output) {
    graph_.values[output].sources = weight_sources(graph_, op, output);
    sources_ += graph_.values[output].sources.size();
    if (sources_ > kMostSources) throw Error("too many weights are computed from other weights");
  }

  void set_shapes(const FoldedOp& op, const NodeView& node) {
    const bool known =
        std::all_of(node.inputs.begin(), node.inputs.end(),
                    [](const Operand& input) { return !input.present || input.shape != nullptr; });
    std::optional<std::vector<Output>> outputs;
    try {
      if (known && known_domain(op.domain)) outputs = infer_shapes(node);
    } catch (const DataDependent&) {
    }
    for (std::size_t k = 0; k < op.outputs.size(); ++k) {
      FoldedValue& value = graph_.values[op.outputs[k]];
      if (outputs && (*outputs)[k].shape)
        value.shape = (*outputs)[k].shape;
      else
        set_stated_shape(value);
      value.type = outputs && (*outputs)[k].type != kUndefined ? (*outputs)[k].type
                   : op.input(0) != kNone                      ? graph_.values[op.inputs[0]].type
                                                               : value.type;
      if (op.type == "Cast") value.type = static_cast<std::int32_t>(op.values().whole("to", 1));
    }
  }

  // The shape that the file states, where it is a number in every dimension.
  void set_stated_shape(FoldedValue& value) const {
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
  bool fold_weights(const FoldedOp& op) {
    bool any = false;
    for (const ValueId id : op.inputs) {
      if (id == kNone) continue;
      if (!graph_.is_fixed(id)) return false;
      any = true;
    }
    if (!any && op.type != "ConstantOfShape") return false;
    for (const ValueId id : op.outputs) {
      FoldedValue& value = graph_.values[id];
      if (!value.shape) return false;
      value.learned = true;
      for (const ValueId source : op.inputs) {
        if (source != kNone && value.stored.empty()) value.stored = graph_.values[source].stored;
      }
      if (value.stored.empty()) value.stored = value.name;
      set_sources(op, id);
    }
    return true;
  }

  const Model* model_;
  const ModelSizes* sizes_;
  FoldedGraph graph_;
  std::int64_t nodes_ = 0;
  std::size_t sources_ = 0;
  /// Of whole numbers that may turn out to be a quantised tensor: the initializer that has them.
  std::unordered_map<ValueId, ValueId> origins_;
  std::map<std::pair<std::string_view, std::string_view>, const Function*> functions_;
  std::unordered_map<std::string_view, const ValueInfo*> infos_;
};

}  // namespace

FoldedGraph fold(const Model& model, const ModelSizes& sizes) { return Folder(model, sizes).run(); }

}  // namespace archcost::onnx
