// SPDX-License-Identifier: Apache-2.0
#include "latency/machine_compare.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/statistics.hpp"
#include "latency/core_latency.hpp"
#include "latency/remainder.hpp"

namespace archcost::latency {
namespace {

using Times = std::map<std::string, double>;  // seconds by name

Times layer_times(const LatencyDb& db, int machine, int threads) {
  const double lowest = db.lowest_core_latency(machine, threads);
  Times times;
  for (const LayerFigure& figure : db.layers(machine, threads)) {
    if (!is_low_core_latency(figure.core_latency, lowest) || !(figure.seconds > 0) ||
        remainder_from_text(figure.problem))
      continue;
    const auto [known, fresh] = times.emplace(figure.problem, figure.seconds);
    if (!fresh) known->second = std::min(known->second, figure.seconds);
  }
  return times;
}

Times network_times(const LatencyDb& db, int machine, int threads) {
  Times times;
  for (const NetworkCheck& check : db.checks(machine, threads))
    times.emplace(check.network, check.seconds);
  return times;
}

std::vector<ComparedTime> common(const Times& a, const Times& b) {
  std::vector<ComparedTime> pairs;
  for (const auto& [name, seconds] : a) {
    const auto found = b.find(name);
    if (found != b.end()) pairs.push_back({name, seconds, found->second, 1});
  }
  return pairs;
}

std::optional<double> rank_correlation(const std::vector<ComparedTime>& pairs) {
  std::vector<double> a, b;
  for (const ComparedTime& pair : pairs) {
    a.push_back(pair.seconds_a);
    b.push_back(pair.seconds_b);
  }
  return spearman(a, b);
}

double median_ratio_of(const std::vector<ComparedTime>& pairs) {
  std::vector<double> ratios;
  for (const ComparedTime& pair : pairs) ratios.push_back(pair.seconds_b / pair.seconds_a);
  return ratios.empty() ? 1 : median(ratios);
}

void sort_by_deviation(std::vector<ComparedTime>& pairs, double median_ratio) {
  for (ComparedTime& pair : pairs) pair.deviation = pair.seconds_b / pair.seconds_a / median_ratio;
  std::stable_sort(pairs.begin(), pairs.end(), [](const ComparedTime& x, const ComparedTime& y) {
    return std::abs(std::log(x.deviation)) > std::abs(std::log(y.deviation));
  });
}

}  // namespace

MachineComparison compare_machines(const LatencyDb& db, int a, int b, int threads) {
  const Times times_a = layer_times(db, a, threads), times_b = layer_times(db, b, threads);
  MachineComparison compared;
  compared.layers = common(times_a, times_b);
  compared.only_a = times_a.size() - compared.layers.size();
  compared.only_b = times_b.size() - compared.layers.size();
  compared.networks = common(network_times(db, a, threads), network_times(db, b, threads));
  compared.layers_correlation = rank_correlation(compared.layers);
  compared.networks_correlation = rank_correlation(compared.networks);
  compared.median_ratio = median_ratio_of(compared.layers);
  sort_by_deviation(compared.layers, compared.median_ratio);
  sort_by_deviation(compared.networks, median_ratio_of(compared.networks));
  return compared;
}

}  // namespace archcost::latency
