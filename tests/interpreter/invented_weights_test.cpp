// SPDX-License-Identifier: Apache-2.0
// Which random weights a network gets: a sequence that is the same everywhere, around the numbers
// and within the reach that each kind has. And files of weights.
#include <fmt/core.h>

#include <cmath>
#include <random>
#include <sstream>
#include <stdexcept>

#include "interpreter/reference.hpp"
#include "interpreter/weight_file.hpp"
#include "interpreter/weights.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// So many numbers in [centre - reach, centre + reach).
struct DrawnNumbers {
  std::size_t count;
  double centre, reach;
};

/// He et al.: the variance gain / taps.
DrawnNumbers kernel_numbers(std::size_t count, double gain, double taps) {
  return {count, 0, std::sqrt(3 * gain / taps)};
}

/// The upper 24 bits of the generator's numbers, as [-1, 1).
std::vector<float> drawn_numbers(std::uint64_t seed, const std::vector<DrawnNumbers>& wanted) {
  std::mt19937_64 bits(seed);
  std::vector<float> numbers;
  for (const DrawnNumbers& some : wanted) {
    for (std::size_t i = 0; i < some.count; ++i) {
      const double part = static_cast<double>(bits() >> 40) / 8388608 - 1;
      numbers.push_back(static_cast<float>(some.centre + part * static_cast<float>(some.reach)));
    }
  }
  return numbers;
}

std::vector<float> all_numbers(const std::vector<interpreter::LayerWeights>& weights) {
  std::vector<float> numbers;
  for (const interpreter::LayerWeights& layer : weights) {
    for (const auto& some :
         {layer.kernel, layer.bias, layer.scale, layer.shift, layer.mean, layer.variance})
      numbers.insert(numbers.end(), some.begin(), some.end());
  }
  return numbers;
}

interpreter::LayerWeights six_vectors() {
  return {.kernel = {1, 2, 3, 4, 5, 6, 7, 8}, .bias = {9, 10}};
}

graph::Network file_network() {
  return network_of(spec_with("- conv: {out: 2, bias: true}\n- batch_norm\n- relu", "4x2x2"));
}

std::string message_of_file(const graph::Network& network, const std::string& path) {
  try {
    interpreter::read_weight_file(network, path);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "fine";
}

}  // namespace

