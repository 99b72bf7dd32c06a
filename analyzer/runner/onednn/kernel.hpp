// A way to run one step, ready to be bound to memory.
#pragma once

#include <dnnl.hpp>
#include <functional>
#include <string>
#include <vector>

#include "interpreter/weights.hpp"
#include "plan/execution_plan.hpp"
#include "plan/layout.hpp"
#include "runner/onednn/memory_pool.hpp"

namespace archcost {

/// oneDNN's handles and what the kernels may use.
struct Context {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  int threads = 1;
  int block = 16;  ///< channels in a block of Layout::kBlocked: as many as a vector register holds
  bool winograd = true;
  MemoryPool* pool = nullptr;  ///< for packed weights; must outlive the kernels
};

/// Where a kernel reads and writes. Inputs and output may not overlap, but where the kernel says
/// so.
struct Operands {
  std::vector<const float*> inputs;
  float* output = nullptr;
  void* scratch = nullptr;  ///< 64-byte aligned
};

using Run = std::function<void()>;

struct Kernel {
  std::string implementation;  ///< "brgconv:avx512_core", "archcost:pool"
  std::size_t scratch_bytes = 0;
  /// The output's memory must hold the operand of the sum beforehand.
  bool sums_in_place = false;
  /// The output may stand where this input stands; -1: nowhere.
  int may_overwrite = -1;
  std::function<Run(const Operands&)> bind;
};

/// A kernel of our own: an object with in_place(), scratch_bytes() and run(operands).
template <class Own>
Kernel own_kernel(std::string implementation, Own own) {
  Kernel kernel;
  kernel.implementation = std::move(implementation);
  kernel.sums_in_place = own.in_place();
  kernel.scratch_bytes = own.scratch_bytes();
  kernel.bind = [own = std::move(own)](const Operands& operands) -> Run {
    return [own, operands] { own.run(operands); };
  };
  return kernel;
}

/// A step with what its kernels need to know.
struct StepTask {
  const Network& network;
  const std::vector<LayerWeights>& weights;
  const Step& step;
  const Context& context;
  /// Nobody reads the operand of the step's sum later: it may be overwritten.
  bool operand_is_free = false;

  const Layer& layer() const { return network.layers[step.main]; }
  Dims input(int index) const { return dims_of(network, step.inputs[index]); }
  Dims output() const { return dims_of(network, step.output); }
};

/// One way to run a step, not yet made: making it may fail.
struct Option {
  /// Unique among the step's: "nhwc>nhwc", "nhwc>nhwc winograd"; see layouts_of_option.
  std::string name;
  Layout in = Layout::kLast;   ///< of every input but gates
  Layout out = Layout::kLast;  ///< of the output and the operands
  /// Throws dnnl::error where the library has no such kernel.
  std::function<Kernel()> make;
};

/// All ways to run the step, the likely best first. Throws std::logic_error for a kind without one.
std::vector<Option> options_of(const StepTask& task);
/// A kernel that changes the layout.
Kernel reorder_kernel(const Context& context, const Dims& dims, Layout from, Layout to);

/// Layouts in which a value may stand: of an image's vector only one.
std::vector<Layout> layouts_of(const Dims& dims, const Context& context);
bool can_be_blocked(const Dims& dims, const Context& context);

// The families, each in a file of its own.
std::vector<Option> convolution_options(const StepTask& task);
std::vector<Option> transposed_options(const StepTask& task);
std::vector<Option> linear_options(const StepTask& task);
std::vector<Option> pointwise_options(const StepTask& task);
std::vector<Option> pool_options(const StepTask& task);
std::vector<Option> rearrange_options(const StepTask& task);
std::vector<Option> norm_options(const StepTask& task);
std::vector<Option> matrix_options(const StepTask& task);

}  // namespace archcost
