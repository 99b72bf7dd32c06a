// SPDX-License-Identifier: Apache-2.0
// oneDNN primitives as kernels.
#pragma once

#include <dnnl.h>

#include <span>

#include "runner/onednn/bridge.hpp"
#include "runner/onednn/kernel.hpp"

namespace archcost::onednn {

using dnnl::memory;

constexpr auto kInference = bridge::kForward;
constexpr plan::KernelOption kChannelsLast{plan::Layout::kLast, plan::Layout::kLast};

/// The library's description of a tensor.
memory::desc describe(const Context& context, const graph::Dims& dims, plan::Layout layout);
/// Of an input of the step, and of its output.
memory::desc source_of(const StepTask& task, plan::Layout layout, int input = 0);
memory::desc target_of(const StepTask& task, plan::Layout layout);
/// A dense tensor, the last dimension contiguous.
memory::desc dense(const memory::dims& dims);
/// A tensor with these strides, in elements.
memory::desc strided(const memory::dims& dims, const memory::dims& strides);
/// Anything the primitive prefers.
memory::desc any_order(const memory::dims& dims);

/// Is it reference code, by the name that the library gives an implementation?
plan::KernelOrigin origin_of(std::string_view implementation);

/// A kernel and bias with the step's batch norms and scales folded in, by output channel.
struct FoldedWeights {
  std::vector<float> kernel, bias;  ///< bias: empty when there is nothing to add
};
FoldedWeights folded_weights(const StepTask& task, int out_channels);

/// Factor and summand by channel of a batch norm or scale layer.
struct AffineNumbers {
  std::vector<float> factor, summand;
};
AffineNumbers affine_numbers(const interpreter::LayerWeights& weights, int channels);

/// An argument of a primitive, and which memory it is when the kernel is bound.
struct PrimitiveArgument {
  enum Place : std::uint8_t { kInput, kOutput, kScratch, kConstant };
  int id = 0;  ///< DNNL_ARG_...
  memory::desc description;
  Place place = kInput;
  int index = 0;           ///< of the input
  std::size_t offset = 0;  ///< bytes from the beginning of its memory
  memory constant{};
};
PrimitiveArgument input_argument(int id, const memory::desc& description, int index = 0);
PrimitiveArgument output_argument(const memory::desc& description);
PrimitiveArgument scratch_argument(int id, const memory::desc& description, std::size_t offset);
/// Numbers that are given in one order and read in another, in memory of the pool.
PrimitiveArgument constant_argument(int id, const Context& context, MemoryPool& pool,
                                    const float* numbers, const memory::desc& given,
                                    const memory::desc& wanted);

/// Attributes of a primitive: its post-ops, and the arguments that these read.
struct PostOps {
  dnnl::post_ops ops;
  std::vector<PrimitiveArgument> arguments;

  /// Throws dnnl::error for an operation that can't be a post-op. `out`: layout of the step's
  /// output.
  void append(const StepTask& task, MemoryPool& pool, const plan::PointwiseOp& op,
              plan::Layout out);
  void append_binary(dnnl::algorithm kind, PrimitiveArgument operand);
  dnnl::primitive_attr attributes() const;
};

/// Primitives that run one after the other, as one kernel.
class PrimitiveSequence {
 public:
  explicit PrimitiveSequence(const Context& context) : context_(context) {}

  /// Reserves memory between the primitives; returns its offset for PrimitiveArgument::kScratch.
  std::size_t temporary(std::size_t bytes);

  template <class Primitive>
  void add_described(const typename Primitive::primitive_desc& description,
                     const std::vector<PrimitiveArgument>& arguments) {
    append(Primitive(description), description.impl_info_str(), description.scratchpad_desc(),
           arguments);
  }
  /// The library's first implementation of a bridge::operation(). The arguments of post-ops are
  /// added.
  template <class Primitive, class Operation>
  void add(const Operation& operation, std::vector<PrimitiveArgument> arguments,
           const PostOps& post = {}) {
    arguments.insert(arguments.end(), post.arguments.begin(), post.arguments.end());
    add_described<Primitive>(operation(context_.engine, post.attributes()), arguments);
  }
  /// `sources` are concatenated along the second dimension.
  void add_concat(std::vector<PrimitiveArgument> sources, const memory::desc& target);
  void add_reorder(PrimitiveArgument from, PrimitiveArgument to);

  Kernel finish() &&;

 private:
  struct Call {
    dnnl::primitive primitive;
    memory::desc scratchpad;
    std::vector<PrimitiveArgument> arguments;
  };
  void append(const dnnl::primitive& primitive, const std::string& implementation,
              const memory::desc& scratchpad, std::vector<PrimitiveArgument> arguments);

  const Context& context_;
  std::vector<Call> calls_;
  Kernel kernel_;
  std::size_t temporary_bytes_ = 0, scratchpad_bytes_ = 0;
};

/// A kernel of one primitive that reads `source` and writes `target`.
template <class Primitive, class Operation>
Kernel kernel_of(const StepTask& task, const Operation& operation, const memory::desc& source,
                 const memory::desc& target, std::vector<PrimitiveArgument> others = {}) {
  others.push_back(input_argument(DNNL_ARG_SRC, source));
  others.push_back(output_argument(target));
  PrimitiveSequence sequence(task.context);
  sequence.add<Primitive>(operation, std::move(others));
  return std::move(sequence).finish();
}
/// A kernel that copies a tensor to another order.
Kernel reorder_kernel(const Context& context, const memory::desc& source,
                      const memory::desc& target);

/// The input that the step's sum adds, where it may be overwritten; else -1.
int in_place_operand(const StepTask& task);
/// Post-ops for all operations of the step; `in_place`: the sum's operand is in the output already.
PostOps post_ops_of(const StepTask& task, MemoryPool& pool, plan::Layout out, bool in_place);

/// Adds the step's element-wise operations, as few primitives as the library allows unless
/// `separate`; they read `source` and write the step's output in the layout.
void append_pointwise(const StepTask& task, MemoryPool& pool, plan::Layout layout, bool separate,
                      PrimitiveArgument source, PrimitiveSequence& sequence);

/// make(layout, pool) for each layout in which the first input and the output may both stand.
template <class Make>
std::vector<Option> options_by_layout(const StepTask& task, const Make& make) {
  std::vector<Option> options;
  for (const plan::Layout layout : layouts_of(task.output(), task.context)) {
    if (layout == plan::Layout::kBlocked && !can_be_blocked(task.input(0), task.context)) continue;
    options.push_back({{layout, layout}, [=](MemoryPool& pool) { return make(layout, pool); }});
  }
  return options;
}
/// make(layout, separate, pool) for each layout of the output, and with the element-wise operations
/// separate where there are several.
template <class Make>
std::vector<Option> fused_and_separate_options(const StepTask& task, const Make& make) {
  std::vector<Option> options;
  for (const plan::Layout layout : layouts_of(task.output(), task.context)) {
    for (const bool separate : {false, true}) {
      if (separate && task.step.pointwise.size() < 2) continue;
      options.push_back(
          {{layout, layout, separate ? plan::Method::kSeparate : plan::Method::kPrimitive},
           [=](MemoryPool& pool) { return make(layout, separate, pool); }});
    }
  }
  return options;
}

}  // namespace archcost::onednn
