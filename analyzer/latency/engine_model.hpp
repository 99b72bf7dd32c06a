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
  };
  EngineModel() = default;
  /// Problems whose texts can't be read are left out.
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
  std::optional<double> estimate(const plan::KernelProblem& problem,
                                 const plan::KernelOption& option,
                                 std::span<const std::string> without) const;

 private:
  struct Seen {
    std::string problem;
    ProblemSize size;
    std::string alignment;
    plan::KernelOption option;
  };
  std::set<std::string> fused_;  // signatures
  std::map<std::string, std::vector<Seen>> by_group_, by_kind_;
  std::map<plan::KernelOption, LatencyEstimator> estimators_;
  std::set<plan::KernelOption> reorders_;
};

}  // namespace archcost::latency
