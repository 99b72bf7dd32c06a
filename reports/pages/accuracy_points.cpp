// SPDX-License-Identifier: Apache-2.0
#include "reports/pages/accuracy_points.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>

#include "cost/published.hpp"
#include "graph/build.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/pictures/pictures.hpp"
#include "search/accuracy/recipe_choice.hpp"
#include "search/methods/pareto.hpp"

namespace archcost::pages {
namespace {

constexpr std::size_t kMostGroups = 6;

template <typename Visit>
void each_row(const spec::ArchSpec& spec, Visit visit) {
  for (const auto* rows : {&spec.published, &spec.accuracy}) {
    for (const spec::PublishedRow& row : *rows) {
      if (const spec::Figure* top1 = cost::top1_of(row)) visit(row, *top1);
    }
  }
}

}  // namespace

void add_accuracy_columns(Table& table, const std::vector<RowAccuracy>& accuracies) {
  if (std::ranges::none_of(accuracies, [](const RowAccuracy& a) { return a.figure.has_value(); }))
    return;
  table.columns.insert(
      table.columns.end(),
      {{"accuracy", "top-1 %", kDecimal}, {"accuracy_error", "±", kDecimal}, {"recipe", "recipe"}});
  for (std::size_t k = 0; k < table.rows.size(); ++k) {
    const auto& [figure, recipe] = accuracies[k];
    if (figure)
      table.rows[k].insert(table.rows[k].end(), {figure->top1, figure->error, recipe});
    else
      table.rows[k].resize(table.columns.size());
  }
}

std::vector<RowAccuracy> accuracies_at(
    const std::vector<sweep::SweepJob>& jobs,
    const std::vector<std::pair<std::size_t, graph::BuildOptions>>& at) {
  const accuracy::ChosenAccuracies chosen = accuracy::choose_recipes(jobs, {.may_lack = true});
  std::vector<RowAccuracy> accuracies;
  for (const auto& [job, options] : at) {
    RowAccuracy& one = accuracies.emplace_back();
    const accuracy::AccuracyModel* model = chosen.models[job].get();
    if (model == nullptr) continue;
    const accuracy::AccuracyEstimate figure = model->estimate(options);
    one = {value_if(figure.has_value(), figure), model->table().recipe};
  }
  return accuracies;
}

bool has_accuracies(const spec::ArchSpec& spec) {
  bool any = false;
  each_row(spec, [&](const spec::PublishedRow&, const spec::Figure&) { any = true; });
  return any;
}

std::vector<AccuracyPoint> accuracy_points(const spec::ArchSpec& spec, const LatencyOf& latency) {
  std::vector<AccuracyPoint> points;
  std::map<std::string, AccuracyPoint> known_networks;
  std::set<std::string> known;
  each_row(spec, [&](const spec::PublishedRow& row, const spec::Figure& top1) {
    const std::string at = cost::describe_place(row);
    if (!known.insert(at + "\n" + row.source + "\n" + top1.text).second) return;
    if (!known_networks.contains(at)) {
      const graph::Network network = graph::build_network(spec, cost::options_of(spec, row));
      const LayerCost total = cost::count_published(spec, row).total.cost;
      known_networks[at] = {spec.name,
                            at,
                            0,
                            "",
                            total.params,
                            total.macs,
                            latency ? latency(network) : std::nullopt,
                            network.parameters};
    }
    AccuracyPoint& point = points.emplace_back(known_networks[at]);
    point.top1 = std::strtod(top1.text.c_str(), nullptr);
    point.source = row.source;
  });
  return points;
}

namespace {

// What accuracies are drawn against.
struct AcrossAxis {
  const char *name, *key, *title;
  double (*value)(const AccuracyPoint&);
};
constexpr AcrossAxis kMacsAxis = {
    "multiply-adds", "macs_million", "million multiply-adds",
    [](const AccuracyPoint& point) { return static_cast<double>(point.macs.value()) / 1e6; }};
constexpr AcrossAxis kTimeAxis = {
    "time", "milliseconds", "milliseconds",
    [](const AccuracyPoint& point) { return 1e3 * point.latency->value; }};

std::vector<bool> front_of(const std::vector<AccuracyPoint>& points, const AcrossAxis& across) {
  std::vector<std::array<double, 2>> keys;
  for (const AccuracyPoint& point : points) keys.push_back({across.value(point), -point.top1});
  std::vector<bool> front;
  for (const auto& key : keys)
    front.push_back(std::ranges::none_of(
        keys, [&](const auto& other) { return methods::dominates(other, key); }));
  return front;
}

// Points of one spec are grouped by source, points of several by spec.
std::vector<pictures::ScatterPoint> scatter_of(const std::vector<AccuracyPoint>& points,
                                               const std::vector<bool>& front,
                                               const AcrossAxis& across) {
  std::set<std::string> specs, sources;
  for (const AccuracyPoint& point : points) {
    specs.insert(point.spec);
    sources.insert(point.source);
  }
  const bool any_marked =
      std::ranges::any_of(points, [](const AccuracyPoint& point) { return !point.marked.empty(); });
  const bool by_source = specs.size() == 1 && sources.size() <= kMostGroups;
  std::vector<pictures::ScatterPoint> shown;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const AccuracyPoint& point = points[k];
    const bool marked = !point.marked.empty(), muted = any_marked && !marked;
    shown.push_back({.group = marked      ? point.marked
                              : muted     ? "others"
                              : by_source ? point.source
                                          : point.spec,
                     .label = marked              ? point.marked
                              : specs.size() == 1 ? point.at
                                                  : point.spec + " " + point.at,
                     .x = across.value(point),
                     .y = point.top1,
                     .labelled = false,
                     .front = front[k],
                     .muted = muted});
  }
  return shown;
}

std::size_t networks_of(const std::vector<AccuracyPoint>& points) {
  std::set<std::string> networks;
  for (const AccuracyPoint& point : points) networks.insert(point.spec + " " + point.at);
  return networks.size();
}

// "25 published top-1 accuracies of 22 networks": several sources train the same network.
std::string count_text(const std::vector<AccuracyPoint>& points) {
  const std::size_t networks = networks_of(points);
  return fmt::format("{} published top-1 accurac{} of {} network{}", points.size(),
                     points.size() == 1 ? "y" : "ies", networks, networks == 1 ? "" : "s");
}

// A paragraph, the picture and the table, which has more columns between top1 and front.
std::vector<PagePart> points_parts(const std::vector<AccuracyPoint>& points,
                                   const AcrossAxis& across, const std::string& paragraph,
                                   const std::string& picture, const std::string& table_name,
                                   const std::string& folded) {
  const std::vector<bool> front = front_of(points, across);
  Table table = {.columns = {{"spec", "spec"}, {"at", "at"}}};
  const bool timed = &across == &kTimeAxis,
             any_marked = std::ranges::any_of(
                 points, [](const AccuracyPoint&point) { return !point.marked.empty(); });
  if (any_marked) table.columns.push_back({"compared", "compared"});
  table.columns.push_back({"top1", "top-1 %", kNumber});
  if (timed)
    table.columns.insert(table.columns.end(),
                         {{"seconds", "time", kSeconds}, {"error", "± %", kPercent}});
  table.columns.push_back({"macs", "macs", kCount});
  if (!timed) table.columns.push_back({"params", "params", kCount});
  table.columns.insert(table.columns.end(), {{"front", "front"}, {"source", "source"}});
  for (std::size_t k = 0; k < points.size(); ++k) {
    const AccuracyPoint& point = points[k];
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {point.spec, point.at};
    if (any_marked) row.push_back(point.marked);
    row.push_back(point.top1);
    if (timed) {
      const double value = point.latency->value, error = point.latency->error.value_or(0);
      row.insert(row.end(), {value, value_if(error > 0, 100 * error / value)});
    }
    row.push_back(point.macs);
    if (!timed) row.push_back(point.params);
    row.insert(row.end(), {front[k] ? "yes" : "", point.source});
  }
  return {
      Paragraph{paragraph},
      pictures::scatter_picture(
          {picture, fmt::format("{} against {}, with the front.", count_text(points), across.name),
           across.title, "top-1 accuracy, %"},
          across.key, "top1", scatter_of(points, front, across),
          {.log_x = true, .points_of = table_name}),
      PageTable{table_name, std::move(table), {}, {}, points.size() > kOpenRows ? folded : ""}};
}

}  // namespace

std::vector<bool> accuracy_front(const std::vector<AccuracyPoint>& points) {
  return front_of(points, kMacsAxis);
}

std::vector<PagePart> accuracy_latency_parts(std::vector<AccuracyPoint> points,
                                             const std::string& name, const std::string& how) {
  const std::string all = count_text(points);
  std::erase_if(points, [](const AccuracyPoint& point) { return !point.latency; });
  if (points.empty()) return {};
  return points_parts(
      points, kTimeAxis,
      fmt::format("Times are {}. Of {}, {} of {} network{} have one.", how, all, points.size(),
                  networks_of(points), networks_of(points) == 1 ? "" : "s"),
      name + "_against_latency", name + "_latency", "The table of all accuracies with their time");
}

std::vector<PagePart> accuracy_parts(const std::vector<AccuracyPoint>& points,
                                     const std::string& name) {
  return points_parts(
      points, kMacsAxis,
      "Accuracies are those that the sources print, each for its own training recipe. Accuracies "
      "of different sources differ by a point or more for the same network. The front connects "
      "the networks that no other one dominates with a higher accuracy at no more multiply-adds.",
      name + "_against_macs", name, "The table of all accuracies");
}

}  // namespace archcost::pages
