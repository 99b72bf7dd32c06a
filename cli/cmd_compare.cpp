// SPDX-License-Identifier: Apache-2.0
// archcost compare and diff: several networks side by side, and two aligned layer by layer.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cli/point_costs.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/engines_report.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/tables/sweep_report.hpp"
#include "rewrite/rewrite.hpp"
#include "search/accuracy/recipe_choice.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> specs;
  SpecOptions network;
  OutputOptions output;
  LatencyCostOptions latency;
  accuracy::AccuracyRequest accuracy;
  std::string columns;  ///< names joined by commas; empty: those of compare_report()
  bool with_latency = false, with_ratios = false;
};

// --columns, checked, and those alone: notes tell which figures are estimates.
std::vector<std::string> columns_of(const CompareArguments& options) {
  std::vector<std::string> columns;
  for (const std::string& part : split(options.columns, ',')) {
    if (trim(part).empty()) continue;
    columns.push_back(space::cost_name(part, space::sweep_costs(), "--columns " + options.columns));
  }
  if (options.with_latency && std::find(columns.begin(), columns.end(), "latency") == columns.end())
    columns.emplace_back("latency");
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
    tables::NetworkOnEngines& one = networks.emplace_back(tables::on_engines(spec, network));
    for (const latency::LatencyPredictor& predictor : predictors) {
      one.engines.push_back(tables::engine_times(
          network, predictor.predict(network, options.latency.predict), predictor.machine()));
      complete = complete && one.engines.back().complete;
    }
  }
  write_result({.report = [&] { return tables::engines_report(networks, how); }}, options.output);
  return complete ? kFine : kMeasurementFailed;
}

// What the reader of an ONNX file noted, as folded batch norms; what a rewrite kept is told by
// show.
void add_reading_notes(const std::string& label, const graph::Network& network,
                       std::vector<std::string>& notes) {
  for (const std::string& note : network.notes) {
    if (rewrite::find_rewrite(note.substr(0, note.find(':'))) == nullptr)
      notes.push_back(fmt::format("{}: {}", label, note));
  }
}

// A network that differs from the first one in one setting.
struct SettingStep {
  std::string label;  // "resnet50:stride_in=k1"
  SpecRequest request;
};

struct SettingSteps {
  std::size_t differing = 0;  // settings in which the two networks differ
  std::vector<SettingStep> alone;
};

// Two networks of one spec that differ in several settings, some of which a preset sets: each
// of them alone, in the label of the first. Empty where that isn't so.
SettingSteps setting_steps(const SpecRequest& first, const std::string& label,
                           const graph::Network& from, const SpecRequest& other,
                           const graph::Network& to) {
  constexpr std::size_t kMostShown = 4;
  if (first.spec.sources.file(0).name != other.spec.sources.file(0).name ||
      first.suffix != other.suffix || !first.suffix.empty())
    return {};
  SettingSteps steps;
  std::size_t unwritten = 0;
  const auto is_written = [&](const std::string& name) {
    const auto names_it = [&](const auto& setting) { return setting.name == name; };
    return std::any_of(first.options.settings.begin(), first.options.settings.end(), names_it) ||
           std::any_of(other.options.settings.begin(), other.options.settings.end(), names_it);
  };
  for (std::size_t k = 0; k < from.parameters.size(); ++k) {
    const graph::Parameter& wanted = to.parameters[k];
    if (from.parameters[k].value == wanted.value) continue;
    ++steps.differing;
    if (!is_written(wanted.name)) ++unwritten;
    SpecRequest step = first;
    step.options.suggest_fix = false;
    step.options.settings.push_back({wanted.name, wanted.value, label});
    try {
      if (graph::same_network(build_network(step), from)) continue;
    } catch (const Error&) {  // only together with another setting
      continue;
    }
    steps.alone.push_back(
        {fmt::format("{}{}{}={}", label, first.options.settings.empty() ? ":" : ",", wanted.name,
                     spec::to_string(wanted.value)),
         std::move(step)});
  }
  if (steps.differing < 2 || unwritten == 0 || steps.alone.size() > kMostShown) return {};
  return steps;
}

