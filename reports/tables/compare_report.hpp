// SPDX-License-Identifier: Apache-2.0
// Several networks side by side.
#pragma once

#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "graph/network.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

struct Compared {
  std::string label;  ///< as it was asked for: "mobilenet_v1:alpha=0.5"
  graph::Network network;
  cost::CostTable costs;
};

/// A row for each network and one with the ratio of each to the first. Where the second network is
/// the depthwise separable form of the first's convolution, the paper's 1/N + 1/D² stands below,
/// and the ratios as fractions.
Document compare_report(const std::vector<Compared>& networks);
/// The same for machines: every counter.
Document compare_data(const std::vector<Compared>& networks);
std::string compare_json(const std::vector<Compared>& networks);

/// "1/N + 1/D² = 1/4 + 1/3² = 0.361" if `separable` computes the map of `standard` by a depthwise
/// and a pointwise convolution; empty if the formula doesn't apply. Source: arXiv:1704.04861
/// section 3.1.
std::string separable_formula(const graph::Network& standard, const graph::Network& separable);

}  // namespace archcost::tables
