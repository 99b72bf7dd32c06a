// SPDX-License-Identifier: Apache-2.0
// A network as an ONNX file, for runtimes, viewers and converters.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/onnx_graph.hpp"

namespace archcost::exporter {

constexpr int kOldestOpset = 13, kNewestOpset = 21, kDefaultOpset = 17;

enum class WeightMode {
  kRandom,  ///< those of the interpreter and of `measure` for a seed
  kZero,
  kNone  ///< the file names weights that are not there
};

/// The layers that are folded into the convolution or linear layer before them: by layer, that
/// layer, or -1. Batch norms and scales whose input nothing else reads.
std::vector<graph::LayerId> folded_layers(const graph::Network& network);
/// Multiplies their factors into the kernels, and gives these layers biases.
void fold_weights(const graph::Network& network, const std::vector<graph::LayerId>& folded_into,
                  std::vector<interpreter::LayerWeights>& weights);

/// The graph; `folded_into` is empty or as folded_layers() gives it. Throws Error, with every layer
/// that has no form in ONNX.
OnnxGraph onnx_graph(const graph::Network& network, int opset,
                     const std::vector<graph::LayerId>& folded_into = {});

/// What a file says beside the graph.
struct OnnxFile {
  int opset = kDefaultOpset;
  WeightMode weights = WeightMode::kRandom;
  /// Name of the file of the weights, without folder: of kNone, and where the weights are too large
  /// for one file; empty: they are inside.
  std::string external;
  std::string producer_version;
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Writes bytes to their destination.
using Sink = std::function<void(std::string_view)>;

/// Encodes the file piece by piece, so that it takes no memory beside the weights. `weights` are
/// needed for kRandom alone.
void write_onnx(const OnnxGraph& graph, const OnnxFile& file,
                const std::vector<interpreter::LayerWeights>& weights, const Sink& sink);
/// The file of the weights, for kRandom and kZero.
void write_external_weights(const OnnxGraph& graph, WeightMode mode,
                            const std::vector<interpreter::LayerWeights>& weights,
                            const Sink& sink);

/// A tensor as a file of its own, a TensorProto.
std::string encode_tensor(const OnnxValue& value, const std::vector<float>& numbers);

/// Adds the costs of each layer to the attributes of its node, for viewers that show them: runtimes
/// refuse such a file.
void add_cost_attributes(const graph::Network& network, OnnxGraph& graph);

/// Bytes of all weights; above kMostInside they belong into a file of their own.
std::int64_t weight_bytes(const OnnxGraph& graph);
constexpr std::int64_t kMostInside = 2'000'000'000;  // Protocol Buffers end at 2^31

}  // namespace archcost::exporter
