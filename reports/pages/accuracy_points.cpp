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

bool has_accuracies(const spec::ArchSpec& spec) {
  bool any = false;
  each_row(spec, [&](const spec::PublishedRow&, const spec::Figure&) { any = true; });
  return any;
}

std::vector<AccuracyPoint> accuracy_points(const spec::ArchSpec& spec, const LatencyOf& latency) {
  std::vector<AccuracyPoint> points;
  std::map<std::string, LayerCost> counted;
  std::map<std::string, std::optional<space::Uncertain>> timed;
  std::set<std::string> known;
  each_row(spec, [&](const spec::PublishedRow& row, const spec::Figure& top1) {
    const std::string at = cost::describe_place(row);
    if (!known.insert(at + "\n" + row.source + "\n" + top1.text).second) return;
    if (!counted.contains(at)) counted[at] = cost::count_published(spec, row).total.cost;
    points.push_back({spec.name, at, std::strtod(top1.text.c_str(), nullptr), row.source,
                      counted[at].params, counted[at].macs});
    if (!latency) return;
    if (!timed.contains(at))
      timed[at] = latency(graph::build_network(spec, cost::options_of(spec, row)));
    points.back().latency = timed[at];
  });
  return points;
}

namespace {

template <typename Cost>
std::vector<bool> front_of(const std::vector<AccuracyPoint>& points, Cost cost) {
  std::vector<std::array<double, 2>> keys;
  for (const AccuracyPoint& point : points) keys.push_back({cost(point), -point.top1});
  std::vector<bool> front;
  for (const auto& key : keys) {
    front.push_back(std::none_of(keys.begin(), keys.end(), [&](const auto& other) {
      return methods::dominates(other, key);
    }));
  }
  return front;
}

// Points of one spec are grouped by source, points of several by spec.
std::vector<pictures::ScatterPoint> scatter_of(const std::vector<AccuracyPoint>& points,
                                               const std::vector<bool>& front,
                                               double (*across)(const AccuracyPoint&)) {
  std::set<std::string> specs, sources;
  for (const AccuracyPoint& point : points) {
    specs.insert(point.spec);
    sources.insert(point.source);
  }
  const bool by_source = specs.size() == 1 && sources.size() <= kMostGroups;
  std::vector<pictures::ScatterPoint> shown;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const AccuracyPoint& point = points[k];
    shown.push_back({.group = by_source ? point.source : point.spec,
                     .label = specs.size() == 1 ? point.at : point.spec + " " + point.at,
                     .x = across(point),
                     .y = point.top1,
                     .labelled = false,
                     .front = front[k]});
  }
  return shown;
}

double million_macs(const AccuracyPoint& point) {
  return static_cast<double>(point.macs.value()) / 1e6;
}
double milliseconds(const AccuracyPoint& point) { return 1e3 * point.latency->value; }

}  // namespace

std::vector<bool> accuracy_front(const std::vector<AccuracyPoint>& points) {
  return front_of(points, million_macs);
}

std::vector<document::PagePart> accuracy_latency_parts(std::vector<AccuracyPoint> points,
                                                       const std::string& name,
                                                       const std::string& how) {
  const std::size_t all = points.size();
  std::erase_if(points, [](const AccuracyPoint& point) { return !point.latency; });
  if (points.empty()) return {};
  const std::vector<bool> front = front_of(points, milliseconds);
  document::Table table;
  table.columns = {{"spec", "spec"},
                   {"at", "at"},
                   {"top1", "top-1 %", document::Format::kNumber},
                   {"seconds", "time", document::Format::kSeconds},
                   {"error", "± %", document::Format::kPercent},
                   {"macs", "macs", document::Format::kCount},
                   {"front", "front"},
                   {"source", "source"}};
  for (std::size_t k = 0; k < points.size(); ++k) {
    const AccuracyPoint& point = points[k];
    const space::Uncertain& latency = *point.latency;
    table.rows.push_back({point.spec, point.at, point.top1, latency.value,
                          latency.error.value_or(0) > 0
                              ? document::Cell(100 * *latency.error / latency.value)
                              : document::Cell(),
                          point.macs.value(), std::string(front[k] ? "yes" : ""), point.source});
  }
  std::vector<document::PagePart> parts = {
      document::Paragraph{
          fmt::format("Times are {}. {} of {} networks with a printed accuracy have one.", how,
                      points.size(), all)},
      pictures::scatter_picture(
          {name + "_against_latency",
           fmt::format("Published top-1 accuracy of {} networks against their time, "
                       "with the front.",
                       points.size()),
           "milliseconds", "top-1 accuracy, %"},
          "milliseconds", "top1", scatter_of(points, front, milliseconds), true),
      document::PageTable{
          name + "_latency",
          std::move(table),
          {},
          {},
          points.size() > kOpenRows ? "The table of all networks with their time" : ""}};
  return parts;
}

std::vector<document::PagePart> accuracy_parts(const std::vector<AccuracyPoint>& points,
                                               const std::string& name) {
  const std::vector<bool> front = accuracy_front(points);
  document::Table table;
  table.columns = {{"spec", "spec"},
                   {"at", "at"},
                   {"top1", "top-1 %", document::Format::kNumber},
                   {"macs", "macs", document::Format::kCount},
                   {"params", "params", document::Format::kCount},
                   {"front", "front"},
                   {"source", "source"}};
  for (std::size_t k = 0; k < points.size(); ++k) {
    const AccuracyPoint& point = points[k];
    table.rows.push_back({point.spec, point.at, point.top1, point.macs.value(),
                          point.params.value(), std::string(front[k] ? "yes" : ""), point.source});
  }
  std::vector<document::PagePart> parts = {
      document::Paragraph{
          "Accuracies are those that the sources print, each for its own training recipe. "
          "Accuracies of different sources differ by a point or more for the same network. The "
          "front connects the networks that no other one dominates with a higher accuracy at no "
          "more multiply-adds."},
      pictures::scatter_picture(
          {name + "_against_macs",
           fmt::format("Published top-1 accuracy of {} networks against their "
                       "multiply-adds, with the front.",
                       points.size()),
           "million multiply-adds", "top-1 accuracy, %"},
          "macs_million", "top1", scatter_of(points, front, million_macs), true),
      document::PageTable{name,
                          std::move(table),
                          {},
                          {},
                          points.size() > kOpenRows ? "The table of all networks" : ""}};
  return parts;
}

}  // namespace archcost::pages