std::string one_at_a_time(const SettingSteps& steps) {
  if (steps.alone.empty()) return {};
  std::vector<std::string> alone;
  for (const SettingStep& step : steps.alone) alone.push_back(shell_quoted(step.label));
  return fmt::format(
      "They differ in {} settings; {}: {}.", steps.differing,
      alone.size() == steps.differing ? "each of them alone" : "those with an effect alone",
      join(alone, ", "));
}

sweep::SweepJob job_of(const std::string& label, const SpecRequest& request) {
  sweep::SweepJob job;
  job.label = label;
  job.spec = request.spec;
  job.options = request.options;
  return job;
}

// The recipe with figures for both networks; empty: there is none.
std::string common_recipe(const std::vector<sweep::SweepJob>& jobs) {
  const accuracy::ChosenAccuracies chosen = accuracy::choose_recipes(jobs, {.may_lack = true});
  for (std::size_t k = 0; k < jobs.size(); ++k) {
    const accuracy::AccuracyModel* model = chosen.models[k].get();
    if (model == nullptr || model->table().recipe != chosen.models[0]->table().recipe ||
        !model->estimate(jobs[k].options).has_value())
      return {};
  }
  return chosen.models[0]->table().recipe;
}

// Where the first network and another one have accuracies of different recipes: the command that
// compares one setting under a recipe of both.
std::string same_recipe_command(const CompareArguments& options, const SettingSteps& steps,
                                const SpecRequest& other, const std::string& label) {
  for (const SettingStep& step : steps.alone) {
    const std::string recipe =
        common_recipe({job_of(step.label, step.request), job_of(label, other)});
    if (recipe.empty()) continue;
    const std::string command = network_command("compare", {step.label, label}, options.network);
    return fmt::format("Accuracies of one recipe: {} --columns {} --recipe {}", command,
                       shell_quoted(options.columns), shell_quoted(recipe));
  }
  return {};
}

// Which accuracies and latencies are estimates.
void add_estimate_notes(const sweep::SweepJob& job, const accuracy::AccuracyModel* model,
                        bool latency_estimated, tables::Compared& compared) {
  if (compared.point_costs.contains("accuracy") && model != nullptr) {
    const accuracy::AccuracyEstimate figure = model->estimate(job.options, &compared.network);
    if (figure.kind == accuracy::AccuracyEstimate::Kind::kEstimated)
      compared.notes.push_back(
          fmt::format("{}: accuracy {}", compared.label, model->describe(figure)));
  }
  if (!latency_estimated || !compared.point_costs.contains("latency")) return;
  const std::int64_t kernels =
      job.wants.point_cost("latency_estimated", compared.network, job.options);
  if (kernels > 0)
    compared.notes.push_back(fmt::format("{}: the latency of {} kernel{} is estimated",
                                         compared.label, kernels, kernels == 1 ? "" : "s"));
}

void add_recipe_commands(const CompareArguments& options, const std::vector<SpecRequest>& requests,
                         const accuracy::ChosenAccuracies& chosen,
                         std::vector<tables::Compared>& networks) {
  if (!options.accuracy.file.empty() || !chosen.models[0]) return;
  for (std::size_t k = 1; k < networks.size(); ++k) {
    if (!chosen.models[k] || chosen.models[k]->table().recipe == chosen.models[0]->table().recipe)
      continue;
    const SettingSteps steps =
        setting_steps(requests.front(), networks.front().label, networks.front().network,
                      requests[k], networks[k].network);
    const std::string command = same_recipe_command(options, steps, requests[k], networks[k].label);
    if (!command.empty()) networks.back().notes.push_back(command);
  }
}

