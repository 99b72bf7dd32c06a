// SPDX-License-Identifier: Apache-2.0
// Conditions over parameters and costs: "macs <= 150M and g != 3".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cost/named_cost.hpp"
#include "graph/network.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::space {

struct SweepFilter {
  spec::Expression condition;
  std::string option;  ///< that messages name
};

/// Reads a condition; numbers may have K, M, G or T, percentages %, times need s, ms or us, memory
/// sizes B, KB, MB, GB, KiB, MiB or GiB. Throws Error for a name that is neither a parameter nor a
/// cost, and for a unit that is missing or of another kind.
SweepFilter parse_filter(const spec::ArchSpec& spec, const std::string& text,
                         const std::string& option = "--where");

/// The same as an expression, for the option that messages name: a name's slot is the parameter's,
/// or, counted on behind them, that of cost::named_costs(), then of `more`.
spec::Expression parse_condition(const spec::ArchSpec& spec, const std::string& text,
                                 std::string_view option, const std::vector<std::string>& more);
/// Throws Error for a text that is a condition of no network: one that can't be read. Names aren't
/// looked up.
void check_condition(const std::string& text, std::string_view option);
/// Whether it is true or false by its form.
bool is_condition(const spec::Expression& expression);

/// Of "macs <= 300M": its words.
struct UpperBound {
  std::string_view name, number, unit;
};
/// Nothing for conditions of another form. The words are parts of the condition.
std::optional<UpperBound> parse_upper_bound(std::string_view condition);

/// For a limit as "macs <= 300" that the value exceeds a thousand times: "macs <= 300 means 300;
/// millions are written 300M." Else empty.
std::string forgotten_suffix(const std::string& condition, double value);

/// Whether the condition asks for a cost that can't be traced: entropy, effectiveness and point
/// costs.
bool asks_for_real_cost(const spec::ArchSpec& spec, const SweepFilter& filter);
bool asks_for_parameter(const spec::ArchSpec& spec, const SweepFilter& filter);
/// The costs that a condition asks for, each once.
std::vector<std::string> costs_of(const spec::ArchSpec& spec, const SweepFilter& filter);

/// Whether a network of that spec meets all conditions; `cost` gives the whole numbers of rows.
/// Throws Error where a condition has no answer, as a division by zero.
bool passes(const std::vector<SweepFilter>& filters, const graph::Network& network,
            const std::function<Count(const std::string&)>& cost);
/// The same for the values of the spec's parameters.
bool passes(const std::vector<SweepFilter>& filters,
            std::vector<std::optional<spec::Value>> parameters,
            const std::function<Count(const std::string&)>& cost);

}  // namespace archcost::space
