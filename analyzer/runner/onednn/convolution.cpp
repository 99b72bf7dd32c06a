// SPDX-License-Identifier: Apache-2.0
// Convolutions, transposed convolutions and linear layers.
#include <algorithm>
#include <tuple>

#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

/// What the primitives of this group share.
struct Pieces {
  FoldedWeights weights;
  memory::desc source, target, given, wanted, bias;
  bool in_place = false;
  PostOps post;

  /// Of the parts options..., source, weights, bias where there is one, target, sizes...
  template <class Primitive>
  typename Primitive::primitive_desc describe(const Context& context, const auto& options,
                                              const auto&... sizes) const {
    const auto with = [&](const auto&... parts) {
      return bridge::operation<Primitive>(parts...)(context.engine, post.attributes());
    };
    return std::apply(
        [&](const auto&... before) {
          return weights.bias.empty() ? with(before..., source, wanted, target, sizes...)
                                      : with(before..., source, wanted, bias, target, sizes...);
        },
        options);
  }
};

memory::desc weights_given(const graph::WindowProblem& w, bool transposed) {
  using Tag = memory::format_tag;
  const int groups = w.groups, in = w.in.channels / groups, out = w.out.channels / groups;
  // oneDNN gives the dimensions of a transposed convolution's weights as out x in too.
  memory::dims sizes = {out, in, w.kernel_height, w.kernel_width};
  if (groups > 1) sizes.insert(sizes.begin(), groups);
  const Tag order =
      groups > 1 ? (transposed ? Tag::giohw : Tag::goihw) : (transposed ? Tag::iohw : Tag::oihw);
  return {sizes, memory::data_type::f32, order};
}

Pieces pieces_of(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& window,
                 const plan::KernelOption& option, bool transposed = false) {
  Pieces p;
  p.weights = folded_weights(task, window.out.channels);
  p.source = describe(task.context, window.in, option.in);
  p.target = describe(task.context, window.out, option.out);
  p.given = weights_given(window, transposed);
  p.wanted = any_order(bridge::dims_of(p.given));
  if (!p.weights.bias.empty()) p.bias = dense({window.out.channels});
  p.in_place = in_place_operand(task) >= 0;
  p.post = post_ops_of(task, pool, option.out, p.in_place);
  return p;
}

// As oneDNN takes them; a dilation of 0 is none.
memory::dims strides_of(const graph::WindowProblem& w) { return {w.stride_height, w.stride_width}; }
memory::dims dilations_of(const graph::WindowProblem& w) {
  return {w.dilation_height - 1, w.dilation_width - 1};
}
memory::dims padding_before(const graph::WindowProblem& w) { return {w.pad_top, w.pad_left}; }

/// Skips the library's first implementations.
template <class Description>
void skip(Description& description, int implementations) {
  for (int i = 0; i < implementations; ++i) {
    if (!description.next_impl()) throw dnnl::error(dnnl_unimplemented, "no further kernel");
  }
}

template <class Primitive>
Kernel finished(const StepTask& task, MemoryPool& pool, const Pieces& p,
                const typename Primitive::primitive_desc& description) {
  std::vector<PrimitiveArgument> arguments = {
      input_argument(DNNL_ARG_SRC, p.source),
      constant_argument(DNNL_ARG_WEIGHTS, task.context, pool, p.weights.kernel.data(), p.given,
                        description.weights_desc()),
      output_argument(p.target)};
  if (!p.weights.bias.empty()) {
    arguments.push_back(constant_argument(DNNL_ARG_BIAS, task.context, pool, p.weights.bias.data(),
                                          p.bias, p.bias));
  }
  arguments.insert(arguments.end(), p.post.arguments.begin(), p.post.arguments.end());
  PrimitiveSequence sequence(task.context);
  sequence.add_described<Primitive>(description, std::move(arguments));
  Kernel kernel = std::move(sequence).finish();
  kernel.sums_in_place = p.in_place;
  return kernel;
}

