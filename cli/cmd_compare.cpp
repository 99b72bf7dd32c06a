// SPDX-License-Identifier: Apache-2.0
// archcost compare: several networks side by side.
#include <memory>

#include "cli/command.hpp"
#include "cli/latency_options.hpp"
#include "cost/cost_table.hpp"
#include "reports/tables/compare_report.hpp"

namespace archcost::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> specs;
  SpecOptions network;
  OutputOptions output;
  LatencyCostOptions latency;
  bool with_latency = false;
};

int run(const CompareArguments& options) {
  std::vector<tables::Compared> networks;
  std::optional<latency::LatencyPredictor> predictor;
  bool complete = true;
  for (const std::string& spec : options.specs) {
    graph::Network network = open_network(spec, options.network);
    cost::CountOptions counting;
    bool known = true;
    if (options.with_latency) {
      if (!predictor) predictor.emplace(open_predictor(options.latency.latency));
      counting.latency = latency_by_layer(network, *predictor, options.latency.predict, known);
      complete = complete && known;
    }
    cost::CostTable costs = cost::count(network, counting);
    networks.push_back({spec, std::move(network), std::move(costs)});
  }
  write_result({.report = [&] { return tables::compare_report(networks); },
                .data = [&] { return tables::compare_data(networks); },
                .json = [&] { return tables::compare_json(networks); }},
               options.output);
  return complete ? kFine : kMeasurementFailed;
}

std::function<int()> declare_compare(CLI::App& app) {
  auto options = std::make_shared<CompareArguments>();
  app.add_option("SPEC", options->specs, "two or more specs; settings of each may follow a colon")
      ->required()
      ->expected(2, -1);
  declare_spec_options(app, options->network);
  app.add_flag("--latency", options->with_latency, "add a column of predicted latency");
  declare_latency_cost(app, options->latency);
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kCompareCommand = {
    "compare",
    "the costs of several networks side by side, with ratios",
    "  archcost compare standard_conv separable_conv\n"
    "  archcost compare mobilenet_v1 mobilenet_v1:alpha=0.5 mobilenet_v1:alpha=0.5,rho=4/7",
    declare_compare,
};

}  // namespace archcost::cli
