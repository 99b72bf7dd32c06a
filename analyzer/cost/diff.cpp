// SPDX-License-Identifier: Apache-2.0
#include "cost/diff.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "core/text.hpp"

namespace archcost::cost {
namespace {

constexpr std::size_t kMostCells = 40'000'000;  // of the alignment's table
constexpr int kSameName = 4, kSameClass = 2, kSameKind = 1;

std::string attribute_text(const graph::Layer& layer, std::size_t index) {
  const layers::AttributeSpec& attribute = layer.kind->attributes[index];
  const layers::Slot slot = layers::slot_of(layer.kind->attributes, index);
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  if (view.is_unset(attribute, slot)) return "none";
  switch (attribute.type) {
    case layers::AttributeType::kInteger:
      return std::to_string(view.number(slot).value());
    case layers::AttributeType::kExtent:
      return to_string(view.extent(slot));
    case layers::AttributeType::kPadding: {
      static constexpr const char* kModes[] = {"", "valid", "same", "same_tf"};
      const layers::PaddingMode mode = view.padding_mode(slot);
      if (mode != layers::PaddingMode::kNumbers) return kModes[static_cast<int>(mode)];
      const Padding p = view.sides(slot);
      return fmt::format("[{}, {}, {}, {}]", p.top.value(), p.left.value(), p.bottom.value(),
                         p.right.value());
    }
    case layers::AttributeType::kFlag:
      return view.flag(slot) ? "true" : "false";
    case layers::AttributeType::kWord:
      return std::string(attribute.words[view.word(slot)]);
    case layers::AttributeType::kReal:
      return fmt::format("{}", layer.reals[slot.real]);
    case layers::AttributeType::kParts: {
      std::vector<std::string> sizes;
      for (const Count size : view.sizes(layer.kind->attributes))
        sizes.push_back(std::to_string(size.value()));
      return sizes.empty() ? std::to_string(view.number(slot).value())
                           : fmt::format("[{}]", join(sizes, ", "));
    }
  }
  return {};
}

// Padding that is written in two ways is the same where it adds the same rows and columns.
bool same_padding(const graph::Network& left, const graph::Network& right, const graph::Layer& a,
                  const graph::Layer& b) {
  return graph::resolved_padding(left, a) == graph::resolved_padding(right, b);
}

// Of each layer of the left network, that of the right one that it is aligned with, or kNone.
constexpr int kNone = -2;
struct Alignment {
  std::vector<int> to_right, to_left;
};

std::string name_of(const graph::Network& network, graph::LayerId id) {
  return id == graph::kNetworkInput ? "the input" : network.layers[id].name;
}

std::string names_of(const graph::Network& network, const std::vector<graph::LayerId>& ids) {
  std::vector<std::string> names;
  for (const graph::LayerId id : ids) names.push_back(name_of(network, id));
  return join(names, ", ");
}

// "takes b -> a" where both layers read what both networks have, and not the same: what is added or
// removed between them has rows of its own.
std::string wiring_difference(const graph::Network& left, const graph::Network& right,
                              const graph::Layer& a, const graph::Layer& b,
                              const Alignment& alignment) {
  const auto counterpart = [](const std::vector<int>& of, graph::LayerId id) {
    return id == graph::kNetworkInput ? id : of[static_cast<std::size_t>(id)];
  };
  std::vector<int> before, after = b.inputs;
  bool all_known = true;
  for (const graph::LayerId id : a.inputs) before.push_back(counterpart(alignment.to_right, id));
  if (a.kind->elementwise) {  // sums and products take their inputs in any order
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
  }
  if (before == after) return {};
  for (const int id : before) all_known = all_known && id != kNone;
  for (const graph::LayerId id : b.inputs)
    all_known = all_known && counterpart(alignment.to_left, id) != kNone;
  bool differs = all_known;
  for (std::size_t k = 0; !differs && before.size() == after.size() && k < before.size(); ++k)
    differs = !a.kind->elementwise && before[k] != kNone && before[k] != after[k] &&
              counterpart(alignment.to_left, after[k]) != kNone;
  if (!differs) return {};
  return fmt::format("takes {} -> {}", names_of(left, a.inputs), names_of(right, b.inputs));
}

// The layers that only one of the networks gives, where both have them.
std::vector<bool> output_differences(const graph::Network& left, const graph::Network& right,
                                     const Alignment& alignment) {
  std::vector<bool> differs(left.layers.size(), false);
  const auto unknown = [](const std::vector<int>& of, const std::vector<graph::LayerId>& outputs) {
    return std::any_of(outputs.begin(), outputs.end(), [&](graph::LayerId id) {
      return id == graph::kNetworkInput || of[static_cast<std::size_t>(id)] == kNone;
    });
  };
  if (unknown(alignment.to_right, left.outputs) || unknown(alignment.to_left, right.outputs))
    return differs;
  for (std::size_t k = 0; k < left.layers.size(); ++k) {
    const int other = alignment.to_right[k];
    differs[k] = other != kNone && left.is_output(static_cast<int>(k)) != right.is_output(other);
  }
  return differs;
}

std::string shapes_text(const std::vector<TensorShape>& shapes) {
  std::vector<std::string> texts;
  for (const TensorShape& shape : shapes) texts.push_back(to_string(shape));
  return join(texts, ", ");
}

// What differs between two layers of one kind; empty if nothing does.
std::string differences(const graph::Network& left_network, const graph::Network& right_network,
                        const graph::Layer& a, const graph::Layer& b, const Alignment& alignment) {
  std::vector<std::string> parts;
  if (a.name != b.name) parts.push_back(fmt::format("name {} -> {}", a.name, b.name));
  for (std::size_t k = 0; k < a.kind->attributes.size(); ++k) {
    const bool padding = a.kind->attributes[k].type == layers::AttributeType::kPadding;
    if (padding && same_padding(left_network, right_network, a, b)) continue;
    const std::string left = attribute_text(a, k), right = attribute_text(b, k);
    if (left != right)
      parts.push_back(fmt::format("{} {} -> {}", a.kind->attributes[k].name, left, right));
  }
  const auto shared = [](const graph::Network& network, const graph::Layer& layer) {
    return layer.weights_of ? network.layers[static_cast<std::size_t>(*layer.weights_of)].name
                            : std::string("none");
  };
  const std::string left_owner = shared(left_network, a), right_owner = shared(right_network, b);
  if (left_owner != right_owner)
    parts.push_back(fmt::format("weights_of {} -> {}", left_owner, right_owner));
  if (!(a.output == b.output))
    parts.push_back(fmt::format("output {} -> {}", to_string(a.output), to_string(b.output)));
  if (std::string wiring = wiring_difference(left_network, right_network, a, b, alignment);
      !wiring.empty())
    parts.push_back(std::move(wiring));
  if (parts.empty()) {
    const std::string before = shapes_text(left_network.input_shapes(a)),
                      after = shapes_text(right_network.input_shapes(b));
    if (before != after) parts.push_back(fmt::format("input {} -> {}", before, after));
  }
  return join(parts, ", ");
}

// What layers are aligned by, as numbers: the table compares each with each.
struct Keys {
  const layers::LayerKind* kind;
  int name, kind_class;
};

class KeyMaker {
 public:
  std::vector<Keys> of(const graph::Network& network) {
    std::vector<Keys> keys;
    for (const graph::Layer& layer : network.layers)
      keys.push_back({layer.kind, number(layer.name), number(graph::class_name(network, layer))});
    return keys;
  }

