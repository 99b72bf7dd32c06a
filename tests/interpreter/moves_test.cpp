// SPDX-License-Identifier: Apache-2.0
// Layers that move numbers, at random sizes: each output number comes from where it should.
#include <set>

#include "interpreter/guarded_run.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// Every number is another one.
NumberGrid counted_grid(std::int64_t channels, std::int64_t height, std::int64_t width,
                        float first = 1) {
  NumberGrid grid{channels, height, width};
  for (std::int64_t i = 0; i < channels * height * width; ++i)
    grid.numbers.push_back(first + static_cast<float>(i));
  return grid;
}

/// A position on a line of `size` that goes to and fro, or that stays at its ends.
std::int64_t reflected(std::int64_t position, std::int64_t size) {
  while (size > 1 && (position < 0 || position >= size))
    position = position < 0 ? -position : 2 * (size - 1) - position;
  return size == 1 ? 0 : position;
}
std::int64_t held(std::int64_t position, std::int64_t size) {
  return position < 0 ? 0 : position >= size ? size - 1 : position;
}

}  // namespace

TEST_CASE("a concatenation has its inputs' channels one after the other", "[interpreter]") {
  const graph::Network network =
      network_of(spec_with("- conv: {name: a, out: 3}\n- conv: {name: b, out: 1}\n"
                           "- conv: {name: c, out: 2}\n- concat: {from: [a, c, b]}",
                           "2x3x5"));
  const NumberGrid a = counted_grid(3, 3, 5), b = counted_grid(1, 3, 5, 100),
                   c = counted_grid(2, 3, 5, 200);
  check_grid(run_last(network, {a, c, b}), [&](auto channel, auto y, auto x) {
    return channel < 3   ? a.at(channel, y, x)
           : channel < 5 ? c.at(channel - 3, y, x)
                         : b.at(channel - 5, y, x);
  });
}

TEST_CASE("parts, slices and shuffles move whole channels", "[interpreter]") {
  const NumberGrid input = counted_grid(12, 2, 3);
  const auto moved = [&](const std::string& item, const auto& from) {
    INFO(item);
    check_grid(run_guarded(item, input),
               [&](auto c, auto y, auto x) { return input.at(from(c), y, x); });
  };
  moved("split: {parts: 4, take: 3}", [](auto c) { return c + 6; });
  moved("split: {parts: [5, 1, 4, 2], take: 3}", [](auto c) { return c + 6; });
  moved("split: {parts: [5, 1, 4, 2], take: 1}", [](auto c) { return c; });
  moved("slice: {channels: 4}", [](auto c) { return c; });
  moved("slice: {channels: 4, start: 7}", [](auto c) { return c + 7; });
  for (const int groups : {1, 2, 3, 4, 6, 12}) {
    moved(fmt::format("channel_shuffle: {{groups: {}}}", groups),
          [&](auto c) { return c % groups * (12 / groups) + c / groups; });
  }
  for (const char* same : {"flatten", "dropout", "reshape: {channels: 6, height: 4, width: 3}"})
    CHECK(run_guarded(same, input).numbers == input.numbers);
}

TEST_CASE("a crop keeps the rows and columns of its side", "[interpreter]") {
  const NumberGrid input = counted_grid(3, 7, 9);
  for (const auto& [height, width] :
       std::vector<std::pair<int, int>>{{7, 9}, {1, 1}, {4, 9}, {7, 4}, {2, 3}, {6, 8}, {5, 2}}) {
    for (const std::string align : {"start", "center", "end"}) {
      const auto before = [&](int left_out) {
        return align == "start" ? 0 : align == "end" ? left_out : left_out / 2;
      };
      check_grid(
          run_guarded(fmt::format("crop: {{size: [{}, {}], align: {}}}", height, width, align),
                      input),
          [&, height = height, width = width](auto c, auto y, auto x) {
            return input.at(c, y + before(7 - height), x + before(9 - width));
          });
    }
  }
}

TEST_CASE("upsampling repeats the nearest number or lies between two", "[interpreter]") {
  std::mt19937 random(6);
  for (int round = 0; round < 40; ++round) {
    const NumberGrid input =
        random_grid(random, 2, random_int(random, 1, 5), random_int(random, 1, 6));
    const int height = random_int(random, 1, 9), width = random_int(random, 1, 9);
    // Factors, or sizes that may be smaller too.
    const bool factor = round % 2 == 0;
    const std::string size = fmt::format("{}: [{}, {}]", factor ? "factor" : "size", height, width);
    const auto out_height = factor ? height * input.height : height,
               out_width = factor ? width * input.width : width;
    INFO(size << " of " << input.shape());
    check_grid(run_guarded("upsample: {" + size + "}", input), [&](auto c, auto y, auto x) {
      return input.at(c, y * input.height / out_height, x * input.width / out_width);
    });
    // A number's share falls to 0 at its neighbours.
    const auto share = [](std::int64_t of, std::int64_t at, std::int64_t in, std::int64_t out) {
      const double place =
          (static_cast<double>(at) + 0.5) * static_cast<double>(in) / static_cast<double>(out) -
          0.5;
      const double inside = std::clamp(place, 0.0, static_cast<double>(in - 1));
      return std::max(0.0, 1 - std::abs(inside - static_cast<double>(of)));
    };
    check_grid_nearly(run_guarded("upsample: {mode: bilinear, " + size + "}", input),
                      [&](auto c, auto y, auto x) {
                        double sum = 0;
                        for (std::int64_t row = 0; row < input.height; ++row) {
                          for (std::int64_t column = 0; column < input.width; ++column)
                            sum += input.at(c, row, column) *
                                   share(row, y, input.height, out_height) *
                                   share(column, x, input.width, out_width);
                        }
                        return sum;
                      });
  }
}

