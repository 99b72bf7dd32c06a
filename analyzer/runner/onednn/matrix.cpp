// SPDX-License-Identifier: Apache-2.0
// Products of activations: matrix products by channel, attention, and the tokens around it.
#include <algorithm>
#include <cmath>

#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

using dnnl::memory;

std::size_t bytes_of(std::size_t elements) { return elements * sizeof(float); }

/// A matrix product as a part of a kernel; `bias` may be empty.
void add_product(const Context& context, const PrimitiveArgument& source, PrimitiveArgument weights,
                 const PrimitiveArgument& target, const std::vector<PrimitiveArgument>& bias,
                 PrimitiveSequence& sequence) {
  const memory::desc& wanted = weights.description;
  const dnnl::matmul::desc operation =
      bias.empty()
          ? dnnl::matmul::desc(source.description, wanted, target.description)
          : dnnl::matmul::desc(source.description, wanted, bias[0].description, target.description);
  const dnnl::matmul::primitive_desc description(operation, plain_attributes(), context.engine);
  std::vector<PrimitiveArgument> arguments = {source, std::move(weights), target};
  arguments.insert(arguments.end(), bias.begin(), bias.end());
  sequence.add<dnnl::matmul>(description, std::move(arguments));
}

void add_reorder(const Context& context, PrimitiveArgument from, PrimitiveArgument to,
                 PrimitiveSequence& sequence) {
  from.id = DNNL_ARG_FROM;
  to.id = DNNL_ARG_TO;
  const dnnl::reorder::primitive_desc description(context.engine, from.description, context.engine,
                                                  to.description, plain_attributes());
  sequence.add<dnnl::reorder>(description, {std::move(from), std::move(to)});
}

/// By channel: the images of all channels are matrices in the layout nchw.
Kernel matmul_kernel(const StepTask& task) {
  const Context& context = task.context;
  const graph::Dims a = task.input(0), b = task.input(1), out = task.output();
  const bool transposed = graph::flag_of(task.layer(), "transpose");
  PrimitiveSequence sequence(context);
  const auto plain = [&](const graph::Dims& dims, std::size_t place) {
    return PrimitiveArgument{0, describe(dims, plan::Layout::kPlain, context.block),
                             PrimitiveArgument::kScratch, 0, place};
  };
  const auto enter = [&](const graph::Dims& dims, int input) {
    const std::size_t place = sequence.temporary(bytes_of(dims.elements()));
    add_reorder(
        context,
        {0, describe(dims, plan::Layout::kLast, context.block), PrimitiveArgument::kInput, input},
        plain(dims, place), sequence);
    return place;
  };
  const std::size_t left = enter(a, 0), right = enter(b, 1),
                    product = sequence.temporary(bytes_of(out.elements()));
  const memory::dim matrices = memory::dim{out.batch} * out.channels;
  const memory::dim inner = a.width, columns = out.width, rows = out.height;
  const memory::desc weights =
      transposed ? strided({matrices, inner, columns}, {columns * inner, 1, inner})
                 : dense({matrices, inner, columns});
  add_product(
      context, {DNNL_ARG_SRC, dense({matrices, rows, inner}), PrimitiveArgument::kScratch, 0, left},
      {DNNL_ARG_WEIGHTS, weights, PrimitiveArgument::kScratch, 0, right},
      {DNNL_ARG_DST, dense({matrices, rows, columns}), PrimitiveArgument::kScratch, 0, product}, {},
      sequence);
  add_reorder(context, plain(out, product),
              {0, describe(out, plan::Layout::kLast, context.block), PrimitiveArgument::kOutput},
              sequence);
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
    project({DNNL_ARG_SRC, dense({rows, width_}), PrimitiveArgument::kInput}, 0, 3 * width_,
            {DNNL_ARG_DST, dense({rows, 3 * width_}), PrimitiveArgument::kScratch, 0, projected});
    const memory::dims by_token = {tokens_ * 3 * width_, head_, 3 * width_, 1},
                       by_feature = {tokens_ * 3 * width_, head_, 1, 3 * width_};
    const auto part = [&](int id, int third, const memory::dims& sizes,
                          const memory::dims& strides) {
      return PrimitiveArgument{id, strided(sizes, strides), PrimitiveArgument::kScratch, 0,
                               projected + bytes_of(third * width_)};
    };
    const memory::dims per_head = {batch_, heads_, tokens_, head_};
    const memory::desc squares = dense({batch_, heads_, tokens_, tokens_});
    add_product(task_.context, part(DNNL_ARG_SRC, 0, per_head, by_token),
                part(DNNL_ARG_WEIGHTS, 1, {batch_, heads_, head_, tokens_}, by_feature),
                {DNNL_ARG_DST, squares, PrimitiveArgument::kScratch, 0, scores}, {}, sequence_);
    add_softmax(scores);
    add_product(task_.context, {DNNL_ARG_SRC, squares, PrimitiveArgument::kScratch, 0, scores},
                part(DNNL_ARG_WEIGHTS, 2, per_head, by_token),
                {DNNL_ARG_DST, strided(per_head, {tokens_ * width_, head_, width_, 1}),
                 PrimitiveArgument::kScratch, 0, mixed},
                {}, sequence_);
    project({DNNL_ARG_SRC, dense({rows, width_}), PrimitiveArgument::kScratch, 0, mixed},
            3 * width_, width_, {DNNL_ARG_DST, dense({rows, width_}), PrimitiveArgument::kOutput});
    return std::move(sequence_).finish();
  }

 private:
  /// A linear layer of all tokens: `outputs` rows of the weights from `first` on.
  void project(const PrimitiveArgument& source, memory::dim first, memory::dim outputs,
               const PrimitiveArgument& target) {
    const memory::desc given = strided({width_, outputs}, {1, width_});
    PrimitiveArgument weights = constant_argument(
        DNNL_ARG_WEIGHTS, packed(task_.context, pool_, kernel_.data() + first * width_, given,
                                 dense({width_, outputs})));
    std::vector<PrimitiveArgument> bias;
    if (!bias_.empty()) {
      const memory::desc row = dense({1, outputs});
      bias = {constant_argument(DNNL_ARG_BIAS,
                                packed(task_.context, pool_, bias_.data() + first, row, row))};
    }
    add_product(task_.context, source, std::move(weights), target, bias, sequence_);
  }

  void add_softmax(std::size_t scores) {
    const memory::desc rows = dense({batch_ * heads_ * tokens_, tokens_});
    const dnnl::softmax_forward::primitive_desc description(
        dnnl::softmax_forward::desc(dnnl::prop_kind::forward_inference, rows, 1),
        plain_attributes(), task_.context.engine);
    sequence_.add<dnnl::softmax_forward>(
        description, {{DNNL_ARG_SRC, rows, PrimitiveArgument::kScratch, 0, scores},
                      {DNNL_ARG_DST, rows, PrimitiveArgument::kScratch, 0, scores}});
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
  const std::vector<memory::desc> sources = {rows(1), rows(in.positions())};
  const memory::desc target = rows(out.positions());
  const dnnl::concat::primitive_desc description(target, 1, sources, task.context.engine,
                                                 plain_attributes());
  PrimitiveSequence sequence(task.context);
  sequence.add<dnnl::concat>(
      description,
      {constant_argument(DNNL_ARG_MULTIPLE_SRC,
                         packed(task.context, pool, tokens.data(), sources[0], sources[0])),
       {DNNL_ARG_MULTIPLE_SRC + 1, sources[1], PrimitiveArgument::kInput},
       {DNNL_ARG_DST, target, PrimitiveArgument::kOutput}});
  return std::move(sequence).finish();
}

