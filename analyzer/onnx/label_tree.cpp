// SPDX-License-Identifier: Apache-2.0
#include "onnx/label_tree.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/text.hpp"
#include "onnx/names.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::onnx {
namespace {

using Path = std::vector<std::string>;

// A further input has the name of its value.
Path input_path(const FoldedGraph& graph, const DraftLayer& layer) {
  if (graph.layer_names) return split(std::string(graph.value(layer.value).name), '.');
  const std::string label = label_of(graph.value(layer.value).name);
  return {label.empty() || label == spec::kInputWord ? "further_input" : label};
}

bool is_merge(const layers::LayerKind& kind) {
  return kind.arity == layers::Arity::kTwo || kind.arity == layers::Arity::kSeveral;
}

DraftId first_layer(const LabelNode& node) {
  return node.children.empty() ? node.layer : first_layer(node.children.front());
}

// Whether what the level before a merge of its name has can be the merge's branches: each ends in
// one of its inputs, in order, and any other input is what enters.
bool are_branches(const LabelNode& level, const DraftLayer& merge) {
  std::size_t first = 0;
  for (const DraftId input : merge.inputs) {
    const auto end = std::find_if(
        level.children.begin() + static_cast<std::ptrdiff_t>(first), level.children.end(),
        [&](const LabelNode& child) { return last_layer(child) == input; });
    if (end != level.children.end())
      first = static_cast<std::size_t>(end - level.children.begin()) + 1;
    else if (input != first_layer(level) - 1)
      return false;
  }
  return first == level.children.size();
}

/// A module of one layer gives the layer its name; in one of several, a layer is named as its kind.
std::vector<Path> layer_paths(const FoldedGraph& graph, const Draft& draft) {
  std::vector<Path> modules;
  std::map<Path, int> layers_of;  // a module, with those inside it
  for (const DraftLayer& layer : draft.layers) {
    modules.push_back(layer.op < 0 ? input_path(graph, layer)
                                   : module_path(graph, graph.ops[layer.op]));
    for (std::size_t k = 1; k <= modules.back().size(); ++k)
      ++layers_of[Path(modules.back().begin(),
                       modules.back().begin() + static_cast<std::ptrdiff_t>(k))];
  }
  for (std::size_t k = 0; k < modules.size(); ++k) {
    const bool several = layers_of[modules[k]] > 1 && !graph.layer_names;
    if (modules[k].empty() || several)
      modules[k].emplace_back(draft.layers[k].op < 0 ? "further_input"
                                                     : std::string(draft.layers[k].kind->name));
  }
  return modules;
}

/// The labels of a list, each its own.
class ListLabels {
 public:
  /// The label, with a number where it is taken.
  std::string add(const std::string& wanted) {
    if (taken_.insert(wanted).second) return wanted;
    for (int& number = next_.try_emplace(wanted, 2).first->second;; ++number) {
      std::string label = wanted + "_" + std::to_string(number);
      if (taken_.insert(label).second) return label;
    }
  }

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> next_;  // below it, all numbers of the label are taken
};

}  // namespace

DraftId last_layer(const LabelNode& node) {
  return node.layer >= 0 ? node.layer : last_layer(node.children.back());
}

LabelTree make_labels(const FoldedGraph& graph, const Draft& draft) {
  LabelTree tree;
  tree.paths.resize(draft.layers.size());
  Path open;                          // as the modules call them
  Path renamed;                       // as their labels are
  std::map<Path, ListLabels> labels;  // by the path of the list
  const std::vector<Path> wanted = layer_paths(graph, draft);
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const Path groups(wanted[k].begin(), wanted[k].end() - 1);
    std::size_t common = 0;
    while (common < open.size() && common < groups.size() && open[common] == groups[common])
      ++common;
    open.resize(common);
    renamed.resize(common);
    LabelNode* list = &tree.root;
    for (std::size_t depth = 0; depth < common; ++depth) list = &list->children.back();
    for (std::size_t depth = common; depth < groups.size(); ++depth) {
      const std::string label = labels[renamed].add(groups[depth]);
      list->children.push_back({label, -1, {}});
      list = &list->children.back();
      open.push_back(groups[depth]);
      renamed.push_back(label);
    }
    // A merge with a name is a level, and the layer after its branches.
    const bool has_branches = is_merge(*draft.layers[k].kind) && !list->children.empty() &&
                              list->children.back().layer < 0 &&
                              list->children.back().label == wanted[k].back() &&
                              are_branches(list->children.back(), draft.layers[k]);
    const std::string label =
        has_branches ? wanted[k].back() : labels[renamed].add(wanted[k].back());
    if (has_branches)
      list->children.back().layer = static_cast<DraftId>(k);
    else
      list->children.push_back({label, static_cast<DraftId>(k), {}});
    tree.paths[k] = renamed;
    tree.paths[k].push_back(label);
  }
  return tree;
}

std::string reference(const LabelTree& tree, DraftId from, DraftId to) {
  if (to == kDraftInput) return "input";
  const Path &here = tree.paths[from], &there = tree.paths[to];
  std::vector<const LabelNode*> lists = {&tree.root};  // around the layer, from the outside
  for (std::size_t k = 0; k + 1 < here.size(); ++k) {
    for (const LabelNode& node : lists.back()->children) {
      if (node.label == here[k]) {
        lists.push_back(&node);
        break;
      }
    }
  }
  std::size_t common = 0;
  while (common + 1 < here.size() && common + 1 < there.size() && here[common] == there[common])
    ++common;
  for (std::size_t start = common + 1; start-- > 0;) {
    const std::string& first = there[start];
    bool hidden = false;
    for (std::size_t inner = start + 1; inner < lists.size(); ++inner) {
      for (const LabelNode& node : lists[inner]->children) hidden = hidden || node.label == first;
    }
    if (hidden) continue;
    return join(Path(there.begin() + static_cast<std::ptrdiff_t>(start), there.end()), ".");
  }
  return {};
}

}  // namespace archcost::onnx