 private:
  int number(const std::string& text) {
    return numbers_.emplace(text, static_cast<int>(numbers_.size())).first->second;
  }
  std::unordered_map<std::string, int> numbers_;
};

int score(const Keys& a, const Keys& b) {
  if (a.kind != b.kind) return 0;
  if (a.name == b.name) return kSameName;
  return a.kind_class == b.kind_class ? kSameClass : kSameKind;
}

using Pairs = std::vector<std::pair<int, int>>;

// Needleman and Wunsch 1970, without a penalty for gaps: the pairs with the highest sum of scores,
// in order.
Pairs align(const std::vector<Keys>& left, const std::vector<Keys>& right, int first) {
  const int n = static_cast<int>(left.size()) - first, m = static_cast<int>(right.size()) - first;
  static_assert(kSameName * 6324 < 65536, "a square table of kMostCells fits");
  std::vector<std::uint16_t> best(static_cast<std::size_t>(n + 1) * (m + 1), 0);
  const auto at = [&](int i, int j) -> std::uint16_t& {
    return best[static_cast<std::size_t>(i) * (m + 1) + j];
  };
  const auto pair_score = [&](int i, int j) { return score(left[first + i], right[first + j]); };
  for (int i = n - 1; i >= 0; --i) {
    for (int j = m - 1; j >= 0; --j) {
      const int matched = pair_score(i, j);
      const int both = matched > 0 ? matched + at(i + 1, j + 1) : 0;
      at(i, j) = static_cast<std::uint16_t>(
          std::max({static_cast<int>(at(i + 1, j)), static_cast<int>(at(i, j + 1)), both}));
    }
  }
  Pairs pairs;
  for (int i = 0, j = 0; i < n && j < m;) {
    const int matched = pair_score(i, j);
    if (matched > 0 && at(i, j) == matched + at(i + 1, j + 1))
      pairs.emplace_back(first + i++, first + j++);
    else if (at(i, j) == at(i + 1, j))
      ++i;
    else
      ++j;
  }
  return pairs;
}

// For networks too large to align by a table: equal names, where they are in the same order.
Pairs align_names(const graph::Network& left, const graph::Network& right, int first) {
  std::unordered_map<std::string, int> place;
  for (std::size_t k = static_cast<std::size_t>(first); k < right.layers.size(); ++k)
    place[right.layers[k].name] = static_cast<int>(k);
  Pairs pairs;
  int behind = first - 1;
  for (std::size_t k = static_cast<std::size_t>(first); k < left.layers.size(); ++k) {
    const auto found = place.find(left.layers[k].name);
    if (found == place.end() || found->second <= behind ||
        right.layers[found->second].kind != left.layers[k].kind)
      continue;
    behind = found->second;
    pairs.emplace_back(static_cast<int>(k), behind);
  }
  return pairs;
}

}  // namespace

std::vector<DiffRow> diff_networks(const graph::Network& left, const graph::Network& right) {
  const int n = static_cast<int>(left.layers.size()), m = static_cast<int>(right.layers.size());
  KeyMaker maker;
  const std::vector<Keys> left_keys = maker.of(left), right_keys = maker.of(right);
  int first = 0;
  while (first < n && first < m && score(left_keys[first], right_keys[first]) == kSameName) ++first;
  Pairs pairs;
  for (int k = 0; k < first; ++k) pairs.emplace_back(k, k);
  const bool small =
      static_cast<std::size_t>(n - first + 1) * static_cast<std::size_t>(m - first + 1) <=
      kMostCells;
  const Pairs rest = small ? align(left_keys, right_keys, first) : align_names(left, right, first);
  pairs.insert(pairs.end(), rest.begin(), rest.end());
  Alignment alignment = {std::vector<int>(static_cast<std::size_t>(n), kNone),
                         std::vector<int>(static_cast<std::size_t>(m), kNone)};
  for (const auto& [a, b] : pairs) {
    alignment.to_right[static_cast<std::size_t>(a)] = b;
    alignment.to_left[static_cast<std::size_t>(b)] = a;
  }
  const std::vector<bool> outputs = output_differences(left, right, alignment);
  pairs.emplace_back(n, m);

  std::vector<DiffRow> rows;
  int i = 0, j = 0;
  for (const auto& [a, b] : pairs) {
    for (; i < a; ++i) rows.push_back({Change::kRemoved, i, -1, {}});
    for (; j < b; ++j) rows.push_back({Change::kAdded, -1, j, {}});
    if (a == n) break;
    std::string what = differences(left, right, left.layers[i], right.layers[j], alignment);
    if (outputs[static_cast<std::size_t>(i)])
      what += fmt::format(
          "{}{}", what.empty() ? "" : ", ",
          left.is_output(i) ? "no output of the network any more" : "an output of the network");
    rows.push_back({what.empty() ? Change::kSame : Change::kChanged, i++, j++, std::move(what)});
  }
  return rows;
}

}  // namespace archcost::cost
