// Pooling, in either layout: windows, whole images, adaptive averages.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "measure/kernels/kernel.hpp"
#include "measure/kernels/parallel.hpp"
#include "measure/kernels/vector_math.hpp"

namespace archcost {
namespace {

/// Rows or columns that one output reads, and what its average divides by.
struct Reach {
  int first, step, count;
  int divisor;
};

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

  /// One output of `inner` channels from the plane of its image and block.
  void output(const float* plane, std::size_t inner, const Reach& y, const Reach& x, float* to,
              std::size_t channels) const {
    rows::fill(to, maximum ? -std::numeric_limits<float>::infinity() : 0, channels);
    for (int i = 0; i < y.count; ++i) {
      const float* line = plane + std::size_t(y.first + i * y.step) * in_width * inner;
      for (int j = 0; j < x.count; ++j) {
        const float* from = line + std::size_t(x.first + j * x.step) * inner;
        maximum ? rows::maximum(to, from, channels) : rows::add(to, from, channels);
      }
    }
    if (!maximum) rows::scale(to, 1.f / static_cast<float>(y.divisor * x.divisor), channels);
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

/// Channels that a thread takes at once when there are few outputs.
constexpr int kChannels = 64;

Kernel pool_kernel(const StepTask& task, Layout in, Layout out) {
  const View source(task.input(0), in, task.context.block);
  const Dims target = task.output();
  const bool same = in == out;
  Kernel kernel;
  kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
  kernel.bind = [=, threads = task.context.threads,
                 pool = pool_of(task)](const Operands& operands) -> Run {
    return [=] {
      const int parts = (source.inner + kChannels - 1) / kChannels;
      const std::int64_t planes = std::int64_t{source.batch} * source.outer;
      const std::int64_t work = planes * target.height * parts;
      parallel_ranges(threads, work, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t part = i % parts, y = i / parts % target.height,
                             plane = i / parts / target.height;
          const std::size_t inner = source.inner, from_channel = part * kChannels;
          std::size_t channels = std::min<std::size_t>(kChannels, inner - from_channel);
          const float* from = operands.inputs[0] + plane * source.positions * inner + from_channel;
          float* to =
              operands.output + (plane * target.height + y) * target.width * inner + from_channel;
          if (!same) {
            // One position of a blocked input: the channels stand in order, without filling.
            const std::int64_t image = plane / source.outer, block = plane % source.outer;
            channels = std::min<std::size_t>(channels, target.channels - block * inner);
            to = operands.output + image * target.channels + block * inner;
          }
          for (int x = 0; x < target.width; ++x) {
            pool.output(from, inner, pool.rows[y], pool.columns[x], to + x * inner, channels);
          }
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
