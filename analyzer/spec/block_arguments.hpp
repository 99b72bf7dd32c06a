// SPDX-License-Identifier: Apache-2.0
// Lists of items that differ in values only, as one list with arguments.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost::spec {

struct BlockUses {
  std::vector<ArgSpec> args;
  std::vector<Item> layers;
  std::vector<std::vector<NamedExpression>> arguments;  ///< of each of the given lists
};

/// `bodies` have the same items; `blocks` are those that they use. A value that differs becomes an
/// argument, values that differ in the same way the same argument. The most frequent constant is
/// its default. No argument has one of the `taken` names.
BlockUses unify(const std::vector<std::vector<Item>>& bodies, const std::vector<BlockSpec>& blocks,
                const std::set<std::string>& taken);

}  // namespace archcost::spec
