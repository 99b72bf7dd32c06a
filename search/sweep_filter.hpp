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

/// A condition that has no answer: a mistake of the request, not of a combination.
struct FilterFault {
  std::string place, message;
};

/// Reads a condition; K, M, G and T stand behind numbers as in published figures. Throws Error for
/// a name that is neither a parameter nor a cost.
SweepFilter parse_filter(const ArchSpec& spec, const std::string& text);

/// Whether a network of that spec meets all conditions. Throws FilterFault.
bool passes(const std::vector<SweepFilter>& filters, const Network& network, CostReader& costs);

}  // namespace archcost
