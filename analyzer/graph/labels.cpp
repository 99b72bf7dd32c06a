// SPDX-License-Identifier: Apache-2.0
#include "graph/labels.hpp"

#include <algorithm>
#include <charconv>

namespace archcost::graph {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_numbered(std::string_view name, std::string_view label) {
  if (!name.starts_with(label)) return false;
  std::string_view number = name.substr(label.size());
  if (is_digit(label.back())) {
    if (!number.starts_with('_')) return false;
    number.remove_prefix(1);
  }
  return !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
}

LabelTree::LabelTree() { labels_.emplace_back(); }

LabelId LabelTree::add(LabelId parent, const std::string& text, bool repeated) {
  const auto id = static_cast<LabelId>(labels_.size());
  std::vector<LabelId>& same = labels_[parent].children[text];
  same.push_back(id);
  labels_.push_back({text, parent, static_cast<int>(same.size()), repeated, {}});
  return id;
}

std::optional<LabelId> LabelTree::find(LabelId parent, std::string_view name,
                                       int& ambiguous) const {
  const auto& children = labels_[parent].children;
  if (const auto found = children.find(std::string(name)); found != children.end()) {
    if (found->second.size() == 1 && !labels_[found->second.front()].repeated)
      return found->second.front();
    ambiguous = static_cast<int>(found->second.size());
    return std::nullopt;
  }
  std::size_t digits = name.size();
  while (digits > 0 && is_digit(name[digits - 1])) --digits;
  if (digits < name.size() && name[digits] == '0') return std::nullopt;
  // "conv2_1" is the first of the labels "conv2"; any split of the digits could be meant.
  std::size_t ordinal = 0;
  std::from_chars(name.data() + digits, name.data() + name.size(), ordinal);
  std::string_view base = name.substr(0, digits);
  if (base.size() > 1 && base.back() == '_' && is_digit(base[base.size() - 2]))
    base.remove_suffix(1);
  const auto found = children.find(std::string(base));
  if (found == children.end() || ordinal < 1 || ordinal > found->second.size()) return std::nullopt;
  return found->second[ordinal - 1];
}

std::string LabelTree::own_name(LabelId id) const {
  const Label& label = labels_[id];
  const bool numbered = label.repeated || labels_[label.parent].children.at(label.text).size() > 1;
  if (!numbered) return label.text;
  return label.text + (is_digit(label.text.back()) ? "_" : "") + std::to_string(label.ordinal);
}

std::string LabelTree::name(LabelId id) const {
  if (id == kRootLabel) return {};
  const LabelId parent = labels_[id].parent;
  return parent == kRootLabel ? own_name(id) : name(parent) + "." + own_name(id);
}

std::vector<std::string> LabelTree::child_names(LabelId parent) const {
  std::vector<std::string> names;
  for (const auto& [text, ids] : labels_[parent].children) {
    for (LabelId id : ids) names.push_back(own_name(id));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace archcost::graph