Kernel convolution(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& w,
                   const plan::KernelOption& option) {
  using dnnl::convolution_forward;
  const Pieces p = pieces_of(task, pool, w, option);
  const auto algorithm = option.method == plan::Method::kWinograd
                             ? dnnl::algorithm::convolution_winograd
                             : dnnl::algorithm::convolution_direct;
  auto description = p.describe<convolution_forward>(
      task.context, std::tuple(kInference, algorithm), strides_of(w), dilations_of(w),
      padding_before(w), memory::dims{w.pad_bottom, w.pad_right});
  skip(description, option.alternative);
  // oneDNN 2.6.3's gemm kernels add a sum's operand in the wrong places.
  const std::string_view name = description.impl_info_str();
  if (task.step.sum_operand() >= 0 && name.find("gemm") != std::string_view::npos)
    throw dnnl::error(dnnl_unimplemented, "this kernel adds a sum's operand in the wrong places");
  return finished<convolution_forward>(task, pool, p, description);
}

Kernel transposed(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& w,
                  const plan::KernelOption& option) {
  using dnnl::deconvolution_forward;
  const Pieces p = pieces_of(task, pool, w, option, true);
  // What is cut off after the output: its size says it, with output padding and same_tf too.
  const auto cut = [](int in, int out, int stride, int reach, int before) {
    return memory::dim{in - 1} * stride + reach - before - out;
  };
  const memory::dims after = {cut(w.in.height, w.out.height, w.stride_height,
                                  (w.kernel_height - 1) * w.dilation_height + 1, w.pad_top),
                              cut(w.in.width, w.out.width, w.stride_width,
                                  (w.kernel_width - 1) * w.dilation_width + 1, w.pad_left)};
  return finished<deconvolution_forward>(
      task, pool, p,
      p.describe<deconvolution_forward>(
          task.context, std::tuple(kInference, dnnl::algorithm::deconvolution_direct),
          strides_of(w), dilations_of(w), padding_before(w), after));
}

Kernel inner_product(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& window,
                     const plan::KernelOption& option) {
  using dnnl::inner_product_forward;
  Pieces p = pieces_of(task, pool, window, option);
  p.target = dense({window.out.batch, window.out.channels});
  return finished<inner_product_forward>(
      task, pool, p, p.describe<inner_product_forward>(task.context, std::tuple(kInference)));
}

/// A grouped 1x1 convolution as matrix products: positions x channels of a group, times the group's
/// weights. Channels last; the library's post-ops are per product.
Kernel grouped_matmul(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& window,
                      bool batched) {
  const FoldedWeights weights = folded_weights(task, window.out.channels);
  const memory::dim groups = window.groups, in = window.in.channels, out = window.out.channels,
                    rows = memory::dim{window.in.batch} * window.in.positions(),
                    products = batched ? groups : 1;
  const memory::desc source = strided({products, rows, in / groups}, {in / groups, in, 1}),
                     target = strided({products, rows, out / groups}, {out / groups, out, 1}),
                     // Given as out x in of each group; the product wants in x out.
      given = strided({products, in / groups, out / groups},
                      {in / groups * (out / groups), 1, in / groups}),
                     bias = dense({products, 1, out / groups});
  PostOps post;
  const bool in_place = in_place_operand(task) >= 0;
  for (const plan::PointwiseOp& op : task.step.pointwise) {
    if (op.kind == plan::PointwiseOp::kActivation) {
      post.append(task, pool, op, plan::Layout::kLast);
    } else if (in_place) {
      post.ops.append_sum(1.f);
    } else {
      post.append_binary(dnnl::algorithm::binary_add, input_argument(0, target, op.operand));
    }
  }
  const memory::desc wanted = any_order(bridge::dims_of(given));
  const auto describe = [&](const auto&... parts) {
    return bridge::operation<dnnl::matmul>(parts...)(task.context.engine, post.attributes());
  };
  const dnnl::matmul::primitive_desc description = weights.bias.empty()
                                                       ? describe(source, wanted, target)
                                                       : describe(source, wanted, bias, target);
  PrimitiveSequence sequence(task.context);
  for (memory::dim g = 0; g < groups / products; ++g) {
    const auto input_offset = static_cast<std::size_t>(g * (in / groups)) * sizeof(float),
               output_offset = static_cast<std::size_t>(g * (out / groups)) * sizeof(float);
    std::vector<PrimitiveArgument> arguments = {
        {DNNL_ARG_SRC, source, PrimitiveArgument::kInput, 0, input_offset},
        constant_argument(DNNL_ARG_WEIGHTS, task.context, pool,
                          weights.kernel.data() + g * (in / groups) * (out / groups), given,
                          description.weights_desc()),
        {DNNL_ARG_DST, target, PrimitiveArgument::kOutput, 0, output_offset}};
    if (!weights.bias.empty()) {
      arguments.push_back(constant_argument(DNNL_ARG_BIAS, task.context, pool,
                                            weights.bias.data() + g * (out / groups), bias, bias));
    }
    for (PrimitiveArgument operand : post.arguments) {
      operand.offset = output_offset;
      arguments.push_back(std::move(operand));
    }
    sequence.add_described<dnnl::matmul>(description, arguments);
  }
  Kernel kernel = std::move(sequence).finish();
  kernel.sums_in_place = in_place;
  return kernel;
}

