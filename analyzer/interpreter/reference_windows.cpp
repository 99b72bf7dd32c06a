// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools. Sources: PyTorch's Conv2d, ConvTranspose2d, MaxPool2d, AvgPool2d and
// AdaptiveAvgPool2d, whose documentation gives the formulas.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "interpreter/layer_run.hpp"

namespace archcost::interpreter {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return -floor_div(-a, b); }

struct Range {
  std::int64_t begin = 0, end = 0;
};

// Positions i of [0, count) whose i * stride + offset lies in [0, limit).
Range inside(std::int64_t count, std::int64_t stride, std::int64_t offset, std::int64_t limit) {
  const std::int64_t begin = std::max<std::int64_t>(0, ceil_div(-offset, stride));
  const std::int64_t end = std::min(count, floor_div(limit - 1 - offset, stride) + 1);
  return {begin, std::max(begin, end)};
}

// Sums of one output channel, which then go to floats together.
void write_plane(const LayerRun& run, std::int64_t channel, const std::vector<double>& sums) {
  const double bias = run.weights.bias.empty() ? 0 : run.weights.bias[channel];
  float* out = run.output.plane(channel);
  for (std::size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<float>(sums[i] + bias);
}

// sums[y, x] += weight * in[y * stride + offset, ...] for one tap of a kernel.
void add_tap(const LayerRun& run, std::int64_t in_channel, double weight, Size offset, Size stride,
             std::vector<double>& sums) {
  const InputImage& in = run.input();
  const OutputImage& out = run.output;
  const Range rows = inside(out.height, stride.height, offset.height, in.height);
  const Range columns = inside(out.width, stride.width, offset.width, in.width);
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    const float* from = in.row(in_channel, y * stride.height + offset.height);
    double* to = sums.data() + y * out.width;
    if (stride.width == 1) {  // separate: this loop becomes vector instructions
      const float* shifted = from + offset.width;
      for (std::int64_t x = columns.begin; x < columns.end; ++x) to[x] += weight * shifted[x];
    } else {
      for (std::int64_t x = columns.begin; x < columns.end; ++x)
        to[x] += weight * from[x * stride.width + offset.width];
    }
  }
}

void conv(const LayerRun& run) {
  const Size kernel = run.attributes.size("kernel"), stride = run.attributes.size("stride"),
             dilation = run.attributes.size("dilation");
  const std::int64_t groups = run.attributes.number("groups");
  const std::int64_t in_group = run.input().channels / groups;
  const std::int64_t out_group = run.output.channels / groups;
  std::vector<double> sums(run.output.area());
  const float* weight = run.weights.kernel.data();
  for (std::int64_t out = 0; out < run.output.channels; ++out) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::int64_t i = 0; i < in_group; ++i) {
      const std::int64_t in = out / out_group * in_group + i;
      for (std::int64_t ky = 0; ky < kernel.height; ++ky) {
        for (std::int64_t kx = 0; kx < kernel.width; ++kx) {
          const Size offset = {ky * dilation.height - run.pad.top,
                               kx * dilation.width - run.pad.left};
          add_tap(run, in, *weight++, offset, stride, sums);
        }
      }
    }
    write_plane(run, out, sums);
  }
}

// Spreads every input over its window; what falls into the padding is cut off.
void conv_transpose(const LayerRun& run) {
  const Size kernel = run.attributes.size("kernel"), stride = run.attributes.size("stride"),
             dilation = run.attributes.size("dilation");
  const InputImage& in = run.input();
  const std::int64_t groups = run.attributes.number("groups");
  const std::int64_t in_group = in.channels / groups, out_group = run.output.channels / groups;
  std::vector<double> sums(run.output.area());
  for (std::int64_t out = 0; out < run.output.channels; ++out) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::int64_t i = 0; i < in_group; ++i) {
      const std::int64_t channel = out / out_group * in_group + i;
      const float* weights = run.weights.kernel.data() +
                             (channel * out_group + out % out_group) * kernel.height * kernel.width;
      for (std::int64_t ky = 0; ky < kernel.height; ++ky) {
        const std::int64_t down = ky * dilation.height - run.pad.top;
        const Range rows = inside(in.height, stride.height, down, run.output.height);
        for (std::int64_t kx = 0; kx < kernel.width; ++kx) {
          const std::int64_t across = kx * dilation.width - run.pad.left;
          const Range columns = inside(in.width, stride.width, across, run.output.width);
          const double weight = weights[ky * kernel.width + kx];
          for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            double* to = sums.data() + (y * stride.height + down) * run.output.width;
            const float* from = in.row(channel, y);
            for (std::int64_t x = columns.begin; x < columns.end; ++x)
              to[x * stride.width + across] += weight * from[x];
          }
        }
      }
    }
    write_plane(run, out, sums);
  }
}

// NaN is larger than all.
float larger(float a, float b) { return b > a || std::isnan(b) ? b : a; }

