// SPDX-License-Identifier: Apache-2.0
// Two networks aligned layer by layer.
#pragma once

#include <string>
#include <vector>

#include "cost/cost_table.hpp"

namespace archcost::cost {

enum class Change { kSame, kChanged, kAdded, kRemoved };

/// A pair of layers, or one that only one side has (-1 on the other).
struct DiffRow {
  Change change = Change::kSame;
  int left = -1, right = -1;  ///< indices in the networks
  std::string what;           ///< of kChanged: "out 64 -> 32, output 64x56x56 -> 32x56x56"
};

/// Aligns the layers in the order of execution so that as many as possible keep their name and
/// kind, then their kind alone.
std::vector<DiffRow> diff_networks(const graph::Network& left, const graph::Network& right);

}  // namespace archcost::cost
