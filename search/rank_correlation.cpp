#include "search/rank_correlation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cost/named_cost.hpp"

namespace archcost {
namespace {

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t k = first; k <= last; ++k)
      ranks[order[k]] = static_cast<double>(first + last) / 2;
    first = last + 1;
  }
  return ranks;
}

// -1, 0 or 1.
int order_of(double a, double b) { return (a < b) - (b < a); }

}  // namespace

std::optional<double> spearman(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> x = ranks_of(a), y = ranks_of(b);
  const double mean = (static_cast<double>(x.size()) - 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    xx += (x[k] - mean) * (x[k] - mean);
    yy += (y[k] - mean) * (y[k] - mean);
    xy += (x[k] - mean) * (y[k] - mean);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

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

std::vector<RankCorrelation> rank_correlations(const ArchSpec& spec, const AccuracyTable& table,
                                               const std::vector<std::string>& costs) {
  std::vector<double> accuracies;
  std::vector<std::vector<double>> values(costs.size());
  for (const AccuracyRow& row : table.rows) {
    const Network network = build_network(spec, row.at);
    CostReader reader(network, {});
    for (std::size_t c = 0; c < costs.size(); ++c)
      values[c].push_back(cost_value(costs[c], reader.cost(costs[c]).value().value()).to_double());
    accuracies.push_back(row.top1.to_double());
  }
  std::vector<RankCorrelation> correlations;
  for (std::size_t c = 0; c < costs.size(); ++c)
    correlations.push_back(
        {costs[c], spearman(values[c], accuracies), kendall(values[c], accuracies)});
  return correlations;
}

}  // namespace archcost
