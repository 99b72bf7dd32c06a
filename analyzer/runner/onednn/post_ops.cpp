// SPDX-License-Identifier: Apache-2.0
// Element-wise operations, as post-ops of a primitive and as primitives of their own.
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

using dnnl::algorithm;

/// An eltwise primitive or post-op; hard sigmoid needs two before version 3.
struct Eltwise {
  algorithm kind;
  float alpha = 0, beta = 0;
};

std::vector<Eltwise> eltwise_of(const plan::PointwiseOp& op) {
  switch (op.activation) {
    case layers::Activation::kRelu:
      return {{algorithm::eltwise_relu}};
    case layers::Activation::kLeakyRelu:
      return {{algorithm::eltwise_relu, op.slope}};
    case layers::Activation::kRelu6:
      return {{algorithm::eltwise_clip, 0, 6}};
    case layers::Activation::kSigmoid:
      return {{algorithm::eltwise_logistic}};
    case layers::Activation::kHardSigmoid:
      if (bridge::kHardSigmoid) return {{*bridge::kHardSigmoid, 1.f / 6, 0.5f}};
      return {{algorithm::eltwise_linear, 1.f / 6, 0.5f}, {algorithm::eltwise_clip, 0, 1}};
    case layers::Activation::kHardSwish:
      return {{algorithm::eltwise_hardswish, 1.f / 6, 0.5f}};  // 2 has these numbers built in
    case layers::Activation::kSwish:
      return {{algorithm::eltwise_swish, 1}};
    case layers::Activation::kGelu:
      return {{algorithm::eltwise_gelu_erf}};
    case layers::Activation::kTanh:
      return {{algorithm::eltwise_tanh}};
    case layers::Activation::kElu:
      return {{algorithm::eltwise_elu, op.slope}};
  }
  return {};
}

memory::desc by_channel(int channels) { return dense({1, channels, 1, 1}); }

PrimitiveArgument constant(int id, const StepTask& task, MemoryPool& pool,
                           const std::vector<float>& numbers, const memory::desc& description) {
  return constant_argument(id, task.context, pool, numbers.data(), description, description);
}

/// What a binary operation reads besides the tensor itself: a tensor of the same shape, or a gate.
PrimitiveArgument operand_of(const StepTask& task, const plan::PointwiseOp& op,
                             plan::Layout layout) {
  const graph::Dims out = task.output();
  const bool gate = op.kind == plan::PointwiseOp::kGate;
  return input_argument(
      DNNL_ARG_SRC_1,
      gate ? dense({out.batch, out.channels, 1, 1}) : describe(task.context, out, layout),
      op.operand);
}

algorithm binary_of(const plan::PointwiseOp& op) {
  return op.kind == plan::PointwiseOp::kAdd ? algorithm::binary_add : algorithm::binary_mul;
}

/// One operation as a primitive, with post-ops after it.
class PointwisePrimitive {
 public:
  PointwisePrimitive(const StepTask& task, MemoryPool& pool, plan::Layout layout,
                     PrimitiveArgument source, PrimitiveSequence& sequence)
      : task_(task),
        pool_(pool),
        tensor_(target_of(task, layout)),
        layout_(layout),
        source_(std::move(source)),
        sequence_(sequence) {}

  void add(const plan::PointwiseOp& op, std::span<const plan::PointwiseOp> rest) {
    switch (op.kind) {
      case plan::PointwiseOp::kActivation:
        return add_activation(op, rest);
      case plan::PointwiseOp::kAffine:
        return add_affine(op, rest);
      case plan::PointwiseOp::kPrelu:
        return add_prelu(op, rest);
      default:
        return add_binary(op, rest);
    }
  }

 private:
  void append_rest(PostOps& post, std::span<const plan::PointwiseOp> rest) {
    for (const plan::PointwiseOp& op : rest) post.append(task_, pool_, op, layout_);
  }

  /// `id`: which argument the source is.
  template <class Primitive, class Operation>
  void finish(const Operation& operation, const PostOps& post,
              std::vector<PrimitiveArgument> others, int id = DNNL_ARG_SRC) {
    others.push_back(source_);
    others.back().id = id;
    others.push_back(output_argument(tensor_));
    sequence_.add<Primitive>(operation, std::move(others), post);
  }

  void add_activation(const plan::PointwiseOp& op, std::span<const plan::PointwiseOp> rest) {
    const std::vector<Eltwise> parts = eltwise_of(op);
    PostOps post;
    for (std::size_t i = 1; i < parts.size(); ++i)
      bridge::append_eltwise(post.ops, parts[i].kind, parts[i].alpha, parts[i].beta);
    append_rest(post, rest);
    finish<dnnl::eltwise_forward>(
        bridge::eltwise(parts[0].kind, tensor_, parts[0].alpha, parts[0].beta), post, {});
  }

  /// A batch norm alone or before a ReLU is the library's batch normalization; otherwise a product
  /// with a sum after it, as a scale layer.
  void add_affine(const plan::PointwiseOp& op, std::span<const plan::PointwiseOp> rest) {
    const interpreter::LayerWeights& weights = task_.weights[op.layer];
    const bool relu = rest.size() == 1 && rest[0].kind == plan::PointwiseOp::kActivation &&
                      rest[0].activation == layers::Activation::kRelu;
    if (!weights.variance.empty() && (rest.empty() || relu)) return add_batch_norm(weights, rest);
    const AffineNumbers numbers = affine_numbers(weights, task_.output().channels);
    const memory::desc channels = by_channel(task_.output().channels);
    PostOps post;
    post.append_binary(algorithm::binary_add, constant(0, task_, pool_, numbers.summand, channels));
    append_rest(post, rest);
    finish<dnnl::binary>(
        bridge::operation<dnnl::binary>(algorithm::binary_mul, tensor_, channels, tensor_), post,
        {constant(DNNL_ARG_SRC_1, task_, pool_, numbers.factor, channels)}, DNNL_ARG_SRC_0);
  }

