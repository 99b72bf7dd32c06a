// SPDX-License-Identifier: Apache-2.0
// What people call "FLOPs": named views over the work of a layer. A convention is a list of causes
// ("batch norm: 2 an element"), so that the difference between two conventions can be split by
// cause and adds up exactly.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/network.hpp"

namespace archcost::cost {

/// A part of a layer's figure and why it is counted.
struct Contribution {
  std::string_view cause;
  Count amount;
};

struct Convention {
  std::string_view name;    ///< "ptflops-aten"
  std::string_view counts;  ///< one line: what it adds up
  std::string_view rules;   ///< the whole of its rules, one a line
  std::string_view source;
  /// Appends what the layer contributes, for one image.
  void (*count)(const graph::Network&, const graph::Layer&, std::vector<Contribution>&);
};

std::span<const Convention> conventions();
/// The convention of that name ('_' stands for '-' too), or null.
const Convention* find_convention(std::string_view name);
std::vector<std::string> convention_names();

/// The figure of one layer, for the network's whole batch.
Count convention_cost(const Convention& convention, const graph::Network& network,
                      const graph::Layer& layer);
/// The figure of the network. Throws Error when it needs more than 64 bits.
Count convention_total(const Convention& convention, const graph::Network& network);

/// One cause of the difference between two conventions, over the whole network and batch.
struct Difference {
  std::string cause;
  Count from, to;  ///< what each convention counts for it
};
/// Causes that the two count differently, in the order of first appearance; the sum of `to` -
/// `from` is the difference of the figures.
std::vector<Difference> explain_difference(const graph::Network& network, const Convention& from,
                                           const Convention& to);

/// Activations as pycls counts them: outputs of convolutions, linear layers and windowed pools.
Count pycls_activations(const graph::Network& network);

/// Multiply-adds of a convolution, plain or transposed, without those on padded zeros (transposed:
/// without those that are cropped away). For one image.
Count unpadded_macs(const graph::Network& network, const graph::Layer& layer);

}  // namespace archcost::cost
