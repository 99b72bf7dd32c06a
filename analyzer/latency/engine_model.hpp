// SPDX-License-Identifier: Apache-2.0
// What figures that were taken in whole networks say of an engine: which layers it fuses, in which
// layouts it runs a kernel, how long kernels and changes of layout take.
//
// Nothing of the engine's own rules is known here. A layer is fused where a kernel of the same
// class was seen that fuses it; a kernel without a figure has the layouts of similar kernels.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "latency/latency_db.hpp"
#include "latency/latency_estimate.hpp"
#include "plan/execution_plan.hpp"
#include "plan/step_problem.hpp"

namespace archcost::latency {

class EngineModel {
 public:
  /// A figure's problem and option with its seconds, at the usual speed of the machine.
  struct Known {
    std::string problem;
    plan::KernelOption option;
    double seconds = 0;
    double footprint = 0;  ///< of the network, see network_footprint(); 0: not known
  };
  EngineModel() = default;
  /// Problems whose texts can't be read are left out. A kernel may have several figures, of
  /// networks with different footprints.
  explicit EngineModel(const std::vector<Known>& figures);

  /// Whether the engine has a kernel for the step.
  bool fuses(const graph::Network& network, const plan::Step& candidate) const;
  /// The options in which the engine would run the problem: those of the most similar ones.
  /// `without`: as of estimate().
  std::vector<plan::KernelOption> likely_options(const plan::KernelProblem& problem,
                                                 std::span<const std::string> without) const;
  /// The changes of layout that were seen.
  const std::set<plan::KernelOption>& reorders() const { return reorders_; }
  /// Seconds; nothing when no problem of the kind, other than `without`, has a figure with the
  /// option.
  /// `footprint`: of the network whose kernel it is.
  std::optional<double> estimate(const plan::KernelProblem& problem,
                                 const plan::KernelOption& option,
                                 std::span<const std::string> without, double footprint = 0) const;

 private:
  /// How the channels of a group fill blocks; of a depthwise convolution, the channels themselves.
  struct Alignment {
    int in = 0, out = 0;  ///< factors of two, up to a whole block
    bool depthwise = false, image = false;
  };
  static Alignment alignment_of(const plan::KernelProblem& problem);
  static bool fill_alike(const Alignment& a, const Alignment& b);
  static double distance_of(const ProblemSize& a, const Alignment& alignment, const ProblemSize& b,
                            const Alignment& other);

  struct Seen {
    std::string problem;
    ProblemSize size;
    Alignment alignment;
    plan::KernelOption option;
  };
  std::set<std::string> fused_;  // signatures
  std::map<std::string, std::vector<Seen>> by_group_, by_kind_;
  std::map<plan::KernelOption, LatencyEstimator> estimators_;
  std::set<plan::KernelOption> reorders_;
  double usual_footprint_ = 0;  ///< for networks whose own is not known; 0: none is known
};

}  // namespace archcost::latency
