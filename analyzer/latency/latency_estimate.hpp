// Estimates of layers that were never timed, from those of the same kind that were.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace archcost {

/// What a problem's key says about its size.
struct ProblemSize {
  std::string kind;           ///< "conv 3x3 /2 depthwise": only the same kind is compared
  std::string broad;          ///< "conv": when nothing of the kind is there
  double macs = 0;            ///< for convolutions and linear layers
  double numbers = 0;         ///< read and written: inputs, weights, output
  std::vector<double> place;  ///< logarithms of the sizes: like problems stand near each other
};
ProblemSize problem_size(const std::string& problem);

/// A problem with its time, in seconds.
struct TimedProblem {
  std::string problem;
  double seconds = 0;
};

class LatencyEstimator {
 public:
  explicit LatencyEstimator(std::vector<TimedProblem> problems);

  /// Seconds, from a weighted linear fit over the nearest problems of the kind (its time over its
  /// work, in logarithms). Those in `without` are not looked at, and neither is the problem itself.
  /// Nothing when there are no neighbours.
  std::optional<double> estimate(const std::string& problem,
                                 std::span<const std::string> without = {}) const;
  /// Root of the mean square of the relative errors when each known problem is estimated from the
  /// others; 0 when none can be.
  double leave_one_out_error() const;

 private:
  struct Known {
    std::string problem;
    ProblemSize size;
    double rate = 0;  ///< logarithm of the time over the work
  };
  std::optional<double> fit(const std::vector<const Known*>& neighbours,
                            const ProblemSize& wanted) const;

  std::vector<Known> known_;
  std::map<std::string, std::vector<std::size_t>> by_kind_, by_broad_;
};

}  // namespace archcost
