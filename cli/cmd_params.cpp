// SPDX-License-Identifier: Apache-2.0
// archcost params: what can be set in a spec.
#include <memory>

#include "cli/command.hpp"
#include "reports/tables/params_report.hpp"

namespace archcost::cli {
namespace {

std::function<int()> declare_params(CLI::App& app) {
  auto spec = std::make_shared<std::string>();
  auto output = std::make_shared<OutputOptions>();
  app.add_option("SPEC", *spec, "a shipped spec, a preset, a file, or - for standard input")
      ->required();
  declare_output(app, *output);
  return [spec, output] {
    const SpecRequest request = open_spec(*spec, {});
    const graph::Network network = build_network(request);
    write_result({.report = [&] { return tables::params_report(request.spec, network); },
                  .json = [&] { return tables::params_json(request.spec, network); }},
                 *output);
    return kFine;
  };
}

}  // namespace

const Command kParamsCommand = {"params", "the parameters and presets of a spec",
                                "  archcost params shufflenet_v1\n  archcost params resnet50",
                                declare_params};

}  // namespace archcost::cli
