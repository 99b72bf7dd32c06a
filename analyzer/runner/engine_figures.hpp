// SPDX-License-Identifier: Apache-2.0
// What an engine ran, as rows and figures: the same problems that oneDNN's kernels have.
#pragma once

#include <string>
#include <vector>

#include "exporter/onnx_graph.hpp"
#include "runner/engine_rows.hpp"
#include "runner/measurement.hpp"

namespace archcost::runner {

/// The names of nodes and tensors of an exported graph.
std::vector<LayerName> layer_names(const exporter::OnnxGraph& graph);

/// The rows of a measurement, without times. A row whose layers are one step, by the rules of
/// plan_execution(), has that step's problem; others have none.
std::vector<MeasuredRow> measured_rows(const graph::Network& network,
                                       const std::vector<EngineRow>& rows,
                                       const std::vector<EngineNode>& nodes, int threads);

}  // namespace archcost::runner
