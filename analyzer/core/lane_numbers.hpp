// SPDX-License-Identifier: Apache-2.0
// A number for many configurations at once.
#pragma once

namespace archcost {

/// A number for every lane, or one for all.
struct LaneNumbers {
  const double* lanes = nullptr;
  double all = 0;  ///< when `lanes` is null
  double at(int lane) const { return lanes == nullptr ? all : lanes[lane]; }
};

}  // namespace archcost