  void add_batch_norm(const interpreter::LayerWeights& weights,
                      std::span<const plan::PointwiseOp> rest) {
    using Flags = dnnl::normalization_flags;
    Flags used = Flags::use_global_stats;
    const memory::desc channels = dense({task_.output().channels});
    std::vector<PrimitiveArgument> arguments;
    const auto add = [&](int id, const std::vector<float>& numbers) {
      arguments.push_back(constant(id, task_, pool_, numbers, channels));
    };
    add(DNNL_ARG_MEAN, weights.mean);
    add(DNNL_ARG_VARIANCE, weights.variance);
    if (!weights.scale.empty()) {
      used = used | Flags::use_scale | Flags::use_shift;
      add(DNNL_ARG_SCALE, weights.scale);
      add(DNNL_ARG_SHIFT, weights.shift);
    }
    PostOps post;
    append_rest(post, rest);
    finish<dnnl::batch_normalization_forward>(
        bridge::batch_normalization(tensor_, interpreter::kNormEpsilon, used), post,
        std::move(arguments));
  }

  void add_prelu(const plan::PointwiseOp& op, std::span<const plan::PointwiseOp> rest) {
    if (!rest.empty()) throw dnnl::error(dnnl_unimplemented, "prelu takes no post-ops");
    const std::vector<float>& slopes = task_.weights[op.layer].scale;
    const memory::desc channels = by_channel(static_cast<int>(slopes.size()));
    finish<dnnl::prelu_forward>(bridge::prelu(tensor_, channels), {},
                                {constant(DNNL_ARG_WEIGHTS, task_, pool_, slopes, channels)});
  }

  void add_binary(const plan::PointwiseOp& op, std::span<const plan::PointwiseOp> rest) {
    const PrimitiveArgument other = operand_of(task_, op, layout_);
    PostOps post;
    append_rest(post, rest);
    finish<dnnl::binary>(
        bridge::operation<dnnl::binary>(binary_of(op), tensor_, other.description, tensor_), post,
        {other}, DNNL_ARG_SRC_0);
  }

  const StepTask& task_;
  MemoryPool& pool_;
  memory::desc tensor_;
  plan::Layout layout_;
  PrimitiveArgument source_;
  PrimitiveSequence& sequence_;
};

}  // namespace

void PostOps::append_binary(algorithm kind, PrimitiveArgument operand) {
  ops.append_binary(kind, operand.description);
  operand.id = DNNL_ARG_ATTR_MULTIPLE_POST_OP(ops.len() - 1) | DNNL_ARG_SRC_1;
  arguments.push_back(std::move(operand));
}

void PostOps::append(const StepTask& task, MemoryPool& pool, const plan::PointwiseOp& op,
                     plan::Layout out) {
  if (op.kind == plan::PointwiseOp::kActivation) {
    for (const Eltwise& part : eltwise_of(op))
      bridge::append_eltwise(ops, part.kind, part.alpha, part.beta);
  } else if (op.kind == plan::PointwiseOp::kAffine) {
    const int channels = task.output().channels;
    const AffineNumbers numbers = affine_numbers(task.weights[op.layer], channels);
    const memory::desc each = by_channel(channels);
    append_binary(algorithm::binary_mul, constant(0, task, pool, numbers.factor, each));
    append_binary(algorithm::binary_add, constant(0, task, pool, numbers.summand, each));
  } else if (op.kind == plan::PointwiseOp::kPrelu) {
    throw dnnl::error(dnnl_unimplemented, "prelu is a primitive of its own");
  } else {
    append_binary(binary_of(op), operand_of(task, op, out));
  }
}

dnnl::primitive_attr PostOps::attributes() const {
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

int in_place_operand(const StepTask& task) {
  return task.operand_is_free ? task.step.sum_operand() : -1;
}

PostOps post_ops_of(const StepTask& task, MemoryPool& pool, plan::Layout out, bool in_place) {
  PostOps post;
  for (const plan::PointwiseOp& op : task.step.pointwise) {
    if (in_place && op.kind == plan::PointwiseOp::kAdd) {
      post.ops.append_sum(1.f);
    } else {
      post.append(task, pool, op, out);
    }
  }
  return post;
}

void append_pointwise(const StepTask& task, MemoryPool& pool, plan::Layout layout, bool separate,
                      PrimitiveArgument source, PrimitiveSequence& sequence) {
  const std::span<const plan::PointwiseOp> ops = task.step.pointwise;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const std::span<const plan::PointwiseOp> rest =
        separate ? std::span<const plan::PointwiseOp>() : ops.subspan(i + 1);
    PointwisePrimitive(task, pool, layout, source, sequence).add(ops[i], rest);
    if (!separate) return;
    source = output_argument(source.description);
  }
}

std::vector<Option> pointwise_options(const StepTask& task) {
  if (task.step.pointwise.empty()) return plain_options(task);  // operands that are spread
  return fused_and_separate_options(
      task, [task](plan::Layout layout, bool separate, MemoryPool& pool) {
        PrimitiveSequence sequence(task.context);
        append_pointwise(task, pool, layout, separate,
                         input_argument(DNNL_ARG_SRC, target_of(task, layout)), sequence);
        Kernel kernel = std::move(sequence).finish();
        kernel.may_overwrite = 0;
        return kernel;
      });
}

}  // namespace archcost::onednn
