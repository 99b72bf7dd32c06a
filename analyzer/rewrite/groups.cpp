// SPDX-License-Identifier: Apache-2.0
// Grouped pointwise convolutions with channel shuffle: arXiv:1707.01083, figure 2.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "rewrite/targets.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Item;

std::string remainder(const std::string& value, const std::string& g) {
  return fmt::format("{} % {} == 0", factor(value), g);
}

class Grouping {
 public:
  Grouping(Editor& editor, const Targets& targets) : editor_(&editor), targets_(&targets) {
    g_ = editor.name("g");
    shuffle_ = editor.name("shuffle");
  }

  void run() {
    rounds_ = editor_->option("round") == "1";
    classes_ = items_of_classes(editor_->traced());
    for (const Item* item : targets_->items()) group(*item);
    if (rounds_) round_channels();
    if (!editor_->changed()) return;
    editor_->add_parameter("g");
    std::set<const std::vector<Item>*> lists;
    for (const Item* item : editor_->structure().items())
      lists.insert(editor_->structure().place(*item).list);
    bool shuffled = false;
    for (const std::vector<Item>* list : lists) shuffled = add_shuffles(*list) || shuffled;
    if (shuffled) editor_->add_parameter("shuffle");
  }

 private:
  // Groups where both channel counts are multiples of g.
  void group(const Item& item) {
    const std::string out = attribute_text(item, "out"), before = attribute_text(item, "groups");
    std::vector<std::string> conditions = targets_->conditions(item, Targets::Uses::kAll);
    conditions.push_back(remainder("in", g_));
    const bool rounded = rounds_ && !classes_.contains(&item);
    if (out != "in" && !rounded) conditions.push_back(remainder(out, g_));
    editor_->set(item, "groups", fmt::format("{} if {} else {}", g_, all_of(conditions), before));
  }

  // Up to multiples of g, as ShuffleNet's; the classes are kept.
  void round_channels() {
    const Structure& structure = editor_->structure();
    for (const Item* item : structure.items()) {
      const int block = structure.place(*item).block;
      const spec::Expression* out = written(*item, "out");
      if (item->kind != &layers::kinds::conv_kind || out == nullptr ||
          out->root().scope == spec::Scope::kIn)
        continue;
      if (classes_.contains(item) && !structure.is_single(block)) {
        throw Error(editor_->spec().sources.place(item->where),
                    "groups: the convolution that gives the classes shares its block with others, "
                    "so that round=1 would round the classes");
      }
      if (classes_.contains(item)) continue;
      editor_->set(*item, "out", fmt::format("ceil({} / {}) * {}", factor(out->text), g_, g_));
    }
  }

  // A part of a unit: one convolution, alone or in a block.
  bool is_grouped_part(const Item& item) const {
    const Structure& structure = editor_->structure();
    if (targets_->contains(item)) return true;
    if (item.block < 0 && item.form != Item::Form::kGroup) return false;
    const int convolutions = structure.count(item, is_convolution);
    const int grouped =
        structure.count(item, [&](const Item& inner) { return targets_->contains(inner); });
    return convolutions == 1 && grouped == 1 && (item.block < 0 || targets_->reached(item) > 0);
  }

  // A unit is a list with several parts that have convolutions; a merge of layers by their names
  // ends a unit.
  bool add_shuffles(const std::vector<Item>& list) {
    bool added = false;
    for (std::size_t begin = 0, k = 0; k < list.size(); ++k) {
      const bool joins = list[k].form == Item::Form::kMerge && list[k].from.size() > 1;
      if (!joins && k + 1 < list.size()) continue;
      added = add_shuffle(list, begin, k + 1) || added;
      begin = k + 1;
    }
    return added;
  }

  // The shuffle follows the first grouped part of the unit.
  bool add_shuffle(const std::vector<Item>& list, std::size_t begin, std::size_t end) {
    const Structure& structure = editor_->structure();
    std::size_t parts = 0;
    const Item* first = nullptr;
    for (std::size_t k = begin; k < end; ++k) {
      if (!has_convolution(structure, list[k])) continue;
      if (k > begin && is_alternative(list, k)) continue;
      ++parts;
      if (first == nullptr && is_grouped_part(list[k])) first = &list[k];
    }
    const bool whole_network = &list == &editor_->spec().layers;
    if (parts < 2 || first == nullptr || differs_by_round(*first) ||
        (whole_network && !targets_->contains(*first)))
      return false;
    const std::size_t index = structure.place(*first).index;
    const bool replaced = index + 1 < list.size() && is_alternative(list, index + 1);
    const std::size_t last = end_of(replaced ? list[index + 1] : *first) - 1;
    if (last + 1 >= list.size() || structure.is_referenced(list[last])) return false;
    Item shuffle = layer_item("channel_shuffle", list[last].where);
    set_argument(shuffle, "groups", g_);
    std::vector<std::string> conditions = {shuffle_, g_ + " > 1", remainder("in", g_)};
    if (targets_->contains(*first)) {
      for (std::string& condition : targets_->conditions(*first, Targets::Uses::kAll))
        conditions.push_back(std::move(condition));
    }
    if (!replaced && first->when && first->when->find(spec::Scope::kIn) == nullptr &&
        !counts_rounds(*first, *first->when))
      conditions.push_back(first->when->text);
    add_condition(shuffle, all_of(conditions));
    editor_->insert_after(list[last], {std::move(shuffle)});
    return true;
  }

  // Of a layer's own repeat, which what follows the layer doesn't see.
  static bool counts_rounds(const Item& item, const spec::Expression& value) {
    return item.repeat && value.find(spec::Scope::kRound) != nullptr;
  }

  // Whether only some rounds of a repeat are grouped.
  bool differs_by_round(const Item& item) const {
    if (!targets_->contains(item)) return false;
    return std::any_of(item.arguments.begin(), item.arguments.end(),
                       [&](const spec::NamedExpression& argument) {
                         return (argument.name == "kernel" || argument.name == "groups") &&
                                counts_rounds(item, argument.value);
                       });
  }

  std::size_t end_of(const Item& item) const {
    return neighbours_of(editor_->structure(), item).end;
  }

  Editor* editor_;
  const Targets* targets_;
  std::string g_, shuffle_;
  std::set<const Item*> classes_;
  bool rounds_ = false;
};

}  // namespace

void make_groups(Editor& editor) {
  const Targets points(editor.spec(), editor.structure(), "conv", {&kPointKernel, &kOneGroup});
  const Targets all(editor.spec(), editor.structure(), "conv", {&kOneGroup});
  const auto& layers = editor.network().layers;
  const bool has_points = std::any_of(layers.begin(), layers.end(), [&](const graph::Layer& layer) {
    const auto sizes = conv_sizes(editor.network(), layer);
    return sizes && !sizes->spatial();
  });
  const bool only_points = editor.option("where") != "all" && has_points;
  const Targets& targets = only_points ? points : all;
  if (targets.items().empty()) return;
  Grouping(editor, targets).run();
}

std::string why_not_grouped(const graph::Network& network, const graph::Layer& layer) {
  const auto sizes = conv_sizes(network, layer);
  if (!sizes || sizes->groups > 1 || sizes->spatial()) return {};
  return fmt::format("g does not divide {} and {} channels", sizes->in, sizes->out);
}

}  // namespace archcost::rewrite
