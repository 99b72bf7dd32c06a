// SPDX-License-Identifier: Apache-2.0
#include "cli/cost_options.hpp"

#include <fmt/core.h>

#include "cli/checks.hpp"
#include "core/diagnostic.hpp"
#include "cost/machine_file.hpp"

namespace archcost::cli {

void declare_data_types(CLI::App& app, CostArguments& arguments) {
  const auto types = one_of(data_type_names());
  app.add_option("--dtype", arguments.dtype,
                 "data type of weights and activations: f32, f16, bf16, int8 or int4")
      ->check(types)
      ->type_name("TYPE")
      ->capture_default_str();
  app.add_option("--weight-dtype", arguments.weight_dtype,
                 "data type of weights (default: --dtype)")
      ->check(types)
      ->type_name("TYPE");
  app.add_option("--activation-dtype", arguments.activation_dtype,
                 "data type of activations (default: --dtype)")
      ->check(types)
      ->type_name("TYPE");
}

void declare_cost_options(CLI::App& app, CostArguments& arguments) {
  std::vector<std::string> names = cost::convention_names();
  app.add_option("--convention", arguments.convention,
                 "counting convention; 'archcost conventions' explains each")
      ->check(one_of(names))
      ->type_name("NAME")
      ->capture_default_str();
  declare_data_types(app, arguments);
  app.add_option("--peak-gflops", arguments.peak_gflops, "roofline: 10^9 operations a second")
      ->check(above_zero())
      ->type_name("G");
  app.add_option("--bandwidth-gbs", arguments.bandwidth_gbs, "roofline: 10^9 bytes a second")
      ->check(above_zero())
      ->type_name("G");
  app.add_option("--machine", arguments.machine,
                 "roofline: a machine file, JSON with peak_gflops and bandwidth_gbs; the "
                 "two options override it")
      ->type_name("FILE");
}

DataTypes data_types(const CostArguments& arguments) {
  const auto pick = [&](const std::string& name) {
    return *find_data_type(name.empty() ? arguments.dtype : name);
  };
  return {pick(arguments.weight_dtype), pick(arguments.activation_dtype)};
}

cost::CountOptions count_options(const CostArguments& arguments) {
  cost::CountOptions options;
  options.convention = cost::find_convention(arguments.convention);
  options.types = data_types(arguments);
  if (!arguments.machine.empty()) options.roofline = cost::read_machine_file(arguments.machine);
  const bool peak = arguments.peak_gflops > 0, bandwidth = arguments.bandwidth_gbs > 0;
  if (!options.roofline && peak != bandwidth) {
    throw Error(fmt::format(
        "a roofline needs both --peak-gflops and --bandwidth-gbs, or --machine; {} is missing",
        peak ? "--bandwidth-gbs" : "--peak-gflops"));
  }
  if (!options.roofline && peak) options.roofline.emplace();
  if (peak) options.roofline->peak_gflops = arguments.peak_gflops;
  if (bandwidth) options.roofline->bandwidth_gbs = arguments.bandwidth_gbs;
  return options;
}

}  // namespace archcost::cli
