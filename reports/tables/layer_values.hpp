// SPDX-License-Identifier: Apache-2.0
// A number for each layer, for viewers of graphs, traces and flame graphs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/network.hpp"

namespace archcost::tables {

/// Numbers by layer: a cost, or the nanoseconds of a measurement.
struct LayerValues {
  std::string name;
  std::vector<double> of;  ///< by Network::layers
};

/// A counter of the network's whole batch: params, weights, macs, activations ... Throws Error for
/// another name.
LayerValues counted_values(const graph::Network& network, const std::string& cost);
/// The names that counted_values() takes.
std::vector<std::string> layer_cost_names();
/// The times of a measurement (the JSON of `archcost measure`), in whole nanoseconds; a kernel
/// counts for the layer that names it. `place` is what messages call the text. Throws Error for
/// text that is none, or of another network.
LayerValues measured_values(const graph::Network& network, const std::string& measurement,
                            const std::string& place);

/// Node data of Model Explorer (google-ai-edge): values by the names of tensors, which are those of
/// layers in exported ONNX files.
std::string model_explorer_json(const graph::Network& network, const LayerValues& values);
/// Lines "network;stage;block;layer VALUE", as flamegraph.pl, speedscope and inferno take them.
std::string collapsed_stacks(const graph::Network& network, const LayerValues& values);
/// The kernels of a measurement one after the other, inside of their stages and blocks: Trace Event
/// Format, for Perfetto, chrome://tracing and speedscope. Throws Error as measured_values() does.
std::string trace_events(const graph::Network& network, const std::string& measurement,
                         const std::string& place);

}  // namespace archcost::tables
