// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/statistics.hpp"
#include "reports/tables/kernel_tables.hpp"

namespace archcost::tables {
namespace {

struct PredictedLine {
  std::string name, what;
  std::set<std::string> kinds;
  std::set<std::string> implementations;
  int kernels = 0, missing = 0;
  double macs = 0, seconds = 0;
};

std::vector<PredictedLine> lines_of(const graph::Network& network,
                                    const latency::Predicted& predicted, cost::Grouping grouping) {
  std::vector<PredictedLine> lines;
  std::map<std::string, std::size_t> places;
  for (const latency::PredictedRow& row : predicted.rows) {
    const bool by_layer = grouping == cost::Grouping::kLayer;
    const std::string name = by_layer ? kernel_name(network, row.main, row.reorder)
                                      : kernel_group(network, row.main, row.reorder, grouping);
    const std::size_t place =
        by_layer ? lines.size() : places.emplace(name, lines.size()).first->second;
    if (place == lines.size()) {
      lines.emplace_back();
      lines.back().name = name;
      lines.back().what = kernel_class(network, row.main, row.reorder);
    }
    PredictedLine& line = lines[place];
    line.kernels += 1;
    line.missing += row.kind == latency::FigureKind::kMissing ? 1 : 0;
    line.macs += kernel_macs(network, row.layers);
    line.seconds += row.seconds;
    line.kinds.insert(std::string(latency::name_of(row.kind)));
    if (!row.implementation.empty())
      line.implementations.insert(kernel_text(row.implementation, row.origin));
  }
  return lines;
}

std::string error_text(const latency::Predicted& predicted,
                       const latency::LatencyPredictor& predictor) {
  const auto error = predictor.error_of(predicted);
  return error ? fmt::format(" ± {:.1f} %", 100 * *error) : "";
}

std::vector<std::string> notes_of(const latency::Predicted& predicted,
                                  const latency::LatencyPredictor& predictor,
                                  const std::string& command) {
  std::vector<std::string> notes;
  notes.push_back(fmt::format("{} kernels: {} measured, {} estimated, {} missing",
                              predicted.rows.size(), predicted.measured, predicted.estimated,
                              predicted.missing));
  OriginSeconds origins;
  for (const latency::PredictedRow& row : predicted.rows) origins.add(row.origin, row.seconds);
  notes.push_back(origins.note());
  const latency::ExpectedError& expected = predictor.expected();
  if (expected.checks > 0) {
    std::string text = fmt::format(
        "expected error: {:.1f} % (root mean square over {} networks that were predicted and "
        "measured)",
        100 * expected.composed, expected.checks);
    if (expected.unseen > 0)
      text += fmt::format("; {:.1f} % where all layers are estimated", 100 * expected.unseen);
    notes.push_back(std::move(text));
  } else {
    notes.push_back(
        "expected error: unknown; 'archcost db check SPEC ...' measures networks and compares");
  }
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
        "incomplete: {} kernel{} no figure; '{}' measures what is missing, "
        "--measure-missing does so at once, --estimate estimates it from similar layers",
        predicted.missing, predicted.missing == 1 ? " has" : "s have", command));
  }
  return notes;
}

}  // namespace

