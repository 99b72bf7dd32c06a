// Normalisations that need sums first: layer norm, group norm, local response norm, softmax.
// Channels last.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "runner/onednn/kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/vector_math.hpp"

namespace archcost {
namespace {

using RowWork = std::function<void(const float* from, float* to)>;

/// Each position by itself.
Kernel by_position(const StepTask& task, RowWork work) {
  const Dims dims = task.output();
  Kernel kernel;
  kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
  kernel.bind = [=, threads = task.context.threads](const Operands& operands) -> Run {
    return [=] {
      parallel_ranges(threads, std::int64_t{dims.batch} * dims.positions(),
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t i = begin; i < end; ++i) {
                          work(operands.inputs[0] + i * dims.channels,
                               operands.output + i * dims.channels);
                        }
                      });
    };
  };
  return kernel;
}

Kernel softmax_kernel(const StepTask& task) {
  const std::size_t channels = task.output().channels;
  return by_position(task, [=](const float* from, float* to) {
    rows::copy(to, from, channels);
    const float total = rows::exponentials(to, rows::largest(to, channels), channels);
    rows::scale(to, 1 / total, channels);
  });
}

Kernel lrn_kernel(const StepTask& task) {
  const int channels = task.output().channels;
  const int size = static_cast<int>(number_of(task.layer(), "size"));
  return by_position(task, [=](const float* from, float* to) {
    for (int c = 0; c < channels; ++c) {
      float squares = 0;
      const int first = std::max(0, c - size / 2), end = std::min(channels, c + (size - 1) / 2 + 1);
      for (int i = first; i < end; ++i) squares += from[i] * from[i];
      const float base = kLrnOffset + kLrnAlpha / static_cast<float>(size) * squares;
      to[c] = from[c] / std::pow(base, kLrnBeta);
    }
  });
}

float inverse_deviation(float squares, std::size_t count) {
  return 1 / std::sqrt(squares / static_cast<float>(count) + kNormEpsilon);
}

Kernel layer_norm_kernel(const StepTask& task) {
  const std::size_t channels = task.output().channels;
  const LayerWeights& weights = task.weights[task.step.main];
  return by_position(
      task, [=, scale = weights.scale, shift = weights.shift](const float* from, float* to) {
        const float mean = rows::sum(from, channels) / static_cast<float>(channels);
        const float by = inverse_deviation(rows::squares(from, mean, channels), channels);
        rows::fill(to, -mean * by, channels);
        rows::add_scaled(to, by, from, channels);
        if (!scale.empty()) rows::affine(to, scale.data(), shift.data(), channels);
      });
}

/// Groups of channels over all positions; one group is the layer norm over everything. `scale` and
/// `shift` are by number of an image, channels last.
Kernel grouped_norm(const StepTask& task, int groups, std::vector<float> scale,
                    std::vector<float> shift) {
  const Dims dims = task.output();
  const std::size_t width = dims.channels / groups;
  Kernel kernel;
  kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
  kernel.bind = [=, threads = task.context.threads](const Operands& operands) -> Run {
    return [=] {
      parallel_ranges(
          threads, std::int64_t{dims.batch} * groups, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
              const std::size_t image = i / groups, first = i % groups * width;
              const std::size_t offset = image * dims.positions() * dims.channels + first;
              const float* from = operands.inputs[0] + offset;
              float* to = operands.output + offset;
              double total = 0, squares = 0;
              const std::size_t count = width * dims.positions();
              for (int p = 0; p < dims.positions(); ++p) {
                total += rows::sum(from + std::size_t(p) * dims.channels, width);
              }
              const auto mean = static_cast<float>(total / static_cast<double>(count));
              for (int p = 0; p < dims.positions(); ++p) {
                squares += rows::squares(from + std::size_t(p) * dims.channels, mean, width);
              }
              const float by = inverse_deviation(static_cast<float>(squares), count);
              for (int p = 0; p < dims.positions(); ++p) {
                const std::size_t at = std::size_t(p) * dims.channels;
                rows::fill(to + at, -mean * by, width);
                rows::add_scaled(to + at, by, from + at, width);
                if (!scale.empty()) {
                  rows::affine(to + at, scale.data() + at + first, shift.data() + at + first,
                               width);
                }
              }
            }
          });
    };
  };
  return kernel;
}

/// `given` by channel, or by channel and position, as numbers of an image, channels last.
std::vector<float> spread(const std::vector<float>& given, const Dims& dims) {
  if (given.empty()) return {};
  std::vector<float> all(std::size_t(dims.positions()) * dims.channels);
  const bool by_position = given.size() == all.size();
  for (int p = 0; p < dims.positions(); ++p) {
    for (int c = 0; c < dims.channels; ++c) {
      all[std::size_t(p) * dims.channels + c] =
          given[by_position ? std::size_t(c) * dims.positions() + p : c];
    }
  }
  return all;
}

Kernel norm_kernel(const StepTask& task) {
  const std::string_view kind = task.layer().kind->name;
  const LayerWeights& weights = task.weights[task.step.main];
  const Dims dims = task.output();
  if (kind == "softmax") return softmax_kernel(task);
  if (kind == "lrn") return lrn_kernel(task);
  if (kind == "layer_norm" && word_of(task.layer(), "over") == "channels") {
    return layer_norm_kernel(task);
  }
  const int groups = kind == "group_norm" ? static_cast<int>(number_of(task.layer(), "groups")) : 1;
  return grouped_norm(task, groups, spread(weights.scale, dims), spread(weights.shift, dims));
}

}  // namespace

std::vector<Option> norm_options(const StepTask& task) {
  return {{"nhwc", Layout::kLast, Layout::kLast, [task] { return norm_kernel(task); }}};
}

}  // namespace archcost
