// SPDX-License-Identifier: Apache-2.0
// What a sweep has as columns, conditions and orders: costs that a network's counts give, and point
// costs, which come from elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/rational.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::space {

/// Rows hold whole numbers. Of point costs these are:
///   latency            nanoseconds; its value is in seconds
///   latency_estimated  kernels whose latency is an estimate
///   accuracy           millionths of a percent (top-1)
///   accuracy_error     the same: half the last digit of a published figure, else that of the fit
const std::vector<std::string>& point_costs();
bool is_point_cost(std::string_view name);
/// cost::named_costs(), then the point costs.
const std::vector<std::string>& sweep_costs();

/// Throws Error for a parameter that has the name of a cost: conditions could mean either.
void check_parameter_names(const spec::ArchSpec& spec);

/// Whether it is in bytes.
bool is_memory_size(std::string_view name);
/// The name of a cost as people write it, with '-' or '_'. Throws Error at `place`, with `hint` at
/// its end, for one that is not among `known`.
std::string cost_name(std::string_view text, const std::vector<std::string>& known,
                      const std::string& place, std::string_view hint = "");

/// What the whole number of a row stands for.
Rational sweep_value(std::string_view name, std::int64_t held);
/// Whether that is the whole number itself.
bool is_whole(std::string_view name);

}  // namespace archcost::space
