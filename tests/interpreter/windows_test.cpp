// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools against the formulas of PyTorch's documentation, at random sizes. All
// numbers are whole, so that sums are exact.
#include <limits>

#include "interpreter/guarded_run.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// A window with all its attributes drawn.
struct DrawnWindow {
  int kernel[2], stride[2], dilation[2];
  int before[2], after[2];  // padding

  DrawnWindow(std::mt19937& random, int most_pad) {
    for (int axis = 0; axis < 2; ++axis) {
      kernel[axis] = random_int(random, 1, 3);
      stride[axis] = random_int(random, 1, 3);
      dilation[axis] = random_int(random, 1, 2);
      before[axis] = random_int(random, 0, most_pad);
      after[axis] = random_int(random, 0, most_pad);
    }
  }
  void no_dilation() { dilation[0] = dilation[1] = 1; }
  std::string text() const {
    return fmt::format("kernel: [{}, {}], stride: [{}, {}], {}", kernel[0], kernel[1], stride[0],
                       stride[1], pad_text());
  }
  std::string dilation_text() const {
    return fmt::format("dilation: [{}, {}]", dilation[0], dilation[1]);
  }
  std::string pad_text() const {
    return fmt::format("pad: {{top: {}, left: {}, bottom: {}, right: {}}}", before[0], before[1],
                       after[0], after[1]);
  }
  /// The input's position of a tap of an output.
  std::int64_t place(int axis, std::int64_t output, int tap) const {
    return output * stride[axis] + tap * dilation[axis] - before[axis];
  }
};

}  // namespace

TEST_CASE("a convolution sums the taps of its window over the channels of its group",
          "[interpreter]") {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    const DrawnWindow window(random, 2);
    const int groups = random_int(random, 1, 3), in_group = random_int(random, 1, 2),
              out_group = random_int(random, 1, 3);
    const bool bias = round % 2 == 0;
    const NumberGrid input =
        random_grid(random, groups * in_group, random_int(random, 5, 8), random_int(random, 5, 9));
    const std::string item =
        fmt::format("conv: {{out: {}, groups: {}, bias: {}, {}, {}}}", groups * out_group, groups,
                    bias, window.text(), window.dilation_text());
    INFO(item << " of " << input.shape());
    const int taps = window.kernel[0] * window.kernel[1];
    const interpreter::LayerWeights weights = {
        .kernel = random_numbers(random, groups * out_group * in_group * taps),
        .bias = random_numbers(random, bias ? groups * out_group : 0)};
    check_grid(run_guarded(item, input, weights), [&](auto c, auto y, auto x) {
      double sum = bias ? weights.bias[c] : 0;
      for (int i = 0; i < in_group; ++i) {
        for (int tap = 0; tap < taps; ++tap) {
          const auto row = window.place(0, y, tap / window.kernel[1]),
                     column = window.place(1, x, tap % window.kernel[1]);
          if (input.has(row, column))
            sum += weights.kernel[(c * in_group + i) * taps + tap] *
                   input.at(c / out_group * in_group + i, row, column);
        }
      }
      return sum;
    });
  }
}

TEST_CASE("a transposed convolution adds every input's window to the output", "[interpreter]") {
  std::mt19937 random(2);
  for (int round = 0; round < 60; ++round) {
    DrawnWindow window(random, 1);
    for (int axis = 0; axis < 2; ++axis) {  // as much as is there can be taken off
      window.before[axis] = std::min(window.before[axis], window.kernel[axis] - 1);
      window.after[axis] = std::min(window.after[axis], window.kernel[axis] - 1);
    }
    const int groups = random_int(random, 1, 3), in_group = random_int(random, 1, 3),
              out_group = random_int(random, 1, 2);
    const bool bias = round % 2 == 0;
    const NumberGrid input =
        random_grid(random, groups * in_group, random_int(random, 3, 5), random_int(random, 3, 6));
    const int more[2] = {random_int(random, 0, window.stride[0] - 1),
                         random_int(random, 0, window.stride[1] - 1)};
    const std::string item = fmt::format(
        "conv_transpose: {{out: {}, groups: {}, bias: {}, {}, {}, output_pad: [{}, {}]}}",
        groups * out_group, groups, bias, window.text(), window.dilation_text(), more[0], more[1]);
    INFO(item << " of " << input.shape());
    const int taps = window.kernel[0] * window.kernel[1];
    const interpreter::LayerWeights weights = {
        .kernel = random_numbers(random, groups * in_group * out_group * taps),
        .bias = random_numbers(random, bias ? groups * out_group : 0)};
    check_grid(run_guarded(item, input, weights), [&](auto c, auto y, auto x) {
      double sum = bias ? weights.bias[c] : 0;
      for (int i = 0; i < in_group; ++i) {
        const auto channel = c / out_group * in_group + i;
        for (std::int64_t row = 0; row < input.height; ++row) {
          for (std::int64_t column = 0; column < input.width; ++column) {
            for (int tap = 0; tap < taps; ++tap) {
              if (window.place(0, row, tap / window.kernel[1]) == y &&
                  window.place(1, column, tap % window.kernel[1]) == x)
                sum += weights.kernel[(channel * out_group + c % out_group) * taps + tap] *
                       input.at(channel, row, column);
            }
          }
        }
      }
      return sum;
    });
  }
}

