// SPDX-License-Identifier: Apache-2.0
// One layer of the interpreter on whole numbers, between guards: what is read beyond the inputs
// shows in the result, and what is written beyond the output is found.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "interpreter/layer_run.hpp"
#include "interpreter/reference.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

namespace archcost::test {

/// Channels, rows, columns of numbers.
struct NumberGrid {
  std::int64_t channels = 0, height = 0, width = 0;
  std::vector<float> numbers = {};

  bool has(std::int64_t y, std::int64_t x) const {
    return y >= 0 && y < height && x >= 0 && x < width;
  }
  double at(std::int64_t c, std::int64_t y, std::int64_t x) const {
    return numbers.at(static_cast<std::size_t>((c * height + y) * width + x));
  }
  std::string shape() const { return fmt::format("{}x{}x{}", channels, height, width); }
};

inline NumberGrid random_grid(std::mt19937& random, std::int64_t channels, std::int64_t height,
                              std::int64_t width) {
  NumberGrid grid{channels, height, width};
  for (std::int64_t i = 0; i < channels * height * width; ++i)
    grid.numbers.push_back(static_cast<float>(static_cast<int>(random() % 19) - 9));
  return grid;
}

inline std::vector<float> random_numbers(std::mt19937& random, std::size_t count) {
  return random_grid(random, 1, 1, static_cast<std::int64_t>(count)).numbers;
}

/// A number of [low, high].
inline int random_int(std::mt19937& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
}

/// The output of a network's last layer, which reads these inputs.
inline NumberGrid run_last(const graph::Network& network, const std::vector<NumberGrid>& inputs,
                           const interpreter::LayerWeights& weights = {}) {
  constexpr std::size_t kGuard = 64;
  const graph::Layer& layer = network.layers.back();
  REQUIRE(interpreter::weight_sizes(network, layer) == interpreter::sizes_of(weights));
  REQUIRE(layer.inputs.size() == inputs.size());
  std::vector<std::vector<float>> in;
  std::vector<const float*> places;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    REQUIRE(inputs[k].shape() == to_string(network.shape(layer.inputs[k])));
    in.emplace_back(inputs[k].numbers.size() + 2 * kGuard, std::numeric_limits<float>::infinity());
    std::copy(inputs[k].numbers.begin(), inputs[k].numbers.end(), in.back().begin() + kGuard);
    places.push_back(in.back().data() + kGuard);
  }
  NumberGrid output{layer.output.channels.value(), layer.output.height.value(),
                    layer.output.width.value()};
  const auto count = static_cast<std::size_t>(output.channels * output.height * output.width);
  std::vector<float> out(count + 2 * kGuard, 12345);
  interpreter::run_layer(network, layer, weights, places, out.data() + kGuard);
  const auto untouched = [](float number) { return number == 12345; };
  CHECK(std::all_of(out.begin(), out.begin() + kGuard, untouched));
  CHECK(std::all_of(out.end() - kGuard, out.end(), untouched));
  output.numbers.assign(out.begin() + kGuard, out.end() - kGuard);
  return output;
}

/// The output of a network of one layer, all of whose inputs are the network's.
inline NumberGrid run_guarded(const std::string& item, const NumberGrid& input,
                              const interpreter::LayerWeights& weights = {}) {
  const graph::Network network = network_of(spec_with("- " + item, input.shape()));
  return run_last(network, std::vector(network.layers.back().inputs.size(), input), weights);
}

/// The numbers value(channel, row, column).
template <class Value>
std::vector<float> grid_numbers(const NumberGrid& like, Value value) {
  std::vector<float> numbers;
  for (std::int64_t c = 0; c < like.channels; ++c) {
    for (std::int64_t y = 0; y < like.height; ++y) {
      for (std::int64_t x = 0; x < like.width; ++x)
        numbers.push_back(static_cast<float>(value(c, y, x)));
    }
  }
  return numbers;
}

template <class Value>
void check_grid(const NumberGrid& result, Value value) {
  CHECK(result.numbers == grid_numbers(result, value));
}

/// The same, to within a few units of the last place.
template <class Value>
void check_grid_nearly(const NumberGrid& result, Value value) {
  const std::vector<float> expected = grid_numbers(result, value);
  const bool same =
      std::equal(result.numbers.begin(), result.numbers.end(), expected.begin(), expected.end(),
                 [](float a, float b) { return a == Approx(b).epsilon(1e-6).margin(1e-7); });
  if (same)
    SUCCEED();
  else
    CHECK(result.numbers == expected);  // shows the numbers
}

}  // namespace archcost::test
