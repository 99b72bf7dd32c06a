// SPDX-License-Identifier: Apache-2.0
// Convolutions, transposed convolutions and linear layers.
#include <algorithm>

#include "runner/onednn/parallel.hpp"
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

using dnnl::memory;

/// What the primitives of this group share.
struct Pieces {
  FoldedWeights weights;
  memory::desc source, target, given, wanted, bias;
  bool in_place = false;
};

memory::desc weights_given(const graph::WindowProblem& w, bool transposed) {
  using tag = memory::format_tag;
  const int groups = w.groups, in = w.in.channels / groups, out = w.out.channels / groups;
  // oneDNN gives the dimensions of a transposed convolution's weights as out x in too.
  if (groups > 1) {
    return {{groups, out, in, w.kernel_height, w.kernel_width},
            memory::data_type::f32,
            transposed ? tag::giohw : tag::goihw};
  }
  return {{out, in, w.kernel_height, w.kernel_width},
          memory::data_type::f32,
          transposed ? tag::iohw : tag::oihw};
}

Pieces pieces_of(const StepTask& task, const graph::WindowProblem& window,
                 const plan::KernelOption& option, bool transposed) {
  Pieces p;
  p.weights = folded_weights(task, window.out.channels);
  p.source = describe(window.in, option.in, task.context.block);
  p.target = describe(window.out, option.out, task.context.block);
  p.given = weights_given(window, transposed);
  p.wanted = any_order(p.given.dims());
  if (!p.weights.bias.empty()) p.bias = dense({window.out.channels});
  p.in_place = in_place_operand(task) >= 0;
  return p;
}

/// Skips the library's first implementations.
template <class Description>
void skip(Description& description, int implementations) {
  for (int i = 0; i < implementations; ++i) {
    if (!description.next_impl()) throw dnnl::error(dnnl_unimplemented, "no further kernel");
  }
}

template <class Primitive, class Description>
Kernel finished(const StepTask& task, MemoryPool& pool, const Pieces& p, const PostOps& post,
                const Description& description) {
  std::vector<PrimitiveArgument> arguments = {
      {DNNL_ARG_SRC, p.source, PrimitiveArgument::kInput},
      constant_argument(DNNL_ARG_WEIGHTS, packed(task.context, pool, p.weights.kernel.data(),
                                                 p.given, description.weights_desc())),
      {DNNL_ARG_DST, p.target, PrimitiveArgument::kOutput}};
  if (!p.weights.bias.empty()) {
    arguments.push_back(constant_argument(
        DNNL_ARG_BIAS, packed(task.context, pool, p.weights.bias.data(), p.bias, p.bias)));
  }
  arguments.insert(arguments.end(), post.arguments.begin(), post.arguments.end());
  PrimitiveSequence sequence(task.context);
  sequence.add<Primitive>(description, std::move(arguments));
  Kernel kernel = std::move(sequence).finish();
  kernel.sums_in_place = p.in_place;
  return kernel;
}

bool sums(const StepTask& task) {
  return std::any_of(
      task.step.pointwise.begin(), task.step.pointwise.end(),
      [](const plan::PointwiseOp& op) { return op.kind == plan::PointwiseOp::kAdd; });
}

/// Strides, dilations (0: none) and padding, as oneDNN takes them.
struct WindowSizes {
  memory::dims strides, dilations, before, after;

  explicit WindowSizes(const graph::WindowProblem& w)
      : strides{w.stride_height, w.stride_width},
        dilations{w.dilation_height - 1, w.dilation_width - 1},
        before{w.pad_top, w.pad_left},
        after{w.pad_bottom, w.pad_right} {}
};

Kernel convolution(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& window,
                   const plan::KernelOption& option) {
  using dnnl::convolution_forward;
  const Pieces p = pieces_of(task, window, option, false);
  const WindowSizes w(window);
  const auto algorithm = option.method == plan::Method::kWinograd
                             ? dnnl::algorithm::convolution_winograd
                             : dnnl::algorithm::convolution_direct;
  const convolution_forward::desc operation =
      p.weights.bias.empty()
          ? convolution_forward::desc(kInference, algorithm, p.source, p.wanted, p.target,
                                      w.strides, w.dilations, w.before, w.after)
          : convolution_forward::desc(kInference, algorithm, p.source, p.wanted, p.bias, p.target,
                                      w.strides, w.dilations, w.before, w.after);
  const PostOps post = post_ops_of(task, pool, option.out, p.in_place);
  convolution_forward::primitive_desc description(operation, post.attributes(),
                                                  task.context.engine);
  skip(description, option.alternative);
  // oneDNN 2.6.3's gemm kernels add a sum's operand in the wrong places.
  const std::string_view name = description.impl_info_str();
  if (sums(task) && name.find("gemm") != std::string_view::npos)
    throw dnnl::error(dnnl_unimplemented, "this kernel adds a sum's operand in the wrong places");
  return finished<convolution_forward>(task, pool, p, post, description);
}

