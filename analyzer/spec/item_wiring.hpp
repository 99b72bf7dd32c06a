// SPDX-License-Identifier: Apache-2.0
// Which layer takes which output, as far as a spec's text says it: for specs without repeats,
// conditions, branches and blocks, as other tools' files give them.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// A layer by its place in the order of execution, or kItemInput.
using LeafId = int;
constexpr LeafId kItemInput = -1;

/// A reference of a layer, resolved.
struct Tap {
  LeafId leaf = kItemInput;
  const std::vector<Item>* list = nullptr;  ///< with the first label of its path; null: not written
};

struct Leaf {
  const Item* item = nullptr;
  std::vector<Tap> inputs;
  std::optional<Tap> weights_of;
};

struct ItemWiring {
  std::vector<Leaf> leaves;
  /// The first and the last layer of a group.
  std::unordered_map<const Item*, std::pair<LeafId, LeafId>> groups;
};

/// Nothing where the spec has more than layers, merges of `from` and groups, each after what it
/// takes.
std::optional<ItemWiring> wire_items(const std::vector<Item>& layers);

}  // namespace archcost::spec
