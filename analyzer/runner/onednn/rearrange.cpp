// What moves numbers about and seldom stands in the way: padding, upsampling, reshaping, tokens.
// Channels last only.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "runner/onednn/kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/vector_math.hpp"

namespace archcost {
namespace {

/// Makes one row, the channels of output position (image, y, x).
using MakeRow = std::function<void(const Operands&, int image, int y, int x, float* row)>;

const float* pixel(const Operands& operands, const Dims& in, int image, int y, int x) {
  return operands.inputs[0] + ((std::size_t(image) * in.height + y) * in.width + x) * in.channels;
}

MakeRow pad_rows(const StepTask& task) {
  const Dims in = task.input(0);
  const Padding pad = *resolved_padding(task.network, task.layer());
  const int top = static_cast<int>(pad.top.value()), left = static_cast<int>(pad.left.value());
  const std::string_view mode = word_of(task.layer(), "mode");
  return [=](const Operands& operands, int image, int y, int x, float* row) {
    int sy = y - top, sx = x - left;
    if (mode == "zeros" && (sy < 0 || sy >= in.height || sx < 0 || sx >= in.width)) {
      rows::fill(row, 0, in.channels);
      return;
    }
    const auto inside = [&](int at, int size) {
      if (mode == "reflect") {
        if (at < 0) at = -at;
        return at >= size ? 2 * (size - 1) - at : at;
      }
      return std::clamp(at, 0, size - 1);
    };
    sy = inside(sy, in.height);
    sx = inside(sx, in.width);
    rows::copy(row, pixel(operands, in, image, sy, sx), in.channels);
  };
}

MakeRow upsample_rows(const StepTask& task) {
  const Dims in = task.input(0);
  const int fy = static_cast<int>(number_of(task.layer(), "factor", 0));
  const int fx = static_cast<int>(number_of(task.layer(), "factor", 1));
  if (word_of(task.layer(), "mode") == "nearest") {
    return [=](const Operands& operands, int image, int y, int x, float* row) {
      rows::copy(row, pixel(operands, in, image, y / fy, x / fx), in.channels);
    };
  }
  // Centres of pixels lie at halves (align_corners false).
  return [=](const Operands& operands, int image, int y, int x, float* row) {
    const float py = std::max(0.f, (y + 0.5f) / fy - 0.5f),
                px = std::max(0.f, (x + 0.5f) / fx - 0.5f);
    const int y0 = static_cast<int>(py), x0 = static_cast<int>(px);
    const int y1 = std::min(y0 + 1, in.height - 1), x1 = std::min(x0 + 1, in.width - 1);
    const float ty = py - y0, tx = px - x0;
    rows::fill(row, 0, in.channels);
    rows::add_scaled(row, (1 - ty) * (1 - tx), pixel(operands, in, image, y0, x0), in.channels);
    rows::add_scaled(row, (1 - ty) * tx, pixel(operands, in, image, y0, x1), in.channels);
    rows::add_scaled(row, ty * (1 - tx), pixel(operands, in, image, y1, x0), in.channels);
    rows::add_scaled(row, ty * tx, pixel(operands, in, image, y1, x1), in.channels);
  };
}

/// Reshaping keeps the order channels, height, width.
MakeRow reshape_rows(const StepTask& task) {
  const Dims in = task.input(0), out = task.output();
  return [=](const Operands& operands, int image, int y, int x, float* row) {
    for (int c = 0; c < out.channels; ++c) {
      const std::int64_t flat = (std::int64_t{c} * out.height + y) * out.width + x;
      const std::int64_t at = flat % in.positions(), channel = flat / in.positions();
      row[c] =
          operands.inputs[0][(std::int64_t{image} * in.positions() + at) * in.channels + channel];
    }
  };
}

MakeRow class_token_rows(const StepTask& task) {
  const Dims in = task.input(0), out = task.output();
  const std::vector<float> token = task.weights[task.step.main].kernel;
  return [=](const Operands& operands, int image, int y, int x, float* row) {
    const int position = y * out.width + x;
    const float* from =
        position == 0 ? token.data()
                      : operands.inputs[0] +
                            (std::size_t(image) * in.positions() + position - 1) * in.channels;
    rows::copy(row, from, in.channels);
  };
}

MakeRow take_token_rows(const StepTask& task) {
  const Dims in = task.input(0);
  return [=](const Operands& operands, int image, int, int, float* row) {
    rows::copy(row, pixel(operands, in, image, 0, 0), in.channels);
  };
}

MakeRow position_rows(const StepTask& task) {
  const Dims in = task.input(0);
  const std::vector<float>& given = task.weights[task.step.main].kernel;
  std::vector<float> table(given.size());  // channels last
  for (int c = 0; c < in.channels; ++c) {
    for (int p = 0; p < in.positions(); ++p) {
      table[std::size_t(p) * in.channels + c] = given[std::size_t(c) * in.positions() + p];
    }
  }
  return [=](const Operands& operands, int image, int y, int x, float* row) {
    rows::copy(row, pixel(operands, in, image, y, x), in.channels);
    rows::add(row, table.data() + std::size_t(y * in.width + x) * in.channels, in.channels);
  };
}

MakeRow rows_of(const StepTask& task) {
  const std::string_view kind = task.layer().kind->name;
  if (kind == "pad") return pad_rows(task);
  if (kind == "upsample") return upsample_rows(task);
  if (kind == "class_token") return class_token_rows(task);
  if (kind == "take_token") return take_token_rows(task);
  if (kind == "position_embedding") return position_rows(task);
  return reshape_rows(task);
}

Kernel rearrange_kernel(const StepTask& task) {
  const Dims out = task.output();
  Kernel kernel;
  kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
  kernel.bind = [=, threads = task.context.threads,
                 make_row = rows_of(task)](const Operands& operands) -> Run {
    return [=] {
      parallel_ranges(threads, std::int64_t{out.batch} * out.positions(),
                      [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t i = begin; i < end; ++i) {
                          const auto at = static_cast<int>(i % out.positions());
                          make_row(operands, static_cast<int>(i / out.positions()), at / out.width,
                                   at % out.width, operands.output + i * out.channels);
                        }
                      });
    };
  };
  return kernel;
}

}  // namespace

std::vector<Option> rearrange_options(const StepTask& task) {
  return {{"nhwc", Layout::kLast, Layout::kLast, [task] { return rearrange_kernel(task); }}};
}

}  // namespace archcost
