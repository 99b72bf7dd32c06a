// SPDX-License-Identifier: Apache-2.0
// Times of layers that another program measured on any device, read from the files that it writes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/network.hpp"
#include "latency/imported_figures.hpp"
#include "runner/engine_rows.hpp"

namespace archcost::runner {

/// A row of a profile: a kernel with its time in each run.
struct ProfileRow {
  EngineNode node;
  std::vector<double> seconds;
};

struct ImportedProfile {
  std::string format;         ///< "ONNX Runtime profile", "TensorFlow Lite benchmark_model", "CSV"
  std::string engine;         ///< that writes it: "onnxruntime"; empty: any
  std::string provider = {};  ///< that most kernels ran on: "cuda"; empty: it isn't told
  std::vector<ProfileRow> rows = {};  ///< in the order of execution
  std::optional<double> total = {};   ///< seconds of a run without a profiler, where it is told
};

/// Reads a profile, whichever of the known formats it has (docs/LATENCY.md). `network` is the name
/// by which a table of whole networks calls the one that is meant. Throws Error with the line.
ImportedProfile read_profile(const std::string& text, const std::string& file,
                             const std::string& network);

/// A profile as figures of a network.
struct ImportedFigures {
  latency::NetworkFigures figures;
  std::size_t matched = 0;             ///< rows with a layer's name
  std::vector<std::string> unmatched;  ///< rows without: "Softmax (12.0 us)"
  /// Rows of several layers that no kernel of the model computes together; they count as time
  /// beside the kernels.
  std::vector<std::string> combined;
};
ImportedFigures figures_of_profile(const graph::Network& network, const ImportedProfile& profile,
                                   int threads);

}  // namespace archcost::runner
