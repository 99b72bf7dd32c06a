// SPDX-License-Identifier: Apache-2.0
#include "core/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace archcost {
namespace {

std::vector<double> ranks_of(std::span<const double> numbers) {
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return numbers[a] < numbers[b]; });
  std::vector<double> ranks(numbers.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && numbers[order[end]] == numbers[order[i]]) ++end;
    for (std::size_t k = i; k < end; ++k) ranks[order[k]] = static_cast<double>(i + end - 1) / 2;
    i = end;
  }
  return ranks;
}

double mean(std::span<const double> numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
}

/// The sum of the products of two lists' deviations from their means.
double covariation(std::span<const double> a, std::span<const double> b) {
  const double middle_a = mean(a), middle_b = mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - middle_a) * (b[i] - middle_b);
  return sum;
}

}  // namespace

double median(std::vector<double> numbers) {
  if (numbers.empty()) return 0;
  std::sort(numbers.begin(), numbers.end());
  const std::size_t half = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

double half_range(const std::vector<double>& numbers) {
  if (numbers.empty()) return 0;
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  const double middle = median(numbers);
  return middle > 0 ? (*most - *least) / 2 / middle : 0;
}

double variation(const std::vector<double>& numbers) {
  if (numbers.size() < 2) return 0;
  const double squares = covariation(numbers, numbers);
  return std::sqrt(squares / static_cast<double>(numbers.size() - 1)) / mean(numbers);
}

double root_mean_square(const std::vector<double>& numbers) {
  if (numbers.empty()) return 0;
  const double squares = std::inner_product(numbers.begin(), numbers.end(), numbers.begin(), 0.0);
  return std::sqrt(squares / static_cast<double>(numbers.size()));
}

std::optional<double> spearman(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2 || a.size() != b.size()) return {};
  const std::vector<double> x = ranks_of(a), y = ranks_of(b);
  const double xy = covariation(x, y), xx = covariation(x, x), yy = covariation(y, y);
  if (xx == 0 || yy == 0) return {};
  return xy / std::sqrt(xx * yy);
}

}  // namespace archcost
