// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/statistics.hpp"
#include "core/text.hpp"
#include "reports/tables/kernel_rows.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

std::vector<KernelRow> rows_of(const graph::Network& network, const latency::Predicted& predicted,
                               cost::Grouping grouping) {
  std::vector<KernelRow> rows;
  for (const latency::PredictedRow& kernel : predicted.rows) {
    KernelRow& row = rows.emplace_back();
    row.name = kernel_group(network, kernel, grouping);
    row.what = kernel_class(network, kernel);
    row.kernels = 1;
    row.macs = kernel_macs(network, kernel.layers);
    row.seconds = kernel.seconds;
    row.figures.insert(std::string(latency::name_of(kernel.kind)));
    if (!kernel.implementation.empty())
      row.implementations.push_back(kernel_text(kernel.implementation, kernel.origin));
  }
  if (grouping != cost::Grouping::kLayer) rows = sum_by_name(rows);
  for (KernelRow& row : rows) std::ranges::sort(row.implementations);
  return rows;
}

std::string error_text(const latency::Predicted& predicted,
                       const latency::LatencyPredictor& predictor) {
  const auto error = predictor.error_of(predicted);
  return error ? fmt::format(" ± {:.1f} %", 100 * *error) : "";
}

// "mobilenet_v1, resnet18 and 3 others".
std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t kMostShown = 3;
  if (names.size() <= kMostShown + 1) return join(names, ", ");
  return fmt::format("{} and {} others", join({names.begin(), names.begin() + kMostShown}, ", "),
                     names.size() - kMostShown);
}

// Of how many checks the error is, of which networks, and whether this one is like them.
std::string expected_text(const graph::Network& network, const latency::ExpectedError& expected) {
  if (expected.checks == 0)
    return "expected error: unknown; 'archcost db check SPEC ...' measures networks and compares";
  std::string text = fmt::format("expected error: {:.1f} % (", 100 * expected.composed);
  text += expected.checks == 1
              ? fmt::format("of one network that was predicted and measured: {})",
                            expected.networks.front())
              : fmt::format(
                    "root mean square over {} networks that were predicted and measured: "
                    "{})",
                    expected.checks, names_text(expected.networks));
  if (expected.unseen > 0)
    text += fmt::format("; {:.1f} % where all layers are estimated ({} network{})",
                        100 * expected.unseen, expected.unseen_checks,
                        expected.unseen_checks == 1 ? "" : "s");
  double macs = 0;
  for (const graph::Layer& layer : network.layers)
    macs += static_cast<double>((layer.cost.macs * Count(network.batch)).value());
  constexpr double kFar = 2;  // times
  if (macs * kFar < expected.least_macs || macs > kFar * expected.most_macs) {
    const auto shown = [](double count) { return human_count(static_cast<std::int64_t>(count)); };
    text += fmt::format(
        "; this network has {} macs, {} than they have ({} to {}): its error may be larger, and "
        "'archcost db check' of networks of its size tells",
        shown(macs), macs < expected.least_macs ? "fewer" : "more", shown(expected.least_macs),
        shown(expected.most_macs));
  }
  return text;
}

