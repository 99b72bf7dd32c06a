// SPDX-License-Identifier: Apache-2.0
// archcost check: whether networks meet limits; status 5 where one doesn't.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "cli/command.hpp"
#include "cli/point_costs.hpp"
#include "cli/terminal.hpp"
#include "core/count.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/check_report.hpp"
#include "search/space/limit.hpp"
#include "search/space/sweep_cost.hpp"
#include "search/space/sweep_filter.hpp"

namespace archcost::cli {
namespace {

struct CheckArguments {
  std::vector<std::string> specs, limits;
  SpecOptions network;
  CostArguments costs;
  LatencyCostOptions latency;
  accuracy::AccuracyRequest accuracy;
  OutputOptions output;
};

std::string shown(const std::string& name, Count held) {
  if (name == "latency") return "latency " + human_seconds(static_cast<double>(held.value()) / 1e9);
  if (!space::is_whole(name))
    return fmt::format("{} {:.2f}", name, space::sweep_value(name, held.value()).to_double());
  if (space::is_memory_size(name))
    return fmt::format("{} {} ({} B)", name, human_bytes(held.value()), with_commas(held.value()));
  return fmt::format("{} {}", name, with_commas(held.value()));
}

// A network, and where its costs come from.
struct Checked {
  const sweep::SweepJob* job;
  const accuracy::AccuracyModel* model;  ///< null: no limit asks for an accuracy, or there is none
  const graph::Network* network;
  cost::CostReader* costs;
};

/// More than any cost that limits are about.
constexpr Count kBeyondLimits(1'000'000'000'000'000);

/// Costs whose combinations are tried one by one: at most 2^10.
constexpr std::size_t kMostRaised = 10;

// Of an estimated accuracy, its error; else 0.
double error_of(const Checked& checked, const std::string& name) {
  if (name != "accuracy" || checked.model == nullptr) return 0;
  const accuracy::AccuracyEstimate estimate =
      checked.model->estimate(checked.job->options, checked.network);
  return estimate.kind == accuracy::AccuracyEstimate::Kind::kEstimated ? estimate.error : 0;
}

// Whether the verdict stays, whatever the layers that are not counted add: each cost is as counted
// or beyond all limits, in every combination. Operations by which a cost between the two may decide
// otherwise have no answer.
bool holds_with_more(const space::SweepFilter& filter, const graph::Network& network,
                     const std::vector<std::string>& names, bool met,
                     const std::function<Count(const std::string&)>& value_of) {
  const std::string& text = filter.condition.text;
  if (text.find_first_of("%/-(") != std::string::npos || text.find("==") != std::string::npos ||
      text.find("!=") != std::string::npos)
    return false;
  std::vector<std::string> open;
  for (const std::string& name : names) {
    if (!space::is_point_cost(name)) open.push_back(name);
  }
  if (open.size() > kMostRaised) return false;
  for (std::size_t raised = 1; raised < std::size_t{1} << open.size(); ++raised) {
    const bool met_with_more = space::passes({filter}, network, [&](const std::string& name) {
      const auto place =
          static_cast<std::size_t>(std::find(open.begin(), open.end(), name) - open.begin());
      const bool more = place < open.size() && (raised >> place & 1U) != 0;
      return more ? max(value_of(name), kBeyondLimits) : value_of(name);
    });
    if (met_with_more != met) return false;
  }
  return true;
}

// How far the sides of a comparison of costs are apart, in percent of the right one; else 0.
double missed_percent(const sweep::SweepJob& job, const space::SweepFilter& filter,
                      const std::vector<std::pair<std::string, Rational>>& costs) {
  constexpr double kEqual = 1e-9;  // the sides of "params < 108"
  const spec::ExpressionOp op = filter.condition.root().op;
  if (costs.empty() || op < spec::ExpressionOp::kLess || op > spec::ExpressionOp::kGreaterEqual)
    return 0;
  std::vector<space::Quantity> quantities;
  std::vector<double> values;
  for (const auto& [name, value] : costs) {
    const space::QuantityKind kind = name == "accuracy"           ? space::QuantityKind::kAccuracy
                                     : space::is_point_cost(name) ? space::QuantityKind::kSlow
                                                                  : space::QuantityKind::kCost;
    quantities.push_back({name, kind});
    values.push_back(value.to_double());
  }
  try {
    const space::SweepSpace none;
    const double missed =
        space::Limit({&job.spec, &job.options, &none, quantities}, filter.condition.text)
            .violation({}, values.data());
    return missed > kEqual ? 100 * missed : 0;
  } catch (const Error&) {  // names that a limit of a search can't have
    return 0;
  }
}

tables::CheckedLimit check_limit(const Checked& checked, const space::SweepFilter& filter) {
  const sweep::SweepJob& job = *checked.job;
  const graph::Network& network = *checked.network;
  const auto value_of = [&](const std::string& name) {
    return space::is_point_cost(name) ? Count(job.wants.point_cost(name, network, job.options))
                                      : *checked.costs->cost(name);
  };
  double error = 0;
  tables::CheckedLimit limit;
  limit.text = filter.condition.text;
  for (const std::string& name : space::costs_of(job.spec, filter)) {
    try {
      const Count held = value_of(name);
      limit.values.emplace_back(name, space::sweep_value(name, held.value()));
      limit.costs += (limit.costs.empty() ? "" : ", ") + shown(name, held);
      if (const double own = error_of(checked, name); own > 0) {
        limit.costs += fmt::format(" ± {:.2f}, estimated", own);
        error = own;
      }
    } catch (const Error& reason) {  // of a latency or an accuracy
      limit.verdict = tables::Verdict::kUnknown;
      limit.costs += (limit.costs.empty() ? "" : ", ") + reason.diagnostics().front().message;
    }
  }
  if (limit.verdict == tables::Verdict::kUnknown) return limit;
  const auto met_at = [&](double off) {
    return space::passes({filter}, network, [&](const std::string& name) {
      const Count value = value_of(name);
      return name == "accuracy" ? value + Count(cost::to_millionths(off)) : value;
    });
  };
  const bool met = met_at(0);
  limit.verdict = met ? tables::Verdict::kMet : tables::Verdict::kExceeded;
  if (graph::unsupported_layers(network) > 0 &&
      !holds_with_more(filter, network, space::costs_of(job.spec, filter), met, value_of)) {
    limit.verdict = tables::Verdict::kUnknown;
    limit.costs += " at least: not every layer is counted";
  }
  if (error > 0 && (met_at(-error) != met || met_at(error) != met)) {
    limit.verdict = tables::Verdict::kUnknown;
    limit.costs += ": too close to the limit";
  }
  if (limit.verdict == tables::Verdict::kExceeded)
    limit.missed_percent = missed_percent(job, filter, limit.values);
  return limit;
}

// SPEC and what --set sets.
std::string network_label(std::string name, const CheckArguments& arguments) {
  for (const std::string& setting : arguments.network.settings) name += " " + setting;
  return name;
}

tables::LimitCheck check_network(const sweep::SweepJob& job, const accuracy::AccuracyModel* model,
                                 const CheckArguments& arguments) {
  const graph::Network network = graph::build_network(job.spec, job.options);
  cost::CostReader costs(network, data_types(arguments.costs));
  tables::LimitCheck check;
  check.network = network_label(job.label == "-" ? network.name : job.label, arguments);
  check.network += " " + to_string(network.input);
  if (network.batch > 1) check.network += fmt::format(" batch {}", network.batch);
  for (const space::SweepFilter& filter : job.wants.filters)
    check.limits.push_back(check_limit({&job, model, &network, &costs}, filter));
  check.notes = network.notes;
  for (const tables::CheckedLimit& limit : check.limits) {
    if (limit.values.size() != 1) continue;
    const std::string hint =
        space::forgotten_suffix(limit.text, limit.values.front().second.to_double());
    if (!hint.empty()) check.notes.push_back(hint);
  }
  if (const std::size_t unknown = graph::unsupported_layers(network)) {
    check.notes.push_back(
        fmt::format("The totals are incomplete: the costs of {} layer{} are unknown.", unknown,
                    unknown == 1 ? "" : "s"));
  }
  return check;
}

// A network without accuracies has no answer to limits on them. Without a database no limit on a
// latency or an accuracy has one; the others have.
accuracy::ChosenAccuracies point_costs_of(std::vector<sweep::SweepJob>& jobs,
                                          const CheckArguments& arguments) {
  accuracy::AccuracyRequest accuracies = arguments.accuracy;
  accuracies.may_lack = true;
  try {
    return add_point_costs(jobs, arguments.latency, accuracies);
  } catch (const Error& error) {
    if (!asks_for_point_cost(jobs.front(), "")) throw;
    for (sweep::SweepJob& job : jobs) {
      job.wants.point_cost = [error](std::string_view, const graph::Network&,
                                     const graph::BuildOptions&) -> std::int64_t { throw error; };
    }
    accuracy::ChosenAccuracies none;
    none.models.resize(jobs.size());
    return none;
  }
}

// What a log shows where the table goes to a file.
void print_failures(const std::vector<tables::LimitCheck>& checks) {
  for (const tables::LimitCheck& check : checks) {
    for (const tables::CheckedLimit& limit : check.limits) {
      if (limit.verdict == tables::Verdict::kMet) continue;
      const std::string missed =
          limit.missed_percent > 0
              ? fmt::format(", misses by {}", human_percent(limit.missed_percent))
              : "";
      print_note("{}: {}: {}, {}{}", check.network, limit.text, tables::name_of(limit.verdict),
                 limit.costs, missed);
    }
  }
}

// Messages with the lines of the files, each once: a wrong limit is wrong for every network.
void print_errors(const std::vector<tables::LimitCheck>& checks) {
  std::set<std::string> printed;
  for (const tables::LimitCheck& check : checks) {
    if (!check.error.empty() && printed.insert(check.details).second)
      print_note("{}", check.details);
  }
}

// Does `step`; what is wrong with the network becomes its error.
void keep_error(tables::LimitCheck& check, const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    const Diagnostic& first = error.diagnostics().front();
    check.error = first.place + (first.place.empty() ? "" : ": ") + first.message;
    check.details = error.what();
  } catch (const CountOverflow& error) {
    check.error = error.what();
    check.details = "error: " + check.error;
  }
}

sweep::SweepJob open_job(const std::string& spec, const CheckArguments& arguments) {
  SpecRequest request = open_spec(spec, arguments.network);
  sweep::SweepJob job;
  job.label = spec;
  job.spec = std::move(request.spec);
  job.options = std::move(request.options);
  return job;
}

// A limit that no network can have is a mistake of the command: throws its first message. Else it
// is one of the networks that can't have it.
void add_limits(std::vector<sweep::SweepJob>& jobs, const std::vector<std::size_t>& places,
                const std::vector<std::string>& limits, std::vector<tables::LimitCheck>& checks) {
  for (const std::string& limit : limits) {
    std::optional<Error> first;
    std::size_t wrong = 0;
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      try {
        jobs[j].wants.filters.push_back(space::parse_filter(jobs[j].spec, limit, "--limit"));
      } catch (const Error& error) {
        ++wrong;
        if (!first) first = error;
        if (checks[places[j]].error.empty()) keep_error(checks[places[j]], [&] { throw error; });
      }
    }
    if (first && wrong == jobs.size()) throw *first;
  }
}

// Networks that can't have a limit are not checked further.
void drop_wrong(std::vector<sweep::SweepJob>& jobs, std::vector<std::size_t>& places,
                const std::vector<tables::LimitCheck>& checks) {
  for (std::size_t j = jobs.size(); j-- > 0;) {
    if (checks[places[j]].error.empty()) continue;
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(j));
    places.erase(places.begin() + static_cast<std::ptrdiff_t>(j));
  }
}