TEST_CASE("the maximum of a window is of the numbers that are there", "[interpreter]") {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    DrawnWindow window(random, 1);
    for (int axis = 0; axis < 2; ++axis) {
      window.before[axis] = std::min(window.before[axis], window.kernel[axis] / 2);
      window.after[axis] = std::min(window.after[axis], window.kernel[axis] / 2);
    }
    NumberGrid input = random_grid(random, 2, random_int(random, 5, 8), random_int(random, 5, 9));
    for (float& number : input.numbers) number -= 20;  // none is above 0
    const std::string item = fmt::format("max_pool: {{{}, {}, ceil_mode: {}}}", window.text(),
                                         window.dilation_text(), round % 3 == 0);
    INFO(item << " of " << input.shape());
    check_grid(run_guarded(item, input), [&](auto c, auto y, auto x) {
      double largest = -std::numeric_limits<double>::infinity();
      for (int ky = 0; ky < window.kernel[0]; ++ky) {
        for (int kx = 0; kx < window.kernel[1]; ++kx) {
          const auto row = window.place(0, y, ky), column = window.place(1, x, kx);
          if (input.has(row, column)) largest = std::max(largest, input.at(c, row, column));
        }
      }
      return largest;
    });
  }
}

TEST_CASE("the average of a window counts padding or leaves it out, and nothing beyond",
          "[interpreter]") {
  std::mt19937 random(4);
  for (int round = 0; round < 90; ++round) {
    DrawnWindow window(random, 1);
    window.no_dilation();
    const bool padding_counts = round % 2 == 0, rounds_up = round % 3 == 0;
    for (int axis = 0; axis < 2; ++axis) {
      window.before[axis] = std::min(window.before[axis], window.kernel[axis] - 1);
      window.after[axis] = std::min(window.after[axis], window.kernel[axis] - 1);
    }
    const NumberGrid input =
        random_grid(random, 2, random_int(random, 5, 8), random_int(random, 5, 9));
    const std::string item = fmt::format("avg_pool: {{{}, ceil_mode: {}, count_include_pad: {}}}",
                                         window.text(), rounds_up, padding_counts);
    INFO(item << " of " << input.shape());
    check_grid(run_guarded(item, input), [&](auto c, auto y, auto x) {
      double sum = 0;
      int there = 0, padded = 0;
      for (int ky = 0; ky < window.kernel[0]; ++ky) {
        for (int kx = 0; kx < window.kernel[1]; ++kx) {
          const auto row = window.place(0, y, ky), column = window.place(1, x, kx);
          if (input.has(row, column)) {
            sum += input.at(c, row, column);
            ++there;
          }
          if (row < input.height + window.after[0] && column < input.width + window.after[1])
            ++padded;
        }
      }
      return there == 0 ? 0 : sum / (padding_counts ? padded : there);
    });
  }
}

TEST_CASE("a window of padding alone has the average 0", "[interpreter]") {
  const NumberGrid input{1, 1, 2, {3, 5}};
  for (const bool counts : {false, true}) {
    const NumberGrid result = run_guarded(
        fmt::format("avg_pool: {{kernel: 1, stride: 1, pad: [1, 2], count_include_pad: {}}}",
                    counts),
        input);
    CHECK(result.numbers ==
          std::vector<float>{0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 0, 0, 0, 0, 0, 0, 0, 0});
  }
}

TEST_CASE("adaptive and global pools divide the image evenly", "[interpreter]") {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    NumberGrid input = random_grid(random, 2, random_int(random, 1, 7), random_int(random, 1, 8));
    for (float& number : input.numbers) number -= 20;
    const int height = random_int(random, 1, 7), width = random_int(random, 1, 8);
    const auto window = [&](bool largest, int out_height, int out_width) {
      return [&, largest, out_height, out_width](auto c, auto y, auto x) {
        // From the floor of the first to the ceiling of the last position.
        const auto top = y * input.height / out_height,
                   bottom = ((y + 1) * input.height + out_height - 1) / out_height,
                   left = x * input.width / out_width,
                   right = ((x + 1) * input.width + out_width - 1) / out_width;
        double sum = 0, most = input.at(c, top, left);
        for (auto row = top; row < bottom; ++row) {
          for (auto column = left; column < right; ++column) {
            sum += input.at(c, row, column);
            most = std::max(most, input.at(c, row, column));
          }
        }
        return largest ? most : sum / static_cast<double>((bottom - top) * (right - left));
      };
    };
    const std::string size = fmt::format("{{size: [{}, {}]}}", height, width);
    INFO(size << " of " << input.shape());
    check_grid(run_guarded("adaptive_avg_pool: " + size, input), window(false, height, width));
    check_grid(run_guarded("adaptive_max_pool: " + size, input), window(true, height, width));
    check_grid(run_guarded("global_avg_pool", input), window(false, 1, 1));
    check_grid(run_guarded("global_max_pool", input), window(true, 1, 1));
  }
}

TEST_CASE("NaN is the largest number of every window", "[interpreter]") {
  const float nan = std::nanf("");
  for (const std::size_t place : {0, 1, 2, 3}) {
    NumberGrid input{1, 2, 2, {7, -1, 3, 8}};
    input.numbers[place] = nan;
    for (const char* item :
         {"max_pool: {kernel: 2}", "adaptive_max_pool: {size: 1}", "global_max_pool"})
      CHECK(std::isnan(run_guarded(item, input).numbers.at(0)));
  }
}
