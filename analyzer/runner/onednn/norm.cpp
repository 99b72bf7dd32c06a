// SPDX-License-Identifier: Apache-2.0
// Normalisations that compute their statistics: softmax, local response and layer normalisation.
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

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
  using Flags = dnnl::normalization_flags;
  const graph::Dims dims = task.output();
  const bool by_position = graph::word_of(task.layer(), "over") == "channels";
  const memory::dim rows = memory::dim{dims.batch} * (by_position ? dims.positions() : 1),
                    width = memory::dim{dims.channels} * (by_position ? 1 : dims.positions());
  const memory::desc tensor = dense({rows, width}), numbers = dense({width});
  const interpreter::LayerWeights& weights = task.weights[task.step.main];
  const bool affine = !weights.scale.empty();
  std::vector<PrimitiveArgument> learned;
  const auto add = [&](int id, const std::vector<float>& given) {
    const std::vector<float> ordered = by_position ? given : channels_last(given, dims);
    learned.push_back(constant_argument(id, task.context, pool, ordered.data(), numbers, numbers));
  };
  if (affine) {
    add(DNNL_ARG_SCALE, weights.scale);
    add(DNNL_ARG_SHIFT, weights.shift);
  }
  return kernel_of<dnnl::layer_normalization_forward>(
      task,
      bridge::layer_normalization(tensor, interpreter::kNormEpsilon,
                                  affine ? Flags::use_scale | Flags::use_shift : Flags::none),
      tensor, tensor, std::move(learned));
}

}  // namespace

std::vector<Option> softmax_options(const StepTask& task) {
  return {{kChannelsLast, [task](MemoryPool&) {
             const memory::desc tensor = target_of(task, plan::Layout::kLast);
             return kernel_of<dnnl::softmax_forward>(task, bridge::softmax(tensor, 1), tensor,
                                                     tensor);
           }}};
}

std::vector<Option> lrn_options(const StepTask& task) {
  const auto size = graph::number_of(task.layer(), "size");
  // The library centres windows of even sizes differently.
  if (size % 2 == 0) return plain_options(task);
  return options_by_layout(task, [=](plan::Layout layout, MemoryPool&) {
    const memory::desc tensor = target_of(task, layout);
    return kernel_of<dnnl::lrn_forward>(task,
                                        bridge::lrn(tensor, size, interpreter::kLrnAlpha,
                                                    interpreter::kLrnBeta, interpreter::kLrnOffset),
                                        tensor, tensor);
  });
}

std::vector<Option> layer_norm_options(const StepTask& task) {
  return {{kChannelsLast, [task](MemoryPool& pool) { return layer_norm_kernel(task, pool); }}};
}

}  // namespace archcost::onednn
