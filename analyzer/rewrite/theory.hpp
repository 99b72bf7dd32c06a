// SPDX-License-Identifier: Apache-2.0
// What the formulas of the papers say of the multiply-adds of a rewritten network, as a ratio to
// those of the network before. Only the changed layers' formulas are used; nothing is counted.
#pragma once

#include "graph/network.hpp"

namespace archcost::rewrite {

/// 1/N + 1/D² of each convolution that is taken apart: arXiv:1704.04861 section 3.1.
double separable_theory(const graph::Network& before, const graph::Network& after);
/// 1/g of each convolution that is grouped: arXiv:1707.01083 section 3.2.
double groups_theory(const graph::Network& before, const graph::Network& after);
/// 2C²/r for each gate: arXiv:1709.01507 section 4.
double squeeze_excite_theory(const graph::Network& before, const graph::Network& after);
/// α² and ρ², from the widest layer and the input: arXiv:1704.04861 sections 3.3 and 3.4.
double width_theory(const graph::Network& before, const graph::Network& after);
double resolution_theory(const graph::Network& before, const graph::Network& after);

}  // namespace archcost::rewrite
