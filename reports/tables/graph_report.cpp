// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::tables {
namespace {

std::string input_name(const graph::Network& network, graph::LayerId id) {
  return id == graph::kNetworkInput ? std::string("input") : network.layers[id].name;
}

document::Diagram input_diagram(const graph::Network& network) {
  document::Diagram diagram;
  diagram.boxes.push_back({{fmt::format("input {}", to_string(network.input))}, true});
  return diagram;
}

std::string node_id(graph::LayerId id) {
  return id == graph::kNetworkInput ? std::string("input") : fmt::format("n{}", id);
}

}  // namespace

Document graph_report(const graph::Network& network) {
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
  section.notes = {"↑: the layer above, at the top the network's input"};
  return {network.name, describe_setting(network), {std::move(section)}};
}

std::string escape_dot(const std::string& text) {
  std::string escaped;
  for (char c : writers::one_line(text)) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string write_dot(const graph::Network& network) {
  std::string text =
      fmt::format("digraph \"{}\" {{\n  node [shape=box, fontname=\"sans-serif\"];\n",
                  escape_dot(network.name));
  text += fmt::format("  input [label=\"input\\n{}\", shape=ellipse];\n", to_string(network.input));
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    const auto id = static_cast<graph::LayerId>(k);
    text += fmt::format("  {} [label=\"{}\\n{}\\n{}\"];\n", node_id(id), escape_dot(layer.name),
                        escape_dot(graph::class_name(network, layer)), to_string(layer.output));
    for (graph::LayerId input : layer.inputs)
      text += fmt::format("  {} -> {};\n", node_id(input), node_id(id));
  }
  return text + "}\n";
}

document::Diagram layer_diagram(const graph::Network& network) {
  document::Diagram diagram = input_diagram(network);
  diagram.alt = fmt::format("The layers of {} and their connections", network.name);
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    diagram.boxes.push_back({{layer.name, fmt::format("{} {}", graph::class_name(network, layer),
                                                      to_string(layer.output))}});
    for (graph::LayerId input : layer.inputs)
      diagram.arrows.emplace_back(input == graph::kNetworkInput ? 0 : static_cast<int>(input) + 1,
                                  static_cast<int>(k) + 1);
  }
  return diagram;
}

namespace {

constexpr std::size_t kMostBoxes = 24;
constexpr std::size_t kMostKinds = 3;  // named in a box
constexpr int kInput = -1;

struct Box {
  std::string first, last;  // names of the blocks in it
  int blocks = 1;
  std::vector<graph::LayerId> layers;
  std::set<int> from;     // boxes, or kInput
  std::string signature;  // equal for blocks that do the same
};

// The first `depth` parts of a name.
std::string prefix_of(const std::string& name, int depth) {
  std::size_t end = 0;
  for (int part = 0; part < depth; ++part) {
    end = name.find('.', part == 0 ? 0 : end + 1);
    if (end == std::string::npos) return name;
  }
  return name.substr(0, end);
}

std::vector<Box> boxes_at(const graph::Network& network, int depth) {
  std::vector<Box> boxes;
  std::map<std::string, int> known;
  std::vector<int> box_of;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    const std::string prefix = prefix_of(layer.name, depth);
    const auto [place, fresh] = known.emplace(prefix, static_cast<int>(boxes.size()));
    if (fresh) boxes.push_back({.first = prefix, .last = prefix});
    const int mine = place->second;
    Box& box = boxes[mine];
    box.layers.push_back(static_cast<graph::LayerId>(k));
    box.signature += graph::class_name(network, layer) + to_string(layer.output) + ";";
    for (graph::LayerId input : layer.inputs) {
      const int from = input == graph::kNetworkInput ? kInput : box_of[input];
      if (from != mine) box.from.insert(from);
    }
    box_of.push_back(mine);
  }
  return boxes;
}

// Equal boxes that only follow each other become one.
std::vector<Box> fold(const std::vector<Box>& boxes) {
  std::vector<int> readers(boxes.size(), 0);
  for (const Box& box : boxes) {
    for (int from : box.from) {
      if (from != kInput) ++readers[from];
    }
  }
  std::vector<Box> folded;
  std::vector<int> place;
  for (std::size_t k = 0; k < boxes.size(); ++k) {
    const bool follows = k > 0 && boxes[k].from == std::set<int>{static_cast<int>(k) - 1} &&
                         readers[k - 1] == 1 && boxes[k].signature == boxes[k - 1].signature;
    if (follows) {
      Box& run = folded.back();
      run.last = boxes[k].first;
      ++run.blocks;
      run.layers.insert(run.layers.end(), boxes[k].layers.begin(), boxes[k].layers.end());
    } else {
      folded.push_back(boxes[k]);
      folded.back().from.clear();
      for (int from : boxes[k].from)
        folded.back().from.insert(from == kInput ? kInput : place[from]);
    }
    place.push_back(static_cast<int>(folded.size()) - 1);
  }
  return folded;
}

std::vector<Box> readable_boxes(const graph::Network& network) {
  int deepest = 1;
  for (const graph::Layer& layer : network.layers)
    deepest = std::max(deepest,
                       1 + static_cast<int>(std::count(layer.name.begin(), layer.name.end(), '.')));
  for (int depth = deepest; depth > 1; --depth) {
    std::vector<Box> boxes = fold(boxes_at(network, depth));
    if (boxes.size() <= kMostBoxes) return boxes;
  }
  return fold(boxes_at(network, 1));
}

// The computing kinds of layers in a box; if there are none, the others.
std::string kinds_of(const graph::Network& network, const Box& box) {
  std::vector<std::string> kinds;
  for (const bool with_macs : {true, false}) {
    if (!with_macs && !kinds.empty()) break;
    for (graph::LayerId id : box.layers) {
      const graph::Layer& layer = network.layers[id];
      if (with_macs && layer.cost.macs == Count(0)) continue;
      const std::string kind = graph::class_name(network, layer);
      if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
    }
  }
  const bool more = kinds.size() > kMostKinds;
  if (more) kinds.resize(kMostKinds);
  return join(kinds, ", ") + (more ? ", …" : "");
}

}  // namespace

document::Diagram block_diagram(const graph::Network& network) {
  const std::vector<Box> boxes = readable_boxes(network);
  Count all;
  for (const graph::Layer& layer : network.layers) all += layer.cost.macs;
  document::Diagram diagram = input_diagram(network);
  diagram.alt = fmt::format("The blocks of {} and their connections", network.name);
  for (const Box& box : boxes) {
    Count macs;
    for (graph::LayerId id : box.layers) macs += network.layers[id].cost.macs;
    const std::string name =
        box.blocks == 1 ? box.first
                        : fmt::format("{} to {}: {} equal", box.first, box.last, box.blocks);
    const std::string share =
        macs == Count(0) ? std::string()
                         : fmt::format(", {} % of macs", percent(macs.value(), all.value(), 1));
    for (int from : box.from)
      diagram.arrows.emplace_back(from == kInput ? 0 : from + 1,
                                  static_cast<int>(diagram.boxes.size()));
    diagram.boxes.push_back({{name, kinds_of(network, box),
                              to_string(network.layers[box.layers.back()].output) + share}});
  }
  return diagram;
}

}  // namespace archcost::tables
