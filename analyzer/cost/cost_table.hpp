// What every layer of a network costs, and sums of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/network.hpp"

namespace archcost {

/// One layer, or a sum of layers under one name.
struct CostRow {
  std::string name;
  int layers = 1;
  LayerCost cost;
};

/// The costs of a network for its whole batch: work and activations are counted for every image,
/// parameters once.
struct CostTable {
  std::vector<CostRow> layers;  ///< in the order of execution, by Network::layers
  LayerCost total;
  int weighted_layers = 0;      ///< layers with weights: the count that papers give ("28 layers")
};

enum class Grouping { kLayer, kKind, kStage };

/// Throws Error when a sum needs more than 64 bits.
CostTable count(const Network& network);

/// The same costs summed by what people call the layers, or by the first part of their names, in the
/// order of first appearance. By layer: one row for each.
std::vector<CostRow> group(const Network& network, const CostTable& table, Grouping grouping);

/// The first part of a layer's name: "stage2.unit1.conv" is of "stage2".
std::string_view stage_of(std::string_view layer_name);

}  // namespace archcost