// A network that can't be opened or built does not keep the others from being checked.
std::vector<tables::LimitCheck> check_all(const CheckArguments& arguments) {
  std::vector<tables::LimitCheck> checks(arguments.specs.size());
  std::vector<sweep::SweepJob> jobs;
  std::vector<std::size_t> places;  // of the jobs among the specs
  for (const std::string& limit : arguments.limits) space::check_condition(limit, "--limit");
  for (std::size_t k = 0; k < checks.size(); ++k) {
    checks[k].network = network_label(arguments.specs[k], arguments);
    keep_error(checks[k], [&] {
      jobs.push_back(open_job(arguments.specs[k], arguments));
      places.push_back(k);
    });
  }
  add_limits(jobs, places, arguments.limits, checks);
  drop_wrong(jobs, places, checks);
  if (jobs.empty()) return checks;
  const accuracy::ChosenAccuracies chosen = point_costs_of(jobs, arguments);
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    tables::LimitCheck& check = checks[places[j]];
    keep_error(check, [&] { check = check_network(jobs[j], chosen.models[j].get(), arguments); });
  }
  checks.back().notes.insert(checks.back().notes.end(), chosen.notes.begin(), chosen.notes.end());
  return checks;
}

int run(const CheckArguments& arguments) {
  const std::vector<tables::LimitCheck> checks = check_all(arguments);
  if (arguments.output.format == "junit") {
    write_output(tables::check_junit(checks), arguments.output.file);
  } else {
    write_result({.report = [&] { return tables::check_report(checks); },
                  .json = [&] { return tables::check_json(checks); }},
                 arguments.output);
  }
  print_errors(checks);
  if (!arguments.output.file.empty()) print_failures(checks);
  if (std::any_of(checks.begin(), checks.end(), [](const auto& c) { return !c.error.empty(); }))
    return kBadInput;
  if (tables::count(checks, tables::Verdict::kExceeded) > 0) return kCheckFailed;
  return tables::count(checks, tables::Verdict::kUnknown) > 0 ? kMeasurementFailed : kFine;
}

