// Figures that sum up many figures.
#pragma once

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
/// Spearman's rank correlation; equal numbers share their rank. 0 of fewer than two, or when one
/// side is all the same.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace archcost