std::vector<std::string> notes_of(const graph::Network& network,
                                  const latency::Predicted& predicted,
                                  const latency::LatencyPredictor& predictor,
                                  const PredictionReportOptions& options) {
  std::vector<std::string> notes;
  notes.push_back(fmt::format("{} kernels: {} measured, {} estimated, {} missing",
                              predicted.rows.size(), predicted.measured, predicted.estimated,
                              predicted.missing));
  OriginSeconds origins;
  for (const latency::PredictedRow& row : predicted.rows) origins.add(row.origin, row.seconds);
  notes.push_back(origins.note());
  notes.push_back(expected_text(network, predictor.expected()));
  if (predicted.estimated > 0) {
    notes.push_back(fmt::format(
        "{:.1f} % of the time is estimated from similar layers; a layer of the database is "
        "estimated "
        "from the others with an error of {:.0f} % (root mean square)",
        100 * predicted.estimated_seconds / predicted.seconds, 100 * predictor.estimate_error()));
  }
  if (!predicted.complete() && predictor.high_core_latency_figures() > 0) {
    notes.push_back(fmt::format(
        "{} figures of the database are ignored: their core-to-core latency was higher than "
        "that of others; 'archcost profile' measures them again",
        predictor.high_core_latency_figures()));
  }
  if (predicted.missing > 0) {
    notes.push_back(fmt::format(
        "incomplete: {} kernel{} no figure{}; {}{}", predicted.missing,
        predicted.missing == 1 ? " has" : "s have",
        options.estimate ? ", and the database no similar layers to estimate them from" : "",
        options.command.empty()
            ? "'archcost db import' adds figures of that machine"
            : fmt::format("'{}' measures what is missing, --measure-missing does so at once",
                          options.command),
        options.estimate ? "" : ", --estimate estimates it from similar layers"));
  }
  return notes;
}

}  // namespace

Document prediction_report(const graph::Network& network, const latency::Predicted& predicted,
                           const latency::LatencyPredictor& predictor,
                           const PredictionReportOptions& options) {
  std::vector<KernelRow> rows = rows_of(network, predicted, options.grouping);
  KernelRow total = total_of(rows, predicted.complete());
  rows = ordered_rows(std::move(rows), options.order);
  Table table = kernel_table(std::move(rows), std::move(total), options.grouping,
                             {{"kind", 3},
                              {"macs", 4},
                              {"macs_share"},
                              {"seconds"},
                              {"seconds_share"},
                              {"figure"},
                              {"implementation", 1}});
  const bool nothing = predicted.measured + predicted.estimated == 0;
  if (nothing) table = {};
  return {fmt::format("{}   {}   {}", network.name, describe_setting(network),
                      nothing ? "not predicted: the database has no figure of its kernels"
                              : fmt::format("{:.4g} ms{}   predicted{}", predicted.seconds * 1e3,
                                            error_text(predicted, predictor),
                                            predicted.complete() ? "" : ", incomplete")),
          fmt::format("{}   {} thread{}   {}", predictor.machine().data_type, predictor.threads(),
                      predictor.threads() == 1 ? "" : "s", predictor.machine().text()),
          {{"", std::move(table), notes_of(network, predicted, predictor, options)}}};
}

std::string prediction_json(const graph::Network& network, const latency::Predicted& predicted,
                            const latency::LatencyPredictor& predictor, const KernelOrder& order) {
  nlohmann::json rows = nlohmann::json::array();
  const std::vector<KernelRow> lines = rows_of(network, predicted, cost::Grouping::kLayer);
  for (const std::size_t place : order_of_rows(lines, order)) {
    const latency::PredictedRow& row = predicted.rows[place];
    std::vector<std::string> layers;
    for (const graph::LayerId id : row.layers) layers.push_back(network.layers[id].name);
    nlohmann::json entry = {{"name", kernel_name(network, row)},
                            {"kind", kernel_class(network, row)},
                            {"layers", layers},
                            {"macs", kernel_macs(network, row.layers)},
                            {"figure", latency::name_of(row.kind)},
                            {"problem", row.problem},
                            {"option", row.option ? plan::to_text(*row.option) : ""},
                            {"implementation", row.implementation}};
    if (row.kind != latency::FigureKind::kMissing) entry["seconds"] = row.seconds;
    if (row.kind == latency::FigureKind::kMeasured) {
      entry["spread"] = row.spread;
      entry["origin"] = plan::name_of(row.origin);
    }
    rows.push_back(std::move(entry));
  }
  const latency::ExpectedError& expected = predictor.expected();
  nlohmann::json json = {{"network", network.name},
                         {"input", to_string(network.input)},
                         {"batch", network.batch},
                         {"data_type", predictor.machine().data_type},
                         {"threads", predictor.threads()},
                         {"cpu", predictor.machine().cpu},
                         {"isa", predictor.machine().isa},
                         {"library", predictor.machine().library()},
                         {"complete", predicted.complete()},
                         {"seconds", predicted.seconds},
                         {"estimated_seconds", predicted.estimated_seconds},
                         {"measured", predicted.measured},
                         {"estimated", predicted.estimated},
                         {"missing", predicted.missing},
                         {"reference_seconds", predictor.reference()},
                         {"checks", expected.checks},
                         {"checked_networks", expected.networks},
                         {"rows", std::move(rows)}};
  if (const auto error = predictor.error_of(predicted)) json["expected_error"] = *error;
  return json.dump(2) + "\n";
}

