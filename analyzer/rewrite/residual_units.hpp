// SPDX-License-Identifier: Apache-2.0
// Where the units of a network end: in a sum or concatenation with a shortcut, or without one.
#pragma once

#include <vector>

#include "rewrite/editor.hpp"

namespace archcost::rewrite {

/// A sum or concatenation that joins what a residual branch computes with a shortcut.
struct Residual {
  const spec::Item* merge = nullptr;
  std::size_t branch = 0, shortcut = 0;  ///< of the branches, or of `from`
};
/// In the order of the spec's items.
std::vector<Residual> find_residuals(const Editor& editor);

/// Where a unit ends, and the last part of it that has a convolution.
struct UnitEnd {
  const spec::Item* part = nullptr;
  const spec::Item* item = nullptr;
};
/// Of a network without residuals: of lists with several parts that have convolutions, which are
/// used more than once or stand in a group; if there are none, of all convolutions with what
/// follows them.
std::vector<UnitEnd> find_unit_ends(const Editor& editor);

}  // namespace archcost::rewrite