TEST_CASE("padding is zeros, the edge, or the image to and fro", "[interpreter]") {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    const NumberGrid input =
        random_grid(random, 2, random_int(random, 1, 4), random_int(random, 1, 5));
    int sides[4];
    for (int& side : sides) side = random_int(random, 0, 9);
    const auto [top, left, bottom, right] = sides;
    const std::string pad = fmt::format("pad: {{pad: {{top: {}, left: {}, bottom: {}, right: {}}}",
                                        top, left, bottom, right);
    INFO(pad << " of " << input.shape());
    check_grid(run_guarded(pad + "}", input), [&, top = top, left = left](auto c, auto y, auto x) {
      return input.has(y - top, x - left) ? input.at(c, y - top, x - left) : 0;
    });
    check_grid(run_guarded(pad + ", mode: replicate}", input),
               [&, top = top, left = left](auto c, auto y, auto x) {
                 return input.at(c, held(y - top, input.height), held(x - left, input.width));
               });
    check_grid(run_guarded(pad + ", mode: reflect}", input), [&, top = top, left = left](
                                                                 auto c, auto y, auto x) {
      return input.at(c, reflected(y - top, input.height), reflected(x - left, input.width));
    });
  }
}

TEST_CASE("tokens are put before all others, and taken from there", "[interpreter]") {
  const NumberGrid input = counted_grid(3, 4, 1);
  check_grid(run_guarded("class_token", input, {.kernel = {50, 60, 70}}),
             [&](auto c, auto y, auto x) {
               return y == 0 ? 50 + 10 * static_cast<double>(c) : input.at(c, y - 1, x);
             });
  check_grid(run_guarded("take_token", input),
             [&](auto c, auto, auto) { return input.at(c, 0, 0); });
}

TEST_CASE("what no formula is known of has the inputs' numbers, cut or again", "[interpreter]") {
  const std::string two = "- conv: {name: a, out: 2}\n- conv: {name: b, out: 1}\n";
  const NumberGrid a = counted_grid(2, 1, 3), b = counted_grid(1, 1, 3, 100);
  std::vector<float> both = a.numbers;
  both.insert(both.end(), b.numbers.begin(), b.numbers.end());
  for (const int channels : {1, 6, 7, 9, 10, 15, 20}) {
    for (const char* kind : {"rearrange", "unsupported", "custom"}) {
      const graph::Network network = network_of(spec_with(
          two + fmt::format("- {}: {{channels: {}, from: [a, b]}}", kind, channels), "2x1x3"));
      check_grid(run_last(network, {a, b}), [&](auto c, auto, auto) {
        return both.at(static_cast<std::size_t>(c) % both.size());
      });
    }
  }
}

TEST_CASE("a further input has numbers from -1 to 1, the same in every run", "[interpreter]") {
  const graph::Network network =
      network_of(spec_with("- input: {name: more, channels: 5, height: 4, width: 3}", "2x1x3"));
  const NumberGrid one = run_last(network, {});
  CHECK(one.numbers == run_last(network, {}).numbers);
  CHECK(std::set<float>(one.numbers.begin(), one.numbers.end()).size() == 41);
  CHECK(*std::min_element(one.numbers.begin(), one.numbers.end()) == -1);
  CHECK(*std::max_element(one.numbers.begin(), one.numbers.end()) == 1);
}

TEST_CASE("a reduction is the mean over what it names", "[interpreter]") {
  std::mt19937 random(8);
  const NumberGrid input = random_grid(random, 4, 3, 5);
  for (int over = 1; over < 8; ++over) {
    const bool channels = (over & 1) != 0, height = (over & 2) != 0, width = (over & 4) != 0;
    const std::string item =
        fmt::format("reduce: {{channels: {}, height: {}, width: {}}}", channels, height, width);
    INFO(item);
    check_grid_nearly(run_guarded(item, input), [&](auto c, auto y, auto x) {
      double sum = 0;
      int count = 0;
      for (std::int64_t k = channels ? 0 : c; k <= (channels ? 3 : c); ++k) {
        for (std::int64_t row = height ? 0 : y; row <= (height ? 2 : y); ++row) {
          for (std::int64_t column = width ? 0 : x; column <= (width ? 4 : x); ++column) {
            sum += input.at(k, row, column);
            ++count;
          }
        }
      }
      return sum / count;
    });
  }
}
