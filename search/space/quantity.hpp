// SPDX-License-Identifier: Apache-2.0
// What a candidate of a search has numbers for: objectives, limits and columns name them.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/network.hpp"

namespace archcost::space {

enum class QuantityKind : std::uint8_t {
  kCost,      ///< of named_costs(): computed with a million others a second
  kAccuracy,  ///< of the family's table
  kSlow       ///< takes the network itself, and milliseconds
};

/// A number and how far it may be off, in the same unit: 0 where it is exact, nothing where that is
/// unknown.
struct Uncertain {
  double value = 0;
  std::optional<double> error = 0;
  bool estimated = false;  ///< it rests on figures of similar networks or layers
};

/// A cost that is not a sum over layers: predicted or measured. `of` may be called by several
/// threads; nothing when there is no figure for that network.
struct SlowCost {
  std::string name;  ///< "latency"
  std::string unit;  ///< "s"
  std::function<std::optional<Uncertain>(const graph::Network&)> of;
  std::function<std::string()> how;  ///< how its figures were got, once they are; may be empty
  std::function<std::string()> missing = {};  ///< why there is none, and what helps; may be empty
  /// Whether the networks themselves are measured; may be empty: they are not.
  std::function<bool()> measures = {};
};

struct Quantity {
  std::string name;
  QuantityKind kind = QuantityKind::kCost;
  int slow = -1;     ///< of kSlow: index among the slow costs
  double parts = 1;  ///< of kCost: how many of the engine's whole numbers are 1 of the cost
};

/// Index of that name, or -1.
int find_quantity(std::span<const Quantity> quantities, std::string_view name);

/// Smaller is better inside a search: what is maximised is negated there.
struct Objective {
  int quantity = 0;
  bool maximize = false;
  double key(double value) const { return maximize ? -value : value; }
};

}  // namespace archcost::space