// The padding is no number of the window: it is as if it were minus infinity.
void max_pool(const LayerRun& run) {
  const Size kernel = run.attributes.size("kernel"), stride = run.attributes.size("stride"),
             dilation = run.attributes.size("dilation");
  const InputImage& in = run.input();
  for (std::int64_t channel = 0; channel < in.channels; ++channel) {
    float* out = run.output.plane(channel);
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        const std::int64_t top = y * stride.height - run.pad.top;
        const std::int64_t left = x * stride.width - run.pad.left;
        const Range rows = inside(kernel.height, dilation.height, top, in.height);
        const Range columns = inside(kernel.width, dilation.width, left, in.width);
        float largest = -std::numeric_limits<float>::infinity();
        for (std::int64_t ky = rows.begin; ky < rows.end; ++ky) {
          const float* row = in.row(channel, top + ky * dilation.height);
          for (std::int64_t kx = columns.begin; kx < columns.end; ++kx)
            largest = larger(largest, row[left + kx * dilation.width]);
        }
        *out++ = largest;
      }
    }
  }
}

double sum_of(const InputImage& in, std::int64_t channel, Range rows, Range columns) {
  double sum = 0;
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    const float* row = in.row(channel, y);
    for (std::int64_t x = columns.begin; x < columns.end; ++x) sum += row[x];
  }
  return sum;
}

// Where a window of average pooling lies in one dimension, with the padding and without. Rounding
// the output size up can push it beyond the padding; what is outside never counts.
struct PoolWindow {
  std::int64_t padded = 0;
  Range real;
};

PoolWindow pool_window(std::int64_t start, std::int64_t kernel, std::int64_t size,
                       std::int64_t pad_after) {
  const std::int64_t end = std::min(start + kernel, size + pad_after);
  const Range real = {std::max<std::int64_t>(start, 0), std::min(end, size)};
  return {end - start, {real.begin, std::max(real.begin, real.end)}};
}

void avg_pool(const LayerRun& run) {
  const Size kernel = run.attributes.size("kernel"), stride = run.attributes.size("stride");
  const bool count_include_pad = run.attributes.flag("count_include_pad");
  const InputImage& in = run.input();
  for (std::int64_t channel = 0; channel < in.channels; ++channel) {
    float* out = run.output.plane(channel);
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      const PoolWindow rows =
          pool_window(y * stride.height - run.pad.top, kernel.height, in.height, run.pad.bottom);
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        const PoolWindow columns =
            pool_window(x * stride.width - run.pad.left, kernel.width, in.width, run.pad.right);
        const std::int64_t real =
            (rows.real.end - rows.real.begin) * (columns.real.end - columns.real.begin);
        const std::int64_t divisor = count_include_pad ? rows.padded * columns.padded : real;
        const double sum = sum_of(in, channel, rows.real, columns.real);
        *out++ = real == 0 ? 0 : static_cast<float>(sum / static_cast<double>(divisor));
      }
    }
  }
}

// Window i of `out` over `in` positions.
Range adaptive_window(std::int64_t i, std::int64_t in, std::int64_t out) {
  return {i * in / out, ceil_div((i + 1) * in, out)};
}

// Global pooling is the case of a 1x1 output.
void adaptive_avg_pool(const LayerRun& run) {
  const InputImage& in = run.input();
  for (std::int64_t channel = 0; channel < in.channels; ++channel) {
    float* out = run.output.plane(channel);
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      const Range rows = adaptive_window(y, in.height, run.output.height);
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        const Range columns = adaptive_window(x, in.width, run.output.width);
        const std::int64_t numbers = (rows.end - rows.begin) * (columns.end - columns.begin);
        *out++ =
            static_cast<float>(sum_of(in, channel, rows, columns) / static_cast<double>(numbers));
      }
    }
  }
}

void adaptive_max_pool(const LayerRun& run) {
  const InputImage& in = run.input();
  float* out = run.output.data;
  for (std::int64_t channel = 0; channel < in.channels; ++channel) {
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      const Range rows = adaptive_window(y, in.height, run.output.height);
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        const Range columns = adaptive_window(x, in.width, run.output.width);
        float largest = in.row(channel, rows.begin)[columns.begin];
        for (std::int64_t row = rows.begin; row < rows.end; ++row) {
          for (std::int64_t column = columns.begin; column < columns.end; ++column)
            largest = larger(largest, in.row(channel, row)[column]);
        }
        *out++ = largest;
      }
    }
  }
}

void global_max_pool(const LayerRun& run) {
  const InputImage& in = run.input();
  for (std::int64_t channel = 0; channel < in.channels; ++channel) {
    const float* plane = in.plane(channel);
    run.output.data[channel] = std::accumulate(plane + 1, plane + in.area(), plane[0], larger);
  }
}

constexpr auto kWindowRows = std::to_array<ReferenceRow>({
    {"conv", conv},
    {"conv_transpose", conv_transpose},
    {"max_pool", max_pool},
    {"avg_pool", avg_pool},
    {"adaptive_avg_pool", adaptive_avg_pool},
    {"adaptive_max_pool", adaptive_max_pool},
    {"global_avg_pool", adaptive_avg_pool},
    {"global_max_pool", global_max_pool},
});

}  // namespace

std::span<const ReferenceRow> reference_windows() { return kWindowRows; }

}  // namespace archcost::interpreter
