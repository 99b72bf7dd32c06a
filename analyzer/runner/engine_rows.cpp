// SPDX-License-Identifier: Apache-2.0
#include "runner/engine_rows.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "core/text.hpp"
#include "graph/layer_problem.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::runner {
namespace {

using graph::LayerId;

constexpr std::string_view kBlockedSuffix = "_nchwc", kFusedPrefix = "fused ";
// A batch normalization that ONNX Runtime runs as a depthwise 1x1 convolution.
constexpr std::string_view kBlockedNormSuffix = "_bn_nchwc";

bool is_reorder(const EngineNode& node) {
  return node.type == "ReorderInput" || node.type == "ReorderOutput";
}
bool is_blocked(const EngineNode& node) { return node.name.ends_with(kBlockedSuffix); }

/// Can be computed by the kernel of the layer before it.
bool is_elementwise(const graph::Layer& layer) {
  return layer.kind->activation || layer.kind->folds_into_convolution ||
         layers::is_view(*layer.kind) || layer.kind == &layers::kinds::add_kind ||
         layer.kind == &layers::kinds::multiply_kind ||
         layer.kind == &layers::kinds::dropout_kind || layer.kind == &layers::kinds::prelu_kind;
}

class Mapper {
 public:
  Mapper(const graph::Network& network, const std::vector<LayerName>& names,
         const std::vector<EngineNode>& nodes)
      : network_(network),
        nodes_(nodes),
        readers_(graph::readers_of(network)),
        row_of_node_(nodes.size(), -1),
        row_of_layer_(network.layers.size(), -1) {
    for (const LayerName& name : names) layers_.emplace(name.name, name.layer);
    for (std::size_t id = 0; id < network.layers.size(); ++id)
      layers_.emplace(network.layers[id].name, static_cast<LayerId>(id));
  }

