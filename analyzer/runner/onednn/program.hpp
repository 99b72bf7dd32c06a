// SPDX-License-Identifier: Apache-2.0
// A network as a list of kernels over one block of memory.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "interpreter/reference.hpp"
#include "plan/layout_choice.hpp"
#include "runner/onednn/kernel.hpp"
#include "runner/onednn/memory_pool.hpp"

namespace archcost::onednn {

/// "oneDNN 2.6.3".
std::string library_name();
/// The best instruction set that the library uses: "avx2".
std::string isa_name();

/// A network with everything that running it needs.
struct Setup {
  graph::Network network;
  std::vector<interpreter::LayerWeights> weights;
  interpreter::Tensor input;
  MemoryPool pool;  ///< of packed weights
  Context context;
  plan::ExecutionPlan plan;

  /// `request`: "seed", "threads", "winograd", "fuse".
  Setup(const nlohmann::json& network_json, const nlohmann::json& request);
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
};

/// A row of the plan with its kernel.
struct ProgramRow : plan::PlannedRow {
  std::string implementation;  ///< the kernel's name
  plan::KernelOrigin origin = plan::KernelOrigin::kLibrary;
  Run run;  ///< empty where no kernel works
};

/// Where one of the network's outputs is.
struct ProgramOutput {
  const float* numbers = nullptr;
  plan::Layout layout = plan::Layout::kLast;
};

/// A network that can be run. The tasks and the pool of weights must outlive it.
struct Program {
  std::vector<ProgramRow> rows;
  std::size_t arena_bytes = 0, weight_bytes = 0;
  std::vector<ProgramOutput> outputs;  ///< by Network::outputs
  float* input = nullptr;              ///< batch, channels, height, width

  std::unique_ptr<MemoryPool> memory;  ///< activations and scratch
};

/// The plan's steps as problems, and the ways to run each.
class Tasks {
 public:
  explicit Tasks(const Setup& setup);

  std::size_t size() const { return tasks_.size(); }
  const StepTask& task(std::size_t step) const { return tasks_[step]; }
  const std::vector<Option>& options(std::size_t step) const { return options_[step]; }
  const std::string& key(std::size_t step) const { return problems_.key(step); }
  const plan::StepProblems& problems() const { return problems_; }
  const plan::ExecutionPlan& plan() const { return problems_.plan(); }
  const graph::Network& network() const { return problems_.network(); }
  const Context& context() const { return context_; }

 private:
  plan::StepProblems problems_;
  const Context& context_;
  std::vector<StepTask> tasks_;
  std::vector<std::vector<Option>> options_;
};

/// The options that take the least time together, including the reorders between them.
plan::ChosenOptions choose_options(const Tasks& tasks, const plan::KernelChoices& choices);

/// Memory for activations that several programs share, one after the other.
struct Arena {
  void* begin = nullptr;
  std::size_t bytes = 0;
};
/// Packs the weights into the pool, which must outlive the program. Rows of steps without an option
/// do nothing. Activations are in the arena where it is large enough, else in memory of the
/// program's own.
Program build_program(const Tasks& tasks, const plan::ChosenOptions& chosen, MemoryPool& weights,
                      const Arena& arena = {});

/// An output of the last run, in the order batch, channels, height, width; `dims` and `block` are
/// those of the output and of the context.
interpreter::Tensor plain_output(const ProgramOutput& output, const graph::Dims& dims, int block);

}  // namespace archcost::onednn
