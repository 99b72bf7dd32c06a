// SPDX-License-Identifier: Apache-2.0
// Figures that sum up many figures.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace archcost {

/// 0 of none.
double median(std::vector<double> numbers);
/// Half the range over the median; 0 of none.
double half_range(const std::vector<double>& numbers);
/// Relative standard deviation.
double variation(const std::vector<double>& numbers);
/// Root of the mean square.
double root_mean_square(const std::vector<double>& numbers);
/// Spearman's ρ: the correlation of the ranks, equal numbers sharing the mean of theirs. Nothing
/// where one of the two has the same number everywhere, or there are fewer than two pairs.
std::optional<double> spearman(std::span<const double> a, std::span<const double> b);

}  // namespace archcost
