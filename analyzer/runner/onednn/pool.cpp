// SPDX-License-Identifier: Apache-2.0
// Pooling: windows, whole images, adaptive averages.
#include <algorithm>

#include "layers/kinds.hpp"
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

/// The padding after the input with which the output has its size, rounded down or up.
int padding_after(int out, int stride, int kernel, int dilation, int in, int before) {
  return (out - 1) * stride + (kernel - 1) * dilation + 1 - in - before;
}

/// The window of a pool, with the padding that the library wants.
graph::WindowProblem window_of(const StepTask& task) {
  graph::WindowProblem w = graph::window_problem(task.network, task.layer());
  w.pad_bottom = std::max(0, padding_after(w.out.height, w.stride_height, w.kernel_height,
                                           w.dilation_height, w.in.height, w.pad_top));
  w.pad_right = std::max(0, padding_after(w.out.width, w.stride_width, w.kernel_width,
                                          w.dilation_width, w.in.width, w.pad_left));
  return w;
}

Kernel pool_kernel(const StepTask& task, const graph::WindowProblem& w, dnnl::algorithm algorithm,
                   const plan::KernelOption& option) {
  const memory::desc source = source_of(task, option.in), target = target_of(task, option.out);
  using Dims = memory::dims;
  return kernel_of<bridge::Pooling>(
      task,
      bridge::operation<bridge::Pooling>(
          kInference, algorithm, source, target, Dims{w.stride_height, w.stride_width},
          Dims{w.kernel_height, w.kernel_width}, Dims{w.dilation_height - 1, w.dilation_width - 1},
          Dims{w.pad_top, w.pad_left}, Dims{w.pad_bottom, w.pad_right}),
      source, target);
}

/// A global average or maximum.
Kernel reduction_kernel(const StepTask& task, dnnl::algorithm algorithm,
                        const plan::KernelOption& option) {
  const memory::desc source = source_of(task, option.in), target = target_of(task, option.out);
  return kernel_of<dnnl::reduction>(
      task, bridge::operation<dnnl::reduction>(algorithm, source, target, 0.F, 0.F), source,
      target);
}

std::vector<Option> window_options(const StepTask& task, const graph::WindowProblem& window,
                                   dnnl::algorithm algorithm) {
  const auto reduction = algorithm == dnnl::algorithm::pooling_max
                             ? dnnl::algorithm::reduction_max
                             : dnnl::algorithm::reduction_mean;
  const bool global = window.kernel_height == window.in.height &&
                      window.kernel_width == window.in.width && window.in.positions() > 1 &&
                      window.out.positions() == 1;
  std::vector<Option> options;
  const std::vector<plan::Layout> outs = layouts_of(window.out, task.context);
  for (const plan::Layout in : layouts_of(window.in, task.context)) {
    const plan::KernelOption id{in, outs.size() == 1 ? outs[0] : in};
    if (std::find(outs.begin(), outs.end(), id.out) == outs.end()) continue;
    options.push_back({id, [=](MemoryPool&) { return pool_kernel(task, window, algorithm, id); }});
    if (!global) continue;
    const plan::KernelOption reduced{id.in, id.out, plan::Method::kReduction};
    options.push_back(
        {reduced, [=](MemoryPool&) { return reduction_kernel(task, reduction, reduced); }});
  }
  return options;
}

}  // namespace

std::vector<Option> max_pool_options(const StepTask& task) {
  return window_options(task, window_of(task), dnnl::algorithm::pooling_max);
}

std::vector<Option> avg_pool_options(const StepTask& task) {
  const graph::WindowProblem window = window_of(task);
  if (!graph::flag_of(task.layer(), "count_include_pad"))
    return window_options(task, window, dnnl::algorithm::pooling_avg_exclude_padding);
  // PyTorch divides by less where a window reaches beyond the padded input; the library doesn't.
  const graph::WindowProblem given = graph::window_problem(task.network, task.layer());
  if (window.pad_bottom > given.pad_bottom || window.pad_right > given.pad_right)
    return plain_options(task);
  return window_options(task, window, dnnl::algorithm::pooling_avg_include_padding);
}

std::vector<Option> adaptive_pool_options(const StepTask& task) {
  graph::WindowProblem window;
  window.in = task.input(0);
  window.out = task.output();
  const int rows = window.in.height % window.out.height,
            columns = window.in.width % window.out.width;
  if (rows != 0 || columns != 0) return plain_options(task);  // windows of different sizes
  window.kernel_height = window.stride_height = window.in.height / window.out.height;
  window.kernel_width = window.stride_width = window.in.width / window.out.width;
  const bool maximum = task.layer().is(layers::kinds::adaptive_max_pool_kind);
  return window_options(
      task, window,
      maximum ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding);
}

}  // namespace archcost::onednn
