// SPDX-License-Identifier: Apache-2.0
// Products of activations: matrix products by channel, attention, and the tokens around it.
#include <algorithm>
#include <cmath>

#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

std::size_t bytes_of(std::size_t elements) { return elements * sizeof(float); }

/// A matrix product as a part of a kernel; `bias` may be empty.
void add_product(const PrimitiveArgument& source, const PrimitiveArgument& weights,
                 const PrimitiveArgument& target, const std::vector<PrimitiveArgument>& bias,
                 PrimitiveSequence& sequence) {
  const memory::desc &from = source.description, &by = weights.description,
                     &to = target.description;
  std::vector<PrimitiveArgument> arguments = {source, weights, target};
  arguments.insert(arguments.end(), bias.begin(), bias.end());
  if (bias.empty())
    sequence.add<dnnl::matmul>(bridge::operation<dnnl::matmul>(from, by, to), std::move(arguments));
  else
    sequence.add<dnnl::matmul>(bridge::operation<dnnl::matmul>(from, by, bias[0].description, to),
                               std::move(arguments));
}

/// By channel: the images of all channels are matrices in the layout nchw.
Kernel matmul_kernel(const StepTask& task) {
  const graph::Dims a = task.input(0), out = task.output();
  PrimitiveSequence sequence(task.context);
  const auto enter = [&](int input) {
    const memory::desc plain = source_of(task, plan::Layout::kPlain, input);
    const std::size_t place = sequence.temporary(plain.get_size());
    sequence.add_reorder(input_argument(0, source_of(task, plan::Layout::kLast, input), input),
                         scratch_argument(0, plain, place));
    return place;
  };
  const std::size_t left = enter(0), right = enter(1),
                    product = sequence.temporary(bytes_of(out.elements()));
  const memory::dim matrices = memory::dim{out.batch} * out.channels;
  const memory::dim inner = a.width, columns = out.width, rows = out.height;
  const memory::desc weights =
      graph::flag_of(task.layer(), "transpose")
          ? strided({matrices, inner, columns}, {columns * inner, 1, inner})
          : dense({matrices, inner, columns});
  add_product(scratch_argument(DNNL_ARG_SRC, dense({matrices, rows, inner}), left),
              scratch_argument(DNNL_ARG_WEIGHTS, weights, right),
              scratch_argument(DNNL_ARG_DST, dense({matrices, rows, columns}), product), {},
              sequence);
  sequence.add_reorder(scratch_argument(0, target_of(task, plan::Layout::kPlain), product),
                       output_argument(target_of(task, plan::Layout::kLast)));
  return std::move(sequence).finish();
}

/// Multi-head attention (arXiv:1706.03762): projections, scores, softmax, mixture, projection.
class Attention {
 public:
  Attention(const StepTask& task, MemoryPool& pool)
      : task_(task),
        pool_(pool),
        sequence_(task.context),
        batch_(task.output().batch),
        tokens_(task.output().positions()),
        width_(task.output().channels),
        heads_(graph::number_of(task.layer(), "heads")),
        head_(width_ / heads_) {
    // The scores' factor is in the query's projection.
    const interpreter::LayerWeights& weights = task.weights[task.step.main];
    kernel_ = weights.kernel;
    bias_ = weights.bias;
    const float factor = 1 / std::sqrt(static_cast<float>(head_));
    for (memory::dim i = 0; i < width_ * width_; ++i) kernel_[i] *= factor;
    for (memory::dim i = 0; i < width_ && !bias_.empty(); ++i) bias_[i] *= factor;
  }

  Kernel kernel() && {
    const memory::dim rows = batch_ * tokens_, all = rows * width_;
    const std::size_t projected = sequence_.temporary(bytes_of(3 * all)),
                      scores = sequence_.temporary(bytes_of(batch_ * heads_ * tokens_ * tokens_)),
                      mixed = sequence_.temporary(bytes_of(all));
    project(input_argument(DNNL_ARG_SRC, dense({rows, width_})), 0, 3 * width_,
            scratch_argument(DNNL_ARG_DST, dense({rows, 3 * width_}), projected));
    const memory::dims by_token = {tokens_ * 3 * width_, head_, 3 * width_, 1},
                       by_feature = {tokens_ * 3 * width_, head_, 1, 3 * width_};
    const auto part = [&](int id, int third, const memory::dims& sizes,
                          const memory::dims& strides) {
      return scratch_argument(id, strided(sizes, strides), projected + bytes_of(third * width_));
    };
    const memory::dims per_head = {batch_, heads_, tokens_, head_};
    const memory::desc squares = dense({batch_, heads_, tokens_, tokens_});
    add_product(part(DNNL_ARG_SRC, 0, per_head, by_token),
                part(DNNL_ARG_WEIGHTS, 1, {batch_, heads_, head_, tokens_}, by_feature),
                scratch_argument(DNNL_ARG_DST, squares, scores), {}, sequence_);
    const memory::desc score_rows = dense({batch_ * heads_ * tokens_, tokens_});
    sequence_.add<dnnl::softmax_forward>(bridge::softmax(score_rows, 1),
                                         {scratch_argument(DNNL_ARG_SRC, score_rows, scores),
                                          scratch_argument(DNNL_ARG_DST, score_rows, scores)});
    add_product(scratch_argument(DNNL_ARG_SRC, squares, scores),
                part(DNNL_ARG_WEIGHTS, 2, per_head, by_token),
                scratch_argument(DNNL_ARG_DST,
                                 strided(per_head, {tokens_ * width_, head_, width_, 1}), mixed),
                {}, sequence_);
    project(scratch_argument(DNNL_ARG_SRC, dense({rows, width_}), mixed), 3 * width_, width_,
            output_argument(dense({rows, width_})));
    return std::move(sequence_).finish();
  }

