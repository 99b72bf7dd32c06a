// SPDX-License-Identifier: Apache-2.0
#include "latency/imported_figures.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/statistics.hpp"
#include "latency/remainder.hpp"
#include "plan/step_problem.hpp"

namespace archcost::latency {
namespace {

using Key = std::pair<std::string, plan::KernelOption>;

/// Adds the network's sample, brought to the reference of the figure.
void add_sample(LayerFigure& figure, double seconds, const NetworkFigures& network) {
  if (figure.reference > 0 && network.reference > 0)
    seconds *= figure.reference / network.reference;
  // The same file, imported again.
  if (std::find(figure.samples.begin(), figure.samples.end(), seconds) == figure.samples.end()) {
    figure.footprints.resize(figure.samples.size());
    figure.samples.push_back(seconds);
    figure.footprints.push_back(network.footprint);
  }
  figure.seconds = median(figure.samples);
  figure.spread = half_range(figure.samples);
}

}  // namespace

std::string network_hash(const graph::Network& network) {
  const plan::StepProblems problems(network, plan::plan_execution(network), 1);
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (std::size_t i = 0; i < problems.size(); ++i) {
    for (const char c : problems.key(i) + "\n") {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  return fmt::format("{:016x}", hash);
}

std::set<std::string> profiled_networks(const LatencyDb& db, int machine, int threads) {
  std::set<std::string> networks;
  for (const LayerFigure& figure : db.layers(machine, threads)) {
    if (const auto remainder = remainder_from_text(figure.problem))
      networks.insert(remainder->network);
  }
  return networks;
}

std::int64_t store_figures(LatencyDb& db, int machine, const NetworkFigures& network) {
  std::map<Key, LayerFigure> known;
  for (LayerFigure& figure : db.layers(machine, network.threads))
    known[{figure.problem, figure.option}] = std::move(figure);
  std::map<Key, std::pair<const TimedRow*, std::vector<double>>> rows;
  for (const TimedRow& row : network.rows) {
    auto& [first, seconds] = rows[{row.problem, row.option}];
    if (first == nullptr) first = &row;
    seconds.push_back(row.seconds);
  }
  std::vector<LayerFigure> figures;
  std::int64_t fresh = 0;
  const auto add = [&](const Key& key, const std::string& implementation, double seconds) {
    const auto there = known.find(key);
    LayerFigure figure;
    if (there != known.end()) {
      figure = there->second;
    } else {
      figure.problem = key.first;
      figure.option = key.second;
      figure.threads = network.threads;
      figure.implementation = implementation;
      figure.reference = network.reference;
      ++fresh;
    }
    figure.passes = network.passes;
    figure.how = network.how;
    figure.date = network.date;
    add_sample(figure, seconds, network);
    figures.push_back(std::move(figure));
  };
  for (const auto& [key, row] : rows) {
    double sum = 0;
    for (const double seconds : row.second) sum += seconds;
    add(key, row.first->implementation, sum / static_cast<double>(row.second.size()));
  }
  const Remainder remainder = {static_cast<int>(network.rows.size()), network.network,
                               network.threads};
  add({to_text(remainder), {}}, "", network.remainder);
  db.save_layers(machine, figures, true);
  return fresh;
}

}  // namespace archcost::latency
