// SPDX-License-Identifier: Apache-2.0
// An ONNX graph as plain values: what the file writer encodes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "graph/network.hpp"
#include "interpreter/weights.hpp"

namespace archcost::exporter {

/// The value of an attribute, or of a constant.
using Numbers = std::vector<std::int64_t>;
/// Sizes of a tensor, the batch first.
using Sizes = std::vector<std::int64_t>;

/// The product of the sizes.
std::int64_t elements(const Sizes& sizes);

using WeightVector = std::vector<float> interpreter::LayerWeights::*;
inline constexpr WeightVector kKernel = &interpreter::LayerWeights::kernel,
                              kBias = &interpreter::LayerWeights::bias,
                              kScale = &interpreter::LayerWeights::scale,
                              kShift = &interpreter::LayerWeights::shift,
                              kMean = &interpreter::LayerWeights::mean,
                              kVariance = &interpreter::LayerWeights::variance;

/// A tensor's numbers are those of one of a layer's weights, from `first` on.
struct WeightPart {
  graph::LayerId layer = 0;
  WeightVector vector = nullptr;
  std::size_t first = 0;
};

/// An initializer: learned numbers, or constants that are part of the computation.
struct OnnxTensor {
  std::string name;
  Sizes sizes;
  std::variant<WeightPart, std::vector<std::int64_t>, std::vector<float>> numbers;
};

struct OnnxAttribute {
  std::string name;
  std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>> value;
};

/// A node with one output, which has the node's name or that of the layer folded into it.
struct OnnxNode {
  std::string type, name, output;
  std::vector<std::string> inputs;
  std::vector<OnnxAttribute> attributes;
  graph::LayerId layer = 0;  ///< that it computes, or a part of; kNetworkInput: of no layer
  std::string doc = {};      ///< what the operators don't say of the layer
};

/// A tensor of 32-bit numbers between nodes.
struct OnnxValue {
  std::string name;
  Sizes sizes;
  std::string doc = {};
};

struct OnnxGraph {
  std::string name;
  std::vector<OnnxNode> nodes;  ///< each after its inputs
  std::vector<OnnxTensor> tensors;
  std::vector<OnnxValue> inputs, outputs;
  std::vector<OnnxValue> values;  ///< every other tensor
};

}  // namespace archcost::exporter
