// SPDX-License-Identifier: Apache-2.0
// Layers that move channels or pixels: concat, split, channel shuffle, upsampling, reshaping.
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

/// What follows a concat can't be a post-op: it runs on the output.
Kernel concat_kernel(const StepTask& task, MemoryPool& pool, plan::Layout layout, bool separate) {
  std::vector<PrimitiveArgument> sources;
  for (int i = 0; i < task.step.main_inputs; ++i) {
    sources.push_back(input_argument(DNNL_ARG_MULTIPLE_SRC + i, source_of(task, layout, i), i));
  }
  PrimitiveSequence sequence(task.context);
  sequence.add_concat(std::move(sources), target_of(task, layout));
  append_pointwise(task, pool, layout, separate, output_argument(target_of(task, layout)),
                   sequence);
  return std::move(sequence).finish();
}

/// Copies a part of the input.
Kernel part_kernel(const StepTask& task, plan::Layout layout, const memory::dims& first) {
  const graph::Dims out = task.output();
  return reorder_kernel(
      task.context,
      source_of(task, layout)
          .submemory_desc({out.batch, out.channels, out.height, out.width}, first),
      target_of(task, layout));
}

/// The same as a shuffle: a transposition of groups and channels of a group.
Kernel transposition_kernel(const StepTask& task) {
  const graph::Dims dims = task.output();
  const memory::dim groups = graph::number_of(task.layer(), "groups"),
                    width = dims.channels / groups,
                    positions = memory::dim{dims.batch} * dims.positions();
  return reorder_kernel(task.context,
                        strided({positions, groups, width}, {dims.channels, width, 1}),
                        strided({positions, groups, width}, {dims.channels, 1, groups}));
}

/// Reshaping keeps the order channels, height, width: it is a change of layout before, and one
/// after unless the output has a single position.
Kernel reshape_kernel(const StepTask& task) {
  const memory::desc source = source_of(task, plan::Layout::kLast),
                     plain_source = source_of(task, plan::Layout::kPlain);
  if (task.output().positions() == 1) return reorder_kernel(task.context, source, plain_source);
  PrimitiveSequence sequence(task.context);
  const std::size_t between = sequence.temporary(plain_source.get_size());
  sequence.add_reorder(input_argument(0, source), scratch_argument(0, plain_source, between));
  sequence.add_reorder(scratch_argument(0, target_of(task, plan::Layout::kPlain), between),
                       output_argument(target_of(task, plan::Layout::kLast)));
  return std::move(sequence).finish();
}

}  // namespace

std::vector<Option> concat_options(const StepTask& task) {
  return fused_and_separate_options(task,
                                    [=](plan::Layout layout, bool separate, MemoryPool& pool) {
                                      return concat_kernel(task, pool, layout, separate);
                                    });
}

std::vector<Option> split_options(const StepTask& task) {
  const memory::dim first = graph::first_channel(task.layer());
  return options_by_layout(task, [=](plan::Layout layout, MemoryPool&) {
    return part_kernel(task, layout, {0, first, 0, 0});
  });
}

std::vector<Option> slice_options(const StepTask& task) {
  const memory::dim first = graph::number_of(task.layer(), "start");
  return options_by_layout(task, [=](plan::Layout layout, MemoryPool&) {
    return part_kernel(task, layout, {0, first, 0, 0});
  });
}

std::vector<Option> take_token_options(const StepTask& task) {
  return {{kChannelsLast, [=](MemoryPool&) {
             return part_kernel(task, plan::Layout::kLast, {0, 0, 0, 0});
           }}};
}

std::vector<Option> shuffle_options(const StepTask& task) {
  std::vector<Option> options = options_by_layout(task, [=](plan::Layout layout, MemoryPool&) {
    // Output channel i * groups + g is input channel g * (channels / groups) + i.
    // The library's group size is the number of channels of a group.
    const auto width =
        static_cast<int>(task.output().channels / graph::number_of(task.layer(), "groups"));
    const memory::desc tensor = target_of(task, layout);
    PrimitiveSequence sequence(task.context);
    sequence.add_described<dnnl::shuffle_forward>(
        bridge::shuffle(tensor, 1, width, task.context.engine, PostOps().attributes()),
        {input_argument(DNNL_ARG_SRC, tensor), output_argument(tensor)});
    return std::move(sequence).finish();
  });
  options.push_back({{plan::Layout::kLast, plan::Layout::kLast, plan::Method::kReorder},
                     [=](MemoryPool&) { return transposition_kernel(task); }});
  return options;
}

std::vector<Option> upsample_options(const StepTask& task) {
  // The library takes the nearest centre of a pixel, PyTorch the pixel at or before: they agree for
  // whole factors.
  const graph::Dims in = task.input(0), out = task.output();
  const bool whole = out.height % in.height == 0 && out.width % in.width == 0;
  if (!whole && graph::word_of(task.layer(), "mode") == "nearest") return plain_options(task);
  return options_by_layout(task, [=](plan::Layout layout, MemoryPool&) {
    const auto algorithm = graph::word_of(task.layer(), "mode") == "nearest"
                               ? dnnl::algorithm::resampling_nearest
                               : dnnl::algorithm::resampling_linear;
    const memory::desc source = source_of(task, layout), target = target_of(task, layout);
    return kernel_of<dnnl::resampling_forward>(
        task, bridge::operation<dnnl::resampling_forward>(kInference, algorithm, source, target),
        source, target);
  });
}

std::vector<Option> reshape_options(const StepTask& task) {
  return {{kChannelsLast, [=](MemoryPool&) { return reshape_kernel(task); }}};
}

}  // namespace archcost::onednn
