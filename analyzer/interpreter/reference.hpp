// SPDX-License-Identifier: Apache-2.0
// A plain interpreter of networks: naive loops that faster implementations are checked against.
#pragma once

#include <functional>
#include <vector>

#include "interpreter/weights.hpp"

namespace archcost::interpreter {

/// Numbers in the order batch, channels, height, width.
using Tensor = std::vector<float>;

/// The outputs of all layers, by Network::layers, for an input of Network::batch images. Sums are
/// taken in double. Slow: for tests and for checking, not for measuring.
/// `before` is called with each layer's index before it runs: large networks take minutes.
/// Throws std::invalid_argument for an input or weights of other sizes than the network needs.
std::vector<Tensor> run_reference(const graph::Network& network,
                                  const std::vector<LayerWeights>& weights, const Tensor& input,
                                  const std::function<void(std::size_t)>& before = {});

/// Computes one layer for Network::batch images in the same way: `inputs` are the tensors that the
/// layer reads.
void run_layer(const graph::Network& network, const graph::Layer& layer,
               const LayerWeights& weights, const std::vector<const float*>& inputs, float* output);

/// The largest absolute difference over the largest absolute expected number; NaN anywhere gives
/// infinity, and so do sizes that differ.
double largest_error(const Tensor& result, const Tensor& expected);

}  // namespace archcost::interpreter