Document prediction_report(const graph::Network& network, const latency::Predicted& predicted,
                           const latency::LatencyPredictor& predictor, cost::Grouping grouping,
                           const std::string& command) {
  const bool by_layer = grouping == cost::Grouping::kLayer;
  const char* what = by_layer ? "layer" : grouping == cost::Grouping::kKind ? "kind" : "stage";
  Table table;
  table.last_is_total = true;
  table.columns = {{what, what}};
  if (by_layer) {
    table.columns.push_back({"kind", "kind", kText, 3});
  } else {
    table.columns.push_back({"kernels", "kernels", kInteger, 3});
  }
  table.columns.push_back({"macs", "macs", kCount, 4});
  table.columns.push_back({"macs_share", "macs %", kPercent});
  table.columns.push_back({"seconds", "time", kSeconds});
  table.columns.push_back({"seconds_share", "time %", kPercent});
  table.columns.push_back({"figure", "figure", kText});
  table.columns.push_back({"implementation", "kernel", kText, 1, 12, true});
  std::vector<PredictedLine> lines = lines_of(network, predicted, grouping);
  PredictedLine total;
  total.name = predicted.complete() ? "total" : "total (incomplete)";
  for (const PredictedLine& line : lines) {
    total.kernels += line.kernels;
    total.macs += line.macs;
    total.seconds += line.seconds;
    total.kinds.insert(line.kinds.begin(), line.kinds.end());
  }
  lines.push_back(total);
  for (const PredictedLine& line : lines) {
    const bool is_total = &line == &lines.back();
    std::vector<Cell> row = {line.name};
    if (by_layer) {
      row.emplace_back(line.what);
    } else {
      row.emplace_back(std::int64_t{line.kernels});
    }
    row.push_back(line.macs > 0 ? Cell(static_cast<std::int64_t>(line.macs)) : Cell());
    row.push_back(share_of(is_total ? 0 : line.macs, total.macs));
    row.push_back(line.seconds > 0 ? Cell(line.seconds) : Cell());
    row.push_back(share_of(is_total ? 0 : line.seconds, total.seconds));
    row.emplace_back(joined(line.kinds));
    row.emplace_back(joined(line.implementations));
    table.rows.push_back(std::move(row));
  }
  Document document;
  document.title =
      fmt::format("{}   {}   batch {}   {:.4g} ms{}   predicted{}", network.name,
                  to_string(network.input), network.batch, predicted.seconds * 1e3,
                  error_text(predicted, predictor), predicted.complete() ? "" : ", incomplete");
  document.subtitle = fmt::format("f32   {} thread{}   {}", predictor.threads(),
                                  predictor.threads() == 1 ? "" : "s", predictor.machine().text());
  document.sections.push_back({"", std::move(table), notes_of(predicted, predictor, command)});
  return document;
}

