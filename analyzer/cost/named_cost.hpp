// SPDX-License-Identifier: Apache-2.0
// Costs of a whole network by their names: what sweeps and searches have as columns, limits and
// objectives.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data_type.hpp"
#include "core/rational.hpp"
#include "cost/cost_table.hpp"
#include "graph/network.hpp"

namespace archcost::cost {

/// The names of the glossary, and `traffic` (bytes of weights, inputs and outputs), `peak_memory`
/// (of the activations in the network's own order), `peak_memory_in_place` (the same where layers
/// write over inputs, see MemoryOptions), `train_flops` (forward and backward), `entropy` and
/// `effectiveness` (cost/entropy.hpp).
const std::vector<std::string>& named_costs();

/// Costs that aren't whole numbers: entropy and effectiveness. They are held in millionths,
/// rounded, so that rows, filters and orders have exact numbers everywhere.
bool is_real_cost(std::string_view name);
constexpr std::int64_t kMillionths = 1'000'000;
std::int64_t to_millionths(double value);
/// Entropy or effectiveness of a network, not rounded.
double real_cost(const graph::Network& network, std::string_view name);
/// What a number that CostReader gives stands for: 10178.61 for 10,178,610,000 millionths of
/// entropy.
Rational cost_value(std::string_view name, std::int64_t held);

/// Reads costs of one network, which it counts at most once.
class CostReader {
 public:
  CostReader(const graph::Network& network, const DataTypes& types)
      : network_(&network), types_(types) {}

  /// Nothing for a name that isn't one of named_costs(). For the network's whole batch; real costs
  /// in millionths. Throws Error and CountOverflow when it needs more than 64 bits.
  std::optional<Count> cost(std::string_view name);
  const CostTable& table();

 private:
  const graph::Network* network_;
  DataTypes types_;
  std::optional<CostTable> table_;
};

}  // namespace archcost::cost
