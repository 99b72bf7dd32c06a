// SPDX-License-Identifier: Apache-2.0
// Normalisations that compute their statistics: softmax, local response and layer normalisation.
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

using dnnl::memory;

/// A primitive that reads and writes tensors of the same description.
template <class Primitive, class Operation>
Kernel same_shape_kernel(const StepTask& task, const Operation& operation,
                         const memory::desc& tensor,
                         std::vector<PrimitiveArgument> arguments = {}) {
  const typename Primitive::primitive_desc description(operation, plain_attributes(),
                                                       task.context.engine);
  arguments.push_back({DNNL_ARG_SRC, tensor, PrimitiveArgument::kInput});
  arguments.push_back({DNNL_ARG_DST, tensor, PrimitiveArgument::kOutput});
  PrimitiveSequence sequence(task.context);
  sequence.add<Primitive>(description, std::move(arguments));
  return std::move(sequence).finish();
}

Kernel softmax_kernel(const StepTask& task, plan::Layout layout) {
  const memory::desc tensor = describe(task.output(), layout, task.context.block);
  return same_shape_kernel<dnnl::softmax_forward>(
      task, dnnl::softmax_forward::desc(kInference, tensor, 1), tensor);
}

Kernel lrn_kernel(const StepTask& task, plan::Layout layout) {
  const memory::desc tensor = describe(task.output(), layout, task.context.block);
  return same_shape_kernel<dnnl::lrn_forward>(
      task,
      dnnl::lrn_forward::desc(kInference, dnnl::algorithm::lrn_across_channels, tensor,
                              graph::number_of(task.layer(), "size"), interpreter::kLrnAlpha,
                              interpreter::kLrnBeta, interpreter::kLrnOffset),
      tensor);
}

/// Numbers by channel, height, width in the order of channels last.
std::vector<float> channels_last(const std::vector<float>& given, const graph::Dims& dims) {
  std::vector<float> result(given.size());
  for (int p = 0; p < dims.positions(); ++p) {
    for (int c = 0; c < dims.channels; ++c)
      result[std::size_t(p) * dims.channels + c] = given[std::size_t(c) * dims.positions() + p];
  }
  return result;
}

/// Over the channels of each position, or over the whole image. Channels last: what is normalised
/// is contiguous in both cases.
Kernel layer_norm_kernel(const StepTask& task, MemoryPool& pool) {
  using flags = dnnl::normalization_flags;
  const graph::Dims dims = task.output();
  const bool by_position = graph::word_of(task.layer(), "over") == "channels";
  const memory::dim rows = memory::dim{dims.batch} * (by_position ? dims.positions() : 1),
                    width = memory::dim{dims.channels} * (by_position ? 1 : dims.positions());
  const memory::desc tensor = dense({rows, width}), numbers = dense({width});
  const interpreter::LayerWeights& weights = task.weights[task.step.main];
  const bool affine = !weights.scale.empty();
  std::vector<PrimitiveArgument> arguments;
  const auto add = [&](int id, const std::vector<float>& given) {
    const std::vector<float> ordered = by_position ? given : channels_last(given, dims);
    arguments.push_back(
        constant_argument(id, packed(task.context, pool, ordered.data(), numbers, numbers)));
  };
  if (affine) {
    add(DNNL_ARG_SCALE, weights.scale);
    add(DNNL_ARG_SHIFT, weights.shift);
  }
  return same_shape_kernel<dnnl::layer_normalization_forward>(
      task,
      dnnl::layer_normalization_forward::desc(
          kInference, tensor, interpreter::kNormEpsilon,
          affine ? flags::use_scale | flags::use_shift : flags::none),
      tensor, std::move(arguments));
}

}  // namespace

std::vector<Option> softmax_options(const StepTask& task) {
  return {{{plan::Layout::kLast, plan::Layout::kLast},
           [task](MemoryPool&) { return softmax_kernel(task, plan::Layout::kLast); }}};
}

std::vector<Option> lrn_options(const StepTask& task) {
  // The library centres windows of even sizes differently.
  if (graph::number_of(task.layer(), "size") % 2 == 0) return plain_options(task);
  std::vector<Option> options;
  for (const plan::Layout layout : layouts_of(task.output(), task.context)) {
    options.push_back(
        {{layout, layout}, [task, layout](MemoryPool&) { return lrn_kernel(task, layout); }});
  }
  return options;
}

std::vector<Option> layer_norm_options(const StepTask& task) {
  return {{{plan::Layout::kLast, plan::Layout::kLast},
           [task](MemoryPool& pool) { return layer_norm_kernel(task, pool); }}};
}

}  // namespace archcost::onednn
