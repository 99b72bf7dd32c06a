// SPDX-License-Identifier: Apache-2.0
// The nearest setting that works, for messages about settings that don't.
#pragma once

#include <string>

#include "graph/build.hpp"

namespace archcost {

/// "; alpha = 0.34375 works", or "" if no value of a single parameter nearby does. `effort` is the
/// number of layers that a try costs; the search stops after a fixed number of them, so that the
/// same mistake always gets the same advice.
std::string suggest_fix(const ArchSpec& spec, const BuildOptions& options, const FileValues& values,
                        std::size_t effort);

}  // namespace archcost
