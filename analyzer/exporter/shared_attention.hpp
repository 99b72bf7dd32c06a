// SPDX-License-Identifier: Apache-2.0
// Attention layers that share weights: all have their weights in the same tensors.
#pragma once

#include "graph/network.hpp"

namespace archcost::exporter {

/// Whether an attention layer has one matrix for each projection: its own attributes need that, or
/// those of a layer with the same weights. Others have queries, keys and values in one matrix.
bool has_separate_projections(const graph::Network& network, const graph::Layer& layer);

}  // namespace archcost::exporter
