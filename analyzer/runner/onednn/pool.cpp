// Pooling, in either layout: windows, whole images, adaptive averages.
#include <fmt/core.h>

#include <algorithm>

#include "runner/onednn/kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/vector_math.hpp"

namespace archcost {
namespace {

using rows::Reach;

/// Of every output along one side. Averages that count padding divide by what lies in the padded
/// input (PyTorch's rule: a window that stands out beyond it is smaller).
std::vector<Reach> window_reaches(int outputs, int size, int kernel, int stride, int dilation,
                                  int before, int behind, bool count_padding) {
  std::vector<Reach> reaches;
  for (int o = 0; o < outputs; ++o) {
    const int start = o * stride - before;
    int first = start, count = 0;
    while (first < 0) first += dilation;
    for (int at = first; at < std::min(size, start + (kernel - 1) * dilation + 1); at += dilation) {
      ++count;
    }
    const int divisor =
        count_padding ? std::min(start + kernel, size + behind) - start : std::max(count, 1);
    reaches.push_back({first, dilation, count, divisor});
  }
  return reaches;
}

std::vector<Reach> adaptive_reaches(int outputs, int size) {
  std::vector<Reach> reaches;
  for (int o = 0; o < outputs; ++o) {
    const int first = o * size / outputs, end = ((o + 1) * size + outputs - 1) / outputs;
    reaches.push_back({first, 1, end - first, end - first});
  }
  return reaches;
}

struct Pool {
  bool maximum = false;
  std::vector<Reach> rows, columns;
  int in_width = 1;

  /// A row of outputs: the input's rows of a plane become a line first, the line the outputs.
  /// `channels` of the plane's `inner`; the outputs stand `to_stride` apart.
  void output_row(const float* plane, std::size_t inner, std::size_t channels, int y, float* to,
                  std::size_t to_stride, std::vector<float>& line) const {
    const Reach& reach = rows[y];
    const std::size_t width = in_width, outputs = columns.size();
    if (reach.count < 1) {
      rows::fold_reaches(maximum, to, nullptr, &reach, 1, channels, 1);
      for (std::size_t x = 1; x < outputs; ++x) rows::copy(to + x * to_stride, to, channels);
      return;
    }
    line.resize(width * channels + outputs * channels);
    const float* first = plane + std::size_t(reach.first) * width * inner;
    const std::size_t stride = std::size_t(reach.step) * width * inner;
    const std::size_t wide = channels == inner ? width : 1;  // positions that stand in one row
    for (std::size_t x = 0; x < width; x += wide) {
      rows::fold(maximum, line.data() + x * channels, first + x * inner, stride, reach.count,
                 wide * channels);
    }
    const float factor = 1.f / static_cast<float>(reach.divisor);
    if (to_stride == channels) {
      rows::fold_reaches(maximum, to, line.data(), columns.data(), outputs, channels, factor);
      return;
    }
    float* made = line.data() + width * channels;
    rows::fold_reaches(maximum, made, line.data(), columns.data(), outputs, channels, factor);
    for (std::size_t x = 0; x < outputs; ++x)
      rows::copy(to + x * to_stride, made + x * channels, channels);
  }
};

Pool pool_of(const StepTask& task) {
  const std::string_view kind = task.layer().kind->name;
  const WindowProblem w = window_problem(task.network, task.layer());
  Pool pool;
  pool.maximum = kind.find("max") != std::string_view::npos;
  pool.in_width = w.in.width;
  if (kind == "adaptive_avg_pool") {
    pool.rows = adaptive_reaches(w.out.height, w.in.height);
    pool.columns = adaptive_reaches(w.out.width, w.in.width);
    return pool;
  }
  const bool counts = kind == "avg_pool" && flag_of(task.layer(), "count_include_pad");
  pool.rows = window_reaches(w.out.height, w.in.height, w.kernel_height, w.stride_height,
                             w.dilation_height, w.pad_top, w.pad_bottom, counts);
  pool.columns = window_reaches(w.out.width, w.in.width, w.kernel_width, w.stride_width,
                                w.dilation_width, w.pad_left, w.pad_right, counts);
  return pool;
}

Kernel pool_kernel(const StepTask& task, Layout in, Layout out) {
  const View source(task.input(0), in, task.context.block);
  const Dims target = task.output();
  const bool same = in == out;
  Kernel kernel;
  kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
  kernel.bind = [=, threads = task.context.threads,
                 pool = pool_of(task)](const Operands& operands) -> Run {
    const std::int64_t planes = std::int64_t{source.batch} * source.outer;
    const std::int64_t rows = planes * target.height;
    // Where there are fewer rows than threads, these share the channels.
    constexpr int kLeast = 16;
    const std::int64_t parts = rows >= threads ? 1 : std::clamp(source.inner / kLeast, 1, threads);
    return [=] {
      parallel_ranges(threads, rows * parts, [&](std::int64_t begin, std::int64_t end) {
        thread_local std::vector<float> line;
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t part = i % parts, y = i / parts % target.height,
                             plane = i / parts / target.height;
          const std::size_t inner = source.inner, first = inner * part / parts;
          std::size_t channels = inner * (part + 1) / parts - first, stride = inner;
          float* to = operands.output + (plane * target.height + y) * target.width * inner + first;
          if (!same) {
            // One position of a blocked input: the channels stand in order, without filling.
            const std::int64_t image = plane / source.outer, block = plane % source.outer;
            to = operands.output + image * target.channels + block * inner;
            stride = channels = std::min<std::size_t>(channels, target.channels - block * inner);
          }
          pool.output_row(operands.inputs[0] + plane * source.positions * inner + first, inner,
                          channels, static_cast<int>(y), to, stride, line);
        }
      });
    };
  };
  return kernel;
}

}  // namespace

std::vector<Option> pool_options(const StepTask& task) {
  std::vector<Option> options;
  const std::vector<Layout> outs = layouts_of(task.output(), task.context);
  for (const Layout in : layouts_of(task.input(0), task.context)) {
    const Layout out = outs.size() == 1 ? outs[0] : in;
    if (std::find(outs.begin(), outs.end(), out) == outs.end()) continue;
    options.push_back({fmt::format("{}>{}", name_of(in), name_of(out)), in, out,
                       [=] { return pool_kernel(task, in, out); }});
  }
  return options;
}

}  // namespace archcost