 private:
  /// A linear layer of all tokens: `outputs` rows of the weights from `first` on.
  void project(const PrimitiveArgument& source, memory::dim first, memory::dim outputs,
               const PrimitiveArgument& target) {
    std::vector<PrimitiveArgument> bias;
    if (!bias_.empty()) {
      const memory::desc row = dense({1, outputs});
      bias = {
          constant_argument(DNNL_ARG_BIAS, task_.context, pool_, bias_.data() + first, row, row)};
    }
    add_product(
        source,
        constant_argument(DNNL_ARG_WEIGHTS, task_.context, pool_, kernel_.data() + first * width_,
                          strided({width_, outputs}, {1, width_}), dense({width_, outputs})),
        target, bias, sequence_);
  }

  const StepTask& task_;
  MemoryPool& pool_;
  PrimitiveSequence sequence_;
  memory::dim batch_, tokens_, width_, heads_, head_;
  std::vector<float> kernel_, bias_;
};

/// One more token before those of the input.
Kernel class_token_kernel(const StepTask& task, MemoryPool& pool) {
  const graph::Dims in = task.input(0), out = task.output();
  const auto rows = [&](memory::dim tokens) { return dense({in.batch, tokens, in.channels}); };
  const std::vector<float>& token = task.weights[task.step.main].kernel;
  std::vector<float> tokens;
  for (int image = 0; image < in.batch; ++image)
    tokens.insert(tokens.end(), token.begin(), token.end());
  const memory::desc first = rows(1);
  PrimitiveSequence sequence(task.context);
  sequence.add_concat(
      {constant_argument(DNNL_ARG_MULTIPLE_SRC, task.context, pool, tokens.data(), first, first),
       input_argument(DNNL_ARG_MULTIPLE_SRC + 1, rows(in.positions()))},
      rows(out.positions()));
  return std::move(sequence).finish();
}

/// A learned number is added to each element of an image.
Kernel position_embedding_kernel(const StepTask& task, MemoryPool& pool) {
  const memory::desc tensor = target_of(task, plan::Layout::kLast);
  graph::Dims one = task.output();
  one.batch = 1;
  const memory::desc learned = describe(task.context, one, plan::Layout::kLast);
  PrimitiveSequence sequence(task.context);
  sequence.add<dnnl::binary>(
      bridge::operation<dnnl::binary>(dnnl::algorithm::binary_add, tensor, learned, tensor),
      {input_argument(DNNL_ARG_SRC_0, tensor),
       constant_argument(DNNL_ARG_SRC_1, task.context, pool,
                         task.weights[task.step.main].kernel.data(),
                         describe(task.context, one, plan::Layout::kPlain), learned),
       output_argument(tensor)});
  return std::move(sequence).finish();
}

}  // namespace

std::vector<Option> matmul_options(const StepTask& task) {
  return {{kChannelsLast, [task](MemoryPool&) { return matmul_kernel(task); }}};
}

std::vector<Option> attention_options(const StepTask& task) {
  const bool plain = graph::number_of(task.layer(), "kv_heads") == 0 &&
                     graph::number_of(task.layer(), "head_channels") == 0 &&
                     graph::number_of(task.layer(), "windows") == 0 && task.step.inputs.size() == 1;
  if (!plain) return plain_options(task);
  return {{kChannelsLast, [task](MemoryPool& pool) { return Attention(task, pool).kernel(); }}};
}

std::vector<Option> class_token_options(const StepTask& task) {
  return {{kChannelsLast, [task](MemoryPool& pool) { return class_token_kernel(task, pool); }}};
}

std::vector<Option> position_embedding_options(const StepTask& task) {
  return {
      {kChannelsLast, [task](MemoryPool& pool) { return position_embedding_kernel(task, pool); }}};
}

}  // namespace archcost::onednn
