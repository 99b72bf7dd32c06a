// SPDX-License-Identifier: Apache-2.0
// Layers that move channels or pixels: concat, split, channel shuffle, upsampling, reshaping.
#include <algorithm>
#include <optional>

#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

using dnnl::memory;

/// What follows a concat can't be a post-op: it runs on the output.
Kernel concat_kernel(const StepTask& task, MemoryPool& pool, plan::Layout layout, bool separate) {
  std::vector<memory::desc> sources;
  std::vector<PrimitiveArgument> arguments;
  for (int i = 0; i < task.step.main_inputs; ++i) {
    sources.push_back(describe(task.input(i), layout, task.context.block));
    arguments.push_back({DNNL_ARG_MULTIPLE_SRC + i, sources.back(), PrimitiveArgument::kInput, i});
  }
  const memory::desc target = describe(task.output(), layout, task.context.block);
  arguments.push_back({DNNL_ARG_DST, target, PrimitiveArgument::kOutput});
  const dnnl::concat::primitive_desc description(target, 1, sources, task.context.engine,
                                                 plain_attributes());
  PrimitiveSequence sequence(task.context);
  sequence.add<dnnl::concat>(description, std::move(arguments));
  append_pointwise(task, pool, task.step.pointwise, layout, separate,
                   {DNNL_ARG_SRC, target, PrimitiveArgument::kOutput}, sequence);
  return std::move(sequence).finish();
}

/// Copies a part of the input.
Kernel part_kernel(const StepTask& task, plan::Layout layout, const memory::dims& first) {
  const graph::Dims out = task.output();
  const memory::desc source =
      describe(task.input(0), layout, task.context.block)
          .submemory_desc({out.batch, out.channels, out.height, out.width}, first);
  const memory::desc target = describe(out, layout, task.context.block);
  const dnnl::reorder::primitive_desc description(task.context.engine, source, task.context.engine,
                                                  target, plain_attributes());
  PrimitiveSequence sequence(task.context);
  sequence.add<dnnl::reorder>(description, {{DNNL_ARG_FROM, source, PrimitiveArgument::kInput},
                                            {DNNL_ARG_TO, target, PrimitiveArgument::kOutput}});
  return std::move(sequence).finish();
}

Kernel shuffle_kernel(const StepTask& task, plan::Layout layout) {
  using dnnl::shuffle_forward;
  const graph::Dims dims = task.output();
  const memory::desc tensor = describe(dims, layout, task.context.block);
  // Output channel i * groups + g is input channel g * (channels / groups) + i.
  // The library's group size is the number of channels of a group.
  const int width = dims.channels / static_cast<int>(graph::number_of(task.layer(), "groups"));
  const shuffle_forward::primitive_desc description(
      shuffle_forward::desc(kInference, tensor, 1, width), task.context.engine, plain_attributes());
  PrimitiveSequence sequence(task.context);
  sequence.add<shuffle_forward>(description, {{DNNL_ARG_SRC, tensor, PrimitiveArgument::kInput},
                                              {DNNL_ARG_DST, tensor, PrimitiveArgument::kOutput}});
  return std::move(sequence).finish();
}

/// The same as a transposition of groups and channels of a group.
Kernel transposition_kernel(const StepTask& task) {
  const graph::Dims dims = task.output();
  const memory::dim groups = graph::number_of(task.layer(), "groups"),
                    width = dims.channels / groups,
                    positions = memory::dim{dims.batch} * dims.positions();
  const memory::desc source = strided({positions, groups, width}, {dims.channels, width, 1}),
                     target = strided({positions, groups, width}, {dims.channels, 1, groups});
  const dnnl::reorder::primitive_desc description(task.context.engine, source, task.context.engine,
                                                  target, plain_attributes());
  PrimitiveSequence sequence(task.context);
  sequence.add<dnnl::reorder>(description, {{DNNL_ARG_FROM, source, PrimitiveArgument::kInput},
                                            {DNNL_ARG_TO, target, PrimitiveArgument::kOutput}});
  return std::move(sequence).finish();
}

Kernel upsample_kernel(const StepTask& task, plan::Layout layout) {
  using dnnl::resampling_forward;
  const memory::desc source = describe(task.input(0), layout, task.context.block),
                     target = describe(task.output(), layout, task.context.block);
  const auto algorithm = graph::word_of(task.layer(), "mode") == "nearest"
                             ? dnnl::algorithm::resampling_nearest
                             : dnnl::algorithm::resampling_linear;
  const resampling_forward::primitive_desc description(
      resampling_forward::desc(kInference, algorithm, source, target), plain_attributes(),
      task.context.engine);
  PrimitiveSequence sequence(task.context);
  sequence.add<resampling_forward>(description,
                                   {{DNNL_ARG_SRC, source, PrimitiveArgument::kInput},
                                    {DNNL_ARG_DST, target, PrimitiveArgument::kOutput}});
  return std::move(sequence).finish();
}

