// SPDX-License-Identifier: Apache-2.0
#include "onnx/name_scope.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"

namespace archcost::onnx {
namespace {

// What a graph itself names hides what is around it.
NameScope names_inside(const Graph& graph, const NameScope& around) {
  NameScope inner;
  inner.around = &around;
  for (const ValueInfo& input : graph.inputs) inner.names.emplace(input.name, kNone);
  for (const TensorHeader& tensor : graph.initializers) inner.names.emplace(tensor.name, kNone);
  for (const Node& node : graph.nodes) {
    for (const std::string_view output : node.outputs) inner.names.emplace(output, kNone);
  }
  return inner;
}

void capture(const std::vector<Attribute>& attributes, const NameScope& scope, int depth,
             const std::function<void()>& count_node, std::set<ValueId>& captured) {
  if (depth > kMostDepth)
    throw Error(fmt::format("functions or graphs are nested more than {} deep", kMostDepth));
  for (const std::string_view name : {"then_branch", "else_branch", "body"}) {
    const std::string_view message = Attributes(attributes).graph(name);
    if (message.empty()) continue;
    const Graph graph = parse_graph(message);
    const NameScope inner = names_inside(graph, scope);
    const auto take = [&](std::string_view value) {
      if (const ValueId id = inner.find(value); id != kNone) captured.insert(id);
    };
    for (const Node& node : graph.nodes) {
      count_node();
      for (const std::string_view input : node.inputs) take(input);
      capture(node.attributes, inner, depth + 1, count_node, captured);
    }
    for (const ValueInfo& output : graph.outputs) take(output.name);
  }
}

}  // namespace

std::set<ValueId> captured_values(const std::vector<Attribute>& attributes, const NameScope& scope,
                                  const std::function<void()>& count_node) {
  std::set<ValueId> captured;
  capture(attributes, scope, 0, count_node, captured);
  return captured;
}

}  // namespace archcost::onnx
