// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/rank_correlation.hpp"

#include <cmath>

#include "cost/named_cost.hpp"

namespace archcost::accuracy {
namespace {

// -1, 0 or 1.
int order_of(double a, double b) { return (a < b) - (b < a); }

}  // namespace

std::optional<double> kendall(std::span<const double> a, std::span<const double> b) {
  double same = 0, by_a = 0, by_b = 0;  // by_a: pairs that differ in a
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = i + 1; k < a.size(); ++k) {
      const int in_a = order_of(a[i], a[k]), in_b = order_of(b[i], b[k]);
      same += in_a * in_b;
      by_a += in_a != 0;
      by_b += in_b != 0;
    }
  }
  if (by_a == 0 || by_b == 0) return std::nullopt;
  return same / std::sqrt(by_a * by_b);
}

std::vector<RankCorrelation> rank_correlations(const spec::ArchSpec& spec,
                                               const AccuracyTable& table,
                                               const std::vector<std::string>& costs) {
  std::vector<double> accuracies;
  std::vector<std::vector<double>> values(costs.size());
  for (const AccuracyRow& row : table.rows) {
    const graph::Network network = graph::build_network(spec, row.at);
    cost::CostReader reader(network, {});
    for (std::size_t c = 0; c < costs.size(); ++c)
      values[c].push_back(
          cost::cost_value(costs[c], reader.cost(costs[c]).value().value()).to_double());
    accuracies.push_back(row.top1.to_double());
  }
  std::vector<RankCorrelation> correlations;
  for (std::size_t c = 0; c < costs.size(); ++c)
    correlations.push_back(
        {costs[c], spearman(values[c], accuracies), kendall(values[c], accuracies)});
  return correlations;
}

}  // namespace archcost::accuracy
