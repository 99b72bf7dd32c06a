// Convolutions, transposed convolutions and linear layers on oneDNN.
#include <fmt/core.h>

#include "runner/onednn/blocked_pointwise.hpp"
#include "runner/onednn/channel_shuffle.hpp"
#include "runner/onednn/grouped_pointwise.hpp"
#include "runner/onednn/library_kernel.hpp"
#include "runner/onednn/own_convolution.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/winograd.hpp"

namespace archcost {
namespace {

using dnnl::memory;

/// What the operation descriptions of this family share.
struct Pieces {
  WindowProblem window;
  FoldedWeights weights;
  memory::desc source, target, given, wanted, bias;
  bool in_place = false;
};

memory::desc weights_given(const WindowProblem& w, bool transposed) {
  using tag = memory::format_tag;
  const int groups = w.groups, in = w.in.channels / groups, out = w.out.channels / groups;
  // oneDNN calls the transposed convolution's weights out x in too, whatever their order.
  if (groups > 1) {
    return {{groups, out, in, w.kernel_height, w.kernel_width},
            memory::data_type::f32,
            transposed ? tag::giohw : tag::goihw};
  }
  return {{out, in, w.kernel_height, w.kernel_width},
          memory::data_type::f32,
          transposed ? tag::iohw : tag::oihw};
}

memory::desc any_order(const memory::desc& given) {
  return {given.dims(), memory::data_type::f32, memory::format_tag::any};
}

Pieces pieces_of(const StepTask& task, const WindowProblem& window, Layout in, Layout out,
                 bool transposed) {
  Pieces p;
  p.window = window;
  p.weights = folded_weights(task, window.out.channels);
  p.source = describe(window.in, in, task.context.block);
  p.target = describe(window.out, out, task.context.block);
  p.given = weights_given(window, transposed);
  p.wanted = any_order(p.given);
  if (!p.weights.bias.empty()) {
    p.bias = {{window.out.channels}, memory::data_type::f32, memory::format_tag::x};
  }
  p.in_place = in_place_operand(task) >= 0;
  return p;
}

/// Skips as many implementations as the option is behind the library's first.
template <class Description>
void skip(Description& description, int implementation) {
  for (int i = 0; i < implementation; ++i) {
    if (!description.next_impl()) throw dnnl::error(dnnl_unimplemented, "no further kernel");
  }
}

template <class Primitive, class Description>
Kernel finished(const StepTask& task, const Pieces& p, Layout out, const Description& description) {
  std::vector<Argument> arguments = {
      {DNNL_ARG_SRC, p.source, Argument::kInput, 0},
      {DNNL_ARG_WEIGHTS,
       {},
       Argument::kKept,
       0,
       packed(task.context, p.weights.kernel.data(), p.given, description.weights_desc())},
      {DNNL_ARG_DST, p.target, Argument::kOutput}};
  if (!p.weights.bias.empty()) {
    arguments.push_back({DNNL_ARG_BIAS,
                         {},
                         Argument::kKept,
                         0,
                         packed(task.context, p.weights.bias.data(), p.bias, p.bias)});
  }
  add_operands(task, out, p.in_place, arguments);
  Kernel kernel = library_kernel(task.context, Primitive(description), description.impl_info_str(),
                                 description.scratchpad_desc(), std::move(arguments));
  kernel.sums_in_place = p.in_place;
  return kernel;
}

bool sums(const StepTask& task) {
  for (const PointwiseOp& op : task.step.pointwise) {
    if (op.kind == PointwiseOp::kAdd) return true;
  }
  return false;
}

Kernel convolution(const StepTask& task, const WindowProblem& window, Layout in, Layout out,
                   dnnl::algorithm algorithm, int implementation) {
  using dnnl::convolution_forward;
  const Pieces p = pieces_of(task, window, in, out, false);
  const memory::dims strides = {window.stride_height, window.stride_width},
                     dilations = {window.dilation_height - 1, window.dilation_width - 1},
                     before = {window.pad_top, window.pad_left},
                     behind = {window.pad_bottom, window.pad_right};
  const auto kind = dnnl::prop_kind::forward_inference;
  const convolution_forward::desc operation =
      p.weights.bias.empty()
          ? convolution_forward::desc(kind, algorithm, p.source, p.wanted, p.target, strides,
                                      dilations, before, behind)
          : convolution_forward::desc(kind, algorithm, p.source, p.wanted, p.bias, p.target,
                                      strides, dilations, before, behind);
  convolution_forward::primitive_desc description(operation, attributes_of(task, out, p.in_place),
                                                  task.context.engine);
  skip(description, implementation);
  // oneDNN 2.6.3's gemm kernels add a sum's operand in the wrong places.
  const std::string_view name = description.impl_info_str();
  if (sums(task) && name.find("gemm") != std::string_view::npos)
    throw dnnl::error(dnnl_unimplemented, "sums come out wrong");
  return finished<convolution_forward>(task, p, out, description);
}

Kernel transposed(const StepTask& task, const WindowProblem& window, Layout in, Layout out) {
  using dnnl::deconvolution_forward;
  const Pieces p = pieces_of(task, window, in, out, true);
  const memory::dims strides = {window.stride_height, window.stride_width},
                     dilations = {window.dilation_height - 1, window.dilation_width - 1},
                     before = {window.pad_top, window.pad_left},
                     // An output that is wider than the taps reach has less taken off behind.
      behind = {window.pad_bottom - number_of(task.layer(), "output_pad", 0),
                window.pad_right - number_of(task.layer(), "output_pad", 1)};
  const auto kind = dnnl::prop_kind::forward_inference;
  const auto algorithm = dnnl::algorithm::deconvolution_direct;
  const deconvolution_forward::desc operation =
      p.weights.bias.empty()
          ? deconvolution_forward::desc(kind, algorithm, p.source, p.wanted, p.target, strides,
                                        dilations, before, behind)
          : deconvolution_forward::desc(kind, algorithm, p.source, p.wanted, p.bias, p.target,
                                        strides, dilations, before, behind);
  const deconvolution_forward::primitive_desc description(
      operation, attributes_of(task, out, p.in_place), task.context.engine);
  return finished<deconvolution_forward>(task, p, out, description);
}

Kernel inner_product(const StepTask& task, const WindowProblem& window, Layout in) {
  using dnnl::inner_product_forward;
  Pieces p = pieces_of(task, window, in, Layout::kLast, false);
  p.target = {
      {window.out.batch, window.out.channels}, memory::data_type::f32, memory::format_tag::nc};
  const auto kind = dnnl::prop_kind::forward_inference;
  const inner_product_forward::desc operation =
      p.weights.bias.empty()
          ? inner_product_forward::desc(kind, p.source, p.wanted, p.target)
          : inner_product_forward::desc(kind, p.source, p.wanted, p.bias, p.target);
  const dnnl::primitive_attr attributes = attributes_of(task, Layout::kLast, p.in_place);
  const inner_product_forward::primitive_desc description(operation, attributes,
                                                          task.context.engine);
  return finished<inner_product_forward>(task, p, Layout::kLast, description);
}

/// Kernels that can't read other channels, behind one that shuffles them.
std::vector<Option> behind_shuffle(const StepTask& task, const std::vector<Option>& options) {
  const Dims in = task.input(0);
  const ChannelShuffle shuffle(in.channels, task.step.reads_shuffled);
  std::vector<Option> result;
  for (const Option& option : options) {
    if (option.in != Layout::kLast) continue;
    result.push_back(option);
    result.back().make = [make = option.make, in, shuffle, threads = task.context.threads] {
      Kernel kernel = make();
      const std::size_t own = (kernel.scratch_bytes + 63) / 64 * 64;
      kernel.scratch_bytes = own + in.elements() * sizeof(float);
      kernel.implementation = "archcost:channel_shuffle, " + kernel.implementation;
      kernel.bind = [=, bind = kernel.bind](const Operands& operands) -> Run {
        auto* shuffled = reinterpret_cast<float*>(static_cast<char*>(operands.scratch) + own);
        Operands behind = operands;
        behind.inputs[0] = shuffled;
        return [=, input = operands.inputs[0], run = bind(behind)] {
          parallel_ranges(threads, std::int64_t{in.batch} * in.positions(),
                          [&](std::int64_t begin, std::int64_t end) {
                            const std::int64_t first = begin * in.channels;
                            shuffle.run(shuffled + first, input + first, end - begin);
                          });
          run();
        };
      };
      return kernel;
    };
  }
  return result;
}

std::vector<Option> window_options(const StepTask& task, const WindowProblem& window) {
  std::vector<Option> options;
  std::vector<Layout> ins = layouts_of(window.in, task.context);
  // Plain images are read as they come, where the library can.
  if (task.step.inputs[0] == kNetworkInput && window.in.positions() > 1)
    ins.insert(ins.begin(), Layout::kPlain);
  const auto add = [&](Layout in, Layout out, std::string_view suffix, dnnl::algorithm algorithm,
                       int implementation) {
    options.push_back({fmt::format("{}>{}{}", name_of(in), name_of(out), suffix), in, out,
                       [task, window, in, out, algorithm, implementation] {
                         return convolution(task, window, in, out, algorithm, implementation);
                       }});
  };
  for (const Layout in : ins) {
    for (const Layout out : layouts_of(window.out, task.context)) {
      add(in, out, "", dnnl::algorithm::convolution_direct, 0);
      if (in == out) add(in, out, " second", dnnl::algorithm::convolution_direct, 1);
      if (task.context.winograd && can_be_winograd(window) && in == out && in == Layout::kBlocked) {
        add(in, out, " winograd", dnnl::algorithm::convolution_winograd, 0);
      }
    }
  }
  if (task.context.winograd && can_be_winograd(window)) {
    for (Option& option : winograd_options(task, window)) options.push_back(std::move(option));
  }
  if (task.step.reads_shuffled == 1 && is_blocked_pointwise(window, task.context))
    options.push_back(blocked_pointwise_option(task, window));
  options.push_back(own_convolution_option(task, window));
  if (task.step.reads_shuffled > 1) options = behind_shuffle(task, options);
  if (is_grouped_pointwise(window)) {
    options.insert(options.end() - 1, grouped_pointwise_option(task, window));
  }
  return options;
}

}  // namespace

std::vector<Option> convolution_options(const StepTask& task) {
  return window_options(task, window_problem(task.network, task.layer()));
}

std::vector<Option> transposed_options(const StepTask& task) {
  const WindowProblem window = window_problem(task.network, task.layer());
  std::vector<Option> options;
  for (const Layout in : layouts_of(window.in, task.context)) {
    for (const Layout out : layouts_of(window.out, task.context)) {
      options.push_back({fmt::format("{}>{}", name_of(in), name_of(out)), in, out,
                         [=] { return transposed(task, window, in, out); }});
    }
  }
  options.push_back(own_convolution_option(task, window));
  return options;
}

std::vector<Option> linear_options(const StepTask& task) {
  WindowProblem window;
  window.in = task.input(0);
  window.out = task.output();
  if (window.out.positions() > 1) return window_options(task, window);
  window.kernel_height = window.in.height;
  window.kernel_width = window.in.width;
  std::vector<Option> options;
  if (!sums(task)) {
    for (const Layout in : layouts_of(window.in, task.context)) {
      options.push_back({fmt::format("{} inner product", name_of(in)), in, Layout::kLast,
                         [=] { return inner_product(task, window, in); }});
    }
  }
  for (Option& option : window_options(task, window)) options.push_back(std::move(option));
  return options;
}

}  // namespace archcost
