// SPDX-License-Identifier: Apache-2.0
// Parameters that are varied and change nothing, as a squeeze ratio without squeeze blocks.
#pragma once

#include <vector>

#include "graph/build.hpp"
#include "search/space/sweep_space.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::engine {

/// Axes with several values of which none changes a network, by index. First some points are built
/// and compared layer by layer; what seems to have no effect is then checked at every point, by all
/// counted costs. Spaces of more than 200,000 points are not checked: none is reported there.
std::vector<std::size_t> axes_without_effect(const spec::ArchSpec& spec,
                                             const graph::BuildOptions& options,
                                             const space::SweepSpace& space);

}  // namespace archcost::engine