bool can_be_winograd(const graph::WindowProblem& w) {
  return w.kernel_height == 3 && w.kernel_width == 3 && w.stride_height == 1 &&
         w.stride_width == 1 && w.dilation_height == 1 && w.dilation_width == 1 && w.groups == 1;
}

bool is_grouped_pointwise(const graph::WindowProblem& w) {
  const bool padded = w.pad_top + w.pad_left + w.pad_bottom + w.pad_right > 0;
  return w.taps() == 1 && w.groups > 1 && !w.depthwise() && w.stride_height == 1 &&
         w.stride_width == 1 && !padded;
}

std::vector<Option> window_options(const StepTask& task, const graph::WindowProblem& window) {
  std::vector<Option> options;
  std::vector<plan::Layout> ins = layouts_of(window.in, task.context);
  // The network's input is read in the layout in which it is given, where the library can.
  if (task.step.inputs[0] == graph::kNetworkInput && window.in.positions() > 1)
    ins.insert(ins.begin(), plan::Layout::kPlain);
  const auto add = [&](const plan::KernelOption& id) {
    options.push_back({id, [=](MemoryPool& pool) { return convolution(task, pool, window, id); }});
  };
  // Grouped convolutions have slow first choices on some CPUs: every implementation is tried.
  const int alternatives = window.groups > 1 && !window.depthwise() ? 4 : 2;
  for (const plan::Layout in : ins) {
    for (const plan::Layout out : layouts_of(window.out, task.context)) {
      for (int i = 0; i < (in == out ? alternatives : 1); ++i)
        add({in, out, plan::Method::kPrimitive, i});
      if (task.context.winograd && can_be_winograd(window) && in == out &&
          in == plan::Layout::kBlocked)
        add({in, out, plan::Method::kWinograd});
    }
  }
  if (!is_grouped_pointwise(window)) return options;
  for (const bool batched : {true, false}) {
    const plan::Method method =
        batched ? plan::Method::kBatchedMatmul : plan::Method::kMatmulPerGroup;
    options.push_back({{plan::Layout::kLast, plan::Layout::kLast, method}, [=](MemoryPool& pool) {
                         return grouped_matmul(task, pool, window, batched);
                       }});
  }
  return options;
}

}  // namespace

std::vector<Option> convolution_options(const StepTask& task) {
  return window_options(task, graph::window_problem(task.network, task.layer()));
}

std::vector<Option> transposed_options(const StepTask& task) {
  const graph::WindowProblem window = graph::window_problem(task.network, task.layer());
  std::vector<Option> options;
  for (const plan::Layout in : layouts_of(window.in, task.context)) {
    for (const plan::Layout out : layouts_of(window.out, task.context)) {
      const plan::KernelOption id{in, out};
      options.push_back({id, [=](MemoryPool& pool) { return transposed(task, pool, window, id); }});
    }
  }
  return options;
}

std::vector<Option> linear_options(const StepTask& task) {
  graph::WindowProblem window;
  window.in = task.input(0);
  window.out = task.output();
  if (window.out.positions() > 1) return window_options(task, window);
  window.kernel_height = window.in.height;
  window.kernel_width = window.in.width;
  std::vector<Option> options = window_options(task, window);
  if (task.step.sum_operand() >= 0) return options;
  for (const plan::Layout in : layouts_of(window.in, task.context)) {
    const plan::KernelOption id{in, plan::Layout::kLast, plan::Method::kInnerProduct};
    options.push_back(
        {id, [=](MemoryPool& pool) { return inner_product(task, pool, window, id); }});
  }
  return options;
}

}  // namespace archcost::onednn
