// Element by element: sums, products, gates, norms that could not be folded, activations; and what
// only moves channels: concatenation, split, channel shuffle, with what follows done on the way.
#include "runner/onednn/pointwise.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "runner/onednn/channel_shuffle.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/vector_math.hpp"

namespace archcost {
namespace {

/// Numbers that are worked on at once: they stay in the first-level cache.
constexpr std::int64_t kStrip = 1024;

}  // namespace

PointwiseProgram::PointwiseProgram(const StepTask& task, const View& view)
    : view_(view), gate_channels_(view.channels) {
  for (const PointwiseOp& op : task.step.pointwise) {
    Op row{op, {}, {}};
    const LayerWeights& weights = task.weights[op.layer];
    const auto channels = static_cast<std::size_t>(view.padded_channels());
    if (op.kind == PointwiseOp::kAffine) {
      row.scale.assign(channels, 0);
      row.shift.assign(channels, 0);
      for (int c = 0; c < view.channels; ++c) {
        double scale = weights.scale.empty() ? 1 : weights.scale[c];
        double shift = weights.shift.empty() ? 0 : weights.shift[c];
        if (!weights.variance.empty()) {
          scale /= std::sqrt(double(weights.variance[c]) + kNormEpsilon);
          shift -= weights.mean[c] * scale;
        }
        row.scale[c] = static_cast<float>(scale);
        row.shift[c] = static_cast<float>(shift);
      }
    } else if (op.kind == PointwiseOp::kPrelu) {
      row.scale.assign(channels, weights.scale[0]);
      if (weights.scale.size() > 1)
        std::copy(weights.scale.begin(), weights.scale.end(), row.scale.begin());
    }
    ops_.push_back(std::move(row));
  }
  const auto next_is = [&](PointwiseOp::Kind kind) {
    return first_ < ops_.size() && ops_[first_].op.kind == kind;
  };
  scales_ = next_is(PointwiseOp::kAffine) || (next_is(PointwiseOp::kGate) && whole_blocks());
  if (scales_) ++first_;
  if (next_is(PointwiseOp::kAdd)) add_ = ops_[first_++].op.operand;
  if (next_is(PointwiseOp::kActivation)) {
    const Activation activation = ops_[first_].op.activation;
    if (activation == Activation::kRelu) clip_ = rows::Blend::kRelu;
    if (activation == Activation::kRelu6) clip_ = rows::Blend::kBoth;
    high_ = 6;
    if (clip_ != rows::Blend::kNone) ++first_;
  }
}

void PointwiseProgram::lead(float* row, const float* from, std::size_t element, int rows_count,
                            const std::vector<const float*>& inputs) const {
  const std::size_t inner = view_.inner, count = inner * rows_count;
  if (first_ == 0) {
    if (row != from) rows::copy(row, from, count);
    return;
  }
  rows::blend(blend(element, inputs), row, inner, from, inner, rows_count, inner);
}

rows::Blend PointwiseProgram::blend(std::size_t element,
                                    const std::vector<const float*>& inputs) const {
  const std::size_t inner = view_.inner, image = element / view_.image();
  const std::size_t channel = element % view_.image() / (view_.positions * inner) * inner;
  rows::Blend blend = clip();
  if (scales_ && ops_[0].op.kind == PointwiseOp::kAffine) {
    blend.scale = ops_[0].scale.data() + channel;
    blend.shift = ops_[0].shift.data() + channel;
  } else if (scales_) {
    blend.scale = inputs[ops_[0].op.operand] + image * gate_channels_ + channel;
  }
  if (add_ >= 0) blend.other = inputs[add_] + element;
  return blend;
}

void PointwiseProgram::apply(float* row, const float* from, std::size_t element, int rows_count,
                             const std::vector<const float*>& inputs) const {
  lead(row, from, element, rows_count, inputs);
  const std::size_t inner = view_.inner, count = inner * rows_count;
  const std::size_t image = element / view_.image();
  const std::size_t block = element % view_.image() / (view_.positions * inner);
  const std::size_t channel = block * inner;
  for (std::size_t k = first_; k < ops_.size(); ++k) {
    const Op& step = ops_[k];
    switch (step.op.kind) {
      case PointwiseOp::kAffine:
        for (int r = 0; r < rows_count; ++r) {
          rows::affine(row + r * inner, step.scale.data() + channel, step.shift.data() + channel,
                       inner);
        }
        break;
      case PointwiseOp::kPrelu:
        for (int r = 0; r < rows_count; ++r) {
          rows::prelu(row + r * inner, step.scale.data() + channel, inner);
        }
        break;
      case PointwiseOp::kActivation:
        rows::activate(step.op.activation, step.op.slope, row, count);
        break;
      case PointwiseOp::kAdd:
        rows::add(row, inputs[step.op.operand] + element, count);
        break;
      case PointwiseOp::kMultiply:
        rows::multiply(row, inputs[step.op.operand] + element, count);
        break;
      case PointwiseOp::kGate: {
        const float* gate = inputs[step.op.operand] + image * gate_channels_ + channel;
        // A gate has no padding: the last block's may be shorter than a row.
        const std::size_t there = std::min<std::size_t>(inner, gate_channels_ - channel);
        for (int r = 0; r < rows_count; ++r) rows::multiply(row + r * inner, gate, there);
        break;
      }
    }
  }
  // The filling of the last block stays zero, whatever the activation makes of zero.
  if (channel + inner > static_cast<std::size_t>(view_.channels)) {
    const std::size_t there = view_.channels - channel;
    for (int r = 0; r < rows_count; ++r) rows::fill(row + r * inner + there, 0, inner - there);
  }
}

namespace {

/// Calls body(element, rows) for runs of whole rows inside one image and block.
template <class Body>
void for_strips(const View& view, int threads, const Body& body) {
  const std::int64_t each = std::max<std::int64_t>(1, kStrip / view.inner);
  const std::int64_t strips = (view.positions + each - 1) / each;
  const std::int64_t planes = std::int64_t{view.batch} * view.outer;
  parallel_ranges(threads, planes * strips, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t plane = i / strips, first = i % strips * each;
      const std::int64_t rows = std::min<std::int64_t>(each, view.positions - first);
      body(static_cast<std::size_t>((plane * view.positions + first) * view.inner),
           static_cast<int>(rows));
    }
  });
}

