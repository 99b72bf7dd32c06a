// SPDX-License-Identifier: Apache-2.0
// archcost check: whether a network meets limits; status 5 where it doesn't.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/cost_options.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/check_report.hpp"
#include "search/space/sweep_filter.hpp"

namespace archcost::cli {
namespace {

struct CheckArguments {
  std::string spec;
  std::vector<std::string> limits;
  SpecOptions network;
  CostArguments costs;
  OutputOptions output;
};

std::string shown(const std::string& name, Count held) {
  if (cost::is_real_cost(name))
    return fmt::format("{} {:.2f}", name, cost::cost_value(name, held.value()).to_double());
  return fmt::format("{} {}", name, with_commas(held.value()));
}

tables::CheckedLimit check_limit(const spec::ArchSpec& spec, const graph::Network& network,
                                 const std::string& text, cost::CostReader& costs) {
  const space::SweepFilter filter = {space::parse_condition(spec, text, "--limit", {})};
  tables::CheckedLimit limit;
  limit.text = text;
  limit.met = space::passes({filter}, network, costs);
  std::vector<std::string> figures;
  for (const std::string& name : space::costs_of(spec, filter))
    figures.push_back(shown(name, *costs.cost(name)));
  limit.costs = join(figures, ", ");
  return limit;
}

int run(const CheckArguments& options) {
  const SpecRequest request = open_spec(options.spec, options.network);
  const graph::Network network = build_network(request);
  cost::CostReader costs(network, data_types(options.costs));
  tables::LimitCheck check;
  check.network = network.name;
  for (const std::string& text : options.limits)
    check.limits.push_back(check_limit(request.spec, network, text, costs));
  check.notes = network.notes;
  if (const std::size_t unknown = graph::unsupported_layers(network)) {
    check.notes.push_back(
        fmt::format("The totals are incomplete: the costs of {} layers are unknown.", unknown));
  }
  if (options.output.format == "junit") {
    write_output(tables::check_junit(check), options.output.file);
  } else {
    write_result({.report = [&] { return tables::check_report(check); },
                  .json = [&] { return tables::check_json(check); }},
                 options.output);
  }
  const bool met = std::all_of(check.limits.begin(), check.limits.end(),
                               [](const tables::CheckedLimit& limit) { return limit.met; });
  return met ? kFine : kCheckFailed;
}

std::function<int()> declare_check(CLI::App& app) {
  auto options = std::make_shared<CheckArguments>();
  app.add_option("SPEC", options->spec, "a spec or an ONNX file; settings may follow a colon")
      ->required();
  app.add_option("--limit", options->limits,
                 "a condition over costs and parameters, as \"macs <= 300M\"; may be repeated")
      ->required()
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  declare_spec_options(app, options->network);
  declare_data_types(app, options->costs);
  declare_output(app, options->output, {"junit"});
  return [options] { return run(*options); };
}

}  // namespace

const Command kCheckCommand = {
    "check",
    "whether a network meets limits; status 5 when it does not",
    "  archcost check model.onnx --limit \"macs <= 300M\" --limit \"params <= 4M\"\n"
    "  archcost check mobilenet_v2 --dtype int8 --limit \"peak_memory <= 2MiB\" --format junit",
    declare_check,
};

}  // namespace archcost::cli
