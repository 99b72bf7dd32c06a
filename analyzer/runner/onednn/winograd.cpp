#include "runner/onednn/winograd.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "runner/onednn/blocked_product.hpp"
#include "runner/onednn/cache_sizes.hpp"
#include "runner/onednn/library_kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/pointwise.hpp"
#include "runner/onednn/tiles.hpp"

namespace archcost {
namespace {

/// The transforms of a line, for kSquare outputs from kSquare + 2 inputs.
template <int kSquare>
struct Line;

template <>
struct Line<2> {
  static constexpr double kWeights[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};

  template <class Vector>
  static ARCHCOST_INLINE void input(const Vector* d, Vector* v) {
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[1] - d[3];
  }
  template <class Vector>
  static ARCHCOST_INLINE void output(const Vector* m, Vector* o) {
    o[0] = m[0] + m[1] + m[2];
    o[1] = m[1] - m[2] - m[3];
  }
};

template <>
struct Line<4> {
  static constexpr double kWeights[6][3] = {{1. / 4, 0, 0},
                                            {-1. / 6, -1. / 6, -1. / 6},
                                            {-1. / 6, 1. / 6, -1. / 6},
                                            {1. / 24, 1. / 12, 1. / 6},
                                            {1. / 24, -1. / 12, 1. / 6},
                                            {0, 0, 1}};

  template <class Vector>
  static ARCHCOST_INLINE void input(const Vector* d, Vector* v) {
    const Vector even = d[4] - 4.f * d[2], odd = d[3] - 4.f * d[1];
    const Vector apart = d[4] - d[2], twice = 2.f * (d[3] - d[1]);
    v[0] = 4.f * d[0] - 5.f * d[2] + d[4];
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = apart + twice;
    v[4] = apart - twice;
    v[5] = 4.f * d[1] - 5.f * d[3] + d[5];
  }
  template <class Vector>
  static ARCHCOST_INLINE void output(const Vector* m, Vector* o) {
    const Vector near = m[1] + m[2], near_apart = m[1] - m[2];
    const Vector far = m[3] + m[4], far_apart = m[3] - m[4];
    o[0] = m[0] + near + far;
    o[1] = near_apart + 2.f * far_apart;
    o[2] = near + 4.f * far;
    o[3] = near_apart + 8.f * far_apart + m[5];
  }
};

/// A square of one block of channels.
struct InputWork {
  const float* plane;  ///< of the block
  int height, width;
  int top, left;       ///< of the square's inputs; may lie outside, where there are zeros
  float* to;           ///< of its first frequency
  std::size_t stride;  ///< from one frequency to the next
};

struct InputSquare {
  template <int kWide, int kSquare, int kUnused>
  static ARCHCOST_INLINE void make(const InputWork& w) {
    using Vector = typename Lanes<kWide>::Vector;
    constexpr int kSide = kSquare + 2;
    const bool inside =
        w.top >= 0 && w.left >= 0 && w.top + kSide <= w.height && w.left + kSide <= w.width;
    Vector half[kSide][kSide];
    for (int x = 0; x < kSide; ++x) {
      Vector column[kSide], made[kSide];
#pragma GCC unroll 6
      for (int y = 0; y < kSide; ++y) {
        const int from_y = w.top + y, from_x = w.left + x;
        const bool there =
            inside || (from_y >= 0 && from_y < w.height && from_x >= 0 && from_x < w.width);
        column[y] = there ? at<kWide>(w.plane + (std::ptrdiff_t{from_y} * w.width + from_x) * kWide)
                          : Vector{};
      }
      Line<kSquare>::input(column, made);
#pragma GCC unroll 6
      for (int y = 0; y < kSide; ++y) half[y][x] = made[y];
    }
    float* to = w.to;
    for (int y = 0; y < kSide; ++y) {
      Vector made[kSide];
      Line<kSquare>::input(half[y], made);
#pragma GCC unroll 6
      for (int x = 0; x < kSide; ++x, to += w.stride) at<kWide>(to) = made[x];
    }
  }
};

struct OutputWork {
  const float* from;   ///< of the square's first frequency
  std::size_t stride;  ///< from one frequency to the next
  const float* bias;
  float* output;       ///< of the square's first position, in the block's plane
  const float* other;  ///< the sum's operand in the same place; nullptr: none
  int width;           ///< of the plane
  int rows, columns;   ///< of the square that lie inside
  rows::Blend::Clip clip;
  float high;  ///< of a clip of both sides
};

struct OutputSquare {
  template <int kWide, int kSquare, int kUnused>
  static ARCHCOST_INLINE void make(const OutputWork& w) {
    using Vector = typename Lanes<kWide>::Vector;
    constexpr int kSide = kSquare + 2;
    Vector half[kSquare][kSide];
    for (int x = 0; x < kSide; ++x) {
      Vector column[kSide], made[kSquare];
#pragma GCC unroll 6
      for (int y = 0; y < kSide; ++y) column[y] = at<kWide>(w.from + (y * kSide + x) * w.stride);
      Line<kSquare>::output(column, made);
#pragma GCC unroll 4
      for (int y = 0; y < kSquare; ++y) half[y][x] = made[y];
    }
    const Vector bias = at<kWide>(w.bias);
    for (int y = 0; y < w.rows; ++y) {
      Vector made[kSquare];
      Line<kSquare>::output(half[y], made);
#pragma GCC unroll 4
      for (int x = 0; x < kSquare; ++x) {
        if (x >= w.columns) break;
        const std::size_t place = (std::size_t(y) * w.width + x) * kWide;
        Vector result = made[x] + bias;
        if (w.other != nullptr) result += at<kWide>(w.other + place);
        clip(result, w.clip, w.high);
        at<kWide>(w.output + place) = result;
      }
    }
  }
};

template <int kSquare>
class Winograd {
 public:
  static constexpr int kSide = kSquare + 2, kFrequencies = kSide * kSide;

