// SPDX-License-Identifier: Apache-2.0
// The learned numbers of a network's layers, for networks that are run and not only counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph/network.hpp"

namespace archcost::interpreter {

/// What one layer has learned; empty where its kind has no such numbers. Orders are PyTorch's:
/// - conv: kernel (out, in / groups, height, width), bias (out)
/// - conv_transpose: kernel (in, out / groups, height, width), bias (out)
/// - linear: kernel (out, in), bias (out)
/// - batch_norm: scale, shift (both empty when not affine), mean, variance (channels)
/// - layer_norm, group_norm: scale, shift
/// - scale: scale (channels), shift its bias; prelu: scale the slopes (channels, or one)
/// - class_token: kernel (channels); position_embedding: kernel (channels, height, width)
/// - multi_head_attention: kernel the projections of queries (heads x depth, channels), keys and
///   values (each kv_heads x depth, channels of the context) and then the output's (channels, heads
///   x depth); bias theirs in the same order
struct LayerWeights {
  std::vector<float> kernel, bias, scale, shift, mean, variance;
};

inline std::size_t size(Count count) { return static_cast<std::size_t>(count.value()); }

/// Sizes of the vectors in LayerWeights.
struct WeightSizes {
  std::size_t kernel = 0, bias = 0, scale = 0, shift = 0, mean = 0, variance = 0;

  friend bool operator==(const WeightSizes&, const WeightSizes&) = default;
};
/// What a layer needs.
WeightSizes weight_sizes(const graph::Network& network, const graph::Layer& layer);
/// The sizes of given weights.
WeightSizes sizes_of(const LayerWeights& weights);

/// Added to a variance before its root is taken, in every kind of normalisation.
constexpr float kNormEpsilon = 1e-5f;

/// Local response normalisation of AlexNet (Krizhevsky et al. 2012, section 3.3), the sum divided
/// by the number of neighbours as PyTorch does.
constexpr float kLrnOffset = 1, kLrnAlpha = 1e-4f, kLrnBeta = 0.75f;

/// By layer; the same for a seed on every machine. Kernels are drawn so that activations keep their
/// size from layer to layer (He et al., arXiv:1502.01852); scales, variances near 1, slopes of
/// prelu near 1/4, shifts, means and biases near 0.
std::vector<LayerWeights> random_weights(const graph::Network& network, std::uint64_t seed);

/// Numbers in [-1, 1) for the network's input: batch x channels x height x width.
std::vector<float> random_input(const graph::Network& network, std::uint64_t seed);

}  // namespace archcost::interpreter