TEST_CASE("kernels are drawn by what they sum and what follows them", "[interpreter]") {
  struct Row {
    std::string layers;
    std::vector<DrawnNumbers> numbers;  // of the layers, in their order
  };
  // A batch norm of 8 channels: scale, shift, mean, variance.
  const std::vector<DrawnNumbers> norm = {{8, 1, 0.1}, {8, 0, 0.1}, {8, 0, 0.1}, {8, 1, 0.2}};
  const auto with = [](std::vector<DrawnNumbers> first, const std::vector<DrawnNumbers>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
  };
  const DrawnNumbers one = kernel_numbers(32, 1, 4), two = kernel_numbers(32, 2, 4),
                     quarter = kernel_numbers(32, 0.25, 4);
  for (const Row& row : {
           Row{"- conv: {out: 8}", {one}},
           Row{"- conv: {out: 8, bias: true}\n- relu", {two, {8, 0, 0.1}}},
           Row{"- conv: {out: 8, kernel: [3, 5]}", {kernel_numbers(480, 1, 60)}},
           Row{"- conv: {out: 8, kernel: [1, 3], groups: 2}", {kernel_numbers(48, 1, 6)}},
           // What keeps the mean square is looked through.
           Row{"- conv: {out: 8}\n- batch_norm\n- relu", with({two}, norm)},
           Row{"- conv: {out: 8}\n- dropout\n- gelu", {two}},
           Row{"- conv: {out: 8}\n- flatten\n- relu", {two}},
           Row{"- conv: {out: 8}\n- split: {take: 1}\n- relu", {two}},
           Row{"- conv: {out: 8}\n- channel_shuffle: {groups: 2}\n- relu", {two}},
           Row{"- conv: {out: 8}\n- scale\n- channel_shuffle: {groups: 2}\n- dropout\n- relu",
               {two, {8, 1, 0.1}}},
           Row{"- conv: {out: 8, name: c}\n- sigmoid: {name: s}\n"
               "- multiply: {from: [c, s], name: m}\n- relu",
               {one}},  // the first reader is the sigmoid
           Row{"- input: {name: i, channels: 8, height: 6, width: 5}\n"
               "- conv: {out: 8, name: c, from: input}\n- multiply: {from: [c, i]}\n- relu",
               {two}},
           Row{"- conv: {out: 8}\n- dropout", {one}},
           Row{"- conv: {out: 8}\n- max_pool: {kernel: 2}\n- relu", {one}},
           Row{"- conv: {out: 8}\n- softmax\n- relu", {one}},
           // A branch that ends in a sum.
           Row{"- conv: {out: 4}\n- add: [[], [conv: {out: 4}, batch_norm: {affine: false}]]",
               {kernel_numbers(16, 1, 4), kernel_numbers(16, 0.25, 4), {4, 0, 0.1}, {4, 1, 0.2}}},
           Row{"- add: [[conv: {out: 8}], [conv: {out: 8}, relu: {}]]", {quarter, two}},
           // A transposed convolution's taps are shared out among stride x stride outputs.
           Row{"- conv_transpose: {out: 8, kernel: [3, 4]}", {kernel_numbers(384, 1, 48)}},
           Row{"- conv_transpose: {out: 8, kernel: [3, 4], stride: [2, 3]}",
               {kernel_numbers(384, 1, 8)}},
           Row{"- conv_transpose: {out: 8, kernel: [3, 4], stride: [4, 1], groups: 2}",
               {kernel_numbers(192, 1, 6)}},
           Row{"- conv_transpose: {out: 8, kernel: 1, stride: [3, 4]}", {kernel_numbers(32, 1, 1)}},
           Row{"- conv_transpose: {out: 8, kernel: [1, 3], stride: [3, 4]}",
               {kernel_numbers(96, 1, 1)}},
           Row{"- global_avg_pool\n- linear: {out: 3}\n- relu",
               {kernel_numbers(12, 2, 4), {3, 0, 0.1}}},
           Row{"- global_avg_pool\n- conv: {out: 1}\n- conv: {out: 1}",
               {kernel_numbers(4, 1, 4), kernel_numbers(1, 1, 1)}},
           Row{"- reshape: {channels: 4, height: 30}\n- class_token\n- position_embedding\n"
               "- multi_head_attention: {heads: 2}",
               {{4, 0, 0.5}, {124, 0, 0.5}, kernel_numbers(64, 1, 4), {16, 0, 0.1}}},
           Row{"- prelu\n- prelu: {per_channel: false}\n- scale: {bias: true}\n- scale",
               {{4, 0.25, 0.1}, {1, 0.25, 0.1}, {4, 1, 0.1}, {4, 0, 0.1}, {4, 1, 0.1}}},
           Row{"- group_norm: {groups: 2}\n- layer_norm\n- layer_norm: {over: all}\n"
               "- layer_norm: {affine: false}\n- group_norm: {groups: 2, affine: false}\n"
               "- batch_norm: {affine: false}",
               {{4, 1, 0.1},
                {4, 0, 0.1},
                {4, 1, 0.1},
                {4, 0, 0.1},
                {120, 1, 0.1},
                {120, 0, 0.1},
                {4, 0, 0.1},
                {4, 1, 0.2}}},
       }) {
    INFO(row.layers);
    const graph::Network network = network_of(spec_with(row.layers, "4x6x5"));
    for (const std::uint64_t seed : {0, 77})
      CHECK(all_numbers(interpreter::random_weights(network, seed)) ==
            drawn_numbers(seed, row.numbers));
  }
}

TEST_CASE("layers that use another's weights get the same numbers", "[interpreter]") {
  const graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 4}\n- conv: {name: b, out: 4}\n"
      "- conv: {name: c, out: 4, weights_of: a}\n- conv: {name: d, out: 4, weights_of: b}",
      "4x6x5"));
  const auto weights = interpreter::random_weights(network, 5);
  CHECK(weights[0].kernel != weights[1].kernel);
  CHECK(weights[2].kernel == weights[0].kernel);
  CHECK(weights[3].kernel == weights[1].kernel);
}

TEST_CASE("the input is drawn from a sequence of its own, for every image", "[interpreter]") {
  graph::Network network = network_of(spec_with("- relu", "2x3x5"));
  network.batch = 3;
  CHECK(interpreter::random_input(network, 9) ==
        drawn_numbers(9 ^ 0x9e3779b97f4a7c15u, {{90, 0, 1}}));
}

