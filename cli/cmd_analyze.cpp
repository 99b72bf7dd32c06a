// SPDX-License-Identifier: Apache-2.0
// archcost analyze: the cost table of one network.
#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::cli {
namespace {

struct AnalyzeArguments : NetworkArguments {
  CostArguments costs;
  tables::CostReportOptions report;
  std::optional<std::string> columns;
  LatencyCostOptions latency;
};

// "params, macs,": blanks and a trailing comma are ignored.
std::vector<std::string> column_names(const std::string& text) {
  std::vector<std::string> names;
  for (const std::string& name : split(text, ',')) {
    if (!trim(name).empty()) names.emplace_back(trim(name));
  }
  if (names.empty()) throw Error("--columns names no column");
  return names;
}

bool wants_latency(const AnalyzeArguments& options) {
  const std::vector<std::string>& columns = options.report.columns;
  return options.report.sort.starts_with("latency") ||
         std::any_of(columns.begin(), columns.end(),
                     [](const std::string& name) { return name.starts_with("latency"); });
}

int run(AnalyzeArguments options) {
  if (options.report.grouping != cost::Grouping::kLayer && options.report.depth)
    throw Error("--by and --depth are two ways of summing; give one of them");
  if (options.columns && options.output.format == "json")
    throw Error("--columns does not apply to json, which has every counter");
  const graph::Network network = open_network(options.spec, options.network);
  if (options.columns) options.report.columns = column_names(*options.columns);
  cost::CountOptions counting = count_options(options.costs, options.latency.latency.threads);
  bool complete = true;
  if (wants_latency(options)) {
    complete = set_latency(network, open_predictor(options.latency.latency),
                           options.latency.predict, counting);
  }
  const cost::CostTable costs = cost::count(network, counting);
  tables::CostReportOptions data = options.report;
  data.detail = tables::Detail::kData;
  write_result({.report = [&] { return tables::cost_report(network, costs, options.report); },
                .data = [&] { return tables::cost_report(network, costs, data); },
                .json = [&] { return tables::cost_json(network, costs, options.report); }},
               options.output);
  return complete ? kFine : kMeasurementFailed;
}

std::string column_help() {
  std::string text = "comma-separated columns:";
  for (const tables::CostColumn& column : tables::cost_columns())
    text += " " + std::string(column.name);
  return text;
}

std::function<int()> declare_analyze(CLI::App& app) {
  auto options = std::make_shared<AnalyzeArguments>();
  declare_network(app, *options);
  declare_grouping(app, options->report.grouping, 4);
  add_count(app, "--depth", options->report.depth,
            "sum by the first N parts of the layers' names, instead of --by");
  add_value(app, "--sort", options->report.sort, "NAME",
            "by a column, largest first; NAME:asc, smallest first");
  add_count(app, "--top", options->report.top,
            "only N rows, the largest costs without --sort, and the sum of the others");
  add_value(app, "--columns", options->columns, "NAMES", column_help());
  declare_cost_options(app, options->costs);
  declare_latency_cost(app, options->latency);
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kAnalyzeCommand = {
    "analyze",
    "the costs of every layer of a network",
    "  archcost analyze mobilenet_v1\n"
    "  archcost analyze mobilenet_v1 --by kind --set alpha=0.5 --set rho=4/7\n"
    "  archcost analyze resnet50 --convention fvcore --sort cost --top 10\n"
    "  archcost analyze resnet50 --dtype int8 --columns params,traffic,intensity\n"
    "  archcost analyze mobilenet_v1 --by kind --peak-gflops 200 --bandwidth-gbs 40\n"
    "  archcost analyze my_net.yaml --input 3x160x160 --format json -o costs.json\n"
    "  cat my_net.yaml | archcost analyze - --format csv",
    declare_analyze,
};

}  // namespace archcost::cli
