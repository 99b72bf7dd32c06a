// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime as an engine: what the user has, Python's or npm's package, in a process of its own.
//
// archcost exports the network as an ONNX file and starts the script run_onnxruntime.py or
// run_onnxruntime.mjs with a request as its argument:
//
//   {"do": "hello"}
//   {"do": "measure", "model", "input": file of f32, "shape", "output": file or "", "threads",
//    "blocks", "passes", "seconds", "profile": prefix or "", "optimized": file, "profiled_passes",
//    "reference": file, "reference_shape", "folders"}
//
// The script answers with events: "hello" (version, place, providers), "loaded", "block" (plain and
// reference: seconds of single passes), then "done" or "failed" (reason). It writes ONNX Runtime's
// own profile and the optimised graph. Sessions with and without the profiler take turns by block.
#pragma once

#include "runner/engine.hpp"

namespace archcost::runner {

/// The environment variable ARCHCOST_ONNXRUNTIME comes first: a Python interpreter, or a folder
/// with npm's node_modules.
std::vector<EngineProgram> onnxruntime_ways();
EngineProgram ask_onnxruntime(EngineProgram way);
/// Where `npm install --prefix` puts the package, so that it is found.
std::string onnxruntime_folder();
/// The start of each request.
nlohmann::json onnxruntime_request(const char* what);
latency::MachineId identify_onnxruntime(const RunOptions& options);
/// Throws EngineError when no way of running it is installed, or it fails.
Measurement measure_with_onnxruntime(const graph::Network& network, const MeasureOptions& options,
                                     const MeasureProgress& progress);

/// The oldest version that is supported: its profile says what is needed.
constexpr int kOldestOnnxRuntime[] = {1, 14};

}  // namespace archcost::runner
