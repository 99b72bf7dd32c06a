// SPDX-License-Identifier: Apache-2.0
// Element-wise layers and normalisations against their formulas, at random sizes.
#include "interpreter/guarded_run.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// The numbers of an operand at a place of the result, spread where its size is 1.
double spread_at(const NumberGrid& grid, std::int64_t c, std::int64_t y, std::int64_t x) {
  return grid.at(grid.channels == 1 ? 0 : c, grid.height == 1 ? 0 : y, grid.width == 1 ? 0 : x);
}

/// Numbers normalised together.
struct Moments {
  double mean = 0, variance = 0;
  explicit Moments(const std::vector<double>& numbers) {
    for (const double number : numbers) mean += number / static_cast<double>(numbers.size());
    for (const double number : numbers)
      variance += (number - mean) * (number - mean) / static_cast<double>(numbers.size());
  }
  double normalised(double number) const { return (number - mean) / std::sqrt(variance + 1e-5); }
};

NumberGrid some_grid(std::mt19937& random) {
  return random_grid(random, 6, random_int(random, 1, 4), random_int(random, 1, 5));
}

}  // namespace

TEST_CASE("sums and products take each operand spread to the result", "[interpreter]") {
  std::mt19937 random(31);
  for (int round = 0; round < 60; ++round) {
    const int sizes[] = {random_int(random, 2, 3), random_int(random, 2, 4),
                         random_int(random, 2, 5)};
    std::vector<NumberGrid> inputs;
    std::string spec, names;
    for (int k = 0; k < random_int(random, 2, 4); ++k) {
      int shape[3];
      for (int axis = 0; axis < 3; ++axis) shape[axis] = random() % 2 == 0 ? 1 : sizes[axis];
      inputs.push_back(random_grid(random, shape[0], shape[1], shape[2]));
      spec += fmt::format("- input: {{name: i{}, channels: {}, height: {}, width: {}}}\n", k,
                          shape[0], shape[1], shape[2]);
      names += fmt::format("{}i{}", k == 0 ? "" : ", ", k);
    }
    if (inputs.size() < 2) continue;
    for (const bool product : {false, true}) {
      const graph::Network network = network_of(spec_with(
          spec + fmt::format("- {}: {{from: [{}]}}", product ? "multiply" : "add", names)));
      INFO(spec);
      check_grid(run_last(network, inputs), [&](auto c, auto y, auto x) {
        double result = product ? 1 : 0;
        for (const NumberGrid& input : inputs) {
          const double number = spread_at(input, c, y, x);
          result = product ? result * number : result + number;
        }
        return result;
      });
    }
  }
}

TEST_CASE("activations are taken of each number", "[interpreter]") {
  std::mt19937 random(32);
  NumberGrid input = random_grid(random, 4, 5, 7);
  for (float& number : input.numbers) number /= 2;  // -4.5 to 4.5
  const auto check = [&](const std::string& item, const auto& function,
                         const interpreter::LayerWeights& weights = {}) {
    INFO(item);
    check_grid_nearly(run_guarded(item, input, weights), [&](auto c, auto y, auto x) {
      return static_cast<double>(function(input.at(c, y, x), c));
    });
  };
  using std::exp;
  const auto sigmoid = [](double x) { return 1 / (1 + exp(-x)); };
  const auto six = [](double x) { return std::min(std::max(x, 0.0), 6.0); };
  check("relu", [](double x, auto) { return x > 0 ? x : 0; });
  check("relu6", [&](double x, auto) { return six(x); });
  check("sigmoid", [&](double x, auto) { return sigmoid(x); });
  check("hard_sigmoid", [&](double x, auto) { return six(x + 3) / 6; });
  check("tanh", [](double x, auto) { return (exp(x) - exp(-x)) / (exp(x) + exp(-x)); });
  check("swish", [&](double x, auto) { return x * sigmoid(x); });
  check("hard_swish", [&](double x, auto) { return x * six(x + 3) / 6; });
  check("gelu", [](double x, auto) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; });
  check("elu", [](double x, auto) { return x > 0 ? x : exp(x) - 1; });
  check("elu: {alpha: 0.25}", [](double x, auto) { return x > 0 ? x : 0.25 * (exp(x) - 1); });
  check("leaky_relu: {slope: 0.25}", [](double x, auto) { return x > 0 ? x : x / 4; });
  const std::vector<float> slopes = {0.5f, 2, -1, 0.25f};
  check("prelu", [&](double x, auto c) { return x > 0 ? x : x * slopes[c]; }, {.scale = slopes});
  check("prelu: {per_channel: false}", [&](double x, auto) { return x > 0 ? x : x * 3; },
        {.scale = {3}});
  check("scale", [&](double x, auto c) { return x * slopes[c]; }, {.scale = slopes});
  check("scale: {bias: true}",
        [&](double x, auto c) { return x * slopes[c] + 7 * static_cast<double>(c); },
        {.scale = slopes, .shift = {0, 7, 14, 21}});
}