Kernel pointwise_kernel(const StepTask& task, Layout layout) {
  const View view(task.output(), layout, task.context.block);
  Kernel kernel;
  kernel.implementation = "archcost:" + pointwise_text(task.step.pointwise);
  kernel.may_overwrite = 0;
  kernel.bind = [view, threads = task.context.threads,
                 program = PointwiseProgram(task, view)](const Operands& operands) -> Run {
    return [=] {
      for_strips(view, threads, [&](std::size_t element, int rows) {
        float* row = operands.output + element;
        program.apply(row, operands.inputs[0] + element, element, rows, operands.inputs);
      });
    };
  };
  return kernel;
}

/// Runs of channels that are copied to the output, one behind the other.
struct ChannelRun {
  int input = 0;
  int first = 0;  ///< channel of the input
  int step = 1;   ///< between the input's channels
  int count = 0;
};

std::vector<ChannelRun> channel_runs(const StepTask& task) {
  const std::string_view kind = task.layer().kind->name;
  std::vector<ChannelRun> runs;
  if (kind == "concat") {
    for (int i = 0; i < task.step.main_inputs; ++i)
      runs.push_back({i, 0, 1, task.input(i).channels});
  } else if (kind == "split") {
    const int width = task.output().channels;
    const int part = static_cast<int>(number_of(task.layer(), "take"));
    runs.push_back({0, (part - 1) * width, 1, width});
  } else {
    const int groups = static_cast<int>(number_of(task.layer(), "groups"));
    const int width = task.output().channels / groups;
    // Output channel i x groups + g is input channel g x width + i.
    for (int i = 0; i < width; ++i) runs.push_back({0, i, width, groups});
  }
  return runs;
}