// Formats for machines have no notes: they go to standard error.
void print_point_notes(const CompareArguments& options,
                       const std::vector<tables::Compared>& networks) {
  if (!tables::row_format(options.output.format)) return;
  for (const tables::Compared& compared : networks) {
    for (const std::string& note : compared.notes) print_note("{}", note);
  }
}

// Latencies and accuracies of the columns; what is missing is told below the table. False if a
// latency is.
bool fill_point_costs(const CompareArguments& options, const std::vector<SpecRequest>& requests,
                      const std::vector<std::string>& columns,
                      std::vector<tables::Compared>& networks) {
  std::vector<sweep::SweepJob> jobs;
  for (std::size_t k = 0; k < networks.size(); ++k) {
    jobs.push_back(job_of(networks[k].label, requests[k]));
    jobs.back().wants.columns = columns;
  }
  accuracy::AccuracyRequest accuracies = options.accuracy;
  accuracies.may_lack = true;
  const accuracy::ChosenAccuracies chosen = add_point_costs(jobs, options.latency, accuracies);
  bool complete = true;
  for (std::size_t k = 0; k < networks.size(); ++k) {
    for (const std::string& column : columns) {
      if (!space::is_point_cost(column)) continue;
      try {
        networks[k].point_costs[column] =
            jobs[k].wants.point_cost(column, networks[k].network, jobs[k].options);
      } catch (const Error& error) {
        if (column == "latency") complete = false;
        if (column != "latency" && column != "accuracy") continue;  // its reason is told already
        networks[k].notes.push_back(
            fmt::format("{}: {}", networks[k].label, error.diagnostics().front().message));
      }
    }
    add_estimate_notes(jobs[k], chosen.models[k].get(), options.latency.predict.estimate,
                       networks[k]);
  }
  std::vector<std::string>& notes = networks.back().notes;
  notes.insert(notes.end(), chosen.notes.begin(), chosen.notes.end());
  add_recipe_commands(options, requests, chosen, networks);
  return complete;
}

// False if a kernel has no figure, which is told below the table.
bool predict_latency(const latency::LatencyPredictor& predictor,
                     const latency::PredictOptions& options, tables::Compared& compared) {
  const latency::Predicted predicted = predictor.predict(compared.network, options);
  compared.with_latency = true;
  if (predicted.complete())
    compared.latency = predicted.seconds;
  else
    compared.notes.push_back(
        fmt::format("{}: no latency: {}", compared.label, missing_text(predicted, options)));
  return predicted.complete();
}

int compare_networks(const CompareArguments& options) {
  const std::vector<std::string> engines = split(options.latency.latency.machine.engine, ',');
  if (engines.size() > 1) {
    if (!options.with_latency || !options.columns.empty())
      throw Error("--engine with several names is for --latency, without --columns");
    return compare_engines(options, engines);
  }
  const bool by_columns = !options.columns.empty();
  std::vector<SpecRequest> requests;
  std::vector<tables::Compared> networks;
  std::optional<latency::LatencyPredictor> predictor;
  bool complete = true;
  for (const std::string& spec : options.specs) {
    requests.push_back(open_spec(spec, options.network));
    graph::Network network = build_network(requests.back());
    cost::CostTable costs = cost::count(network);
    networks.push_back({spec, std::move(network), std::move(costs)});
    if (options.with_latency && !by_columns) {
      if (!predictor) predictor.emplace(open_predictor(options.latency.latency));
      complete = predict_latency(*predictor, options.latency.predict, networks.back()) && complete;
    }
    const std::string hint = one_at_a_time(setting_steps(requests.front(), networks.front().label,
                                                         networks.front().network, requests.back(),
                                                         networks.back().network));
    if (!hint.empty()) networks.back().notes.push_back(hint);
    add_reading_notes(spec, networks.back().network, networks.back().notes);
  }
  if (by_columns) {
    const std::vector<std::string> columns = columns_of(options);
    complete = fill_point_costs(options, requests, columns, networks);
    const auto report = [&] {
      return tables::compare_columns(networks, columns, options.with_ratios);
    };
    write_result({.report = report}, options.output);
    print_point_notes(options, networks);
    return complete ? kFine : kMeasurementFailed;
  }
  if (!options.accuracy.file.empty() || !options.accuracy.recipes.empty())
    throw Error("--accuracy and --recipe are for --columns accuracy");
  if (options.with_ratios)
    throw Error("--ratios is for --columns; the table without --columns has ratios");
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
  add_value(app, "--columns", options->columns, "NAMES",
            "only these costs, joined by commas, as macs,peak_memory,accuracy,latency; 'archcost "
            "sweep --help' lists them");
  app.add_flag("--ratios", options->with_ratios,
               "with --columns: after each cost its ratio to the first network's");
  app.add_flag(
      "--latency", options->with_latency,
      "add a column of predicted latency; --engine A,B: engines side by side, by kind of layer");
  declare_latency_cost(app, options->latency);
  cli::declare_accuracy(app, options->accuracy);
  declare_output(app, options->output);
  return [options] { return compare_networks(*options); };
}

