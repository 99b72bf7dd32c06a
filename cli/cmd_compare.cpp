// SPDX-License-Identifier: Apache-2.0
// archcost compare and diff: several networks side by side, and two aligned layer by layer.
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cost/cost_table.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> specs;
  SpecOptions network;
  OutputOptions output;
  LatencyCostOptions latency;
  bool with_latency = false;
};

int compare_networks(const CompareArguments& options) {
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
  return [options] { return compare_networks(*options); };
}

struct DiffArguments {
  std::string left, right;
  SpecOptions network;
  OutputOptions output;
};

int diff_networks(const DiffArguments& options) {
  const graph::Network left = open_network(options.left, options.network),
                       right = open_network(options.right, options.network);
  const cost::CostTable left_costs = cost::count(left), right_costs = cost::count(right);
  write_result({.report = [&] { return tables::diff_report(left, left_costs, right, right_costs); },
                .data = [&] { return tables::diff_data(left, left_costs, right, right_costs); },
                .json = [&] { return tables::diff_json(left, left_costs, right, right_costs); }},
               options.output);
  return kFine;
}

std::function<int()> declare_diff(CLI::App& app) {
  auto options = std::make_shared<DiffArguments>();
  app.add_option("A", options->left, "a spec; settings may follow a colon")->required();
  app.add_option("B", options->right, "the spec to compare with")->required();
  declare_spec_options(app, options->network);
  declare_output(app, options->output);
  return [options] { return diff_networks(*options); };
}

}  // namespace

const Command kCompareCommand = {
    "compare",
    "the costs of several networks side by side, with ratios",
    "  archcost compare standard_conv separable_conv\n"
    "  archcost compare mobilenet_v1 mobilenet_v1:alpha=0.5 mobilenet_v1:alpha=0.5,rho=4/7",
    declare_compare,
};

const Command kDiffCommand = {
    "diff",
    "the changes between two networks, layer by layer, and their costs",
    "  archcost diff resnet50 se_resnet50\n"
    "  archcost diff mobilenet_v1 mobilenet_v1:alpha=0.5\n"
    "  archcost diff resnet50:stride_in=k3 resnet50:stride_in=k1\n\n"
    "csv, json and jsonl have a row for every layer, equal ones too.",
    declare_diff,
};

}  // namespace archcost::cli
