// Conditions over parameters and costs: "macs <= 150M and g != 3".
#pragma once

#include <string>
#include <string_view>
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

/// The same as an expression, for the option that messages name: a name's slot is the parameter's,
/// or, counted on behind them, that of named_costs(), then of `more`.
Expression parse_condition(const ArchSpec& spec, const std::string& text, std::string_view option,
                           const std::vector<std::string>& more);
/// Whether it is true or false by its form.
bool is_condition(const Expression& expression);

/// Whether a network of that spec meets all conditions. Throws Error where a condition has no
/// answer, as a division by zero.
bool passes(const std::vector<SweepFilter>& filters, const Network& network, CostReader& costs);

}  // namespace archcost
