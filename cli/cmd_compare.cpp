// SPDX-License-Identifier: Apache-2.0
// archcost compare and diff: several networks side by side, and two aligned layer by layer.
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/engines_report.hpp"
#include "reports/tables/network_tables.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> specs;
  SpecOptions network;
  OutputOptions output;
  LatencyCostOptions latency;
  std::string columns;  ///< names joined by commas; empty: those of compare_report()
  bool with_latency = false;
};

std::vector<std::string> columns_of(const std::string& text) {
  std::vector<std::string> columns;
  for (const std::string& part : split(text, ',')) {
    if (!trim(part).empty())
      columns.push_back(space::cost_name(part, cost::named_costs(), "--columns " + text));
  }
  return columns;
}

// Predicted on each of the engines.
int compare_engines(const CompareArguments& options, const std::vector<std::string>& engines) {
  std::vector<tables::NetworkOnEngines> networks;
  bool complete = true;
  std::string how = "predicted";
  std::vector<latency::LatencyPredictor> predictors;
  for (const std::string& engine : engines) {
    LatencyOptions latency = options.latency.latency;
    latency.machine.engine = engine;
    predictors.push_back(open_predictor(latency));
    how += "   " + predictors.back().machine().text();
  }
  for (const std::string& spec : options.specs) {
    const graph::Network network = open_network(spec, options.network);
    tables::NetworkOnEngines& one = networks.emplace_back();
    one.label = spec;
    for (const graph::Layer& layer : network.layers)
      one.macs += static_cast<double>((layer.cost.macs * Count(network.batch)).value());
    for (const latency::LatencyPredictor& predictor : predictors) {
      one.engines.push_back(tables::engine_times(
          network, predictor.predict(network, options.latency.predict), predictor.machine()));
      complete = complete && one.engines.back().complete;
    }
  }
  write_result({.report = [&] { return tables::engines_report(networks, how); }}, options.output);
  return complete ? kFine : kMeasurementFailed;
}

int compare_networks(const CompareArguments& options) {
  const std::vector<std::string> engines = split(options.latency.latency.machine.engine, ',');
  if (engines.size() > 1) {
    if (!options.with_latency || !options.columns.empty())
      throw Error("--engine with several names is for --latency, without --columns");
    return compare_engines(options, engines);
  }
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
  if (!options.columns.empty()) {
    const std::vector<std::string> columns = columns_of(options.columns);
    write_result({.report = [&] { return tables::compare_columns(networks, columns); }},
                 options.output);
    return complete ? kFine : kMeasurementFailed;
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
  add_value(
      app, "--columns", options->columns, "NAMES",
      "costs, joined by commas, as peak_memory,size_int8; 'archcost sweep --help' lists them");
  app.add_flag(
      "--latency", options->with_latency,
      "add a column of predicted latency; --engine A,B: engines side by side, by kind of layer");
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
    "  archcost compare mobilenet_v1 mobilenet_v1:alpha=0.5 mobilenet_v1:alpha=0.5,rho=4/7\n"
    "  archcost compare resnet50 se_resnet50 --columns params,macs,peak_memory --format latex\n"
    "  archcost compare mobilenet_v1 shufflenet_v1 --latency --engine onednn,onnxruntime",
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
