// SPDX-License-Identifier: Apache-2.0
// The interpreter against PyTorch: whole blocks, layer by layer. The numbers stand in numerics/,
// whose README names their source.
#include "interpreter/reference.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "interpreter/layer_run.hpp"
#include "layers/layer_table.hpp"
#include "support/catch.hpp"
#include "support/npy.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

struct TestBlock {
  std::string folder, input, layers;
};

const std::string kMobileNet =
    R"(  - conv: {name: dw, out: in, kernel: 3, stride: STRIDE, groups: in}
  - batch_norm: {name: dw_bn}
  - relu: {name: dw_relu}
  - conv: {name: pw, out: 64}
  - batch_norm: {name: pw_bn}
  - relu: {name: pw_relu})";

const std::string kShuffleNet = R"(  - MERGE:
      - SHORTCUT
      - - conv: {name: gconv1, out: 15, groups: 3}
        - batch_norm: {name: bn1}
        - relu: {name: relu1}
        - channel_shuffle: {name: shuffle, groups: 3}
        - conv: {name: dwconv, out: in, kernel: 3, stride: STRIDE, groups: in}
        - batch_norm: {name: bn2}
        - conv: {name: gconv2, out: OUT, groups: 3}
        - batch_norm: {name: bn3}
  - relu)";

const std::string kSqueeze = R"(  - add:
      - SHORTCUT
      - - conv: {name: conv1, out: 16, stride: STRIDE}
        - batch_norm: {name: bn1}
        - relu: {name: relu1}
        - conv: {name: conv2, out: 16, kernel: 3}
        - batch_norm: {name: bn2}
        - relu: {name: relu2}
        - conv: {name: conv3, out: 64}
        - batch_norm: {name: bn3}
        - multiply:
            map: []
            se:
              - global_avg_pool: {name: pool}
              - flatten
              - linear: {name: fc1, out: 4}
              - relu
              - linear: {name: fc2, out: 64}
              - sigmoid
  - relu: {name: relu3})";

std::string with(std::string text,
                 const std::vector<std::pair<std::string, std::string>>& replacements) {
  for (const auto& [from, to] : replacements) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  return text;
}

std::vector<TestBlock> blocks() {
  return {
      {"mobilenet_v1_block_s1", "32x14x14", with(kMobileNet, {{"STRIDE", "1"}})},
      {"mobilenet_v1_block_s2", "32x14x14", with(kMobileNet, {{"STRIDE", "2"}})},
      {"shufflenet_v1_unit_s1_g3", "60x14x14",
       with(kShuffleNet, {{"MERGE", "add"}, {"SHORTCUT", "[]"}, {"STRIDE", "1"}, {"OUT", "60"}})},
      {"shufflenet_v1_unit_s2_g3", "24x14x14",
       with(kShuffleNet, {{"MERGE", "concat"},
                          {"SHORTCUT", "[avg_pool: {name: pool, kernel: 3, stride: 2, pad: 1}]"},
                          {"STRIDE", "2"},
                          {"OUT", "36"}})},
      {"se_bottleneck_identity", "64x14x14", with(kSqueeze, {{"SHORTCUT", "[]"}, {"STRIDE", "1"}})},
      {"se_bottleneck_projection", "32x14x14",
       with(kSqueeze,
            {{"SHORTCUT", "[conv: {name: proj, out: 64, stride: 2}, batch_norm: {name: proj_bn}]"},
             {"STRIDE", "2"}})},
  };
}

std::vector<float> read_if_there(const fs::path& path) {
  return fs::exists(path) ? read_npy(path) : std::vector<float>();
}

interpreter::LayerWeights weights_in(const fs::path& folder, const graph::Layer& layer) {
  const auto read = [&](const char* what) {
    return read_if_there(folder / fmt::format("{}.{}.npy", layer.name, what));
  };
  if (layer.kind->name == "batch_norm") {
    return {.scale = read("weight"),
            .shift = read("bias"),
            .mean = read("running_mean"),
            .variance = read("running_var")};
  }
  return {.kernel = read("weight"), .bias = read("bias")};
}

int files_in(const fs::path& folder) {
  const fs::directory_iterator files(folder);
  return static_cast<int>(std::distance(begin(files), end(files)));
}

}  // namespace

TEST_CASE("blocks give PyTorch's numbers, in every step", "[measure]") {
  for (const TestBlock& block : blocks()) {
    INFO(block.folder);
    const fs::path folder = source_dir() / "tests/interpreter/numerics" / block.folder;
    const graph::Network network = network_of(spec_with(block.layers, block.input));
    std::vector<interpreter::LayerWeights> weights;
    for (const graph::Layer& layer : network.layers) weights.push_back(weights_in(folder, layer));
    const std::vector<interpreter::Tensor> outputs =
        interpreter::run_reference(network, weights, read_npy(folder / "input.npy"));
    int steps = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      INFO(network.layers[i].name);
      const interpreter::Tensor expected =
          read_if_there(folder / "steps" / (network.layers[i].name + ".npy"));
      if (expected.empty()) continue;  // merges are no modules of PyTorch
      ++steps;
      CHECK(interpreter::largest_error(outputs[i], expected) < 1e-5);
    }
    CHECK(steps == files_in(folder / "steps"));
    CHECK(interpreter::largest_error(outputs[network.outputs.front()],
                                     read_npy(folder / "output.npy")) < 1e-5);
  }
}