  Winograd(const StepTask& task, const WindowProblem& window)
      : window_(window),
        in_(window.in, Layout::kBlocked, task.context.block),
        out_(window.out, Layout::kBlocked, task.context.block),
        threads_(task.context.threads),
        across_(quotient_up(window.out.width, kSquare)),
        squares_(across_ * quotient_up(window.out.height, kSquare)),
        program_(task, out_),
        none_(out_.padded_channels()),
        make_input_(function_for<InputSquare, kSquare, 1, InputWork>(task.context.block)),
        make_output_(function_for<OutputSquare, kSquare, 1, OutputWork>(task.context.block)) {
    FoldedWeights folded = folded_weights(task, window.out.channels);
    bias_ = std::move(folded.bias);
    bias_.resize(out_.padded_channels());
    in_place_ = program_.only_sums_and_clips() && in_place_operand(task) >= 0;
    choose_groups();
    for (int g = 0; g < groups_; ++g) {
      products_.emplace_back(window.in.channels, window.out.channels,
                             share(squares_, g + 1, groups_) - share(squares_, g, groups_),
                             task.context.block);
    }
    pack(folded.kernel, *task.context.pool);
  }

  bool in_place() const { return in_place_; }
  std::size_t scratch_bytes() const {
    return (apart_ ? threads_ : 1) * scratch_numbers() * sizeof(float);
  }

  void run(const Operands& operands) const {
    auto* scratch = static_cast<float*>(operands.scratch);
    const int all = in_.batch * groups_;
    if (!apart_) {
      for (int i = 0; i < all; ++i) make_group(operands, i, scratch, threads_, i == 0);
      return;
    }
    parallel_ranges(threads_, threads_, [&](std::int64_t begin, std::int64_t end) {
      for (int part = static_cast<int>(begin); part < end; ++part) {
        const int first = share(all, part, threads_), last = share(all, part + 1, threads_);
        for (int i = first; i < last; ++i) {
          make_group(operands, i, scratch + part * scratch_numbers(), 1, i == first);
        }
      }
    });
  }

 private:
  int most_squares() const { return quotient_up(squares_, groups_); }
  /// From one frequency to the next: a line more than is needed, since the same place of many would
  /// meet in the caches.
  std::size_t stride(const View& view) const {
    return (std::size_t(view.outer) * most_squares() + 1) * view.inner;
  }