Kernel transposed(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& window,
                  const plan::KernelOption& option) {
  using dnnl::deconvolution_forward;
  const Pieces p = pieces_of(task, window, option, true);
  WindowSizes w(window);
  // Output padding makes the output larger: less is cut off after it.
  w.after[0] -= graph::number_of(task.layer(), "output_pad", 0);
  w.after[1] -= graph::number_of(task.layer(), "output_pad", 1);
  const auto algorithm = dnnl::algorithm::deconvolution_direct;
  const deconvolution_forward::desc operation =
      p.weights.bias.empty()
          ? deconvolution_forward::desc(kInference, algorithm, p.source, p.wanted, p.target,
                                        w.strides, w.dilations, w.before, w.after)
          : deconvolution_forward::desc(kInference, algorithm, p.source, p.wanted, p.bias, p.target,
                                        w.strides, w.dilations, w.before, w.after);
  const PostOps post = post_ops_of(task, pool, option.out, p.in_place);
  const deconvolution_forward::primitive_desc description(operation, post.attributes(),
                                                          task.context.engine);
  return finished<deconvolution_forward>(task, pool, p, post, description);
}

Kernel inner_product(const StepTask& task, MemoryPool& pool, const graph::WindowProblem& window,
                     const plan::KernelOption& option) {
  using dnnl::inner_product_forward;
  Pieces p = pieces_of(task, window, option, false);
  p.target = dense({window.out.batch, window.out.channels});
  const inner_product_forward::desc operation =
      p.weights.bias.empty()
          ? inner_product_forward::desc(kInference, p.source, p.wanted, p.target)
          : inner_product_forward::desc(kInference, p.source, p.wanted, p.bias, p.target);
  const PostOps post = post_ops_of(task, pool, option.out, p.in_place);
  const inner_product_forward::primitive_desc description(operation, post.attributes(),
                                                          task.context.engine);
  return finished<inner_product_forward>(task, pool, p, post, description);
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
      post.append_sum();
    } else {
      post.ops.append_binary(dnnl::algorithm::binary_add, target);
      post.arguments.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(post.ops.len() - 1) | DNNL_ARG_SRC_1,
                                target, PrimitiveArgument::kInput, op.operand});
    }
  }
  const memory::desc wanted = any_order(given.dims());
  const dnnl::matmul::desc operation = weights.bias.empty()
                                           ? dnnl::matmul::desc(source, wanted, target)
                                           : dnnl::matmul::desc(source, wanted, bias, target);
  const dnnl::matmul::primitive_desc description(operation, post.attributes(), task.context.engine);
  PrimitiveSequence sequence(task.context);
  for (memory::dim g = 0; g < groups / products; ++g) {
    const auto input_offset = static_cast<std::size_t>(g * (in / groups)) * sizeof(float),
               output_offset = static_cast<std::size_t>(g * (out / groups)) * sizeof(float);
    std::vector<PrimitiveArgument> arguments = {
        {DNNL_ARG_SRC, source, PrimitiveArgument::kInput, 0, input_offset},
        constant_argument(
            DNNL_ARG_WEIGHTS,
            packed(task.context, pool, weights.kernel.data() + g * (in / groups) * (out / groups),
                   given, description.weights_desc())),
        {DNNL_ARG_DST, target, PrimitiveArgument::kOutput, 0, output_offset}};
    if (!weights.bias.empty()) {
      arguments.push_back(constant_argument(
          DNNL_ARG_BIAS,
          packed(task.context, pool, weights.bias.data() + g * (out / groups), bias, bias)));
    }
    for (PrimitiveArgument operand : post.arguments) {
      operand.offset = output_offset;
      arguments.push_back(std::move(operand));
    }
    sequence.add<dnnl::matmul>(description, std::move(arguments));
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
  if (sums(task)) return options;
  for (const plan::Layout in : layouts_of(window.in, task.context)) {
    const plan::KernelOption id{in, plan::Layout::kLast, plan::Method::kInnerProduct};
    options.push_back(
        {id, [=](MemoryPool& pool) { return inner_product(task, pool, window, id); }});
  }
  return options;
}

}  // namespace archcost::onednn
