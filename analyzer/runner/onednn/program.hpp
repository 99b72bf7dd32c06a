// SPDX-License-Identifier: Apache-2.0
// A network as a list of kernels over one block of memory.
#pragma once

#include <memory>

#include "interpreter/reference.hpp"
#include "plan/layout_choice.hpp"
#include "runner/onednn/kernel.hpp"
#include "runner/onednn/memory_pool.hpp"

namespace archcost::onednn {

/// A step, or a change of layout before it.
struct ProgramRow {
  int step = -1;  ///< of the plan; of a reorder the step that needs it
  bool reorder = false;
  graph::LayerId value = 0;  ///< that is computed, or reordered
  std::string problem;       ///< key of the step or reorder
  plan::KernelOption option;
  std::string implementation;  ///< the kernel's name
  plan::KernelOrigin origin = plan::KernelOrigin::kLibrary;
  std::string fault;  ///< why no kernel works; the row does nothing then
  Run run;
};

/// A network that can be run. The tasks and the pool of weights must outlive it.
struct Program {
  std::vector<ProgramRow> rows;
  std::size_t arena_bytes = 0, weight_bytes = 0;
  const float* output = nullptr;
  plan::Layout output_layout = plan::Layout::kLast;
  float* input = nullptr;  ///< batch, channels, height, width

  std::unique_ptr<MemoryPool> memory;  ///< activations and scratch
};

/// By step: index into its options, or -1 where none works.
using OptionChoice = std::vector<int>;

/// The plan's steps as problems, and the ways to run each.
class Tasks {
 public:
  Tasks(const graph::Network& network, const std::vector<interpreter::LayerWeights>& weights,
        const plan::ExecutionPlan& plan, const Context& context);

  std::size_t size() const { return tasks_.size(); }
  const StepTask& task(std::size_t step) const { return tasks_[step]; }
  const std::vector<Option>& options(std::size_t step) const { return options_[step]; }
  const std::string& key(std::size_t step) const { return problems_.key(step); }
  const plan::StepProblems& problems() const { return problems_; }
  const plan::ExecutionPlan& plan() const { return problems_.plan(); }
  const graph::Network& network() const { return problems_.network(); }
  const Context& context() const { return *context_; }

  int last_reader(graph::LayerId value) const { return problems_.last_reader(value); }
  /// The layout of an input, by index into Step::inputs, that the option reads.
  plan::Layout wanted(std::size_t step, const plan::KernelOption& option, std::size_t input) const {
    return problems_.wanted(step, option.in, option.out, input);
  }

 private:
  plan::StepProblems problems_;
  const Context* context_;
  std::vector<StepTask> tasks_;
  std::vector<std::vector<Option>> options_;
};

/// The options that take the least time together, including the reorders between them.
OptionChoice choose_options(const Tasks& tasks, const plan::KernelChoices& choices);

/// Memory for activations that several programs share, one after the other.
struct Arena {
  void* begin = nullptr;
  std::size_t bytes = 0;
};
/// Packs the weights into the pool, which must outlive the program. Steps without an option become
/// rows with a fault. Activations are in the arena where it is large enough, else in memory of the
/// program's own.
Program build_program(const Tasks& tasks, const OptionChoice& choice, MemoryPool& weights,
                      const Arena& arena = {});

/// The output of the last run, in the order batch, channels, height, width; `dims` and `block` are
/// those of the network's output and of the context.
interpreter::Tensor plain_output(const Program& program, const graph::Dims& dims, int block);

}  // namespace archcost::onednn