  std::size_t scratch_numbers() const { return kFrequencies * (stride(in_) + stride(out_)); }

  /// One of all images' groups.
  void make_group(const Operands& operands, int index, float* inputs, int threads,
                  bool fetch) const {
    float* results = inputs + kFrequencies * stride(in_);
    const int image = index / groups_, group = index % groups_;
    const int first = share(squares_, group, groups_),
              count = share(squares_, group + 1, groups_) - first;
    transform_inputs(operands.inputs[0] + image * in_.image(), first, count, inputs, threads);
    multiply(products_[group], inputs, results, threads, fetch);
    transform_outputs(operands, image * out_.image(), first, count, results, threads);
  }

  /// Squares that are worked through together: as few groups as cause the least traffic beyond the
  /// second cache, by weights that are read for each, and by what doesn't fit between transforms.
  void choose_groups() {
    const double weights = double(kFrequencies) * in_.padded_channels() * out_.padded_channels();
    const double square = double(kFrequencies) * (in_.padded_channels() + out_.padded_channels());
    double least = 0;
    for (int groups = 1; groups <= squares_; ++groups) {
      const int each = quotient_up(squares_, groups);
      const bool fits = each * square * sizeof(float) <= static_cast<double>(cache_);
      const double traffic = groups * weights + (fits ? 0 : 2 * squares_ * square);
      if (groups == 1 || traffic < least) {
        least = traffic;
        groups_ = groups;
      }
      if (fits) break;
    }
    // Threads that each have groups of their own need no numbers of each other.
    apart_ = threads_ > 1 && groups_ * in_.batch >= threads_;
    if (apart_ && in_.batch % threads_ != 0) {
      groups_ = std::min(quotient_up(groups_, threads_) * threads_, squares_);
    }
  }

  void pack(const std::vector<float>& kernel, MemoryPool& pool) {
    const int in = window_.in.channels, out = window_.out.channels;
    each_ = products_[0].packed_numbers();
    auto* packed = static_cast<float*>(pool.allocate(kFrequencies * each_ * sizeof(float)));
    std::vector<float> weights(std::size_t(in) * out);
    for (int f = 0; f < kFrequencies; ++f) {
      const double* down = Line<kSquare>::kWeights[f / kSide];
      const double* right = Line<kSquare>::kWeights[f % kSide];
      for (std::size_t i = 0; i < weights.size(); ++i) {
        double sum = 0;
        for (int t = 0; t < 9; ++t) sum += down[t / 3] * right[t % 3] * kernel[i * 9 + t];
        weights[i] = static_cast<float>(sum);
      }
      products_[0].pack(weights.data(), packed + f * each_);
    }
    weights_ = packed;
  }

  void transform_inputs(const float* image, int first, int count, float* inputs,
                        int threads) const {
    parallel_ranges(threads, std::int64_t{in_.outer} * count,
                    [&](std::int64_t begin, std::int64_t end) {
                      InputWork work;
                      work.height = window_.in.height;
                      work.width = window_.in.width;
                      work.stride = stride(in_);
                      for (std::int64_t i = begin; i < end; ++i) {
                        const int square = first + static_cast<int>(i % count);
                        work.plane = image + i / count * in_.positions * in_.inner;
                        work.top = square / across_ * kSquare - window_.pad_top;
                        work.left = square % across_ * kSquare - window_.pad_left;
                        work.to = inputs + i * in_.inner;
                        make_input_(work);
                      }
                    });
  }

