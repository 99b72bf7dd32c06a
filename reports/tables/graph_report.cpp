// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/graph_report.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/tables/cost_report.hpp"

namespace archcost {
namespace {

std::string input_name(const Network& network, LayerId id) {
  return id == kNetworkInput ? std::string("input") : network.layers[id].name;
}

std::string node_id(LayerId id) {
  return id == kNetworkInput ? std::string("input") : fmt::format("n{}", id);
}

}  // namespace

Document graph_report(const Network& network) {
  Document document;
  document.title = network.name;
  document.subtitle = describe_setting(network);
  Section section;
  section.table.columns = {{"layer", "layer", Format::kText, 0, 34},
                           {"class", "kind", Format::kText, 1},
                           {"inputs", "takes", Format::kText, 0, 20, false, true},
                           {"output", "gives", Format::kText, 0}};
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const Layer& layer = network.layers[k];
    std::vector<std::string> inputs;
    for (LayerId id : layer.inputs) inputs.push_back(input_name(network, id));
    // A layer whose only input is the one above needs no text.
    const bool above = inputs.size() == 1 && layer.inputs[0] == static_cast<LayerId>(k) - 1;
    section.table.rows.push_back({layer.name, class_name(network, layer),
                                  above ? std::string("↑") : join(inputs, ", "),
                                  to_string(layer.output)});
  }
  section.notes.push_back("↑: the layer above, at the top the network's input");
  document.sections.push_back(std::move(section));
  return document;
}

std::string write_dot(const Network& network) {
  std::string text = fmt::format(
      "digraph \"{}\" {{\n  node [shape=box, fontname=\"sans-serif\"];\n", network.name);
  text += fmt::format("  input [label=\"input\\n{}\", shape=ellipse];\n", to_string(network.input));
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const Layer& layer = network.layers[k];
    const auto id = static_cast<LayerId>(k);
    text += fmt::format("  {} [label=\"{}\\n{}\\n{}\"];\n", node_id(id), layer.name,
                        class_name(network, layer), to_string(layer.output));
    for (LayerId input : layer.inputs)
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

std::string write_mermaid(const Network& network) {
  std::string text =
      fmt::format("flowchart TD\n  input([\"input {}\"])\n", to_string(network.input));
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const Layer& layer = network.layers[k];
    const auto id = static_cast<LayerId>(k);
    text += fmt::format("  {}[\"{}<br/>{} {}\"]\n", node_id(id), escape_mermaid(layer.name),
                        escape_mermaid(class_name(network, layer)), to_string(layer.output));
    for (LayerId input : layer.inputs)
      text += fmt::format("  {} --> {}\n", node_id(input), node_id(id));
  }
  return text;
}

}  // namespace archcost