TEST_CASE("a file of weights has all numbers, one layer after the other", "[interpreter]") {
  const graph::Network network = file_network();
  const std::vector<interpreter::LayerWeights> weights = {
      six_vectors(),
      {.scale = {11, 12}, .shift = {13, 14}, .mean = {15, 16}, .variance = {17, 18}},
      {}};
  const TestFolder folder;
  const std::string path = folder / "weights.bin";
  interpreter::write_weight_file(weights, path);
  const std::string bytes = read_file(path);
  REQUIRE(bytes.size() == 18 * sizeof(float));
  std::vector<float> numbers(18);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(numbers.data()));
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == static_cast<float>(i + 1));
  const auto again = interpreter::read_weight_file(network, path);
  REQUIRE(again.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(interpreter::sizes_of(again[i]) == interpreter::sizes_of(weights[i]));
  CHECK(all_numbers(again) == all_numbers(weights));
  // One byte less or more, or nothing.
  for (const std::string& wrong : {bytes.substr(1), bytes + "x", std::string(), bytes + bytes}) {
    folder.write("weights.bin", wrong);
    CHECK(message_of_file(network, path) ==
          "'" + path + "' has other numbers than the weights of the network");
  }
  folder.write("weights.bin", bytes);
  CHECK(message_of_file(network, path) == "fine");
  CHECK(message_of_file(network, folder / "none.bin") ==
        "'" + folder / "none.bin" + "' has other numbers than the weights of the network");
  CHECK_THROWS_WITH(interpreter::write_weight_file(weights, folder / "no/where.bin"),
                    "'" + folder / "no/where.bin" + "' can't be written");
  // What is written late fails late.
  CHECK_THROWS_WITH(interpreter::write_weight_file(weights, "/dev/full"),
                    "'/dev/full' can't be written");
}

TEST_CASE("a network's layers run in order, each with the outputs before it", "[interpreter]") {
  graph::Network network =
      network_of(spec_with("- scale: {name: a}\n- scale: {name: b, bias: true}\n"
                           "- concat: {name: c, from: [b, input, a]}",
                           "1x1x2"));
  network.batch = 2;
  std::vector<std::size_t> before;
  const auto outputs =
      interpreter::run_reference(network, {{.scale = {10}}, {.scale = {3}, .shift = {7}}, {}},
                                 {1, 2, 3, 4}, [&](std::size_t layer) { before.push_back(layer); });
  CHECK(before == std::vector<std::size_t>{0, 1, 2});
  REQUIRE(outputs.size() == 3);
  CHECK(outputs[0] == std::vector<float>{10, 20, 30, 40});
  CHECK(outputs[1] == std::vector<float>{37, 67, 97, 127});
  CHECK(outputs[2] == std::vector<float>{37, 67, 1, 2, 10, 20, 97, 127, 3, 4, 30, 40});
}

TEST_CASE("what is refused names the sizes", "[interpreter]") {
  const graph::Network network = file_network();
  std::vector<interpreter::LayerWeights> weights = interpreter::random_weights(network, 1);
  const auto message = [&](std::size_t numbers) -> std::string {
    try {
      interpreter::run_reference(network, weights, interpreter::Tensor(numbers));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "fine";
  };
  CHECK(message(16) == "fine");
  CHECK(message(17) == "the input has 17 numbers, " + network.name + " needs 16");
  weights.pop_back();
  CHECK(message(16) == "weights of 2 layers, " + network.name + " has 3");
  weights.emplace_back();
  weights.back().mean = {1};
  CHECK(message(16) == "the weights of " + network.layers[2].name + " have other sizes");
  weights.back().mean = {};
  weights.front().bias.pop_back();
  CHECK(message(16) == "the weights of " + network.layers[0].name + " have other sizes");
}

TEST_CASE("errors beside a largest number of 1, and of differences below it", "[interpreter]") {
  CHECK(interpreter::largest_error({1.5f}, {1}) == 0.5);
  CHECK(interpreter::largest_error({0.5f, 2}, {0.25f, 2}) == 0.125);
  CHECK(interpreter::largest_error({2, 0.25f}, {2, -0.5f}) == 0.375);
  CHECK(interpreter::largest_error({-8, 1}, {-4, 1}) == 1);
  CHECK(interpreter::largest_error({1e-20f}, {1e-20f}) == 0);
}