TEST_CASE("a softmax is over the channels of each position", "[interpreter]") {
  std::mt19937 random(33);
  for (int round = 0; round < 10; ++round) {
    const NumberGrid input = some_grid(random);
    check_grid_nearly(run_guarded("softmax", input), [&](auto c, auto y, auto x) {
      double sum = 0;
      for (int k = 0; k < 6; ++k) sum += std::exp(input.at(k, y, x));
      return std::exp(input.at(c, y, x)) / sum;
    });
  }
  // No power overflows, wherever the largest number is.
  for (const std::size_t place : {0, 1, 2}) {
    NumberGrid large{3, 1, 1, {-2000, -2000, -2000}};
    large.numbers[place] = 2000;
    std::vector<float> expected(3, 0);
    expected[place] = 1;
    CHECK(run_guarded("softmax", large).numbers == expected);
  }
}

TEST_CASE("position embeddings are added place by place", "[interpreter]") {
  std::mt19937 random(34);
  const NumberGrid input = random_grid(random, 2, 3, 4), learned = random_grid(random, 2, 3, 4);
  check_grid(run_guarded("position_embedding", input, {.kernel = learned.numbers}),
             [&](auto c, auto y, auto x) { return input.at(c, y, x) + learned.at(c, y, x); });
}

TEST_CASE("normalisations by the moments of what they normalise", "[interpreter]") {
  std::mt19937 random(35);
  for (int round = 0; round < 24; ++round) {
    const NumberGrid input = some_grid(random);
    const bool affine = round % 2 == 0;
    const int groups = std::vector<int>{1, 2, 3, 6}[round % 4];
    const auto numbers = [&](const auto& wanted) {
      std::vector<double> all;
      for (std::int64_t c = 0; c < input.channels; ++c) {
        for (std::int64_t y = 0; y < input.height; ++y) {
          for (std::int64_t x = 0; x < input.width; ++x) {
            if (wanted(c, y, x)) all.push_back(input.at(c, y, x));
          }
        }
      }
      return Moments(all);
    };
    INFO(input.shape() << ", affine " << affine << ", groups " << groups);
    const std::vector<float> none, scale = random_numbers(random, affine ? 6 : 0),
                                   shift = random_numbers(random, affine ? 6 : 0);
    const auto learned = [&](double number, std::int64_t c) {
      return affine ? number * scale[c] + shift[c] : number;
    };
    const std::string flag = fmt::format("affine: {}", affine);
    check_grid_nearly(
        run_guarded("layer_norm: {" + flag + "}", input, {.scale = scale, .shift = shift}),
        [&](auto c, auto y, auto x) {
          return learned(numbers([&](auto, auto row, auto column) {
                           return row == y && column == x;
                         }).normalised(input.at(c, y, x)),
                         c);
        });
    check_grid_nearly(run_guarded(fmt::format("group_norm: {{groups: {}, {}}}", groups, flag),
                                  input, {.scale = scale, .shift = shift}),
                      [&](auto c, auto y, auto x) {
                        const auto group = c * groups / 6;
                        return learned(numbers([&](auto k, auto, auto) {
                                         return k * groups / 6 == group;
                                       }).normalised(input.at(c, y, x)),
                                       c);
                      });
    const std::size_t all = affine ? input.numbers.size() : 0;
    const NumberGrid scales{6, input.height, input.width, random_numbers(random, all)},
        shifts{6, input.height, input.width, random_numbers(random, all)};
    check_grid_nearly(run_guarded("layer_norm: {over: all, " + flag + "}", input,
                                  {.scale = scales.numbers, .shift = shifts.numbers}),
                      [&](auto c, auto y, auto x) {
                        const double number = numbers([](auto, auto, auto) {
                                                return true;
                                              }).normalised(input.at(c, y, x));
                        return affine ? number * scales.at(c, y, x) + shifts.at(c, y, x) : number;
                      });
    const std::vector<float> mean = random_numbers(random, 6),
                             variance = {1, 2, 0.25f, 1e-5f, 0, 9};
    check_grid_nearly(
        run_guarded("batch_norm: {" + flag + "}", input,
                    {.scale = scale, .shift = shift, .mean = mean, .variance = variance}),
        [&](auto c, auto y, auto x) {
          return learned((input.at(c, y, x) - mean[c]) / std::sqrt(variance[c] + 1e-5), c);
        });
  }
}

TEST_CASE("local responses are divided by their neighbours' squares", "[interpreter]") {
  std::mt19937 random(36);
  for (int size = 1; size <= 9; ++size) {
    NumberGrid input = some_grid(random);
    for (float& number : input.numbers) number *= 50;  // that the squares matter
    const std::string item = fmt::format("lrn: {{size: {}}}", size);
    INFO(item << " of " << input.shape());
    check_grid_nearly(run_guarded(item, input), [&](auto c, auto y, auto x) {
      double squares = 0;
      for (std::int64_t k = 0; k < 6; ++k) {
        // size / 2 before, one less of an even number behind.
        if (k - c >= -(size / 2) && k - c < size - size / 2)
          squares += input.at(k, y, x) * input.at(k, y, x);
      }
      return input.at(c, y, x) / std::pow(1 + 1e-4 * squares / size, 0.75);
    });
  }
}