  std::vector<EngineRow> run() {
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (!is_reorder(nodes_[n])) anchor(n);
    }
    if (std::any_of(nodes_.begin(), nodes_.end(),
                    [](const EngineNode& n) { return !n.outputs.empty(); }))
      place_helpers();
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (row_of_node_[n] < 0) add_row(n);
    }
    // From behind: the layer that one joins may have joined another.
    for (auto id = static_cast<LayerId>(row_of_layer_.size()) - 1; id >= 0; --id) {
      if (row_of_layer_[id] < 0 && !is_elementwise(network_.layers[id])) join_next(id);
    }
    for (LayerId id = 0; id < static_cast<LayerId>(row_of_layer_.size()); ++id) {
      if (row_of_layer_[id] < 0 && is_elementwise(network_.layers[id])) join_neighbour(id);
    }
    for (LayerId id = 0; id < static_cast<LayerId>(row_of_layer_.size()); ++id) {
      if (row_of_layer_[id] >= 0) rows_[row_of_layer_[id]].layers.push_back(id);
    }
    find_layouts();
    std::erase_if(rows_, [](const EngineRow& row) { return row.nodes.empty(); });
    std::stable_sort(rows_.begin(), rows_.end(), [](const EngineRow& a, const EngineRow& b) {
      return a.nodes.front() < b.nodes.front();
    });
    return std::move(rows_);
  }

 private:
  /// The layer whose name, perhaps with the additions of an optimiser, this is; -2: none.
  LayerId layer_named(std::string_view name) const {
    if (name.starts_with(kFusedPrefix)) name.remove_prefix(kFusedPrefix.size());
    if (name.ends_with(kBlockedNormSuffix))
      name.remove_suffix(kBlockedNormSuffix.size());
    else if (name.ends_with(kBlockedSuffix))
      name.remove_suffix(kBlockedSuffix.size());
    while (!name.empty()) {
      if (const auto found = layers_.find(name); found != layers_.end()) return found->second;
      const std::size_t cut = name.rfind('/');
      if (cut == std::string_view::npos) break;
      name = name.substr(0, cut);
    }
    return kNone;
  }

  int new_row() {
    rows_.push_back({});
    return static_cast<int>(rows_.size()) - 1;
  }

  void put(std::size_t node, int row) {
    row_of_node_[node] = row;
    std::vector<std::size_t>& all = rows_[row].nodes;
    all.insert(std::upper_bound(all.begin(), all.end(), node), node);
  }

  /// All nodes of a row become nodes of another one.
  int merge(int into, int from) {
    if (into == from) return into;
    for (const std::size_t node : rows_[from].nodes) put(node, into);
    rows_[from].nodes.clear();
    for (int& row : row_of_layer_) row = row == from ? into : row;
    return into;
  }

  /// Nodes with the name of one layer are one row.
  void anchor(std::size_t n) {
    std::set<LayerId> layers;
    if (const LayerId id = layer_named(nodes_[n].name); id >= 0) layers.insert(id);
    for (const std::string& output : nodes_[n].outputs) {
      if (const auto found = layers_.find(output); found != layers_.end() && found->second >= 0)
        layers.insert(found->second);
    }
    if (layers.empty()) return;
    int row = -1;
    for (const LayerId id : layers) {
      if (row_of_layer_[id] >= 0) row = row < 0 ? row_of_layer_[id] : merge(row, row_of_layer_[id]);
    }
    if (row < 0) row = new_row();
    put(n, row);
    for (const LayerId id : layers) row_of_layer_[id] = row;
  }

  /// Nodes that an optimiser added, such as a reshape before a matrix product, belong to the row
  /// that alone reads their result, or else to the row whose result they read.
  void place_helpers() {
    std::map<std::string_view, std::size_t> producers;
    std::map<std::string_view, std::vector<std::size_t>> consumers;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      for (const std::string& output : nodes_[n].outputs) producers[output] = n;
      for (const std::string& input : nodes_[n].inputs) consumers[input].push_back(n);
    }
    for (std::size_t i = nodes_.size(); i > 0; --i) {
      const std::size_t n = i - 1;
      if (row_of_node_[n] >= 0 || is_reorder(nodes_[n])) continue;
      std::set<int> rows;
      for (const std::string& output : nodes_[n].outputs) {
        for (const std::size_t reader : consumers[output]) rows.insert(row_of_node_[reader]);
      }
      if (rows.size() == 1 && *rows.begin() >= 0) put(n, *rows.begin());
    }
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (row_of_node_[n] >= 0 || is_reorder(nodes_[n])) continue;
      for (const std::string& input : nodes_[n].inputs) {
        const auto producer = producers.find(input);
        if (producer == producers.end() || row_of_node_[producer->second] < 0) continue;
        put(n, row_of_node_[producer->second]);
        break;
      }
    }
  }

  /// A node of no layer: a change of layout, or one that can't be mapped.
  void add_row(std::size_t n) {
    const int row = new_row();
    put(n, row);
    rows_[row].reorder = is_reorder(nodes_[n]);
    rows_[row].found = false;
  }

  LayerId only_reader(LayerId id) const {
    return readers_[id].size() == 1 && !network_.is_output(id) ? readers_[id].front() : kNone;
  }

  /// A convolution or another main layer whose node has the name of what was fused into it.
  void join_next(LayerId id) {
    LayerId next = only_reader(id);
    while (next >= 0 && row_of_layer_[next] < 0 && is_elementwise(network_.layers[next]))
      next = only_reader(next);
    if (next >= 0 && row_of_layer_[next] >= 0) row_of_layer_[id] = row_of_layer_[next];
  }

  bool is_row_of_kernel(int row) const {
    for (std::size_t id = 0; id < row_of_layer_.size(); ++id) {
      if (row_of_layer_[id] == row && layers::has_kernel(*network_.layers[id].kind)) return true;
    }
    return false;
  }

  /// An element-wise layer without a node: fused into the kernel before it, or into the
  /// element-wise layer after it, as the batch norm before an activation.
  void join_neighbour(LayerId id) {
    int before = -1;
    LayerId through = kNone;
    for (const LayerId input : network_.layers[id].inputs) {
      if (input == graph::kNetworkInput || row_of_layer_[input] < 0) continue;
      const int row = row_of_layer_[input];
      if (before >= 0 && rows_[row].nodes.back() < rows_[before].nodes.back()) continue;
      before = row;
      through = input;
    }
    if (before >= 0 && only_reader(through) == id && is_row_of_kernel(before)) {
      row_of_layer_[id] = before;
      return;
    }
    LayerId next = only_reader(id);
    while (next >= 0 && row_of_layer_[next] < 0 && is_elementwise(network_.layers[next]))
      next = only_reader(next);
    if (next >= 0 && row_of_layer_[next] >= 0 && is_elementwise(network_.layers[next])) {
      row_of_layer_[id] = row_of_layer_[next];
    } else {
      row_of_layer_[id] = before;
    }
  }

  /// Tensors in blocks of channels are those of nodes with the suffix, and of element-wise nodes
  /// that read them.
  void find_layouts() {
    std::map<std::string_view, std::size_t> producers;
    std::set<std::string_view> blocked;
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const EngineNode& node = nodes_[n];
      const bool reads = std::any_of(node.inputs.begin(), node.inputs.end(),
                                     [&](const std::string& i) { return blocked.contains(i); });
      const bool writes = node.type == "ReorderInput" || is_blocked(node) ||
                          (reads && node.type != "ReorderOutput");
      for (const std::string& output : node.outputs) {
        producers[output] = n;
        if (writes) blocked.insert(output);
      }
    }
    const auto layout = [](bool in_blocks) {
      return in_blocks ? plan::Layout::kBlocked : plan::Layout::kPlain;
    };
    for (EngineRow& row : rows_) {
      if (row.nodes.empty()) continue;
      const EngineNode &first = nodes_[row.nodes.front()], &last = nodes_[row.nodes.back()];
      if (row.reorder) {
        place_reorder(row, first, producers);
        continue;
      }
      const bool reads_image =
          !row.layers.empty() &&
          is_one_of(graph::kNetworkInput, network_.layers[row.layers.front()].inputs);
      row.in = layout(first.inputs.empty() ? is_blocked(first) && !reads_image
                                           : blocked.contains(first.inputs.front()));
      row.out =
          layout(last.outputs.empty() ? is_blocked(last) : blocked.contains(last.outputs.front()));
    }
  }

  void place_reorder(EngineRow& row, const EngineNode& node,
                     const std::map<std::string_view, std::size_t>& producers) {
    const bool output = node.type == "ReorderOutput";
    const plan::Layout plain = node.channels_last ? plan::Layout::kLast : plan::Layout::kPlain;
    row.in = output ? plan::Layout::kBlocked : plain;
    row.out = output ? plain : plan::Layout::kBlocked;
    const std::vector<std::string>& named = output ? node.outputs : node.inputs;
    if (named.empty()) return;
    if (const auto found = layers_.find(named.front()); found != layers_.end()) {
      row.value = found->second;
      row.found = true;
    } else if (const auto producer =
                   node.inputs.empty() ? producers.end() : producers.find(node.inputs.front());
               producer != producers.end()) {
      const int of = row_of_node_[producer->second];
      if (of < 0 || rows_[of].layers.empty()) return;
      row.value = rows_[of].layers.back();
      row.found = true;
    }
  }

  static constexpr LayerId kNone = -2;

  const graph::Network& network_;
  const std::vector<EngineNode>& nodes_;
  std::vector<std::vector<LayerId>> readers_;
  std::map<std::string, LayerId, std::less<>> layers_;
  std::vector<EngineRow> rows_;
  std::vector<int> row_of_node_, row_of_layer_;  // -1: none yet
};

}  // namespace

std::vector<EngineRow> map_nodes(const graph::Network& network, const std::vector<LayerName>& names,
                                 const std::vector<EngineNode>& nodes) {
  return Mapper(network, names, nodes).run();
}

std::string implementation_of(const EngineRow& row, const std::vector<EngineNode>& nodes) {
  std::vector<std::string> types;
  for (const std::size_t n : row.nodes)
    types.push_back(nodes[n].type + (is_blocked(nodes[n]) ? " nchwc" : ""));
  constexpr std::size_t kMostTypes = 3;
  if (types.size() > kMostTypes) {
    const std::string more = "... (" + std::to_string(types.size()) + " nodes)";
    types.resize(kMostTypes);
    types.push_back(more);
  }
  return join(types, "+");
}

}  // namespace archcost::runner
