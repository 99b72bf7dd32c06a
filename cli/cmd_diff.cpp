// SPDX-License-Identifier: Apache-2.0
// archcost diff: two networks aligned layer by layer.
#include <memory>

#include "cli/command.hpp"
#include "reports/tables/diff_report.hpp"

namespace archcost::cli {
namespace {

struct DiffArguments {
  std::string left, right;
  SpecOptions network;
  OutputOptions output;
};

int run(const DiffArguments& options) {
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
  return [options] { return run(*options); };
}

}  // namespace

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
