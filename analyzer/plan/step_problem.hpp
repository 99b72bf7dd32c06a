// SPDX-License-Identifier: Apache-2.0
// The steps of a plan as problems of kernels: the keys of choices and figures. No engine is loaded.
#pragma once

#include <string>
#include <vector>

#include "plan/execution_plan.hpp"
#include "plan/kernel_option.hpp"
#include "plan/kernel_problem.hpp"

namespace archcost::plan {

/// The layouts in which a step reads and writes values under an option. A value of a single
/// position has only one.
struct StepLayouts {
  std::vector<Layout> inputs;  ///< by index into Step::inputs
  Layout output = Layout::kLast;

  friend bool operator==(const StepLayouts&, const StepLayouts&) = default;
};

/// The steps of a plan as problems. Refers to the network, which must outlive it.
class StepProblems {
 public:
  /// Throws Error for tensors that are too large to be run (see dims_of).
  StepProblems(const graph::Network& network, ExecutionPlan plan, int threads);

  std::size_t size() const { return keys_.size(); }
  const Step& step(std::size_t index) const { return plan_.steps[index]; }
  const KernelProblem& problem(std::size_t step) const { return problems_[step]; }
  /// Its text.
  const std::string& key(std::size_t step) const { return keys_[step]; }
  const ExecutionPlan& plan() const { return plan_; }
  const graph::Network& network() const { return *network_; }
  int threads() const { return threads_; }

  /// The last step that reads the value; as many as there are steps for the network's output; -1
  /// when nothing reads it.
  int last_reader(graph::LayerId value) const { return last_readers_[value + 1]; }
  StepLayouts layouts(std::size_t step, const KernelOption& option) const;

 private:
  const graph::Network* network_;
  ExecutionPlan plan_;
  int threads_;
  std::vector<int> last_readers_;  // by value + 1
  std::vector<KernelProblem> problems_;
  std::vector<std::string> keys_;
};

/// Layout of the network's input.
Layout input_layout(const graph::Network& network);

/// "reorder 1x32x112x112 1T": the key of a change of layout.
std::string reorder_key(const graph::Dims& dims, int threads);

}  // namespace archcost::plan
