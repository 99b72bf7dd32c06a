// SPDX-License-Identifier: Apache-2.0
// A way to run one step, ready to be bound to memory.
#pragma once

#include <dnnl.hpp>
#include <functional>
#include <string>
#include <vector>

#include "interpreter/weights.hpp"
#include "plan/execution_plan.hpp"
#include "plan/kernel_option.hpp"
#include "runner/onednn/memory_pool.hpp"

namespace archcost::onednn {

/// oneDNN's handles, and what the kernels may use.
struct Context {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  int threads = 1;
  int block = 16;  ///< channels in a block of Layout::kBlocked: as many as a vector register holds
  bool winograd = true;
};

/// Where a kernel reads and writes. Inputs and output may not overlap, unless the kernel says so.
struct Operands {
  std::vector<float*> inputs;
  float* output = nullptr;
  void* scratch = nullptr;  ///< 64-byte aligned
};

using Run = std::function<void()>;

struct Kernel {
  std::string implementation;  ///< "brgconv:avx512_core", "archcost:pad"
  plan::KernelOrigin origin = plan::KernelOrigin::kLibrary;
  std::size_t scratch_bytes = 0;
  /// The output's memory must hold the operand of the sum beforehand.
  bool sums_in_place = false;
  /// The output may use the memory of this input; -1: of none.
  int may_overwrite = -1;
  std::function<Run(const Operands&)> bind;
};

/// A step with what its kernels need to know.
struct StepTask {
  const graph::Network& network;
  const std::vector<interpreter::LayerWeights>& weights;
  const plan::Step& step;
  const Context& context;
  /// No later step reads the operand of the step's sum: it may be overwritten.
  bool operand_is_free = false;

  const graph::Layer& layer() const { return network.layers[step.main]; }
  graph::Dims input(int index) const { return graph::dims_of(network, step.inputs[index]); }
  graph::Dims output() const { return graph::dims_of(network, step.output); }
};

/// One way to run a step; making the kernel may fail.
struct Option {
  plan::KernelOption id;
  /// Allocates packed weights in the pool, which must outlive the kernel. Throws dnnl::error where
  /// the library has no such kernel.
  std::function<Kernel(MemoryPool&)> make;
};

/// All ways to run the step. Throws std::logic_error for a kind without one.
std::vector<Option> options_of(const StepTask& task);
/// Changes the layout.
Kernel reorder_kernel(const Context& context, const graph::Dims& dims, plan::Layout from,
                      plan::Layout to);

/// Layouts in which a value may be stored: only one where it has a single position.
std::vector<plan::Layout> layouts_of(const graph::Dims& dims, const Context& context);
bool can_be_blocked(const graph::Dims& dims, const Context& context);

// The options of each kind of layer; files: convolution, post_ops, pool, channels, tokens, norm,
// matrix, plain_loops.
std::vector<Option> convolution_options(const StepTask& task);
std::vector<Option> transposed_options(const StepTask& task);
std::vector<Option> linear_options(const StepTask& task);
std::vector<Option> pointwise_options(const StepTask& task);
std::vector<Option> max_pool_options(const StepTask& task);
std::vector<Option> avg_pool_options(const StepTask& task);
std::vector<Option> adaptive_pool_options(const StepTask& task);
std::vector<Option> concat_options(const StepTask& task);
std::vector<Option> split_options(const StepTask& task);
std::vector<Option> slice_options(const StepTask& task);
std::vector<Option> shuffle_options(const StepTask& task);
std::vector<Option> upsample_options(const StepTask& task);
std::vector<Option> reshape_options(const StepTask& task);
std::vector<Option> class_token_options(const StepTask& task);
std::vector<Option> take_token_options(const StepTask& task);
std::vector<Option> position_embedding_options(const StepTask& task);
std::vector<Option> layer_norm_options(const StepTask& task);
std::vector<Option> lrn_options(const StepTask& task);
std::vector<Option> softmax_options(const StepTask& task);
std::vector<Option> matmul_options(const StepTask& task);
std::vector<Option> attention_options(const StepTask& task);
/// For kinds that the library has no primitive for: the interpreter's loops.
std::vector<Option> plain_options(const StepTask& task);

}  // namespace archcost::onednn
