// SPDX-License-Identifier: Apache-2.0
// The profile that ONNX Runtime writes (Trace Event JSON), and the graph that it ran.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runner/engine_rows.hpp"

namespace archcost::runner {

/// The nodes of a session in the order of execution, and their times in each run.
struct OnnxRuntimeProfile {
  std::vector<EngineNode> nodes;
  std::vector<std::vector<double>> runs;  ///< by run, by node: seconds
  std::vector<double> run_seconds;        ///< by run: from its start to its end, the profiler's too
  std::string provider;                   ///< of most nodes: "cpu"
};

/// Runs with other nodes than the last one are left out. ONNX Runtime cuts times to whole
/// microseconds, so half a microsecond is added to each. Throws Error, in which the text is called
/// `name`: not a profile, or one without runs.
OnnxRuntimeProfile read_onnxruntime_profile(const std::string& text, const std::string& name);

/// Gives the nodes the tensors that they read and write, from the optimised graph, an ONNX file.
void add_tensors(std::string_view graph, std::vector<EngineNode>& nodes);

}  // namespace archcost::runner
