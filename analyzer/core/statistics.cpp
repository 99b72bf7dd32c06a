// SPDX-License-Identifier: Apache-2.0
#include "core/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace archcost {
namespace {

std::vector<double> ranks_of(std::span<const double> numbers) {
  std::vector<std::size_t> order(numbers.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
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

double mean(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return sum / static_cast<double>(numbers.size());
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
  const double middle = mean(numbers);
  double squares = 0;
  for (const double number : numbers) squares += (number - middle) * (number - middle);
  return std::sqrt(squares / static_cast<double>(numbers.size() - 1)) / middle;
}

double root_mean_square(const std::vector<double>& numbers) {
  if (numbers.empty()) return 0;
  double squares = 0;
  for (const double number : numbers) squares += number * number;
  return std::sqrt(squares / static_cast<double>(numbers.size()));
}

std::optional<double> spearman(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 2 || a.size() != b.size()) return {};
  const std::vector<double> x = ranks_of(a), y = ranks_of(b);
  const double mx = mean(x), my = mean(y);
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  if (xx == 0 || yy == 0) return {};
  return xy / std::sqrt(xx * yy);
}

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  return spearman(a, b).value_or(0);
}

}  // namespace archcost
