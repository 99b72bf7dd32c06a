// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/primitives.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "layers/kinds.hpp"

namespace archcost::onednn {

memory::desc describe(const Context& context, const graph::Dims& dims, plan::Layout layout) {
  using Tag = memory::format_tag;
  const memory::dims sizes = {dims.batch, dims.channels, dims.height, dims.width};
  const Tag order = layout == plan::Layout::kPlain  ? Tag::nchw
                    : layout == plan::Layout::kLast ? Tag::nhwc
                    : context.block == 16           ? Tag::nChw16c
                                                    : Tag::nChw8c;
  return {sizes, memory::data_type::f32, order};
}

memory::desc source_of(const StepTask& task, plan::Layout layout, int input) {
  return describe(task.context, task.input(input), layout);
}

memory::desc target_of(const StepTask& task, plan::Layout layout) {
  return describe(task.context, task.output(), layout);
}

memory::desc dense(const memory::dims& dims) {
  memory::dims strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strided(dims, strides);
}

memory::desc strided(const memory::dims& dims, const memory::dims& strides) {
  return {dims, memory::data_type::f32, strides};
}

memory::desc any_order(const memory::dims& dims) {
  return {dims, memory::data_type::f32, memory::format_tag::any};
}

plan::KernelOrigin origin_of(std::string_view implementation) {
  const bool reference = implementation.starts_with("ref") ||
                         implementation.find(":ref") != std::string_view::npos ||
                         implementation.find(" ref") != std::string_view::npos;
  return reference ? plan::KernelOrigin::kReference : plan::KernelOrigin::kLibrary;
}

namespace {

/// A batch norm or scale of one channel: x * factor + summand.
struct Affine {
  double factor = 1, summand = 0;
};

Affine affine_of(const interpreter::LayerWeights& weights, int channel) {
  Affine affine;
  if (!weights.scale.empty()) affine.factor = weights.scale[channel];
  if (!weights.shift.empty()) affine.summand = weights.shift[channel];
  if (weights.variance.empty()) return affine;
  affine.factor /= std::sqrt(double(weights.variance[channel]) + interpreter::kNormEpsilon);
  affine.summand -= weights.mean[channel] * affine.factor;
  return affine;
}

}  // namespace

AffineNumbers affine_numbers(const interpreter::LayerWeights& weights, int channels) {
  AffineNumbers numbers;
  for (int c = 0; c < channels; ++c) {
    const Affine affine = affine_of(weights, c);
    numbers.factor.push_back(static_cast<float>(affine.factor));
    numbers.summand.push_back(static_cast<float>(affine.summand));
  }
  return numbers;
}

FoldedWeights folded_weights(const StepTask& task, int out_channels) {
  const interpreter::LayerWeights& own = task.weights[task.step.main];
  FoldedWeights folded{own.kernel, own.bias};
  if (task.step.folded.empty()) return folded;
  std::vector<double> factor(out_channels, 1), shift(out_channels, 0);
  for (int c = 0; c < out_channels && !own.bias.empty(); ++c) shift[c] = own.bias[c];
  for (const graph::LayerId id : task.step.folded) {
    for (int c = 0; c < out_channels; ++c) {
      const Affine affine = affine_of(task.weights[id], c);
      factor[c] *= affine.factor;
      shift[c] = shift[c] * affine.factor + affine.summand;
    }
  }
  folded.bias.assign(shift.begin(), shift.end());
  if (task.layer().is(layers::kinds::conv_transpose_kind)) {
    // (in, out / groups, taps): the output channel is the middle dimension.
    const int groups = static_cast<int>(graph::number_of(task.layer(), "groups"));
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

PrimitiveArgument input_argument(int id, const memory::desc& description, int index) {
  return {id, description, PrimitiveArgument::kInput, index};
}

PrimitiveArgument output_argument(const memory::desc& description) {
  return {DNNL_ARG_DST, description, PrimitiveArgument::kOutput};
}

PrimitiveArgument scratch_argument(int id, const memory::desc& description, std::size_t offset) {
  return {id, description, PrimitiveArgument::kScratch, 0, offset};
}

PrimitiveArgument constant_argument(int id, const Context& context, MemoryPool& pool,
                                    const float* numbers, const memory::desc& given,
                                    const memory::desc& wanted) {
  memory source(given, context.engine);
  std::memcpy(source.get_data_handle(), numbers, given.get_size());
  memory result(wanted, context.engine, pool.allocate(wanted.get_size()));
  dnnl::stream stream(context.engine);
  dnnl::reorder(source, result).execute(stream, source, result);
  stream.wait();
  return {id, wanted, PrimitiveArgument::kConstant, 0, 0, std::move(result)};
}

std::size_t PrimitiveSequence::temporary(std::size_t bytes) {
  const std::size_t offset = temporary_bytes_;
  temporary_bytes_ += (bytes + 63) / 64 * 64;
  return offset;
}

void PrimitiveSequence::append(const dnnl::primitive& primitive, const std::string& implementation,
                               const memory::desc& scratchpad,
                               std::vector<PrimitiveArgument> arguments) {
  if (origin_of(implementation) == plan::KernelOrigin::kReference)
    kernel_.origin = plan::KernelOrigin::kReference;
  if (kernel_.implementation.empty()) {
    kernel_.implementation = implementation;
  } else if (kernel_.implementation.find(implementation) == std::string::npos) {
    kernel_.implementation += " + " + implementation;
  }
  scratchpad_bytes_ = std::max(scratchpad_bytes_, scratchpad.get_size());
  calls_.push_back({primitive, scratchpad, std::move(arguments)});
}

namespace {

/// Primitives with their memory: executing one passes an array and nothing more.
struct BoundCall {
  dnnl::primitive primitive;
  std::vector<memory> memories;
  std::vector<dnnl_exec_arg_t> list;

  void add(int id, memory tensor) {
    list.push_back({id, tensor.get()});
    memories.push_back(std::move(tensor));
  }
};

char* place_of(const PrimitiveArgument& argument, const Operands& operands) {
  switch (argument.place) {
    case PrimitiveArgument::kInput:
      return reinterpret_cast<char*>(operands.inputs[argument.index]);
    case PrimitiveArgument::kOutput:
      return reinterpret_cast<char*>(operands.output);
    default:
      return static_cast<char*>(operands.scratch);
  }
}

}  // namespace

Kernel PrimitiveSequence::finish() && {
  kernel_.scratch_bytes = temporary_bytes_ + scratchpad_bytes_;
  kernel_.bind = [&context = context_, calls = std::move(calls_),
                  temporary = temporary_bytes_](const Operands& operands) -> Run {
    auto bound = std::make_shared<std::vector<BoundCall>>();
    for (const Call& call : calls) {
      BoundCall& next = bound->emplace_back();
      next.primitive = call.primitive;
      for (const PrimitiveArgument& argument : call.arguments) {
        next.add(argument.id, argument.place == PrimitiveArgument::kConstant
                                  ? argument.constant
                                  : memory(argument.description, context.engine,
                                           place_of(argument, operands) + argument.offset));
      }
      if (call.scratchpad.get_size() == 0) continue;
      next.add(DNNL_ARG_SCRATCHPAD, memory(call.scratchpad, context.engine,
                                           static_cast<char*>(operands.scratch) + temporary));
    }
    return [bound, stream = context.stream.get()] {
      for (const BoundCall& call : *bound) {
        const dnnl_status_t status = dnnl_primitive_execute(
            call.primitive.get(), stream, static_cast<int>(call.list.size()), call.list.data());
        if (status != dnnl_success) throw dnnl::error(status, "a kernel could not be executed");
      }
    };
  };
  return std::move(kernel_);
}

void PrimitiveSequence::add_concat(std::vector<PrimitiveArgument> sources,
                                   const memory::desc& target) {
  std::vector<memory::desc> descriptions;
  for (const PrimitiveArgument& source : sources) descriptions.push_back(source.description);
  sources.push_back(output_argument(target));
  add_described<dnnl::concat>(
      bridge::concat(target, 1, descriptions, context_.engine, PostOps().attributes()), sources);
}

void PrimitiveSequence::add_reorder(PrimitiveArgument from, PrimitiveArgument to) {
  from.id = DNNL_ARG_FROM;
  to.id = DNNL_ARG_TO;
  const dnnl::reorder::primitive_desc description(
      context_.engine, from.description, context_.engine, to.description, PostOps().attributes());
  add_described<dnnl::reorder>(description, {std::move(from), std::move(to)});
}

Kernel reorder_kernel(const Context& context, const memory::desc& source,
                      const memory::desc& target) {
  PrimitiveSequence sequence(context);
  sequence.add_reorder(input_argument(0, source), output_argument(target));
  return std::move(sequence).finish();
}

Kernel reorder_kernel(const Context& context, const graph::Dims& dims, plan::Layout from,
                      plan::Layout to) {
  return reorder_kernel(context, describe(context, dims, from), describe(context, dims, to));
}

}  // namespace archcost::onednn
