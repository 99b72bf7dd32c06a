// SPDX-License-Identifier: Apache-2.0
// Options of the commands that count: convention, data types, roofline.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cost/cost_table.hpp"

namespace archcost::cli {

struct CostArguments {
  std::string convention = "macs";
  std::string dtype = "f32", weight_dtype, activation_dtype;
  double peak_gflops = 0, bandwidth_gbs = 0;
  std::string machine;  ///< a machine file
};

void declare_data_types(CLI::App& app, CostArguments& arguments);
/// --convention, --dtype and its kin, --peak-gflops, --bandwidth-gbs, --machine.
void declare_cost_options(CLI::App& app, CostArguments& arguments);

DataTypes data_types(const CostArguments& arguments);
/// Throws Error for half of a roofline, or a machine file that isn't one.
cost::CountOptions count_options(const CostArguments& arguments);

}  // namespace archcost::cli
