// SPDX-License-Identifier: Apache-2.0
// Normalisations at inference. Sources: PyTorch's BatchNorm2d, LayerNorm, GroupNorm and
// LocalResponseNorm.
#include <algorithm>
#include <array>
#include <cmath>

#include "interpreter/layer_run.hpp"

namespace archcost::interpreter {
namespace {

double scale_at(const LayerRun& run, std::int64_t i) {
  return run.weights.scale.empty() ? 1 : run.weights.scale[i];
}
double shift_at(const LayerRun& run, std::int64_t i) {
  return run.weights.shift.empty() ? 0 : run.weights.shift[i];
}

void batch_norm(const LayerRun& run) {
  const InputImage& in = run.input();
  const double epsilon = kNormEpsilon;
  for (std::int64_t c = 0; c < in.channels; ++c) {
    const double factor = scale_at(run, c) / std::sqrt(run.weights.variance[c] + epsilon);
    const double mean = run.weights.mean[c], shift = shift_at(run, c);
    for (std::int64_t p = 0; p < in.area(); ++p)
      run.output.plane(c)[p] = static_cast<float>((in.plane(c)[p] - mean) * factor + shift);
  }
}

// Normalises the `count` numbers from `first` on, `step` apart, together: by their mean and their
// variance with `count` as its divisor. weight_of(i) is the index of number i's scale and shift.
template <class WeightOf>
void normalise(const LayerRun& run, std::int64_t first, std::int64_t count, std::int64_t step,
               WeightOf weight_of) {
  const float* in = run.input().data + first;
  float* out = run.output.data + first;
  double mean = 0, variance = 0;
  for (std::int64_t i = 0; i < count; ++i) mean += in[i * step];
  mean /= static_cast<double>(count);
  for (std::int64_t i = 0; i < count; ++i) variance += std::pow(in[i * step] - mean, 2);
  variance /= static_cast<double>(count);
  const double factor = 1 / std::sqrt(variance + kNormEpsilon);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t weight = weight_of(i);
    out[i * step] = static_cast<float>((in[i * step] - mean) * factor * scale_at(run, weight) +
                                       shift_at(run, weight));
  }
}

void layer_norm(const LayerRun& run) {
  const InputImage& in = run.input();
  const auto same = [](std::int64_t i) { return i; };
  if (run.attributes.word("over") == "all") return normalise(run, 0, in.elements(), 1, same);
  for (std::int64_t p = 0; p < in.area(); ++p) normalise(run, p, in.channels, in.area(), same);
}

void group_norm(const LayerRun& run) {
  const InputImage& in = run.input();
  const std::int64_t channels = in.channels / run.attributes.number("groups");
  const std::int64_t area = in.area();
  for (std::int64_t c = 0; c < in.channels; c += channels) {
    normalise(run, c * area, channels * area, 1, [=](std::int64_t i) { return c + i / area; });
  }
}

// x / (k + alpha * average of the squares of `size` neighbouring channels) ^ beta, with PyTorch's
// constants. Neighbours beyond the first and last channel count as 0; of an even number, one more
// lies before.
void lrn(const LayerRun& run) {
  const InputImage& in = run.input();
  const std::int64_t size = run.attributes.number("size");
  for (std::int64_t c = 0; c < in.channels; ++c) {
    const std::int64_t first = std::max<std::int64_t>(0, c - size / 2);
    const std::int64_t last = std::min(in.channels - 1, c + (size - 1) / 2);
    for (std::int64_t p = 0; p < in.area(); ++p) {
      double squares = 0;
      for (std::int64_t other = first; other <= last; ++other)
        squares += std::pow(static_cast<double>(in.plane(other)[p]), 2);
      const double average = squares / static_cast<double>(size);
      run.output.plane(c)[p] = static_cast<float>(
          in.plane(c)[p] /
          std::pow(double{kLrnOffset} + double{kLrnAlpha} * average, double{kLrnBeta}));
    }
  }
}

constexpr auto kNormRows = std::to_array<ReferenceRow>({
    {"batch_norm", batch_norm},
    {"layer_norm", layer_norm},
    {"group_norm", group_norm},
    {"lrn", lrn},
});

}  // namespace

std::span<const ReferenceRow> reference_norms() { return kNormRows; }

}  // namespace archcost::interpreter
