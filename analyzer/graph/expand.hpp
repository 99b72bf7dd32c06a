// SPDX-License-Identifier: Apache-2.0
// Expansion: blocks, groups, repeats and branches become a flat list of layers with known shapes.
#pragma once

#include <vector>

#include "core/diagnostic.hpp"
#include "graph/build.hpp"
#include "graph/layer_maker.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::graph {

struct Expansion {
  MadeLayers made;
  std::vector<ItemUse> uses;  ///< of items, each after those around it
  Flow outputs;               ///< of the network; empty after a mistake
  std::int64_t rounds = 0;    ///< items expanded, each round of a repeat counted
};

/// Expands the layers of a spec. Mistakes go to `diagnostics`; what depends on a faulty layer is
/// left out without a message of its own.
Expansion expand(const spec::ArchSpec& spec, const std::vector<spec::FileValues>& files,
                 const TensorShape& input, DiagnosticList& diagnostics);

}  // namespace archcost::graph
