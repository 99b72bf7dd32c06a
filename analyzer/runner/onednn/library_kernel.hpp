// oneDNN primitives as kernels.
#pragma once

#include <dnnl.h>

#include <memory>

#include "runner/onednn/kernel.hpp"

namespace archcost {

/// The description of a tensor; `groups_block` is the context's block.
dnnl::memory::desc describe(const Dims& dims, Layout layout, int block);

/// Weights in the order that a primitive wants; kept alive by whoever runs it.
dnnl::memory packed(const Context& context, const float* numbers, const dnnl::memory::desc& given,
                    const dnnl::memory::desc& wanted);

/// A kernel and bias with the batch norms and scales behind them worked in. `outer` is the number
/// of output channels, the slowest dimension of the kernel unless `transposed` says how many
/// numbers belong to a channel in each run.
struct FoldedWeights {
  std::vector<float> kernel, bias;  ///< bias: empty when there is nothing to add
};
FoldedWeights folded_weights(const StepTask& task, int out_channels);

/// The input that the step's sum adds, where it may be overwritten; else -1.
int in_place_operand(const StepTask& task);

/// Post-ops for the step's pointwise operations. `in_place`: the sum's operand stands in the
/// output already.
dnnl::primitive_attr attributes_of(const StepTask& task, Layout out, bool in_place);

/// An argument and where its memory comes from when the kernel is bound.
struct Argument {
  int id;
  dnnl::memory::desc description;
  enum Place { kInput, kOutput, kKept } place;
  int index = 0;        ///< of the input
  dnnl::memory kept{};  ///< of kKept
};

/// Adds the arguments of the step's sum, where it is no in-place one.
void add_operands(const StepTask& task, Layout out, bool in_place,
                  std::vector<Argument>& arguments);

Kernel library_kernel(const Context& context, const dnnl::primitive& primitive,
                      std::string implementation, const dnnl::memory::desc& scratchpad,
                      std::vector<Argument> arguments);

}  // namespace archcost
