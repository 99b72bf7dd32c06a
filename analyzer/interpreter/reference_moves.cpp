// SPDX-License-Identifier: Apache-2.0
// Layers that move numbers and, except upsampling, compute none. Sources: PyTorch's cat, chunk,
// flatten, Upsample (align_corners=False), ReflectionPad2d and ReplicationPad2d; for the shuffle
// arXiv:1707.01083 section 3.1.
#include <algorithm>
#include <array>

#include "interpreter/layer_run.hpp"

namespace archcost::interpreter {
namespace {

void copy(const LayerRun& run) {
  std::copy_n(run.input().data, run.input().elements(), run.output.data);
}

// Channels are contiguous, and so are the inputs.
void concat(const LayerRun& run) {
  float* out = run.output.data;
  for (const InputImage& in : run.inputs) out = std::copy_n(in.data, in.elements(), out);
}

void split(const LayerRun& run) {
  std::copy_n(run.input().plane(run.attributes.first_channel()), run.output.elements(),
              run.output.data);
}

void slice(const LayerRun& run) {
  std::copy_n(run.input().plane(run.attributes.number("start")), run.output.elements(),
              run.output.data);
}

void crop(const LayerRun& run) {
  const std::string_view align = run.attributes.word("align");
  const auto before = [&](std::int64_t left_out) {
    return align == "start" ? 0 : align == "end" ? left_out : left_out / 2;
  };
  const std::int64_t top = before(run.input().height - run.output.height),
                     left = before(run.input().width - run.output.width);
  for (std::int64_t c = 0; c < run.output.channels; ++c) {
    for (std::int64_t y = 0; y < run.output.height; ++y)
      std::copy_n(run.input().row(c, top + y) + left, run.output.width, run.output.row(c, y));
  }
}

void channel_shuffle(const LayerRun& run) {
  const InputImage& in = run.input();
  const std::int64_t groups = run.attributes.number("groups"), size = in.channels / groups;
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t i = 0; i < size; ++i)
      std::copy_n(in.plane(group * size + i), in.area(), run.output.plane(i * groups + group));
  }
}

// Where an output position of bilinear upsampling lies between two inputs: centres of pixels are
// half a pixel from the edge, and beyond the first and last centre the edge goes on.
struct Between {
  std::int64_t low = 0, high = 0;
  double part = 0;  // of `high`
};

Between between(std::int64_t position, std::int64_t size, std::int64_t out) {
  const double step = static_cast<double>(size) / static_cast<double>(out);
  const double place = std::max(0.0, (static_cast<double>(position) + 0.5) * step - 0.5);
  const auto low = static_cast<std::int64_t>(place);
  return {low, std::min(low + 1, size - 1), place - static_cast<double>(low)};
}

void upsample(const LayerRun& run) {
  const InputImage& in = run.input();
  const bool bilinear = run.attributes.word("mode") == "bilinear";
  float* out = run.output.data;
  for (std::int64_t c = 0; c < in.channels; ++c) {
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      const Between rows = between(y, in.height, run.output.height);
      const float *upper = in.row(c, rows.low), *lower = in.row(c, rows.high);
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        if (!bilinear) {
          *out++ = in.row(c, y * in.height / run.output.height)[x * in.width / run.output.width];
          continue;
        }
        const Between columns = between(x, in.width, run.output.width);
        const auto on = [&](const float* row) {
          return row[columns.low] * (1 - columns.part) + row[columns.high] * columns.part;
        };
        *out++ = static_cast<float>(on(upper) * (1 - rows.part) + on(lower) * rows.part);
      }
    }
  }
}

// The input position that fills a padded one, or -1 for zero. PyTorch refuses a reflection wider
// than the image; here it goes on to and fro, as in NumPy.
std::int64_t source_of(std::int64_t position, std::int64_t size, std::string_view mode) {
  if (position >= 0 && position < size) return position;
  if (mode == "zeros") return -1;
  if (mode == "replicate" || size == 1) return std::clamp<std::int64_t>(position, 0, size - 1);
  const std::int64_t period = 2 * (size - 1);
  const std::int64_t phase = (position % period + period) % period;
  return phase < size ? phase : period - phase;
}

void pad(const LayerRun& run) {
  const InputImage& in = run.input();
  const std::string_view mode = run.attributes.word("mode");
  float* out = run.output.data;
  for (std::int64_t c = 0; c < in.channels; ++c) {
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      const std::int64_t row = source_of(y - run.pad.top, in.height, mode);
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        const std::int64_t column = source_of(x - run.pad.left, in.width, mode);
        *out++ = row < 0 || column < 0 ? 0 : in.row(c, row)[column];
      }
    }
  }
}

// Tokens lie along the height.
void class_token(const LayerRun& run) {
  for (std::int64_t c = 0; c < run.output.channels; ++c) {
    run.output.plane(c)[0] = run.weights.kernel[c];
    std::copy_n(run.input().plane(c), run.input().area(), run.output.plane(c) + 1);
  }
}

void take_token(const LayerRun& run) {
  for (std::int64_t c = 0; c < run.output.channels; ++c)
    run.output.data[c] = run.input().plane(c)[0];
}

// Specs don't say what `rearrange` moves where, nor what `unsupported` and `custom` are: the
// inputs' numbers one
// after the other, cut or from the start again.
void rearrange(const LayerRun& run) {
  std::int64_t done = 0;
  while (done < run.output.elements()) {
    for (const InputImage& in : run.inputs) {
      const std::int64_t count = std::min(in.elements(), run.output.elements() - done);
      std::copy_n(in.data, count, run.output.data + done);
      done += count;
    }
  }
}

// Numbers in [-1, 1], the same in every run.
void further_input(const LayerRun& run) {
  for (std::int64_t i = 0; i < run.output.elements(); ++i)
    run.output.data[i] = static_cast<float>(i * 7 % 41 - 20) / 20;
}

// The mean of what is reduced.
void reduce(const LayerRun& run) {
  const InputImage& in = run.input();
  std::vector<double> sums(static_cast<std::size_t>(run.output.elements()));
  for (std::int64_t c = 0; c < in.channels; ++c) {
    for (std::int64_t y = 0; y < in.height; ++y) {
      for (std::int64_t x = 0; x < in.width; ++x) {
        const std::int64_t to_c = c % run.output.channels, to_y = y % run.output.height,
                           to_x = x % run.output.width;
        sums[static_cast<std::size_t>((to_c * run.output.height + to_y) * run.output.width +
                                      to_x)] += in.row(c, y)[x];
      }
    }
  }
  const double share =
      static_cast<double>(run.output.elements()) / static_cast<double>(in.elements());
  for (std::size_t i = 0; i < sums.size(); ++i)
    run.output.data[i] = static_cast<float>(sums[i] * share);
}

constexpr auto kMoveRows = std::to_array<ReferenceRow>({
    {"concat", concat},
    {"channel_shuffle", channel_shuffle},
    {"split", split},
    {"slice", slice},
    {"crop", crop},
    {"flatten", copy},
    {"reshape", copy},
    {"dropout", copy},
    {"upsample", upsample},
    {"pad", pad},
    {"class_token", class_token},
    {"take_token", take_token},
    {"reduce", reduce},
    {"rearrange", rearrange},
    {"input", further_input},
    {"unsupported", rearrange},
    {"custom", rearrange},
});

}  // namespace

std::span<const ReferenceRow> reference_moves() { return kMoveRows; }

}  // namespace archcost::interpreter
