#include "runner/onednn/library_kernel.hpp"

#include <cmath>
#include <cstring>

namespace archcost {

using dnnl::memory;

memory::desc describe(const Dims& dims, Layout layout, int block) {
  using tag = memory::format_tag;
  const memory::dims sizes = {dims.batch, dims.channels, dims.height, dims.width};
  const tag order = layout == Layout::kPlain  ? tag::nchw
                    : layout == Layout::kLast ? tag::nhwc
                    : block == 16             ? tag::nChw16c
                                              : tag::nChw8c;
  return {sizes, memory::data_type::f32, order};
}

memory packed(const Context& context, const float* numbers, const memory::desc& given,
              const memory::desc& wanted) {
  memory source(given, context.engine);
  std::memcpy(source.get_data_handle(), numbers, given.get_size());
  memory result(wanted, context.engine, context.pool->allocate(wanted.get_size()));
  dnnl::stream stream(context.engine);
  dnnl::reorder(source, result).execute(stream, source, result);
  stream.wait();
  return result;
}

namespace {

FoldedWeights in_logical_order(const StepTask& task, int out_channels) {
  const LayerWeights& own = task.weights[task.step.main];
  FoldedWeights folded{own.kernel, own.bias};
  if (task.step.folded.empty()) return folded;
  std::vector<double> factor(out_channels, 1), shift(out_channels, 0);
  for (int c = 0; c < out_channels && !own.bias.empty(); ++c) shift[c] = own.bias[c];
  for (const LayerId id : task.step.folded) {
    const LayerWeights& norm = task.weights[id];
    for (int c = 0; c < out_channels; ++c) {
      const double scale = norm.scale.empty() ? 1 : norm.scale[c];
      const double move = norm.shift.empty() ? 0 : norm.shift[c];
      const bool counts = !norm.variance.empty();
      const double by = counts ? scale / std::sqrt(double(norm.variance[c]) + kNormEpsilon) : scale;
      const double mean = counts ? norm.mean[c] : 0;
      factor[c] *= by;
      shift[c] = (shift[c] - mean) * by + move;
    }
  }
  folded.bias.assign(shift.begin(), shift.end());
  if (task.layer().kind->name == "conv_transpose") {
    // (in, out / groups, taps): the channel of an output lies in the middle.
    const int groups = static_cast<int>(number_of(task.layer(), "groups"));
    const int in = task.input(0).channels, width = out_channels / groups;
    const std::size_t taps = own.kernel.size() / (std::size_t(in) * width);
    for (int i = 0; i < in; ++i) {
      for (int o = 0; o < width; ++o) {
        const double by = factor[i / (in / groups) * width + o];
        float* row = folded.kernel.data() + (std::size_t(i) * width + o) * taps;
        for (std::size_t t = 0; t < taps; ++t) row[t] = static_cast<float>(row[t] * by);
      }
    }
    return folded;
  }
  const std::size_t each = own.kernel.size() / out_channels;
  for (int c = 0; c < out_channels; ++c) {
    float* row = folded.kernel.data() + c * each;
    for (std::size_t i = 0; i < each; ++i) row[i] = static_cast<float>(row[i] * factor[c]);
  }
  return folded;
}

/// Channels in the order in which they stand before a shuffle.
std::vector<float> unshuffled(const std::vector<float>& numbers, int channels, int groups) {
  if (numbers.empty()) return {};
  const std::size_t each = numbers.size() / channels;
  std::vector<float> result;
  result.reserve(numbers.size());
  for (int g = 0; g < groups; ++g) {
    for (int c = g; c < channels; c += groups) {
      const auto row = numbers.begin() + static_cast<std::ptrdiff_t>(c * each);
      result.insert(result.end(), row, row + static_cast<std::ptrdiff_t>(each));
    }
  }
  return result;
}

}  // namespace

FoldedWeights folded_weights(const StepTask& task, int out_channels) {
  FoldedWeights folded = in_logical_order(task, out_channels);
  const int groups = task.step.keeps_unshuffled;
  if (groups == 1) return folded;
  return {unshuffled(folded.kernel, out_channels, groups),
          unshuffled(folded.bias, out_channels, groups)};
}

namespace {

void append_activation(dnnl::post_ops& ops, const PointwiseOp& op) {
  using dnnl::algorithm;
  const auto add = [&](algorithm kind, float alpha, float beta) {
    ops.append_eltwise(1.f, kind, alpha, beta);
  };
  switch (op.activation) {
    case Activation::kRelu:
      return add(algorithm::eltwise_relu, 0, 0);
    case Activation::kLeakyRelu:
      return add(algorithm::eltwise_relu, op.slope, 0);
    case Activation::kRelu6:
      return add(algorithm::eltwise_clip, 0, 6);
    case Activation::kSigmoid:
      return add(algorithm::eltwise_logistic, 0, 0);
    case Activation::kHardSigmoid:
      add(algorithm::eltwise_linear, 1.f / 6, 0.5f);
      return add(algorithm::eltwise_clip, 0, 1);
    case Activation::kHardSwish:
      return add(algorithm::eltwise_hardswish, 0, 0);
    case Activation::kSwish:
      return add(algorithm::eltwise_swish, 1, 0);
    case Activation::kGelu:
      return add(algorithm::eltwise_gelu_erf, 0, 0);
    case Activation::kTanh:
      return add(algorithm::eltwise_tanh, 0, 0);
  }
}

}  // namespace

int in_place_operand(const StepTask& task) {
  if (!task.operand_is_free) return -1;
  for (const PointwiseOp& op : task.step.pointwise) {
    if (op.kind == PointwiseOp::kAdd) return op.operand;
  }
  return -1;
}

dnnl::primitive_attr attributes_of(const StepTask& task, Layout out, bool in_place) {
  dnnl::post_ops ops;
  for (const PointwiseOp& op : task.step.pointwise) {
    if (op.kind == PointwiseOp::kActivation) {
      append_activation(ops, op);
    } else if (in_place) {
      ops.append_sum(1.f);
    } else {
      ops.append_binary(dnnl::algorithm::binary_add,
                        describe(task.output(), out, task.context.block));
    }
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

void add_operands(const StepTask& task, Layout out, bool in_place,
                  std::vector<Argument>& arguments) {
  if (in_place) return;
  int position = 0;
  for (const PointwiseOp& op : task.step.pointwise) {
    if (op.kind == PointwiseOp::kAdd) {
      arguments.push_back({DNNL_ARG_ATTR_MULTIPLE_POST_OP(position) | DNNL_ARG_SRC_1,
                           describe(task.output(), out, task.context.block), Argument::kInput,
                           op.operand});
    }
    position += op.kind == PointwiseOp::kActivation && op.activation == Activation::kHardSigmoid;
    ++position;
  }
}

Kernel library_kernel(const Context& context, const dnnl::primitive& primitive,
                      std::string implementation, const memory::desc& scratchpad,
                      std::vector<Argument> arguments) {
  Kernel kernel;
  kernel.implementation = std::move(implementation);
  kernel.scratch_bytes = scratchpad.get_size();
  kernel.bind = [&context, primitive, scratchpad, arguments](const Operands& operands) -> Run {
    // Bound once: executing takes no more than handing the array over.
    struct Bound {
      dnnl::primitive primitive;
      std::vector<memory> memories;
      std::vector<dnnl_exec_arg_t> list;
    };
    auto bound = std::make_shared<Bound>();
    bound->primitive = primitive;
    const auto add = [&](int id, memory tensor) {
      bound->list.push_back({id, tensor.get()});
      bound->memories.push_back(std::move(tensor));
    };
    for (const Argument& argument : arguments) {
      if (argument.place == Argument::kKept) {
        add(argument.id, argument.kept);
        continue;
      }
      const float* data =
          argument.place == Argument::kInput ? operands.inputs[argument.index] : operands.output;
      add(argument.id, memory(argument.description, context.engine, const_cast<float*>(data)));
    }
    if (scratchpad.get_size() > 0) {
      add(DNNL_ARG_SCRATCHPAD, memory(scratchpad, context.engine, operands.scratch));
    }
    return [bound, stream = context.stream.get()] {
      const dnnl_status_t status = dnnl_primitive_execute(
          bound->primitive.get(), stream, static_cast<int>(bound->list.size()), bound->list.data());
      if (status != dnnl_success) throw dnnl::error(status, "a kernel could not be executed");
    };
  };
  return kernel;
}

Kernel reorder_kernel(const Context& context, const Dims& dims, Layout from, Layout to) {
  const memory::desc source = describe(dims, from, context.block),
                     target = describe(dims, to, context.block);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::reorder::primitive_desc description(context.engine, source, context.engine, target,
                                                  attributes);
  return library_kernel(
      context, dnnl::reorder(description), description.impl_info_str(),
      description.scratchpad_desc(),
      {{DNNL_ARG_FROM, source, Argument::kInput, 0}, {DNNL_ARG_TO, target, Argument::kOutput}});
}

}  // namespace archcost
