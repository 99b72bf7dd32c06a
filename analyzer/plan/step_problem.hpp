// What tells each step of a plan from others when it comes to its kernel and its time: the keys
// under which choices and figures are remembered. Needs no library of kernels.
#pragma once

#include <string>
#include <vector>

#include "plan/execution_plan.hpp"
#include "plan/layout.hpp"

namespace archcost {

/// The steps of a plan as problems. What it refers to must outlive it.
class StepProblems {
 public:
  /// Throws Error for tensors that are too large to be run (see dims_of).
  StepProblems(const Network& network, const ExecutionPlan& plan, int threads);

  std::size_t size() const { return keys_.size(); }
  const Step& step(std::size_t index) const { return plan_->steps[index]; }
  /// "conv 1x512x14x14 > 1x512x14x14 ... norm relu f32 1T".
  const std::string& key(std::size_t step) const { return keys_[step]; }
  /// Nobody reads the operand of the step's sum later: it may be overwritten.
  bool operand_is_free(std::size_t step) const { return operand_is_free_[step] != 0; }
  const ExecutionPlan& plan() const { return *plan_; }
  const Network& network() const { return *network_; }
  int threads() const { return threads_; }

  /// The last step that reads the value; as many as there are steps for the network's output; -1
  /// when nothing reads it.
  int last_reader(LayerId value) const { return last_readers_[value + 1]; }
  /// The layout in which a step that reads `in` and writes `out` wants its input, by index into
  /// Step::inputs.
  Layout wanted(std::size_t step, Layout in, Layout out, std::size_t input) const;
  /// The layout of what such a step makes.
  Layout made(std::size_t step, Layout out) const;

 private:
  const Network* network_;
  const ExecutionPlan* plan_;
  int threads_;
  std::vector<int> last_readers_;  // by value + 1
  std::vector<char> operand_is_free_;
  std::vector<std::string> keys_;
};

/// Layout of the network's input as it is handed in.
Layout input_layout(const Network& network);

/// "reorder 1x32x112x112 1T" and "nhwc>nChwc": under these a reorder is remembered.
std::string reorder_key(const Dims& dims, int threads);
std::string reorder_option(Layout from, Layout to);

}  // namespace archcost