std::string prediction_json(const graph::Network& network, const latency::Predicted& predicted,
                            const latency::LatencyPredictor& predictor) {
  nlohmann::json rows = nlohmann::json::array();
  for (const latency::PredictedRow& row : predicted.rows) {
    std::vector<std::string> layers;
    for (const graph::LayerId id : row.layers) layers.push_back(network.layers[id].name);
    nlohmann::json entry = {{"name", kernel_name(network, row.main, row.reorder)},
                            {"kind", kernel_class(network, row.main, row.reorder)},
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
                         {"data_type", "f32"},
                         {"threads", predictor.threads()},
                         {"cpu", predictor.machine().cpu},
                         {"isa", predictor.machine().isa},
                         {"library", predictor.machine().library},
                         {"complete", predicted.complete()},
                         {"seconds", predicted.seconds},
                         {"estimated_seconds", predicted.estimated_seconds},
                         {"measured", predicted.measured},
                         {"estimated", predicted.estimated},
                         {"missing", predicted.missing},
                         {"reference_seconds", predictor.reference()},
                         {"checks", expected.checks},
                         {"rows", std::move(rows)}};
  if (const auto error = predictor.error_of(predicted)) json["expected_error"] = *error;
  return json.dump(2) + "\n";
}

namespace {

/// The times of some networks by one kind of prediction.
struct PredictedTimes {
  std::string name;
  std::vector<double> measured, predicted;
  std::vector<std::string> families;
  std::vector<double> macs;

  void add(const CheckedNetwork& network, double seconds) {
    if (seconds <= 0) return;
    measured.push_back(network.check.seconds);
    predicted.push_back(seconds);
    families.push_back(network.family);
    macs.push_back(network.check.macs);
  }
};

struct Ranks {
  double least = 1, mean = 0;
  int groups = 0;
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
  Ranks ranks;
  for (const auto& [key, pair] : groups) {
    if (pair.first.size() < kLeast) continue;
    const double rank = rank_correlation(pair.first, pair.second);
    ranks.least = std::min(ranks.least, rank);
    ranks.mean += rank;
    ++ranks.groups;
  }
  if (ranks.groups > 0) ranks.mean /= ranks.groups;
  return ranks;
}

std::vector<int> bands_of(const std::vector<double>& macs) {
  std::vector<int> bands;
  for (const double m : macs) bands.push_back(static_cast<int>(std::floor(std::log2(m))));
  return bands;
}

std::vector<Cell> summary_of(const PredictedTimes& f) {
  std::vector<double> errors;
  int five = 0, ten = 0;
  double bias = 0;
  for (std::size_t i = 0; i < f.measured.size(); ++i) {
    errors.push_back(f.predicted[i] / f.measured[i] - 1);
    five += std::abs(errors.back()) <= 0.05 ? 1 : 0;
    ten += std::abs(errors.back()) <= 0.1 ? 1 : 0;
    bias += errors.back() / static_cast<double>(f.measured.size());
  }
  const double count = static_cast<double>(f.measured.size());
  const Ranks families = ranks_within(f, f.families), bands = ranks_within(f, bands_of(f.macs));
  const auto rank = [](const Ranks& ranks, double value) {
    return ranks.groups > 0 ? Cell(value) : Cell();
  };
  return {f.name,
          static_cast<std::int64_t>(f.measured.size()),
          100 * root_mean_square(errors),
          100 * bias,
          100 * five / count,
          100 * ten / count,
          rank_correlation(f.measured, f.predicted),
          rank(families, families.mean),
          rank(families, families.least),
          rank(bands, bands.mean),
          rank(bands, bands.least)};
}

}  // namespace

Document checks_report(const std::vector<CheckedNetwork>& networks, const std::string& machine) {
  Table each;
  each.columns = {
      {"family", "family", kText, 1},          {"network", "network"},
      {"threads", "threads", kInteger, 2},     {"macs", "macs", kCount, 3},
      {"seconds", "measured", kSeconds},       {"composed_seconds", "composed", kSeconds},
      {"composed_error", "error %", kPercent}, {"unseen_seconds", "unseen", kSeconds},
      {"unseen_error", "error %", kPercent}};
  std::map<int, std::vector<const CheckedNetwork*>> by_threads;
  for (const CheckedNetwork& network : networks) {
    const latency::NetworkCheck& c = network.check;
    by_threads[c.threads].push_back(&network);
    const auto figure = [](double seconds) { return seconds > 0 ? Cell(seconds) : Cell(); };
    const auto error = [&](double seconds) {
      return seconds > 0 ? Cell(100 * (seconds / c.seconds - 1)) : Cell();
    };
    each.rows.push_back({network.family, c.network, std::int64_t{c.threads},
                         static_cast<std::int64_t>(c.macs), c.seconds, figure(c.composed),
                         error(c.composed), figure(c.unseen), error(c.unseen)});
  }
  Document document;
  document.title = "predictions against networks that were measured as a whole";
  document.subtitle = machine;
  document.sections.push_back({"", std::move(each), {}});
  for (const auto& [threads, of] : by_threads) {
    PredictedTimes composed{"composed", {}, {}, {}, {}}, unseen{"unseen", {}, {}, {}, {}},
        linear{"linear in macs", {}, {}, {}, {}}, unfused{"sum of unfused layers", {}, {}, {}, {}};
    double rate = 0;  // seconds for each multiply-add: the one that suits these networks best
    for (const CheckedNetwork* n : of) {
      rate += std::log(n->check.seconds / n->check.macs) / static_cast<double>(of.size());
    }
    for (const CheckedNetwork* n : of) {
      composed.add(*n, n->check.composed);
      unseen.add(*n, n->check.unseen);
      unfused.add(*n, n->unfused);
      linear.add(*n, std::exp(rate) * n->check.macs);
    }
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
    for (const PredictedTimes* f : {&composed, &unseen, &unfused, &linear}) {
      if (!f->measured.empty()) table.rows.push_back(summary_of(*f));
    }
    document.sections.push_back(
        {fmt::format("{} thread{}", threads, threads == 1 ? "" : "s"),
         std::move(table),
         {"in 5 %, in 10 %: share of the networks; Spearman's rank correlation over all, and mean "
          "and least within families and within bands of a factor of 2 in macs, of four networks "
          "at least; linear in macs: at the rate that suits these networks best; sum of unfused "
          "layers: each layer timed by itself, "
          "norms and activations too (archcost profile --unfused)"}});
  }
  return document;
}

}  // namespace archcost::tables