/// Rows of channels-last tensors put together from runs of channels.
Kernel channels_last_kernel(const StepTask& task) {
  const View view(task.output(), Layout::kLast, task.context.block);
  std::vector<int> widths;
  for (int i = 0; i < task.step.main_inputs; ++i) widths.push_back(task.input(i).channels);
  const bool shuffle = task.layer().kind->name == "channel_shuffle";
  const int groups = shuffle ? static_cast<int>(number_of(task.layer(), "groups")) : 1;
  Kernel kernel;
  kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
  kernel.bind = [=, threads = task.context.threads,
                 runs = shuffle ? std::vector<ChannelRun>() : channel_runs(task),
                 shuffled = ChannelShuffle(view.inner, groups),
                 program = PointwiseProgram(task, view)](const Operands& operands) -> Run {
    return [=] {
      for_strips(view, threads, [&](std::size_t element, int rows) {
        float* row = operands.output + element;
        const std::size_t position = element / view.inner;
        const auto count = static_cast<std::size_t>(rows);
        if (shuffle) {
          shuffled.run(row, operands.inputs[0] + position * widths[0], count);
          if (!program.empty()) program.apply(row, element, rows, operands.inputs);
          return;
        }
        // A clip is done to each run on its way, anything else behind them.
        const bool clips = program.only_clips();
        const rows::Blend way = clips ? program.clip() : rows::Blend();
        float* to = row;
        for (const ChannelRun& run : runs) {
          const std::size_t width = widths[run.input];
          rows::blend(way, to, view.inner,
                      operands.inputs[run.input] + position * width + run.first, width, count,
                      run.count);
          to += run.count;
        }
        if (!clips) program.apply(row, element, rows, operands.inputs);
      });
    };
  };
  return kernel;
}

/// Whole blocks of channels, copied.
Kernel blocked_kernel(const StepTask& task) {
  const int block = task.context.block;
  const View view(task.output(), Layout::kBlocked, block);
  struct Source {
    int input, block, blocks;  // by output block: where it comes from
  };
  std::vector<Source> sources;
  for (const ChannelRun& run : channel_runs(task)) {
    for (int i = 0; i < run.count / block; ++i) {
      sources.push_back({run.input, run.first / block + i, task.input(run.input).channels / block});
    }
  }
  Kernel kernel;
  kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
  kernel.bind = [=, threads = task.context.threads,
                 program = PointwiseProgram(task, view)](const Operands& operands) -> Run {
    return [=] {
      for_strips(view, threads, [&](std::size_t element, int rows) {
        const std::size_t plane = static_cast<std::size_t>(view.positions) * block;
        const std::size_t image = element / view.image(), within = element % view.image();
        const Source& source = sources[within / plane];
        const float* from = operands.inputs[source.input] +
                            (image * source.blocks + source.block) * plane + within % plane;
        program.apply(operands.output + element, from, element, rows, operands.inputs);
      });
    };
  };
  return kernel;
}

bool moves_channels(const StepTask& task) {
  const std::string_view kind = task.layer().kind->name;
  return kind == "concat" || kind == "split" || kind == "channel_shuffle";
}

/// All runs begin and end at whole blocks.
bool moves_blocks(const StepTask& task) {
  for (const ChannelRun& run : channel_runs(task)) {
    const int block = task.context.block;
    if (run.step != 1 || run.first % block != 0 || run.count % block != 0) return false;
  }
  for (int i = 0; i < task.step.main_inputs; ++i) {
    if (task.input(i).channels % task.context.block != 0) return false;
  }
  return true;
}

}  // namespace

std::vector<Option> pointwise_options(const StepTask& task) {
  std::vector<Option> options;
  const bool moves = moves_channels(task);
  for (const Layout layout : layouts_of(task.output(), task.context)) {
    if (moves && layout == Layout::kBlocked && !moves_blocks(task)) continue;
    options.push_back({fmt::format("{}", name_of(layout)), layout, layout, [task, layout, moves] {
                         if (!moves) return pointwise_kernel(task, layout);
                         return layout == Layout::kBlocked ? blocked_kernel(task)
                                                           : channels_last_kernel(task);
                       }});
  }
  return options;
}

}  // namespace archcost