std::function<int()> declare_check(CLI::App& app) {
  auto arguments = std::make_shared<CheckArguments>();
  app.add_option(
         "SPEC", arguments->specs,
         "one or more specs; settings may follow a colon; one that can't be read or built is an "
         "ERROR and status 1, and the others are checked")
      ->required();
  declare_spec_options(app, arguments->network);
  add_value(app, "--limit,--where", arguments->limits, "CONDITION",
            "a condition over costs, latency, accuracy and parameters, as \"macs <= 300M\"; may be "
            "repeated")
      ->required();
  declare_data_types(app, arguments->costs);
  cli::declare_accuracy(app, arguments->accuracy);
  declare_latency_cost(app, arguments->latency);
  declare_output(app, arguments->output, {"junit"});
  return [arguments] { return run(*arguments); };
}

}  // namespace

const Command kCheckCommand = {
    "check",
    "whether networks meet limits; status 5 when one does not",
    "  archcost check model.onnx --limit \"macs <= 300M\" --limit \"params <= 4M\"\n"
    "  archcost check mobilenet_v2 --dtype int8 --limit \"peak_memory <= 2MiB\" --format junit\n"
    "  archcost check mobilenet_v2 resnet18 --limit \"accuracy >= 65%\" --limit \"latency <= "
    "20ms\"\n\n"
    "A latency is predicted from the database of 'archcost profile'. Status 3\n"
    "when a limit can't be answered, as where the database has no figure.\n"
    "A SPEC that can't be read or built is an ERROR, with its message, in the\n"
    "table, in JSON and in JUnit; the others are checked all the same. Then the\n"
    "status is 1, also where a limit is exceeded (5) or has no answer (3).",
    declare_check,
};

}  // namespace archcost::cli
