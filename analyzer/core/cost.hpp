// SPDX-License-Identifier: Apache-2.0
// What a layer costs, each kind of work in a counter of its own: nothing here is called "flops".
#pragma once

#include "core/count.hpp"

namespace archcost {

/// Counters of one layer, or of a sum of layers. Parameters are counted once, work for every image.
/// Source of the split: the counting rules of arXiv:1704.04861 (mult-adds) and of the tools whose
/// figures people quote; see docs/COUNTING.md.
struct LayerCost {
  Count params{};       ///< learned numbers: weights, biases, normalisation scale and shift
  Count buffers{};      ///< numbers that are kept but not learned: running mean and variance
  Count weights{};      ///< kernels of convolutions, linear layers and attention's projections only
  Count macs{};         ///< multiply-adds of convolutions, linear layers, matrix products
  Count bias_adds{};    ///< additions of a bias to an output element
  Count elementwise{};  ///< additions, multiplications and divisions element by element
  Count compares{};     ///< comparisons (ReLU has one an element)
  Count transcendentals{};  ///< exponentials, roots, tanh, erf, powers
  Count pool_ops{};  ///< taps of pooling windows, padded taps included; of global pools every input
                     ///< element
  Count activations{};  ///< output elements

  LayerCost& operator+=(const LayerCost& other) {
    params += other.params;
    buffers += other.buffers;
    weights += other.weights;
    macs += other.macs;
    bias_adds += other.bias_adds;
    elementwise += other.elementwise;
    compares += other.compares;
    transcendentals += other.transcendentals;
    pool_ops += other.pool_ops;
    activations += other.activations;
    return *this;
  }
  friend bool operator==(const LayerCost&, const LayerCost&) = default;
};

}  // namespace archcost
