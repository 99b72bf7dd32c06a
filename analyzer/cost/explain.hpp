// SPDX-License-Identifier: Apache-2.0
// The facts behind a network's costs: what each kind of layer costs by its closed formula, what
// separating, grouping and shuffling save, what squeeze-and-excitation adds.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "graph/build.hpp"

namespace archcost::cost {

/// A kind of layer with multiply-adds, its formula, and the formula of its largest layer in
/// numbers.
struct KindFormula {
  std::string name;        ///< "conv 1x1"
  std::string formula;     ///< "M · N · H · W"
  std::string numbers;     ///< "512 · 512 · 14 · 14 = 51,380,224"
  std::string example;     ///< the layer that the numbers are of
  bool pointwise = false;  ///< convolutions of 1x1 without groups
  CostRow sum;
};
std::vector<KindFormula> kind_formulas(const graph::Network& network, const CostTable& costs);

/// By kind, how its multiply-adds grow with the multipliers of width and resolution (`alpha` or
/// `s`, and `rho`): "α²ρ²", "1" where they don't. Measured, by doubling each of the two (halving it
/// where twice as much isn't allowed), so that rounded channels and fixed sizes are taken into
/// account; nothing for a kind that follows no power. `--input` is ignored, as it hides `rho`.
using Scalings = std::map<std::string, std::string>;
Scalings measured_scalings(const spec::ArchSpec& spec, const graph::BuildOptions& options);

/// Depthwise convolutions whose outputs go through norms and activations into a pointwise one.
/// Against standard convolutions in their place: arXiv:1704.04861 section 3.1.
struct SeparableFacts {
  int pairs = 0;
  Count macs;           ///< of the pairs, one image
  Count standard_macs;  ///< of standard convolutions with the same kernel, stride and channels
};
SeparableFacts separable_facts(const graph::Network& network);

/// Grouped pointwise convolutions, against the same with one group: arXiv:1707.01083 section 3.
struct GroupedFacts {
  int layers = 0;
  Count macs, ungrouped_macs;  ///< one image
};
GroupedFacts grouped_facts(const graph::Network& network);

/// Two grouped convolutions with only channel-wise layers and a shuffle between them: how many
/// channels of the first's input an output channel of the second depends on.
struct ShuffleFacts {
  std::string first, second;                           ///< names of the convolutions
  std::int64_t channels = 0;                           ///< of the first's input
  std::int64_t with_shuffle = 0, without_shuffle = 0;  ///< the smallest over the output channels
};
std::vector<ShuffleFacts> shuffle_facts(const graph::Network& network);

/// Gates that scale channels: a product of a map and a [C,1,1] tensor that comes from a global
/// pool.
struct GateFacts {
  int gates = 0;
  LayerCost added;      ///< pool, the layers up to the gate and the product; one image
  Count products;       ///< of maps with gates, one image
  std::string example;  ///< the largest gate
  std::int64_t channels = 0, hidden = 0;  ///< of the largest gate: C and C/r
  Count example_weights;
  bool is_bottleneck = false;  ///< the largest has two layers, C to C/r to C: 2 C²/r weights
};
GateFacts gate_facts(const graph::Network& network);

}  // namespace archcost::cost
