// SPDX-License-Identifier: Apache-2.0
// The final names of layers, when all labels are known.
#pragma once

#include <vector>

#include "graph/layer_maker.hpp"

namespace archcost::graph {

/// A name in a `from` and the label that it was taken to mean.
struct TakenName {
  LabelId label;
  spec::Reference reference;
};

/// Gives the layers their names. Adds a diagnostic for two layers of one name, and for names in
/// `from` that were unique when they were resolved and are not any more.
void name_layers(const spec::ArchSpec& spec, const LabelTree& labels,
                 const std::vector<TakenName>& taken, MadeLayers& made,
                 DiagnosticList& diagnostics);

}  // namespace archcost::graph