/// A learned number is added to each element of an image.
Kernel position_embedding_kernel(const StepTask& task, MemoryPool& pool) {
  const graph::Dims dims = task.output();
  const memory::desc tensor = describe(dims, plan::Layout::kLast, task.context.block);
  graph::Dims one = dims;
  one.batch = 1;
  const memory::desc learned = describe(one, plan::Layout::kLast, task.context.block);
  const dnnl::binary::primitive_desc description(
      dnnl::binary::desc(dnnl::algorithm::binary_add, tensor, learned, tensor), plain_attributes(),
      task.context.engine);
  PrimitiveSequence sequence(task.context);
  sequence.add<dnnl::binary>(
      description,
      {{DNNL_ARG_SRC_0, tensor, PrimitiveArgument::kInput},
       constant_argument(DNNL_ARG_SRC_1,
                         packed(task.context, pool, task.weights[task.step.main].kernel.data(),
                                describe(one, plan::Layout::kPlain, task.context.block), learned)),
       {DNNL_ARG_DST, tensor, PrimitiveArgument::kOutput}});
  return std::move(sequence).finish();
}

template <class Make>
std::vector<Option> channels_last_option(const Make& make) {
  return {{{plan::Layout::kLast, plan::Layout::kLast}, make}};
}

}  // namespace

std::vector<Option> matmul_options(const StepTask& task) {
  return channels_last_option([task](MemoryPool&) { return matmul_kernel(task); });
}

std::vector<Option> attention_options(const StepTask& task) {
  return channels_last_option([task](MemoryPool& pool) { return Attention(task, pool).kernel(); });
}

std::vector<Option> class_token_options(const StepTask& task) {
  return channels_last_option([task](MemoryPool& pool) { return class_token_kernel(task, pool); });
}

std::vector<Option> position_embedding_options(const StepTask& task) {
  return channels_last_option(
      [task](MemoryPool& pool) { return position_embedding_kernel(task, pool); });
}

}  // namespace archcost::onednn
