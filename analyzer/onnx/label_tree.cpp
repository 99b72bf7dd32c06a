// SPDX-License-Identifier: Apache-2.0
#include "onnx/label_tree.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "core/text.hpp"
#include "onnx/names.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::onnx {
namespace {

using Path = std::vector<std::string>;

// A further input has the name of its value.
Path input_path(const FoldedGraph& graph, const DraftLayer& layer) {
  if (graph.layer_names) {
    Path path = own_path(graph.value(layer.value).name);
    if (!path.empty()) return path;
  }
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
  void take(const std::string& label) { taken_.insert(label); }
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

// What `name` means in a list, as `from:` looks for it: the layer or group of that label, or the
// only one of a label without its number.
const LabelNode* hiding(const LabelNode& list, const std::string& name) {
  const std::size_t digits = name.find_last_not_of("0123456789") + 1;
  std::string first;  // "relu1" and "conv2_1" are the first "relu" and "conv2"
  if (digits < name.size() && name.find_first_not_of('0', digits) == name.size() - 1 &&
      name.back() == '1') {
    first = name.substr(0, digits);
    if (first.size() > 1 && first.back() == '_' &&
        std::isdigit(static_cast<unsigned char>(first[first.size() - 2])) != 0)
      first.pop_back();
  }
  for (const LabelNode& node : list.children) {
    if (node.label == name || (!first.empty() && node.label == first)) return &node;
  }
  return nullptr;
}

// The lists around a layer, from the outside.
std::vector<const LabelNode*> lists_around(const LabelTree& tree, DraftId layer) {
  const Path& path = tree.paths[layer];
  std::vector<const LabelNode*> lists = {&tree.root};
  for (std::size_t k = 0; k + 1 < path.size(); ++k) {
    const auto& children = lists.back()->children;
    const auto node = std::find_if(children.begin(), children.end(),
                                   [&](const LabelNode& n) { return n.label == path[k]; });
    if (node == children.end()) break;
    lists.push_back(&*node);
  }
  return lists;
}

// How many groups two layers are both in.
std::size_t common_lists(const LabelTree& tree, DraftId a, DraftId b) {
  const Path &left = tree.paths[a], &right = tree.paths[b];
  std::size_t common = 0;
  while (common + 1 < left.size() && common + 1 < right.size() && left[common] == right[common])
    ++common;
  return common;
}

void take_labels(const LabelNode& list, ListLabels& labels) {
  for (const LabelNode& node : list.children) {
    labels.take(node.label);
    take_labels(node, labels);
  }
}

// Gives nodes new labels, and all layers their paths.
void relabel(LabelTree& tree, LabelNode& list, const Path& path,
             const std::set<const LabelNode*>& renamed, ListLabels& labels) {
  for (LabelNode& node : list.children) {
    if (renamed.contains(&node)) node.label = labels.add(node.label);
    Path own = path;
    own.push_back(node.label);
    if (node.layer >= 0) tree.paths[node.layer] = own;
    relabel(tree, node, own, renamed, labels);
  }
}

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
  const Path& there = tree.paths[to];
  const std::vector<const LabelNode*> lists = lists_around(tree, from);
  for (std::size_t start = common_lists(tree, from, to) + 1; start-- > 0;) {
    const bool hidden = std::any_of(
        lists.begin() + static_cast<std::ptrdiff_t>(std::min(start + 1, lists.size())), lists.end(),
        [&](const LabelNode* list) { return hiding(*list, there[start]) != nullptr; });
    if (hidden) continue;
    return join(Path(there.begin() + static_cast<std::ptrdiff_t>(start), there.end()), ".");
  }
  return {};
}

void uncover(LabelTree& tree, const std::vector<std::pair<DraftId, DraftId>>& hidden) {
  std::set<const LabelNode*> renamed;
  for (const auto& [from, to] : hidden) {
    const std::vector<const LabelNode*> lists = lists_around(tree, from);
    const std::size_t common = common_lists(tree, from, to);
    for (std::size_t inner = common + 1; inner < lists.size(); ++inner) {
      if (const LabelNode* node = hiding(*lists[inner], tree.paths[to][common]))
        renamed.insert(node);
    }
  }
  ListLabels labels;  // unlike any other, so that none hides another layer
  take_labels(tree.root, labels);
  relabel(tree, tree.root, {}, renamed, labels);
}

}  // namespace archcost::onnx
