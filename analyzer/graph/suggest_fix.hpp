// SPDX-License-Identifier: Apache-2.0
// The nearest setting that works, for messages about settings that don't.
#pragma once

#include <string>

#include "graph/build.hpp"

namespace archcost::graph {

/// "; alpha = 0.34375 works", or "" if no value of a single parameter nearby does. `effort` is the
/// number of layers that a try costs; the search stops after a fixed number of them, so that the
/// same mistake always gets the same advice.
std::string suggest_fix(const spec::ArchSpec& spec, const BuildOptions& options,
                        const spec::FileValues& values, std::size_t effort);

}  // namespace archcost::graph
