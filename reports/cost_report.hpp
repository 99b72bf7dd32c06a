// The cost table of a network, for people and as JSON.
#pragma once

#include <string>

#include "cost/cost_table.hpp"
#include "graph/network.hpp"
#include "reports/table.hpp"

namespace archcost {

enum class Detail {
  kPeople,  ///< the columns that fit a terminal
  kData,    ///< every counter, raw
};

/// A table by layer, kind or stage, with shares and totals.
Document cost_report(const Network& network, const CostTable& costs, Grouping grouping, Detail detail);

/// {"spec", "parameters", "input", "convention", "totals", "layers": [...]} and, when grouped,
/// "groups". The keys are a contract: more may come, none is renamed.
std::string cost_json(const Network& network, const CostTable& costs, Grouping grouping);

/// "α 1   ρ 1   3x224x224   batch 1".
std::string describe_setting(const Network& network);

}  // namespace archcost
