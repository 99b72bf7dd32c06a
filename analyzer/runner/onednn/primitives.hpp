// SPDX-License-Identifier: Apache-2.0
// oneDNN primitives as kernels.
#pragma once

#include <dnnl.h>

#include <span>

#include "runner/onednn/kernel.hpp"

namespace archcost::onednn {

constexpr auto kInference = dnnl::prop_kind::forward_inference;

/// The library's description of a tensor; `block`: see Context.
dnnl::memory::desc describe(const graph::Dims& dims, plan::Layout layout, int block);
/// A dense tensor, the last dimension contiguous.
dnnl::memory::desc dense(const dnnl::memory::dims& dims);
/// A tensor with these strides, in elements.
dnnl::memory::desc strided(const dnnl::memory::dims& dims, const dnnl::memory::dims& strides);
/// Anything the primitive prefers.
dnnl::memory::desc any_order(const dnnl::memory::dims& dims);

/// Is it reference code, by the name that the library gives an implementation?
plan::KernelOrigin origin_of(std::string_view implementation);

/// Numbers in the order that a primitive wants, in memory of the pool.
dnnl::memory packed(const Context& context, MemoryPool& pool, const float* numbers,
                    const dnnl::memory::desc& given, const dnnl::memory::desc& wanted);

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
  dnnl::memory::desc description;
  Place place = kInput;
  int index = 0;           ///< of the input
  std::size_t offset = 0;  ///< bytes from the beginning of its memory
  dnnl::memory constant{};
};
PrimitiveArgument constant_argument(int id, dnnl::memory memory);

/// Primitives that run one after the other, as one kernel.
class PrimitiveSequence {
 public:
  explicit PrimitiveSequence(const Context& context) : context_(context) {}

  /// Reserves memory between the primitives; returns its offset for PrimitiveArgument::kScratch.
  std::size_t temporary(std::size_t bytes);

  template <class Primitive, class Description>
  void add(const Description& description, std::vector<PrimitiveArgument> arguments) {
    append(Primitive(description), description.impl_info_str(), description.scratchpad_desc(),
           std::move(arguments));
  }
  void append(const dnnl::primitive& primitive, const std::string& implementation,
              const dnnl::memory::desc& scratchpad, std::vector<PrimitiveArgument> arguments);

  Kernel finish() &&;

 private:
  struct Call {
    dnnl::primitive primitive;
    dnnl::memory::desc scratchpad;
    std::vector<PrimitiveArgument> arguments;
  };
  const Context& context_;
  std::vector<Call> calls_;
  Kernel kernel_;
  std::size_t temporary_bytes_ = 0, scratchpad_bytes_ = 0;
};

/// Attributes of a primitive: its post-ops, and the arguments that these read.
struct PostOps {
  dnnl::post_ops ops;
  std::vector<PrimitiveArgument> arguments;

  /// Throws dnnl::error for an operation that can't be a post-op. `out`: layout of the step's
  /// output.
  void append(const StepTask& task, MemoryPool& pool, const plan::PointwiseOp& op,
              plan::Layout out);
  /// The sum's operand is in the output already.
  void append_sum() { ops.append_sum(1.f); }
  dnnl::primitive_attr attributes() const;
};
/// Attributes without post-ops.
dnnl::primitive_attr plain_attributes();

/// The input that the step's sum adds, where it may be overwritten; else -1.
int in_place_operand(const StepTask& task);
/// Post-ops for all operations of the step; `in_place`: the sum's operand is in the output already.
PostOps post_ops_of(const StepTask& task, MemoryPool& pool, plan::Layout out, bool in_place);

/// Adds the operations, as few primitives as the library allows unless `separate`; they read
/// `source` and write the step's output in the layout.
void append_pointwise(const StepTask& task, MemoryPool& pool,
                      std::span<const plan::PointwiseOp> ops, plan::Layout layout, bool separate,
                      const PrimitiveArgument& source, PrimitiveSequence& sequence);

}  // namespace archcost::onednn
