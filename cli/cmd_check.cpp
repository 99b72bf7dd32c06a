// SPDX-License-Identifier: Apache-2.0
// archcost check: whether a network meets limits; status 5 where it doesn't.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/check_report.hpp"
#include "search/space/sweep_cost.hpp"
#include "search/space/sweep_filter.hpp"

namespace archcost::cli {
namespace {

struct CheckArguments {
  NetworkArguments network;
  std::vector<std::string> limits;
  CostArguments costs;
};

std::string shown(const std::string& name, Count held) {
  if (cost::is_real_cost(name))
    return fmt::format("{} {:.2f}", name, cost::cost_value(name, held.value()).to_double());
  if (space::is_memory_size(name))
    return fmt::format("{} {} ({} B)", name, human_bytes(held.value()), with_commas(held.value()));
  return fmt::format("{} {}", name, with_commas(held.value()));
}

tables::CheckedLimit check_limit(const spec::ArchSpec& spec, const graph::Network& network,
                                 const std::string& text, cost::CostReader& costs) {
  const space::SweepFilter filter = {space::parse_condition(spec, text, "--limit", {})};
  tables::CheckedLimit limit;
  limit.text = text;
  limit.met =
      space::passes({filter}, network, [&](const std::string& name) { return *costs.cost(name); });
  for (const std::string& name : space::costs_of(spec, filter)) {
    const Count held = *costs.cost(name);
    limit.values.emplace_back(name, cost::cost_value(name, held.value()).to_double());
    limit.costs += (limit.costs.empty() ? "" : ", ") + shown(name, held);
  }
  return limit;
}

int run(const CheckArguments& arguments) {
  const OutputOptions& output = arguments.network.output;
  const SpecRequest request = open_spec(arguments.network.spec, arguments.network.network);
  const graph::Network network = build_network(request);
  cost::CostReader costs(network, data_types(arguments.costs));
  tables::LimitCheck check;
  check.network = network.name;
  for (const graph::Parameter& parameter : network.parameters) {
    if (!parameter.is_default)
      check.network += fmt::format(" {}={}", parameter.name, spec::to_string(parameter.value));
  }
  check.network += " " + to_string(network.input);
  for (const std::string& text : arguments.limits)
    check.limits.push_back(check_limit(request.spec, network, text, costs));
  check.notes = network.notes;
  if (const std::size_t unknown = graph::unsupported_layers(network)) {
    check.notes.push_back(
        fmt::format("The totals are incomplete: the costs of {} layers are unknown.", unknown));
  }
  if (output.format == "junit") {
    write_output(tables::check_junit(check), output.file);
  } else {
    write_result({.report = [&] { return tables::check_report(check); },
                  .json = [&] { return tables::check_json(check); }},
                 output);
  }
  const bool met = std::all_of(check.limits.begin(), check.limits.end(),
                               [](const tables::CheckedLimit& limit) { return limit.met; });
  return met ? kFine : kCheckFailed;
}

std::function<int()> declare_check(CLI::App& app) {
  auto arguments = std::make_shared<CheckArguments>();
  declare_network(app, arguments->network);
  add_value(app, "--limit,--where", arguments->limits, "CONDITION",
            "a condition over costs and parameters, as \"macs <= 300M\"; may be repeated")
      ->required();
  declare_data_types(app, arguments->costs);
  declare_output(app, arguments->network.output, {"junit"});
  return [arguments] { return run(*arguments); };
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