  void multiply(const BlockedProduct& product, const float* inputs, float* results, int threads,
                bool fetch) const {
    // Frequencies, and columns where there are more threads.
    const int parts = std::min(product.columns(), quotient_up(threads, kFrequencies));
    parallel_ranges(threads, kFrequencies * parts, [&](std::int64_t begin, std::int64_t end) {
      const auto part_of = [&](std::int64_t i) {
        const int part = static_cast<int>(i % parts);
        return BlockedProduct::Part{share(product.columns(), part, parts),
                                    share(product.columns(), part + 1, parts), 0, product.tiles()};
      };
      const bool stay = (end - begin) * each_ / parts * sizeof(float) < cache_ / 2;
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t f = i / parts;
        BlockedProduct::Operands o;
        o.input = inputs + f * stride(in_);
        o.weights = weights_ + f * each_;
        o.bias = none_.data();
        o.other = nullptr;
        o.output = results + f * stride(out_);
        o.fetch = fetch || !stay;
        if (o.fetch && i + 1 < end) {
          o.next = product.first_weights(part_of(i + 1), weights_ + (i + 1) / parts * each_);
        }
        product.make(part_of(i), o);
      }
    });
  }

  void transform_outputs(const Operands& operands, std::size_t image, int first, int count,
                         const float* results, int threads) const {
    const bool fused = program_.only_sums_and_clips();
    const rows::Blend blend = fused ? program_.blend(image, operands.inputs) : rows::Blend();
    const float* other = in_place_ ? operands.output + image : blend.other;
    parallel_ranges(
        threads, std::int64_t{out_.outer} * count, [&](std::int64_t begin, std::int64_t end) {
          OutputWork work;
          work.stride = stride(out_);
          work.width = window_.out.width;
          work.clip = blend.clip;
          work.high = blend.high;
          for (std::int64_t i = begin; i < end; ++i) {
            const int square = first + static_cast<int>(i % count);
            const std::int64_t block = i / count;
            const int y = square / across_ * kSquare, x = square % across_ * kSquare;
            const std::size_t place =
                (block * out_.positions + std::int64_t{y} * window_.out.width + x) * out_.inner;
            work.from = results + i * out_.inner;
            work.bias = bias_.data() + block * out_.inner;
            work.output = operands.output + image + place;
            work.other = other == nullptr ? nullptr : other + place;
            work.rows = std::min(kSquare, window_.out.height - y);
            work.columns = std::min(kSquare, window_.out.width - x);
            make_output_(work);
            for (int row = 0; row < work.rows && !fused; ++row) {
              const std::size_t element =
                  image + place + std::size_t(row) * window_.out.width * out_.inner;
              program_.apply(operands.output + element, element, work.columns, operands.inputs);
            }
          }
        });
  }

  WindowProblem window_;
  View in_, out_;
  int threads_;
  int across_, squares_;                  ///< of an image
  int groups_ = 1;                        ///< of squares
  bool apart_ = false;                    ///< each thread works through groups of its own
  std::vector<BlockedProduct> products_;  ///< by group
  PointwiseProgram program_;
  std::vector<float> bias_, none_;
  void (*make_input_)(const InputWork&);
  void (*make_output_)(const OutputWork&);
  const float* weights_ = nullptr;  ///< by frequency, packed
  std::size_t each_ = 0;            ///< numbers of a frequency's
  std::size_t cache_ = static_cast<std::size_t>(reported_cache_sizes()[1].bytes);
  bool in_place_ = false;  ///< the sum's operand stands in the output
};

template <int kSquare>
Kernel winograd(const StepTask& task, const WindowProblem& window) {
  return own_kernel(fmt::format("archcost:winograd_{}x{}", kSquare, kSquare),
                    Winograd<kSquare>(task, window));
}

}  // namespace

bool can_be_winograd(const WindowProblem& w) {
  return w.kernel_height == 3 && w.kernel_width == 3 && w.stride_height == 1 &&
         w.stride_width == 1 && w.dilation_height == 1 && w.dilation_width == 1 && w.groups == 1;
}

std::vector<Option> winograd_options(const StepTask& task, const WindowProblem& window) {
  if (!can_be_blocked(window.in, task.context) || !can_be_blocked(window.out, task.context) ||
      !BlockedProduct::possible(task.context.block)) {
    return {};
  }
  const Layout layout = Layout::kBlocked;
  return {{"nChwc>nChwc own winograd 4x4", layout, layout,
           [task, window] { return winograd<4>(task, window); }},
          {"nChwc>nChwc own winograd 2x2", layout, layout,
           [task, window] { return winograd<2>(task, window); }}};
}

}  // namespace archcost
