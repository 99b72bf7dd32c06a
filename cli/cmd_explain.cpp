// SPDX-License-Identifier: Apache-2.0
// archcost explain: where a network's costs come from.
#include <memory>

#include "cli/command.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::cli {
namespace {

std::function<int()> declare_explain(CLI::App& app) {
  auto options = std::make_shared<NetworkArguments>();
  declare_network(app, *options);
  declare_output(app, options->output);
  return [options] {
    const SpecRequest request = open_spec(options->spec, options->network);
    const graph::Network network = build_network(request);
    const cost::CostTable costs = cost::count(network);
    const cost::Scalings scalings = cost::measured_scalings(request.spec, request.options);
    write_result({.report = [&] { return tables::explain_report(network, costs, scalings); },
                  .json = [&] { return tables::explain_json(network, costs, scalings); }},
                 options->output);
    return kFine;
  };
}

}  // namespace

const Command kExplainCommand = {
    "explain",
    "where the costs come from: formulas with their numbers, shares, conclusions",
    "  archcost explain mobilenet_v1\n"
    "  archcost explain shufflenet_v1 --set g=8\n"
    "  archcost explain se_resnet50 --format markdown",
    declare_explain,
};

}  // namespace archcost::cli
