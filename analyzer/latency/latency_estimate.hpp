// SPDX-License-Identifier: Apache-2.0
// Estimates of kernels that were never timed, from timed ones of the same kind.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plan/kernel_problem.hpp"

namespace archcost::latency {

/// What an estimate compares of a problem.
struct ProblemSize {
  std::string group;    ///< "conv 3x3 /2 depthwise": only problems of one group are compared
  std::string kind;     ///< "conv": where the group has no timed problem
  double macs = 0;      ///< of convolutions and linear layers
  double elements = 0;  ///< read and written: inputs, weights, output
  std::vector<double>
      coordinates;  ///< logarithms of the sizes: similar problems are close together
};
ProblemSize problem_size(const plan::KernelProblem& problem);

/// A problem (see to_text) with its time, in seconds.
struct TimedProblem {
  std::string problem;
  double seconds = 0;
  double footprint = 0;  ///< of its network, see network_footprint(); 0: it is not compared
};

class LatencyEstimator {
 public:
  using SizeOf = std::function<ProblemSize(const plan::KernelProblem&)>;

  /// Problems whose text can't be read, and times that aren't above 0, are left out. `size_of`
  /// says by which sizes problems are compared.
  explicit LatencyEstimator(const std::vector<TimedProblem>& problems,
                            SizeOf size_of = problem_size);

  /// Seconds, from a weighted linear fit of the logarithm of time over work, over the nearest
  /// problems of the group. `without` and the problem itself are left out. Nothing when no problem
  /// of the kind is left. `footprint`: as of the timed problems, of all of them or of none.
  std::optional<double> estimate(const plan::KernelProblem& problem,
                                 std::span<const std::string> without = {},
                                 double footprint = 0) const;
  /// Root of the mean square of the relative errors when each known problem is estimated from the
  /// others; 0 when none can be.
  double leave_one_out_error() const;

 private:
  struct Known {
    std::string problem;
    ProblemSize size;
    double rate = 0;  ///< logarithm of the time over the work
  };
  std::optional<double> estimate_size(const std::string& problem, const ProblemSize& size,
                                      std::span<const std::string> without) const;
  double fit(const std::vector<const Known*>& candidates, const ProblemSize& wanted) const;

  SizeOf size_of_;
  std::vector<Known> known_;
  std::map<std::string, std::vector<std::size_t>> by_group_, by_kind_;
};

}  // namespace archcost::latency