namespace {

/// The times of some networks by one kind of prediction.
struct PredictedTimes {
  std::string name;
  std::vector<double> measured = {}, predicted = {};
  std::vector<std::string> families = {};
  std::vector<int> bands = {};  ///< of a factor of 2 in macs

  void add(const CheckedNetwork& network, double seconds) {
    if (seconds <= 0) return;
    measured.push_back(network.check.seconds);
    predicted.push_back(seconds);
    families.push_back(network.family);
    bands.push_back(static_cast<int>(std::floor(std::log2(std::max(1.0, network.check.macs)))));
  }
};

/// Nothing where there is no group.
struct Ranks {
  std::optional<double> mean, least;
};

/// Rank correlations within groups of at least four.
template <class Key>
Ranks ranks_within(const PredictedTimes& f, const std::vector<Key>& keys) {
  constexpr std::size_t kLeast = 4;
  std::map<Key, std::pair<std::vector<double>, std::vector<double>>> groups;
  for (std::size_t i = 0; i < f.measured.size(); ++i) {
    groups[keys[i]].first.push_back(f.measured[i]);
    groups[keys[i]].second.push_back(f.predicted[i]);
  }
  std::vector<double> ranks;
  for (const auto& [key, pair] : groups) {
    if (pair.first.size() >= kLeast) ranks.push_back(spearman(pair.first, pair.second).value_or(0));
  }
  if (ranks.empty()) return {};
  double mean = 0;
  for (const double rank : ranks) mean += rank;
  return {mean / static_cast<double>(ranks.size()),
          std::min(1.0, *std::ranges::min_element(ranks))};
}

/// Seconds for each multiply-add: the rate that suits these networks best; those without
/// multiply-adds have none.
double rate_of(const std::vector<const CheckedNetwork*>& networks) {
  double sum = 0, count = 0;
  for (const CheckedNetwork* network : networks) {
    if (network->check.macs <= 0) continue;
    sum += std::log(network->check.seconds / network->check.macs);
    ++count;
  }
  return count > 0 ? std::exp(sum / count) : 0;
}

std::vector<Cell> summary_of(const PredictedTimes& f) {
  std::vector<double> errors;
  double bias = 0;
  const double count = static_cast<double>(f.measured.size());
  for (std::size_t i = 0; i < f.measured.size(); ++i) {
    errors.push_back(f.predicted[i] / f.measured[i] - 1);
    bias += errors.back() / count;
  }
  const auto percent_within = [&](double limit) {
    return 100 *
           static_cast<double>(std::ranges::count_if(
               errors, [&](double error) { return std::abs(error) <= limit; })) /
           count;
  };
  const Ranks families = ranks_within(f, f.families), bands = ranks_within(f, f.bands);
  return {f.name,
          f.measured.size(),
          100 * root_mean_square(errors),
          100 * bias,
          percent_within(0.05),
          percent_within(0.1),
          spearman(f.measured, f.predicted).value_or(0),
          families.mean,
          families.least,
          bands.mean,
          bands.least};
}

/// Each network's times, and the errors of its predictions.
Table checked_networks_table(const std::vector<CheckedNetwork>& networks) {
  Table table;
  table.columns = {
      {"family", "family", kText, 1},          {"network", "network"},
      {"threads", "threads", kInteger, 2},     {"macs", "macs", kCount, 3},
      {"seconds", "measured", kSeconds},       {"composed_seconds", "composed", kSeconds},
      {"composed_error", "error %", kPercent}, {"unseen_seconds", "unseen", kSeconds},
      {"unseen_error", "error %", kPercent}};
  for (const CheckedNetwork& network : networks) {
    const latency::NetworkCheck& c = network.check;
    const auto figure = [](double seconds) { return seconds > 0 ? Cell(seconds) : Cell(); };
    const auto error = [&](double seconds) {
      return seconds > 0 ? Cell(100 * (seconds / c.seconds - 1)) : Cell();
    };
    table.rows.push_back({network.family, c.network, std::int64_t{c.threads},
                          static_cast<std::int64_t>(c.macs), c.seconds, figure(c.composed),
                          error(c.composed), figure(c.unseen), error(c.unseen)});
  }
  return table;
}

/// The networks' times by each kind of prediction; a kind without times is empty.
std::vector<PredictedTimes> times_by_method(const std::vector<const CheckedNetwork*>& networks) {
  PredictedTimes composed{"composed"}, estimated{"composed, estimates where no figure is"},
      unseen{"unseen"}, linear{"linear in macs"}, unfused{"sum of unfused layers"};
  const double rate = rate_of(networks);
  for (const CheckedNetwork* n : networks) {
    composed.add(*n, n->check.composed);
    estimated.add(*n, n->estimated);
    unseen.add(*n, n->check.unseen);
    unfused.add(*n, n->unfused);
    linear.add(*n, rate * n->check.macs);
  }
  // The same as the composed ones where every layer has a figure.
  if (composed.measured.size() == networks.size()) estimated = {};
  return {composed, estimated, unseen, unfused, linear};
}

/// How well networks that ran on so many threads were predicted.
Section accuracy_section(int threads, const std::vector<const CheckedNetwork*>& networks) {
  Table table;
  table.columns = {{"method", "method"},
                   {"networks", "networks", kInteger, 4},
                   {"rmspe", "RMSPE %", kPercent},
                   {"bias", "bias %", kPercent},
                   {"within_5", "in 5 %", kPercent},
                   {"within_10", "in 10 %", kPercent},
                   {"spearman", "Spearman", kRatio},
                   {"family_mean", "families", kRatio, 2},
                   {"family_least", "least", kRatio, 1},
                   {"band_mean", "bands", kRatio, 2},
                   {"band_least", "least", kRatio, 1}};
  for (const PredictedTimes& times : times_by_method(networks)) {
    if (!times.measured.empty()) table.rows.push_back(summary_of(times));
  }
  return {fmt::format("{} thread{}", threads, threads == 1 ? "" : "s"),
          std::move(table),
          {"in 5 %, in 10 %: share of the networks; Spearman's rank correlation over all, and mean "
           "and least within families and within bands of a factor of 2 in macs, of four networks "
           "at least; linear in macs: at the rate that suits these networks best; sum of unfused "
           "layers: each layer timed by itself, "
           "norms and activations too (archcost profile --unfused)"}};
}

}  // namespace

Document checks_report(const std::vector<CheckedNetwork>& networks, const std::string& machine) {
  std::map<int, std::vector<const CheckedNetwork*>> by_threads;
  for (const CheckedNetwork& network : networks)
    by_threads[network.check.threads].push_back(&network);
  Document document = {"predictions against networks that were measured as a whole",
                       machine,
                       {{"", checked_networks_table(networks), {}}}};
  for (const auto& [threads, of] : by_threads)
    document.sections.push_back(accuracy_section(threads, of));
  return document;
}

}  // namespace archcost::tables
