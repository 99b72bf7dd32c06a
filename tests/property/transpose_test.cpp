// SPDX-License-Identifier: Apache-2.0
// A network and its transpose: height and width are exchanged in the input and in every attribute.
// Shapes, receptive fields and computed numbers must be the transposed ones, all costs the same.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/diagnostic.hpp"
#include "cost/conventions.hpp"
#include "cost/cost_table.hpp"
#include "cost/entropy.hpp"
#include "cost/memory.hpp"
#include "cost/receptive_field.hpp"
#include "interpreter/reference.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// The same random numbers give a spec or its transpose.
class TransposableSpec {
 public:
  TransposableSpec(std::uint32_t seed, bool transposed) : random_(seed), transposed_(transposed) {}

  std::string yaml(int layers) {
    const int height = number(20, 26), width = number(29, 36);
    std::string items;
    for (int k = 0; k < layers; ++k) items += "- " + item() + "\n";
    return spec_with(items, transposed_ ? fmt::format("8x{}x{}", width, height)
                                        : fmt::format("8x{}x{}", height, width));
  }

 private:
  int number(int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random_);  // NOLINT
  }
  std::string two(int from, int to) {
    const int a = number(from, to), b = number(from, to);
    return transposed_ ? fmt::format("[{}, {}]", b, a) : fmt::format("[{}, {}]", a, b);
  }
  // top, left, bottom, right
  std::string four(int most) {
    const int a = number(0, most), b = number(0, most), c = number(0, most), d = number(0, most);
    return transposed_ ? fmt::format("[{}, {}, {}, {}]", b, a, d, c)
                       : fmt::format("[{}, {}, {}, {}]", a, b, c, d);
  }
  std::string one_of(std::vector<std::string> words) {
    return words[static_cast<std::size_t>(number(0, static_cast<int>(words.size()) - 1))];
  }
  std::string flag() { return number(0, 1) == 1 ? "true" : "false"; }

  std::string item() {
    switch (number(0, 9)) {
      case 0:
      case 1:
        return fmt::format(
            "conv: {{out: {}, kernel: {}, stride: {}, dilation: {}, groups: {}, pad: {}, bias: "
            "{}}}",
            4 * number(1, 3), two(1, 4), two(1, 2), two(1, 2), one_of({"1", "2", "4", "in"}),
            one_of({"valid", "same_tf", four(3)}), flag());
      case 2:
        return fmt::format(
            "conv_transpose: {{out: {}, kernel: {}, stride: {}, dilation: {}, groups: {}, pad: {}, "
            "output_pad: {}, bias: {}}}",
            4 * number(1, 2), two(2, 4), two(1, 3), two(1, 2), one_of({"1", "2", "4"}), four(1),
            two(0, 0), flag());
      case 3:
        return fmt::format(
            "max_pool: {{kernel: {}, stride: {}, dilation: {}, pad: {}, ceil_mode: "
            "{}}}",
            two(2, 4), two(1, 3), two(1, 2), four(1), flag());
      case 4:
        return fmt::format(
            "avg_pool: {{kernel: {}, stride: {}, pad: {}, ceil_mode: {}, "
            "count_include_pad: {}}}",
            two(2, 4), two(1, 3), four(1), flag(), flag());
      case 5:
        return fmt::format("adaptive_avg_pool: {{size: {}}}", two(1, 9));
      case 6:
        return fmt::format("upsample: {{factor: {}, mode: {}}}", two(1, 3),
                           one_of({"nearest", "bilinear"}));
      case 7:
        return fmt::format("pad: {{pad: {}, mode: {}}}", four(2),
                           one_of({"zeros", "reflect", "replicate"}));
      case 8:
        return fmt::format("add: [[], [conv: {{out: in, kernel: {}}}, {}: {{}}]]",
                           one_of({two(1, 1), "3", "[3, 3]"}),
                           one_of({"relu", "batch_norm", "sigmoid", "layer_norm"}));
      default:
        return fmt::format("linear: {{out: {}, per_position: true, bias: {}}}", 4 * number(1, 3),
                           flag());
    }
  }

  std::minstd_rand random_;
  bool transposed_;
};