TEST_CASE("the interpreter has every kind of layer", "[measure]") {
  for (const layers::LayerKind* kind : layers::layer_table()) {
    INFO(kind->name);
    CHECK(interpreter::find_reference(kind->name) != nullptr);
  }
  CHECK(interpreter::find_reference("no_kind") == nullptr);
}

TEST_CASE("each image of a batch is its own", "[measure]") {
  graph::Network network =
      network_of(spec_with("  - conv: {out: 4, kernel: 3}\n  - batch_norm\n  - "
                           "add:\n    - [gelu]\n    - [split: {take: 1, parts: 1}]",
                           "3x5x5"));
  const std::vector<interpreter::LayerWeights> weights = interpreter::random_weights(network, 3);
  network.batch = 2;
  const interpreter::Tensor both = interpreter::random_input(network, 4);
  const std::vector<interpreter::Tensor> together =
      interpreter::run_reference(network, weights, both);
  network.batch = 1;
  for (std::size_t image = 0; image < 2; ++image) {
    const interpreter::Tensor input(both.begin() + image * 75, both.begin() + (image + 1) * 75);
    const std::vector<interpreter::Tensor> alone =
        interpreter::run_reference(network, weights, input);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      const std::size_t size = alone[i].size();
      REQUIRE(together[i].size() == 2 * size);
      const auto from = together[i].begin() + image * size;
      CHECK(interpreter::Tensor(from, from + size) == alone[i]);
    }
  }
}

TEST_CASE("sizes that don't fit the network are refused", "[measure]") {
  const graph::Network network = network_of(spec_with("  - conv: {out: 4}", "3x5x5"));
  std::vector<interpreter::LayerWeights> weights = interpreter::random_weights(network, 1);
  CHECK_THROWS_AS(interpreter::run_reference(network, weights, interpreter::Tensor(74)),
                  std::invalid_argument);
  CHECK_THROWS_AS(interpreter::run_reference(network, {}, interpreter::Tensor(75)),
                  std::invalid_argument);
  weights[0].bias = {1, 2, 3, 4};
  CHECK_THROWS_AS(interpreter::run_reference(network, weights, interpreter::Tensor(75)),
                  std::invalid_argument);
}

TEST_CASE("the largest error is relative to the largest number", "[measure]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const float nan = std::nanf(""), large = std::numeric_limits<float>::infinity();
  CHECK(interpreter::largest_error({}, {}) == 0);
  CHECK(interpreter::largest_error({1, -4}, {1, -4}) == 0);
  CHECK(interpreter::largest_error({1.5f, -4}, {1, -4}) == 0.125);
  CHECK(interpreter::largest_error({0, 0}, {0, 0}) == 0);
  CHECK(interpreter::largest_error({0, 1}, {0, 0}) == infinity);
  CHECK(interpreter::largest_error({1}, {1, 2}) == infinity);
  CHECK(interpreter::largest_error({1, nan}, {1, 2}) == infinity);
  CHECK(interpreter::largest_error({1, 2}, {1, nan}) == infinity);
  CHECK(interpreter::largest_error({1, 2}, {1, large}) == infinity);
  CHECK(interpreter::largest_error({1, large}, {1, 2}) == infinity);
}

TEST_CASE("padding is on the side that the spec names", "[measure]") {
  using Numbers = std::vector<float>;
  const auto output = [](const std::string& layer) {
    const graph::Network network = network_of(spec_with("- " + layer, "1x2x2"));
    return interpreter::run_reference(network, interpreter::random_weights(network, 1),
                                      {1, 2, 3, 4})
        .back();
  };
  const auto pool = [&](const std::string& kind, const std::string& side,
                        const std::string& more = "") {
    return output(kind + ": {kernel: 2, stride: 1, pad: {" + side + ": 1}" + more + "}");
  };
  // Averages of what is there.
  const std::string without = ", count_include_pad: false";
  CHECK(pool("avg_pool", "top", without) == Numbers{1.5, 2.5});
  CHECK(pool("avg_pool", "bottom", without) == Numbers{2.5, 3.5});
  CHECK(pool("avg_pool", "left", without) == Numbers{2, 2.5});
  CHECK(pool("avg_pool", "right", without) == Numbers{2.5, 3});
  // Padded zeros count.
  CHECK(pool("avg_pool", "top") == Numbers{0.75, 2.5});
  CHECK(pool("avg_pool", "bottom") == Numbers{2.5, 1.75});
  CHECK(pool("avg_pool", "left") == Numbers{1, 2.5});
  CHECK(pool("avg_pool", "right") == Numbers{2.5, 1.5});
  CHECK(pool("max_pool", "top") == Numbers{2, 4});
  CHECK(pool("max_pool", "bottom") == Numbers{4, 4});
  CHECK(pool("max_pool", "left") == Numbers{3, 4});
  CHECK(output("pad: {pad: {top: 1, right: 1}}") == Numbers{0, 0, 0, 1, 2, 0, 3, 4, 0});
  CHECK(output("pad: {pad: {bottom: 1, left: 1}, mode: replicate}") ==
        Numbers{1, 1, 2, 3, 3, 4, 3, 3, 4});
}
