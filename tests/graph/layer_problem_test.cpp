// SPDX-License-Identifier: Apache-2.0
// Attributes of layers as plain numbers, who reads whom, and the longest path.
#include "graph/layer_problem.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "graph/wiring.hpp"
#include "layers/kinds.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

constexpr std::int64_t kLargestRunnable = 2147483647;

const graph::Layer& layer_named(const graph::Network& network, std::string_view name) {
  for (const graph::Layer& layer : network.layers) {
    if (layer.name == name) return layer;
  }
  throw std::runtime_error("no layer " + std::string(name));
}

graph::Network one_layer(const std::string& layer, const std::string& input = "8x12x10") {
  return network_of(spec_with("  - " + layer, input));
}

std::string refusal_to_run(const graph::Network& network) {
  try {
    graph::window_problem(network, network.layers.back());
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

std::vector<std::int64_t> plain_counts(const std::vector<Count>& counts) {
  std::vector<std::int64_t> values;
  for (const Count& count : counts) values.push_back(count.value());
  return values;
}

}  // namespace

TEST_CASE("sizes that kernels take have bounds for each side, the image and all numbers",
          "[graph]") {
  using Sizes = std::array<std::int64_t, 4>;
  const auto runs = [](const Sizes& sizes) {
    graph::Network network;
    network.batch = sizes[0];
    network.input = {sizes[1], sizes[2], sizes[3]};
    try {
      const graph::Dims dims = graph::dims_of(network, graph::kNetworkInput);
      CHECK(Sizes{dims.batch, dims.channels, dims.height, dims.width} == sizes);
      CHECK(dims.positions() == sizes[2] * sizes[3]);
      CHECK(dims.elements() == static_cast<std::size_t>(sizes[0] * sizes[1] * sizes[2] * sizes[3]));
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  CHECK(runs({2, 3, 5, 7}));
  for (std::size_t side = 0; side < 4; ++side) {
    INFO(side);
    Sizes sizes = {1, 1, 1, 1};
    CHECK(runs(sizes));
    sizes[side] = kLargestRunnable;
    CHECK(runs(sizes));
    sizes[side] = kLargestRunnable + 1;
    CHECK(!runs(sizes));
  }
  CHECK(runs({1, 1, 46341, 46340}));
  CHECK(!runs({1, 1, 46341, 46341}));
  CHECK(!runs({1, 1, 65536, 32768}));
  CHECK(runs({1, 1, 2, 1073741823}));
  CHECK(!runs({1, 1, 2, 1073741824}));
  CHECK(runs({1024, 1048576, 32, 32}));
  CHECK(!runs({1025, 1048576, 32, 32}));
  CHECK(!runs({1024, 1048577, 32, 32}));
}

TEST_CASE("a window's numbers are up to 2^31 - 1", "[graph]") {
  const graph::Network largest = one_layer("conv: {name: c, out: 4, stride: 2147483647}");
  CHECK(graph::window_problem(largest, largest.layers[0]).stride_height == kLargestRunnable);
  CHECK(refusal_to_run(one_layer("conv: {name: c, out: 4, stride: [1, 2147483648]}")) ==
        "error: 'c': stride 2147483648 is too large to be run");
  CHECK(refusal_to_run(one_layer("conv: {name: c, out: 4, stride: [2147483648, 1]}")) ==
        "error: 'c': stride 2147483648 is too large to be run");
  CHECK(refusal_to_run(one_layer("conv: {name: c, out: 4, dilation: [3000000000, 1]}")) ==
        "error: 'c': dilation 3000000000 is too large to be run");
  for (const std::string pad : {"2147483648, 0, 0, 0", "0, 2147483648, 0, 0",
                                "0, 0, 2147483648, "
                                "0",
                                "0, 0, 0, 2147483648"}) {
    INFO(pad);
    CHECK(refusal_to_run(one_layer("conv: {name: c, out: 4, stride: 2000000000, pad: [" + pad +
                                   "]}")) == "error: 'c': pad 2147483648 is too large to be run");
  }
}

TEST_CASE("a tensor that is too large is named", "[graph]") {
  graph::Network network = network_of(
      spec_with("  - upsample: {name: up, factor: [3, 2]}\n  - max_pool: {name: p, kernel: 2}",
                "1x30000x20000"));
  CHECK(refusal_to_run(network) ==
        "error: 'up': a tensor of 1 x 1x90000x40000 is too large to be run");
  network.layers.pop_back();
  CHECK(graph::dims_of(network, graph::kNetworkInput) == graph::Dims{1, 1, 30000, 20000});
  network.batch = 4000;
  try {
    graph::dims_of(network, graph::kNetworkInput);
    FAIL("2.4e12 numbers");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "error: 'input': a tensor of 4000 x 1x30000x20000 is too large to be run");
  }
}

TEST_CASE("the batch is part of a window's tensors", "[graph]") {
  graph::Network network =
      one_layer("max_pool: {kernel: [2, 3], stride: [3, 2], dilation: [4, 1]}");
  network.batch = 5;
  const graph::WindowProblem window = graph::window_problem(network, network.layers[0]);
  CHECK(window.in == graph::Dims{5, 8, 12, 10});
  CHECK(window.out == graph::Dims{5, 8, 3, 4});
  CHECK(window.stride_height == 3);
  CHECK(window.stride_width == 2);
  CHECK(window.dilation_height == 4);
  CHECK(window.dilation_width == 1);
  CHECK(window.taps() == 6);
  CHECK(!window.depthwise());
}

TEST_CASE("a depthwise window has a group for each of several channels", "[graph]") {
  const auto depthwise = [](const std::string& layer, const std::string& input) {
    const graph::Network network = one_layer(layer, input);
    return graph::window_problem(network, network.layers[0]).depthwise();
  };
  CHECK(depthwise("conv: {out: 8, groups: 8}", "8x4x4"));
  CHECK(depthwise("conv: {out: 16, groups: 8}", "8x4x4"));
  CHECK(!depthwise("conv: {out: 16, groups: 4}", "8x4x4"));
  CHECK(!depthwise("conv: {out: 4}", "1x4x4"));
  CHECK(depthwise("conv: {out: 2, groups: 2}", "2x4x4"));
}

TEST_CASE("attributes by name", "[graph]") {
  const graph::Network network = network_of(spec_with(
      "  - conv: {name: c, out: 6, kernel: [3, 5], stride: [2, 1], groups: 2, pad: [1, 2, 3, 4], "
      "bias: true}\n"
      "  - leaky_relu: {name: l, slope: 0.25}\n  - layer_norm: {name: n, over: all}\n"
      "  - layer_norm: {name: m, affine: false}\n  - dropout: {name: d}"));
  const graph::Layer& conv = layer_named(network, "c");
  CHECK(graph::number_of(conv, "out") == 6);
  CHECK(graph::number_of(conv, "kernel") == 3);
  CHECK(graph::number_of(conv, "kernel", 1) == 5);
  CHECK(graph::number_of(conv, "stride") == 2);
  CHECK(graph::number_of(conv, "stride", 1) == 1);
  CHECK(graph::number_of(conv, "groups") == 2);
  for (int side = 0; side < 4; ++side) CHECK(graph::number_of(conv, "pad", side) == side + 1);
  CHECK(graph::count_of(conv, "out") == Count(6));
  CHECK(graph::count_of(conv, "groups") == Count(2));
  CHECK(graph::extent_of(conv, "kernel") == Extent{3, 5});
  CHECK(graph::extent_of(conv, "stride") == Extent{2, 1});
  CHECK(graph::extent_of(conv, "dilation") == Extent{1, 1});
  CHECK(graph::flag_of(conv, "bias"));
  CHECK(!graph::flag_of(layer_named(network, "m"), "affine"));
  CHECK(graph::flag_of(layer_named(network, "n"), "affine"));
  CHECK(graph::word_of(layer_named(network, "n"), "over") == "all");
  CHECK(graph::word_of(layer_named(network, "m"), "over") == "channels");
  CHECK(graph::real_of(layer_named(network, "l"), "slope") == 0.25);
  CHECK(graph::real_of(layer_named(network, "d"), "p") == 0.5);
  try {
    graph::number_of(conv, "slope");
    FAIL("conv has no slope");
  } catch (const std::logic_error& error) {
    CHECK(std::string(error.what()) == "conv has no attribute slope");
  }
}

TEST_CASE("the numbers that are written end with the last attribute that is", "[graph]") {
  const auto written = [](const std::string& layer) {
    const graph::Network network = one_layer(layer, "8x6x1");
    return plain_counts(graph::written_numbers(network.layers.back()));
  };
  CHECK(written("multi_head_attention: {heads: 4}") == std::vector<std::int64_t>{4});
  CHECK(written("multi_head_attention: {heads: 4, bias: false}") == std::vector<std::int64_t>{4});
  CHECK(written("multi_head_attention: {heads: 4, kv_heads: 2}") ==
        std::vector<std::int64_t>{4, 2});
  CHECK(written("multi_head_attention: {heads: 4, head_channels: 3}") ==
        std::vector<std::int64_t>{4, 0, 3});
  CHECK(written("multi_head_attention: {heads: 4, kv_heads: 2, windows: 3}") ==
        std::vector<std::int64_t>{4, 2, 0, 3});
  CHECK(written("multi_head_attention: {heads: 2, kv_heads: 1, head_channels: 5, windows: 6}") ==
        std::vector<std::int64_t>{2, 1, 5, 6});
  CHECK(written("upsample: {factor: [3, 2]}") == std::vector<std::int64_t>{3, 2});
  CHECK(written("upsample: {size: [7, 5]}") == std::vector<std::int64_t>{2, 2, 7, 5});
  CHECK(written("max_pool: {kernel: [3, 1]}") ==
        std::vector<std::int64_t>{3, 1, 3, 1, 1, 1, 0, 0, 0, 0});
  CHECK(written("relu").empty());
}

TEST_CASE("the parts of a split begin where those before them end", "[graph]") {
  const auto first = [](const std::string& layer) {
    const graph::Network network = one_layer(layer, "12x3x5");
    return graph::first_channel(network.layers.back());
  };
  for (int take = 1; take <= 4; ++take) {
    CHECK(first("split: {parts: 4, take: " + std::to_string(take) + "}") == 3 * (take - 1));
  }
  const int starts[] = {0, 1, 3, 6};
  for (int take = 1; take <= 4; ++take) {
    CHECK(first("split: {parts: [1, 2, 3, 6], take: " + std::to_string(take) + "}") ==
          starts[take - 1]);
  }
}

TEST_CASE("readers of a layer in the order of execution, once for each time", "[graph]") {
  const graph::Network network = network_of(
      spec_with("  - relu: {name: a}\n  - tanh: {name: b}\n  - sigmoid: {name: c, from: a}\n"
                "  - add: {name: d, from: [a, input, b, a]}\n  - add: {name: e, from: [c, d]}"));
  using Ids = std::vector<graph::LayerId>;
  CHECK(graph::readers_of(network) == std::vector<Ids>{{1, 2, 3, 3}, {3}, {4}, {4}, {}});
}

TEST_CASE("layers that nothing reads", "[graph]") {
  const graph::Network network =
      network_of(spec_with("  - relu: {name: a}\n  - tanh: {name: b}\n  - sigmoid: {name: c, from: "
                           "a}\noutputs: [c, b]"));
  using Ids = std::vector<graph::LayerId>;
  CHECK(graph::dangling_layers(network.layers, network.outputs).empty());
  CHECK(graph::dangling_layers(network.layers, Ids{1}) == Ids{2});
  CHECK(graph::dangling_layers(network.layers, Ids{0}) == Ids{1, 2});
  CHECK(graph::dangling_layers({}, Ids{}).empty());
}

TEST_CASE("the path with the most work, wherever it stands among a merge's inputs", "[graph]") {
  const auto path_of = [](const std::string& from, const std::string& widths) {
    const graph::Network network =
        network_of(spec_with("  - conv: {name: a, out: 2}\n"
                             "  - conv: {name: b, out: " +
                                 widths.substr(0, 1) +
                                 ", from: a}\n"
                                 "  - conv: {name: c, out: " +
                                 widths.substr(1, 1) +
                                 ", from: a}\n"
                                 "  - conv: {name: d, out: " +
                                 widths.substr(2, 1) +
                                 ", from: a}\n"
                                 "  - concat: {name: m, from: [" +
                                 from + "]}",
                             "1x2x3"));
    const graph::CriticalPath path = graph::critical_path(network);
    std::string names = std::to_string(path.macs.value()) + ":";
    for (const graph::LayerId id : path.layers) names += " " + network.layers[id].name;
    return names;
  };
  CHECK(path_of("b, c, d", "523") == "72: a b m");
  CHECK(path_of("b, c, d", "253") == "72: a c m");
  CHECK(path_of("b, c, d", "235") == "72: a d m");
  CHECK(path_of("d, c, b", "235") == "72: a d m");
  CHECK(path_of("b, c, d", "552") == "72: a b m");
  CHECK(path_of("c, b, d", "552") == "72: a c m");
}

TEST_CASE("the critical path ends at the output with the most work before it", "[graph]") {
  const auto path_of = [](const std::string& outputs) {
    const graph::Network network =
        network_of(spec_with("  - conv: {name: a, out: 2}\n  - conv: {name: b, out: 5, from: a}\n"
                             "  - conv: {name: c, out: 3, from: a}\noutputs: [" +
                                 outputs + "]",
                             "1x2x3"));
    return graph::critical_path(network).layers;
  };
  using Ids = std::vector<graph::LayerId>;
  CHECK(path_of("b, c") == Ids{0, 1});
  CHECK(path_of("c, b") == Ids{0, 1});
}