struct DiffArguments {
  std::string left, right;
  SpecOptions network;
  cost::Grouping grouping = cost::Grouping::kLayer;
  OutputOptions output;
};

int diff_networks(const DiffArguments& options) {
  if (options.grouping != cost::Grouping::kLayer && options.output.format == "json")
    throw Error("--by does not apply to json, which has every layer");
  const SpecRequest first = open_spec(options.left, options.network),
                    second = open_spec(options.right, options.network);
  const graph::Network left = build_network(first), right = build_network(second);
  tables::DiffOptions shown = {.grouping = options.grouping};
  if (const std::string hint =
          one_at_a_time(setting_steps(first, options.left, left, second, right));
      !hint.empty())
    shown.notes.push_back(hint);
  add_reading_notes(options.left, left, shown.notes);
  add_reading_notes(options.right, right, shown.notes);
  const cost::CostTable left_costs = cost::count(left), right_costs = cost::count(right);
  const auto report = [&] {
    return tables::diff_report(left, left_costs, right, right_costs, shown);
  };
  const auto data = [&] { return tables::diff_data(left, left_costs, right, right_costs, shown); };
  write_result({.report = report,
                .data = data,
                .json = [&] { return tables::diff_json(left, left_costs, right, right_costs); }},
               options.output);
  return kFine;
}

std::function<int()> declare_diff(CLI::App& app) {
  auto options = std::make_shared<DiffArguments>();
  app.add_option("A", options->left, "a spec; settings may follow a colon")->required();
  app.add_option("B", options->right, "the spec to compare with")->required();
  declare_spec_options(app, options->network);
  declare_grouping(app, options->grouping, 4);
  declare_output(app, options->output);
  return [options] { return diff_networks(*options); };
}

}  // namespace

const Command kCompareCommand = {
    "compare",
    "the costs of several networks side by side, with ratios",
    "  archcost compare standard_conv separable_conv\n"
    "  archcost compare mobilenet_v1 mobilenet_v1:alpha=0.5 mobilenet_v1:alpha=0.5,rho=4/7\n"
    "  archcost compare resnet50:stride_in=k1 se_resnet50 --columns params,macs,peak_memory "
    "--format latex\n"
    "  archcost compare mobilenet_v1 mobilenet_v2 --columns accuracy,macs,params\n"
    "  archcost compare mobilenet_v1 shufflenet_v1 --latency --engine onednn,onnxruntime",
    declare_compare,
};

const Command kDiffCommand = {
    "diff",
    "the changes between two networks, layer by layer, and their costs",
    "  archcost diff resnet50 se_resnet50 --by kind\n"
    "  archcost diff mobilenet_v1 mobilenet_v1:alpha=0.5\n"
    "  archcost diff resnet50:stride_in=k3 resnet50:stride_in=k1\n\n"
    "csv, json and jsonl have a row for every layer, equal ones too.",
    declare_diff,
};

}  // namespace archcost::cli