/// Reshaping keeps the order channels, height, width: it is a change of layout before, and one
/// after unless the output has a single position.
Kernel reshape_kernel(const StepTask& task) {
  const Context& context = task.context;
  const memory::desc source = describe(task.input(0), plan::Layout::kLast, context.block),
                     plain_source = describe(task.input(0), plan::Layout::kPlain, context.block),
                     plain_target = describe(task.output(), plan::Layout::kPlain, context.block),
                     target = describe(task.output(), plan::Layout::kLast, context.block);
  PrimitiveSequence sequence(context);
  const auto reorder = [&](const memory::desc& from, const memory::desc& to,
                           PrimitiveArgument input, PrimitiveArgument output) {
    const dnnl::reorder::primitive_desc description(context.engine, from, context.engine, to,
                                                    plain_attributes());
    sequence.add<dnnl::reorder>(description, {std::move(input), std::move(output)});
  };
  if (task.output().positions() == 1) {
    reorder(source, plain_source, {DNNL_ARG_FROM, source, PrimitiveArgument::kInput},
            {DNNL_ARG_TO, plain_source, PrimitiveArgument::kOutput});
    return std::move(sequence).finish();
  }
  const std::size_t between = sequence.temporary(plain_source.get_size());
  reorder(source, plain_source, {DNNL_ARG_FROM, source, PrimitiveArgument::kInput},
          {DNNL_ARG_TO, plain_source, PrimitiveArgument::kScratch, 0, between});
  reorder(plain_target, target,
          {DNNL_ARG_FROM, plain_target, PrimitiveArgument::kScratch, 0, between},
          {DNNL_ARG_TO, target, PrimitiveArgument::kOutput});
  return std::move(sequence).finish();
}

template <class Make>
std::vector<Option> in_each_layout(const StepTask& task, const Make& make) {
  std::vector<Option> options;
  for (const plan::Layout layout : layouts_of(task.output(), task.context)) {
    const std::vector<plan::Layout> ins = layouts_of(task.input(0), task.context);
    if (std::find(ins.begin(), ins.end(), layout) == ins.end()) continue;
    options.push_back({{layout, layout}, [=](MemoryPool&) { return make(layout); }});
  }
  return options;
}

}  // namespace

std::vector<Option> concat_options(const StepTask& task) {
  std::vector<Option> options;
  for (const plan::Layout layout : layouts_of(task.output(), task.context)) {
    for (const bool separate : {false, true}) {
      if (separate && task.step.pointwise.size() < 2) continue;
      const plan::Method method = separate ? plan::Method::kSeparate : plan::Method::kPrimitive;
      options.push_back({{layout, layout, method}, [=](MemoryPool& pool) {
                           return concat_kernel(task, pool, layout, separate);
                         }});
    }
  }
  return options;
}

std::vector<Option> split_options(const StepTask& task) {
  const memory::dim first =
      (graph::number_of(task.layer(), "take") - 1) * memory::dim{task.output().channels};
  return in_each_layout(task, [=](plan::Layout layout) {
    return part_kernel(task, layout, {0, first, 0, 0});
  });
}

std::vector<Option> take_token_options(const StepTask& task) {
  return {{{plan::Layout::kLast, plan::Layout::kLast}, [=](MemoryPool&) {
             return part_kernel(task, plan::Layout::kLast, {0, 0, 0, 0});
           }}};
}

std::vector<Option> shuffle_options(const StepTask& task) {
  std::vector<Option> options;
  for (const plan::Layout layout : layouts_of(task.output(), task.context)) {
    options.push_back(
        {{layout, layout}, [=](MemoryPool&) { return shuffle_kernel(task, layout); }});
  }
  options.push_back({{plan::Layout::kLast, plan::Layout::kLast, plan::Method::kReorder},
                     [=](MemoryPool&) { return transposition_kernel(task); }});
  return options;
}

std::vector<Option> upsample_options(const StepTask& task) {
  return in_each_layout(task, [=](plan::Layout layout) { return upsample_kernel(task, layout); });
}

std::vector<Option> reshape_options(const StepTask& task) {
  return {{{plan::Layout::kLast, plan::Layout::kLast},
           [=](MemoryPool&) { return reshape_kernel(task); }}};
}

}  // namespace archcost::onednn
