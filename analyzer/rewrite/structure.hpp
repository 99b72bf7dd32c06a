// SPDX-License-Identifier: Apache-2.0
// Where the items of a spec are written, and which blocks are used where.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost::rewrite {

/// The network's own list of layers, where a block is expected.
constexpr int kMain = -1;

/// Where an item is written.
struct Place {
  int block = kMain;
  const std::vector<spec::Item>* list = nullptr;
  std::size_t index = 0;               ///< in the list
  const spec::Item* around = nullptr;  ///< the group or merge around it, null at a block's door
  bool repeated = false;               ///< it or an item around it in its block has a `repeat`
};

/// Whether the item is a group that replaces the layer before it under a condition: the layer and
/// all such groups behind it are one part of the network.
bool is_alternative(const std::vector<spec::Item>& list, std::size_t index);

class Structure {
 public:
  explicit Structure(const spec::ArchSpec& spec);

  const Place& place(const spec::Item& item) const { return places_.at(&item); }
  /// Every item: the network's own list first, then the blocks in the order of the file.
  const std::vector<const spec::Item*>& items() const { return items_; }
  /// The items of a list and of the groups and branches in it.
  void each(const std::vector<spec::Item>& list,
            const std::function<void(const spec::Item&)>& visit) const;
  /// The items that use a block.
  const std::vector<const spec::Item*>& uses(int block) const { return uses_[block]; }
  const std::vector<spec::Item>& list_of(int block) const;
  /// Written once and used once, without a repeat: it can use the file's parameters and numbers of
  /// its own place.
  bool is_single(int block) const;
  /// Layers of a kind that the item stands for, those in its blocks too. A repeat counts once, and
  /// a layer with the group that replaces it counts as the layer.
  int count(const spec::Item& item, const std::function<bool(const spec::Item&)>& wanted) const;
  int count(const std::vector<spec::Item>& list,
            const std::function<bool(const spec::Item&)>& wanted) const;
  /// Whether a `from` or `outputs` takes the item's output by its label, or may take it.
  bool is_referenced(const spec::Item& item) const;
  /// The references in `from` and `outputs` that surely take the item's output.
  std::vector<const spec::Reference*> references_to(const spec::Item& item) const;

 private:
  /// A path whose label several items have, or that leads into a block or merge.
  struct OpenPath {
    int block = kMain;
    std::vector<std::string> parts;
  };

  void walk(const std::vector<spec::Item>& list, int block, const spec::Item* around,
            bool repeated);
  void find_references();
  void find_references(const std::vector<spec::Reference>& references, const Place& from);
  const spec::Item* meant(const std::vector<std::string>& parts, Place from, bool& open) const;
  bool takes_names(const Place& from, const std::string& name) const;

  const spec::ArchSpec* spec_;
  std::unordered_map<const spec::Item*, Place> places_;
  std::vector<const spec::Item*> items_;
  std::vector<std::vector<const spec::Item*>> uses_;
  std::unordered_map<const spec::Item*, std::vector<const spec::Reference*>> references_;
  std::vector<OpenPath> open_paths_;
};

}  // namespace archcost::rewrite
