// SPDX-License-Identifier: Apache-2.0
#include "rewrite/switches.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "layers/kinds.hpp"

namespace archcost::rewrite {
namespace {

using spec::Item;

std::int64_t area(const graph::Layer& layer) {
  return (layer.output.height * layer.output.width).value();
}

// The uses of items from the outside to the layer's own.
std::vector<graph::ItemUse> chain(const graph::TracedNetwork& traced, std::size_t layer) {
  std::vector<graph::ItemUse> uses;
  for (int use = traced.use_of[layer]; use >= 0;
       use = traced.uses[static_cast<std::size_t>(use)].around)
    uses.push_back(traced.uses[static_cast<std::size_t>(use)]);
  std::reverse(uses.begin(), uses.end());
  return uses;
}

}  // namespace

Stages::Stages(const graph::Network& network) {
  std::set<std::int64_t, std::greater<>> areas;
  for (const graph::Layer& layer : network.layers) {
    if (layer.kind->family == layers::Family::kConvolution) areas.insert(area(layer));
  }
  areas_.assign(areas.begin(), areas.end());
}

int Stages::of(const graph::Layer& layer) const {
  const auto found = std::find(areas_.begin(), areas_.end(), area(layer));
  return found == areas_.end() ? 1 : static_cast<int>(found - areas_.begin()) + 1;
}

Switch::Switch(Editor& editor, const Targets& targets, std::string_view parameter,
               std::string_view stages, std::function<bool(const graph::Layer&)> is_target,
               bool but_first)
    : editor_(&editor),
      targets_(&targets),
      parameter_(parameter),
      stages_parameter_(stages),
      is_target_(std::move(is_target)) {
  if (targets.items().empty()) return;
  name_ = editor.name(parameter);
  if (but_first) leave_out_first();
  find_stages();
  hand_to_blocks();
}

void Switch::find_stages() {
  const graph::TracedNetwork& traced = editor_->traced();
  const Stages stages(traced.network);
  std::set<int> present;
  for (std::size_t k = 0; k < traced.network.layers.size(); ++k) {
    const graph::Layer& layer = traced.network.layers[k];
    if (!is_target_(layer) || k == first_layer_) continue;
    auto uses = chain(traced, k);
    while (!uses.empty() && !targets_->contains(*uses.back().item)) uses.pop_back();
    if (uses.empty()) continue;
    std::int64_t round = 1;
    for (const graph::ItemUse& use : uses) {
      if (use.item->repeat) round = use.round;
      stages_[use.item].emplace_back(round, stages.of(layer));
      if (use.item->block >= 0 && !editor_->structure().is_single(use.item->block)) break;
    }
    present.insert(stages.of(layer));
  }
  editor_->add_parameter(parameter_);
  if (present.size() < 2) return;
  staged_ = true;
  stages_name_ = editor_->name(stages_parameter_);
  std::vector<std::string> numbers;
  for (int stage : present) numbers.push_back(std::to_string(stage));
  const std::string list = "[" + join(numbers, ", ") + "]";
  editor_->add_parameter(stages_parameter_, list, list);
}

// The way to the first convolution: the outermost item that only leads to it is left out; blocks
// that lead to others too get an argument that tells their first use.
void Switch::leave_out_first() {
  const graph::TracedNetwork& traced = editor_->traced();
  const auto& all = traced.network.layers;
  const auto convolutional = [](const graph::Layer& layer) {
    return layer.kind->family == layers::Family::kConvolution;
  };
  if (std::count_if(all.begin(), all.end(), convolutional) < 2) return;
  const auto first =
      static_cast<std::size_t>(std::find_if(all.begin(), all.end(), convolutional) - all.begin());
  if (!is_target_(all[first])) return;
  first_layer_ = first;
  std::string when;  // the first convolution is in the item; empty: always
  for (const graph::ItemUse& use : chain(traced, first)) {
    const Item& item = *use.item;
    if (item.repeat) when = all_of({when, "i == 1"});
    if (item.block < 0) {
      if (targets_->contains(item)) left_out_[&item] = when;
      continue;
    }
    const Structure& structure = editor_->structure();
    if (structure.is_single(item.block)) continue;
    const auto& list = structure.list_of(item.block);
    const bool repeats = structure.count(list, [](const Item& i) { return !!i.repeat; }) > 0;
    if (targets_->reached(item) <= 1 && !repeats) {
      left_out_[&item] = when;
      return;
    }
    const std::string name = editor_->fresh("first");
    editor_->add_block_argument(item.block, name, "0");
    editor_->set(item, name, when.empty() ? "1" : when);
    when = name;
  }
}

bool Switch::shared(const Item& item) const {
  return !editor_->structure().is_single(editor_->structure().place(item).block);
}

// The stage in which an item leaves off: `i` of its own rounds is no name behind it.
std::string Switch::stage_behind(const Item& item) const {
  const auto found = stages_.find(&item);
  if (!item.repeat || found == stages_.end()) return stage_text(item);
  return std::to_string(found->second.back().second);
}

// "3", or "i + 1" where each round of a repeat is a stage of its own.
std::string Switch::stage_text(const Item& item) const {
  const auto found = stages_.find(&item);
  if (found == stages_.end() || found->second.empty()) {
    // Not in this network: the stage of what is written before it.
    const Place& place = editor_->structure().place(item);
    if (place.index > 0) return stage_behind((*place.list)[place.index - 1]);
    if (place.around != nullptr) return stage_text(*place.around);
    const auto& uses =
        place.block == kMain ? std::vector<const Item*>{} : editor_->structure().uses(place.block);
    return uses.empty() ? "1" : stage_text(*uses.front());
  }
  const auto& stages = found->second;
  const auto all = [&](auto same) { return std::all_of(stages.begin(), stages.end(), same); };
  const int last = stages.back().second;
  if (all([&](const auto& at) { return at.second == last; })) return std::to_string(last);
  const std::int64_t offset = last - stages.back().first;
  if (editor_->structure().place(item).repeated &&
      all([&](const auto& at) { return at.second - at.first == offset; })) {
    if (offset == 0) return "i";
    return fmt::format("i {} {}", offset > 0 ? "+" : "-", std::abs(offset));
  }
  return std::to_string(last);
}

std::string Switch::base(const Item& item) const {
  if (shared(item) || !staged_) return name_;
  return fmt::format("{} and {} in {}", name_, stage_text(item), stages_name_);
}

// Whether a use of a block hands the switch on: it leads to a target, and has the switch itself.
bool Switch::hands_on(const Item& use) const {
  const Structure& structure = editor_->structure();
  const int scope = structure.place(use).block;
  if (structure.is_single(use.block) || targets_->reached(use) == 0) return false;
  const auto first = left_out_.find(&use);
  if (first != left_out_.end() && first->second.empty()) return false;
  return has_switch(scope);
}

// The file's own lists see the parameter; other blocks have the argument if some use hands it on.
bool Switch::has_switch(int block) const {
  const Structure& structure = editor_->structure();
  if (structure.is_single(block)) return true;
  const auto& uses = structure.uses(block);
  return std::any_of(uses.begin(), uses.end(), [&](const Item* use) { return hands_on(*use); });
}

void Switch::hand_to_blocks() {
  std::set<int> blocks;
  for (const Item* item : editor_->structure().items()) {
    if (item->block < 0 || !hands_on(*item)) continue;
    const auto first = left_out_.find(item);
    std::string value = base(*item);
    if (first != left_out_.end()) value = all_of({value, negated(first->second)});
    editor_->set(*item, name_, value);
    blocks.insert(item->block);
  }
  for (int block : blocks) editor_->add_block_argument(block, name_, "0");
}

std::string Switch::when(const Item& target) const {
  const int block = editor_->structure().place(target).block;
  if (!has_switch(block)) return {};
  const auto first = left_out_.find(&target);
  if (first != left_out_.end() && first->second.empty()) return {};
  std::vector<std::string> parts = {base(target)};
  if (first != left_out_.end()) parts.push_back(negated(first->second));
  for (std::string& condition : targets_->conditions(target, Targets::Uses::kReaching))
    parts.push_back(condition);
  return all_of(parts);
}

}  // namespace archcost::rewrite
