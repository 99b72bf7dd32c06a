// SPDX-License-Identifier: Apache-2.0
#include "cost/diff.hpp"

#include <fmt/core.h>

#include <algorithm>
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

// What differs between two layers of one kind; empty if nothing does.
std::string differences(const graph::Network& left_network, const graph::Network& right_network,
                        const graph::Layer& a, const graph::Layer& b) {
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
  if (parts.empty() && !(a.cost == b.cost)) parts.push_back("input channels");
  return join(parts, ", ");
}

int score(const graph::Network& left, const graph::Network& right, const graph::Layer& a,
          const graph::Layer& b) {
  if (a.kind != b.kind) return 0;
  if (a.name == b.name) return kSameName;
  return graph::class_name(left, a) == graph::class_name(right, b) ? kSameClass : kSameKind;
}

using Pairs = std::vector<std::pair<int, int>>;

// Needleman and Wunsch 1970, without a penalty for gaps: the pairs with the highest sum of scores,
// in order.
Pairs align(const graph::Network& left, const graph::Network& right, int first, int left_end,
            int right_end) {
  const int n = left_end - first, m = right_end - first;
  std::vector<int> best(static_cast<std::size_t>(n + 1) * (m + 1), 0);
  const auto at = [&](int i, int j) -> int& {
    return best[static_cast<std::size_t>(i) * (m + 1) + j];
  };
  const auto pair_score = [&](int i, int j) {
    return score(left, right, left.layers[first + i], right.layers[first + j]);
  };
  for (int i = n - 1; i >= 0; --i) {
    for (int j = m - 1; j >= 0; --j) {
      const int matched = pair_score(i, j);
      at(i, j) =
          std::max({at(i + 1, j), at(i, j + 1), matched > 0 ? matched + at(i + 1, j + 1) : 0});
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
  int first = 0;
  while (first < n && first < m &&
         score(left, right, left.layers[first], right.layers[first]) == kSameName)
    ++first;
  Pairs pairs;
  for (int k = 0; k < first; ++k) pairs.emplace_back(k, k);
  const bool small =
      static_cast<std::size_t>(n - first + 1) * static_cast<std::size_t>(m - first + 1) <=
      kMostCells;
  const Pairs rest = small ? align(left, right, first, n, m) : align_names(left, right, first);
  pairs.insert(pairs.end(), rest.begin(), rest.end());
  pairs.emplace_back(n, m);

  std::vector<DiffRow> rows;
  int i = 0, j = 0;
  for (const auto& [a, b] : pairs) {
    for (; i < a; ++i) rows.push_back({Change::kRemoved, i, -1, {}});
    for (; j < b; ++j) rows.push_back({Change::kAdded, -1, j, {}});
    if (a == n) break;
    std::string what = differences(left, right, left.layers[i], right.layers[j]);
    rows.push_back({what.empty() ? Change::kSame : Change::kChanged, i++, j++, std::move(what)});
  }
  return rows;
}

}  // namespace archcost::cost
