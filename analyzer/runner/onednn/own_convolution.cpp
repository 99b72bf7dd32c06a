#include "runner/onednn/own_convolution.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "runner/onednn/library_kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/pointwise.hpp"
#include "runner/onednn/vector_math.hpp"

namespace archcost {
namespace {

/// Kernels in the order group, tap, input channel, output channel.
std::vector<float> in_rows(const std::vector<float>& kernel, const WindowProblem& w,
                           bool transposed) {
  const int in = w.in.channels / w.groups, out = w.out.channels / w.groups, taps = w.taps();
  std::vector<float> rows(kernel.size());
  for (int g = 0; g < w.groups; ++g) {
    for (int i = 0; i < in; ++i) {
      for (int o = 0; o < out; ++o) {
        for (int t = 0; t < taps; ++t) {
          const std::size_t from = transposed ? ((std::size_t(g) * in + i) * out + o) * taps + t
                                              : ((std::size_t(g) * out + o) * in + i) * taps + t;
          rows[((std::size_t(g) * taps + t) * in + i) * out + o] = kernel[from];
        }
      }
    }
  }
  return rows;
}

/// The input row or column that a tap reads for an output, or -1.
int source_of(int output, int tap, int stride, int dilation, int pad, int size, bool transposed) {
  if (!transposed) {
    const int at = output * stride + tap * dilation - pad;
    return at >= 0 && at < size ? at : -1;
  }
  const int at = output + pad - tap * dilation;
  return at >= 0 && at % stride == 0 && at / stride < size ? at / stride : -1;
}

struct Convolution {
  WindowProblem window;
  bool transposed = false;
  std::vector<float> kernel, bias;

  /// One output position, all channels, into `row`.
  void position(const float* image, int y, int x, float* row) const {
    const WindowProblem& w = window;
    const int in = w.in.channels / w.groups, out = w.out.channels / w.groups;
    if (bias.empty()) {
      rows::fill(row, 0, w.out.channels);
    } else {
      rows::copy(row, bias.data(), w.out.channels);
    }
    for (int ky = 0; ky < w.kernel_height; ++ky) {
      const int sy =
          source_of(y, ky, w.stride_height, w.dilation_height, w.pad_top, w.in.height, transposed);
      if (sy < 0) continue;
      for (int kx = 0; kx < w.kernel_width; ++kx) {
        const int sx =
            source_of(x, kx, w.stride_width, w.dilation_width, w.pad_left, w.in.width, transposed);
        if (sx < 0) continue;
        const float* pixel = image + (std::size_t(sy) * w.in.width + sx) * w.in.channels;
        const int tap = ky * w.kernel_width + kx;
        for (int g = 0; g < w.groups; ++g) {
          const float* taps = kernel.data() + (std::size_t(g) * w.taps() + tap) * in * out;
          for (int i = 0; i < in; ++i) {
            rows::add_scaled(row + g * out, pixel[g * in + i], taps + std::size_t(i) * out, out);
          }
        }
      }
    }
  }
};

Kernel own_convolution(const StepTask& task, const WindowProblem& window) {
  FoldedWeights folded = folded_weights(task, window.out.channels);
  Convolution convolution{
      window, task.layer().kind->name == "conv_transpose", {}, std::move(folded.bias)};
  convolution.kernel = in_rows(folded.kernel, window, convolution.transposed);
  const View view(window.out, Layout::kLast, task.context.block);
  Kernel kernel;
  kernel.implementation = "archcost:direct";
  kernel.bind = [=, threads = task.context.threads,
                 program = PointwiseProgram(task, view)](const Operands& operands) -> Run {
    return [=] {
      const Dims &in = convolution.window.in, &out = convolution.window.out;
      parallel_ranges(
          threads, std::int64_t{out.batch} * out.positions(),
          [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
              const std::int64_t image = i / out.positions(), at = i % out.positions();
              float* row = operands.output + i * out.channels;
              convolution.position(operands.inputs[0] + image * in.positions() *
                                                            static_cast<std::int64_t>(in.channels),
                                   static_cast<int>(at / out.width),
                                   static_cast<int>(at % out.width), row);
              program.apply(row, static_cast<std::size_t>(i) * out.channels, 1, operands.inputs);
            }
          });
    };
  };
  return kernel;
}

}  // namespace

Option own_convolution_option(const StepTask& task, const WindowProblem& window) {
  return {"nhwc own", Layout::kLast, Layout::kLast,
          [task, window] { return own_convolution(task, window); }};
}

}  // namespace archcost