interpreter::Tensor transposed(const interpreter::Tensor& tensor, std::size_t planes,
                               std::size_t height, std::size_t width) {
  interpreter::Tensor result(tensor.size());
  for (std::size_t p = 0; p < planes; ++p) {
    for (std::size_t y = 0; y < height; ++y) {
      for (std::size_t x = 0; x < width; ++x)
        result[(p * width + x) * height + y] = tensor[(p * height + y) * width + x];
    }
  }
  return result;
}

std::size_t whole(Count count) { return static_cast<std::size_t>(count.value()); }

// Kernels of convolutions have a height and a width of their own.
std::vector<interpreter::LayerWeights> transposed(const graph::Network& network,
                                                  std::vector<interpreter::LayerWeights> weights) {
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    if (layer.kind->name != "conv" && layer.kind->name != "conv_transpose") continue;
    // Behind `out`, the attribute `kernel` has two numbers.
    const std::size_t height = whole(layer.numbers[1]), width = whole(layer.numbers[2]);
    weights[k].kernel =
        transposed(weights[k].kernel, weights[k].kernel.size() / (height * width), height, width);
  }
  return weights;
}

}  // namespace

TEST_CASE("the transpose of a network costs the same", "[property]") {
  int built = 0;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    const std::string yaml = TransposableSpec(seed, false).yaml(4),
                      other = TransposableSpec(seed, true).yaml(4);
    INFO(yaml);
    const bool fine = error_of(yaml).empty();
    REQUIRE(error_of(other).empty() == fine);
    if (!fine) continue;
    ++built;
    graph::Network a = network_of(yaml), b = network_of(other);
    a.batch = b.batch = 2;
    REQUIRE(a.layers.size() == b.layers.size());
    const auto fields = cost::receptive_fields(a), other_fields = cost::receptive_fields(b);
    for (std::size_t k = 0; k < a.layers.size(); ++k) {
      INFO(a.layers[k].name);
      const TensorShape &out = a.layers[k].output, &turned = b.layers[k].output;
      CHECK(out.channels.value() == turned.channels.value());
      CHECK(out.height.value() == turned.width.value());
      CHECK(out.width.value() == turned.height.value());
      CHECK(a.layers[k].cost == b.layers[k].cost);
      CHECK(fields[k].whole == other_fields[k].whole);
      if (fields[k].whole) continue;
      CHECK(fields[k].height == other_fields[k].width);
      CHECK(fields[k].width == other_fields[k].height);
      CHECK(fields[k].stride_height == other_fields[k].stride_width);
      CHECK(fields[k].stride_width == other_fields[k].stride_height);
    }
    for (const cost::Convention& convention : cost::conventions()) {
      INFO(convention.name);
      const cost::CountOptions options = {.convention = &convention};
      CHECK(cost::count(a, options).total.figure.value() ==
            cost::count(b, options).total.figure.value());
    }
    CHECK(cost::peak_bytes(a, {}).value() == cost::peak_bytes(b, {}).value());
    CHECK(cost::entropy_of(a).entropy == Approx(cost::entropy_of(b).entropy));
    CHECK(cost::entropy_of(a).effectiveness == Approx(cost::entropy_of(b).effectiveness));
  }
  CHECK(built > 200);
}

TEST_CASE("the transpose of a network computes the transposed numbers", "[property]") {
  int built = 0;
  for (std::uint32_t seed = 1001; seed <= 1120; ++seed) {
    const std::string yaml = TransposableSpec(seed, false).yaml(3),
                      other = TransposableSpec(seed, true).yaml(3);
    INFO(yaml);
    if (!error_of(yaml).empty()) continue;
    ++built;
    const graph::Network a = network_of(yaml), b = network_of(other);
    const auto weights = interpreter::random_weights(a, seed);
    const interpreter::Tensor input = interpreter::random_input(a, seed);
    const auto results = interpreter::run_reference(a, weights, input);
    const auto turned = interpreter::run_reference(
        b, transposed(a, weights),
        transposed(input, whole(a.input.channels), whole(a.input.height), whole(a.input.width)));
    for (std::size_t k = 0; k < results.size(); ++k) {
      INFO(a.layers[k].name);
      // A window of a maximum that lies in the padding alone gives no number.
      if (!std::isfinite(*std::min_element(results[k].begin(), results[k].end()))) break;
      const TensorShape& out = a.layers[k].output;
      CHECK(interpreter::largest_error(turned[k], transposed(results[k], whole(out.channels),
                                                             whole(out.height), whole(out.width))) <
            1e-5);
    }
  }
  CHECK(built > 60);
}
