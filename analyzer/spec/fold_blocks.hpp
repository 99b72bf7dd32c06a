// SPDX-License-Identifier: Apache-2.0
// Repeated structure as blocks: what a reader of an imported network wants to see once.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Groups that are equal up to the values of attributes become blocks with these values as
/// arguments; inner groups first, so that blocks use blocks. The network and the names of its
/// layers stay the same. A spec with more than layers, merges of `from` and groups is returned
/// unchanged.
ArchSpec fold_blocks(ArchSpec spec);

}  // namespace archcost::spec
