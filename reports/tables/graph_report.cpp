// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

std::string input_name(const graph::Network& network, graph::LayerId id) {
  return id == graph::kNetworkInput ? std::string("input") : network.layers[id].name;
}

std::string node_id(graph::LayerId id) {
  return id == graph::kNetworkInput ? std::string("input") : fmt::format("n{}", id);
}

}  // namespace

Document graph_report(const graph::Network& network) {
  Document document;
  document.title = network.name;
  document.subtitle = describe_setting(network);
  Section section;
  section.table.columns = {{"layer", "layer", kText, 0, 34},
                           {"class", "kind", kText, 1},
                           {"inputs", "takes", kText, 0, 20, false, true},
                           {"output", "gives", kText, 0}};
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    std::vector<std::string> inputs;
    for (graph::LayerId id : layer.inputs) inputs.push_back(input_name(network, id));
    // A layer whose only input is the one above needs no text.
    const bool above = inputs.size() == 1 && layer.inputs[0] == static_cast<graph::LayerId>(k) - 1;
    section.table.rows.push_back({layer.name, graph::class_name(network, layer),
                                  above ? std::string("↑") : join(inputs, ", "),
                                  to_string(layer.output)});
  }
  section.notes.push_back("↑: the layer above, at the top the network's input");
  document.sections.push_back(std::move(section));
  return document;
}

std::string write_dot(const graph::Network& network) {
  std::string text = fmt::format(
      "digraph \"{}\" {{\n  node [shape=box, fontname=\"sans-serif\"];\n", network.name);
  text += fmt::format("  input [label=\"input\\n{}\", shape=ellipse];\n", to_string(network.input));
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    const auto id = static_cast<graph::LayerId>(k);
    text += fmt::format("  {} [label=\"{}\\n{}\\n{}\"];\n", node_id(id), layer.name,
                        graph::class_name(network, layer), to_string(layer.output));
    for (graph::LayerId input : layer.inputs)
      text += fmt::format("  {} -> {};\n", node_id(input), node_id(id));
  }
  return text + "}\n";
}

std::string escape_mermaid(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (std::string_view("\"#<>&`\\").find(c) != std::string_view::npos)
      escaped += fmt::format("#{};", static_cast<int>(c));
    else
      escaped += c == '\n' || c == '\r' ? ' ' : c;
  }
  return escaped;
}

std::string write_mermaid(const graph::Network& network) {
  std::string text =
      fmt::format("flowchart TD\n  input([\"input {}\"])\n", to_string(network.input));
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    const auto id = static_cast<graph::LayerId>(k);
    text += fmt::format("  {}[\"{}<br/>{} {}\"]\n", node_id(id), escape_mermaid(layer.name),
                        escape_mermaid(graph::class_name(network, layer)), to_string(layer.output));
    for (graph::LayerId input : layer.inputs)
      text += fmt::format("  {} --> {}\n", node_id(input), node_id(id));
  }
  return text;
}

}  // namespace archcost::tables
