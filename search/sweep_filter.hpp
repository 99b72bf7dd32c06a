// Conditions over parameters and costs: "macs <= 150M and g != 3".
#pragma once

#include <string>
#include <vector>

#include "cost/named_cost.hpp"
#include "graph/network.hpp"
#include "spec/arch_spec.hpp"

namespace archcost {

struct SweepFilter {
  Expression condition;
};

/// Reads a condition; K, M, G and T stand behind numbers as in published figures. Throws Error for
/// a name that is neither a parameter nor a cost.
SweepFilter parse_filter(const ArchSpec& spec, const std::string& text);

/// Whether a network of that spec meets all conditions. Throws Error where a condition has no
/// answer, as a division by zero.
bool passes(const std::vector<SweepFilter>& filters, const Network& network, CostReader& costs);

}  // namespace archcost
