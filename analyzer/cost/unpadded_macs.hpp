// SPDX-License-Identifier: Apache-2.0
// Multiply-adds of a convolution on the input, without those on its padding.
#pragma once

#include "graph/network.hpp"

namespace archcost::cost {

/// Multiply-adds of a convolution, plain or transposed, without those on padded zeros (transposed:
/// without those that are cropped away). For one image.
Count unpadded_macs(const graph::Network& network, const graph::Layer& layer);

}  // namespace archcost::cost
