// SPDX-License-Identifier: Apache-2.0
// Layers as they are made: calls, faults, names, shared weights; and what a network says of them.
#include "graph/layer_maker.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "graph/build.hpp"
#include "graph/network.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// "line:column: message" of every mistake, a line each.
std::string mistakes_of_spec(const std::string& yaml) {
  try {
    network_of(yaml);
    return {};
  } catch (const Error& error) {
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : error.diagnostics())
      lines.push_back(fmt::format("{}:{}: {}", diagnostic.where.line, diagnostic.where.column,
                                  diagnostic.message));
    return join(lines, "\n");
  }
}

std::string mistakes_of_layers(const std::string& layers) {
  return mistakes_of_spec(spec_with(layers));
}

}  // namespace

TEST_CASE("layers and their names", "[graph]") {
  const graph::Network network = network_of(
      spec_with("  - conv: {out: 4, kernel: 3, call: function}\n  - relu: {call: subclass}\n"
                "  - tanh: {call: method}\n  - sigmoid: {call: module}\n  - elu"));
  using graph::Call;
  const Call calls[] = {Call::kFunction, Call::kSubclass, Call::kMethod, Call::kModule,
                        Call::kModule};
  for (std::size_t k = 0; k < 5; ++k) CHECK(network.layers[k].call == calls[k]);
  CHECK(mistakes_of_layers("  - relu: {call: same}") ==
        "4:18: call must be module, subclass, function or method, not 'same'");
  CHECK(mistakes_of_layers("  - relu: {call: 3}") ==
        "4:18: call must be module, subclass, function or method, not '3'");
}

TEST_CASE("the sources of inputs that don't fit are named", "[graph]") {
  CHECK(
      mistakes_of_layers("  - conv: {name: a, out: 4}\n  - add: {name: s, from: [a, input]}") ==
      "5:5: add 's': branches give 4x16x16 and 8x16x16; sizes must be equal, or 1; they come from "
      "'a' and the input");
}

TEST_CASE("numbers beyond 64 bits are told of the layer", "[graph]") {
  CHECK(mistakes_of_layers("  - conv: {out: 4611686018427387904, kernel: 3}") ==
        "4:5: conv 'conv': its sizes or costs need more than 64 bits");
}

TEST_CASE("two layers of one name, and names that get numbers later", "[graph]") {
  CHECK(mistakes_of_layers("  - relu: {name: a1}\n  - tanh: {name: a}\n  - sigmoid: {name: a}") ==
        "5:5: two layers are called 'a1', the other one at spec.yaml:4:5; name one of them");
  CHECK(mistakes_of_layers("  - relu: {name: a}\n  - tanh: {from: a}\n  - sigmoid: {name: a}") ==
        "5:18: 'a' is the name of several layers here; this one is 'a1'");
}

TEST_CASE("a name whose weights are used may get a number later", "[graph]") {
  CHECK(
      mistakes_of_layers("  - conv: {name: a, out: 8}\n  - conv: {name: b, out: 8, weights_of: a}\n"
                         "  - conv: {name: a, out: 8}") ==
      "5:41: 'a' is the name of several layers here; this one is 'a1'");
}

TEST_CASE("an activation uses the weights of another", "[graph]") {
  const graph::Network network = network_of(spec_with(
      "  - activation: {kind: prelu, name: a}\n  - activation: {kind: prelu, weights_of: a}"));
  CHECK(!network.layers[0].weights_of);
  CHECK(network.layers[1].weights_of == 0);
}

TEST_CASE("layers that can't share weights", "[graph]") {
  const auto shared = [](const std::string& first, const std::string& second) {
    return mistakes_of_spec("name: t\ninput: {channels: 8, height: 6, width: 4}\nlayers:\n  - " +
                            first + "\n  - " + second + "\noutputs: [a, b]\n");
  };
  CHECK(shared("conv: {name: a, out: 4, kernel: 3}",
               "conv: {name: b, out: 4, kernel: 3, stride: 2, from: input, weights_of: a}")
            .empty());
  CHECK(shared("conv: {name: a, out: 4, kernel: [1, 3]}",
               "conv: {name: b, out: 4, kernel: [3, 1], from: input, weights_of: a}") ==
        "5:70: weights_of: 'b' can't use the weights of 'a': they differ in 'kernel'");
  CHECK(
      shared("conv: {name: a, out: 4, kernel: 3}",
             "conv: {name: b, out: 4, from: input, weights_of: a}") ==
      "5:54: weights_of: 'b' can't use the weights of 'a': a conv of 32 params on 8 channels, and "
      "a conv of 288 on 8");
  CHECK(
      shared("conv: {name: a, out: 4, bias: true}",
             "conv: {name: b, out: 4, from: input, weights_of: a}") ==
      "5:54: weights_of: 'b' can't use the weights of 'a': a conv of 32 params on 8 channels, and "
      "a conv of 36 on 8");
  CHECK(
      shared("conv: {name: a, out: 4}", "conv: {name: b, out: 8, weights_of: a}") ==
      "5:41: weights_of: 'b' can't use the weights of 'a': a conv of 32 params on 4 channels, and "
      "a conv of 32 on 8");
  CHECK(
      shared("layer_norm: {name: a}", "layer_norm: {name: b, from: input, weights_of: a}").empty());
  const auto at_one_place = [](const std::string& first, const std::string& second) {
    return mistakes_of_spec(spec_with("  - " + first + "\n  - " + second, "8x1x1"));
  };
  CHECK(at_one_place("layer_norm: {name: a}", "layer_norm: {over: all, weights_of: a}") ==
        "5:41: weights_of: 'layer_norm' can't use the weights of 'a': they differ in 'over'");
  CHECK(
      at_one_place("group_norm: {name: a, groups: 2}", "group_norm: {groups: 4, weights_of: a}") ==
      "5:41: weights_of: 'group_norm' can't use the weights of 'a': they differ in 'groups'");
  CHECK(shared("relu: {name: a}", "relu: {name: b, from: input, weights_of: a}") ==
        "5:46: weights_of: 'b' has no weights");
  CHECK(shared("conv: {name: a, out: 4}", "conv: {name: b, out: 4, from: input, weights_of: b}") ==
        "5:54: weights_of: 'b' would use its own weights; name another layer, which has weights");
  CHECK(shared("group: {name: a, layers: [conv: {name: x, out: 4}]}",
               "group: {name: b, from: input, weights_of: a, layers: [conv: {name: y, out: 4}]}") ==
        "5:47: weights_of: 'b.y' would use the weights of 'a.y', and there is no such layer");
}

TEST_CASE("a name of one layer is part of another's", "[graph]") {
  // Only layers inside of 'b' share, not those of 'b2'.
  const graph::Network network = network_of(
      "name: t\ninput: {channels: 8, height: 6, width: 4}\nlayers:\n"
      "  - group: {name: a, layers: [conv: {out: 4}]}\n"
      "  - group: {name: b, from: input, weights_of: a, layers: [conv: {out: 4}]}\n"
      "  - group: {name: b2, from: input, layers: [conv: {out: 4}, conv: {name: last, out: 5}]}\n"
      "outputs: [a, b, b2]\n");
  REQUIRE(network.layers.size() == 4);
  CHECK(!network.layers[0].weights_of);
  CHECK(network.layers[1].weights_of == 0);
  CHECK(!network.layers[2].weights_of);
  CHECK(!network.layers[3].weights_of);
}

TEST_CASE("the uses of items, each after those around it", "[graph]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "s.yaml",
      spec_with("  - relu\n  - group: {name: g, repeat: 2, layers: [tanh, sigmoid: {repeat: 2}]}"),
      ".");
  const graph::TracedNetwork traced = graph::build_traced(spec);
  std::vector<std::string> found;
  for (std::size_t k = 0; k < traced.network.layers.size(); ++k) {
    std::string path;
    for (int use = traced.use_of[k]; use != -1; use = traced.uses[use].around) {
      CHECK(traced.uses[use].around < use);
      path = fmt::format("{}:{}", traced.uses[use].item->label(), traced.uses[use].round) +
             (path.empty() ? "" : " " + path);
    }
    found.push_back(path);
  }
  CHECK(found == std::vector<std::string>{"relu:1", "g:1 tanh:1", "g:1 sigmoid:1", "g:1 sigmoid:2",
                                          "g:2 tanh:1", "g:2 sigmoid:1", "g:2 sigmoid:2"});
}

TEST_CASE("networks that compute the same", "[graph]") {
  const std::string base =
      "  - conv: {name: a, out: 4, kernel: 3}\n  - layer_norm\n  - elu\n  - "
      "linear: {out: 3, per_position: true}";
  const auto same = [&](const std::string& from, const std::string& to,
                        const std::string& input = "8x16x16") {
    std::string other = base;
    if (!from.empty()) other.replace(other.find(from), from.size(), to);
    const graph::Network a = network_of(spec_with(base)), b = network_of(spec_with(other, input));
    CHECK(graph::same_network(a, b) == graph::same_network(b, a));
    return graph::same_network(a, b);
  };
  CHECK(same("", ""));
  CHECK(same("name: a", "name: b"));
  CHECK(!same("out: 4", "out: 5"));
  CHECK(!same("kernel: 3", "kernel: [3, 1]"));
  CHECK(!same("kernel: 3", "kernel: 3, pad: 1"));
  CHECK(!same("elu", "elu: {alpha: 2}"));
  CHECK(!same("elu", "gelu"));
  CHECK(!same("layer_norm", "layer_norm: {over: all}"));
  CHECK(!same("  - elu\n", ""));
  CHECK(!same("", "", "8x16x15"));
  const auto two = [](const std::string& more) {
    return network_of(spec_with("  - conv: {name: a, out: 8}\n  - conv: {name: b, out: 8" + more));
  };
  CHECK(graph::same_network(two("}\noutputs: [a, b]"), two("}\noutputs: [a, b]")));
  CHECK(!graph::same_network(two("}\noutputs: [a, b]"), two("}\noutputs: [b, a]")));
  CHECK(!graph::same_network(two("}\noutputs: [a, b]"), two("}\n")));
  CHECK(!graph::same_network(two("}\noutputs: [a, b]"), two(", from: input}\noutputs: [a, b]")));
  CHECK(!graph::same_network(two("}\noutputs: [a, b]"), two(", weights_of: a}\noutputs: [a, b]")));
}

TEST_CASE("what a network says of its layers", "[graph]") {
  const graph::Network network = network_of(
      spec_with("  - conv: {name: a, out: 16, kernel: [3, 5], groups: in}\n  - max_pool: {name: p, "
                "kernel: 3, "
                "stride: 2, pad: [1, 2, 3, 0]}\n  - batch_norm\n"
                "  - unsupported: {channels: 2, height: 3}\n  - unsupported: {channels: 2}"));
  CHECK(graph::class_name(network, network.layers[0]) == "depthwise 3x5");
  CHECK(graph::class_name(network, network.layers[1]) == "max pool 3x3");
  CHECK(graph::class_name(network, network.layers[2]) == "batch norm");
  CHECK(graph::unsupported_layers(network) == 2);
  CHECK(graph::unsupported_layers(network_of(spec_with("  - relu"))) == 0);
  CHECK(graph::resolved_padding(network, network.layers[0]) == Padding{1, 2, 1, 2});
  CHECK(graph::resolved_padding(network, network.layers[1]) == Padding{1, 2, 3, 0});
  CHECK(!graph::resolved_padding(network, network.layers[2]));
  const auto padding = [](const std::string& layer) {
    const graph::Network one = network_of(spec_with("  - " + layer, "8x6x4"));
    return graph::resolved_padding(one, one.layers[0]);
  };
  CHECK(padding("pad: {pad: [1, 2, 3, 4]}") == Padding{1, 2, 3, 4});
  CHECK(padding("avg_pool: {kernel: [3, 5], pad: same}") == Padding{1, 2, 1, 2});
  CHECK(padding("max_pool: {kernel: 3, dilation: [2, 1], pad: same}") == Padding{2, 1, 2, 1});
  CHECK(padding("conv: {out: 1, kernel: [4, 3], stride: [3, 2], pad: same_tf}") ==
        Padding{0, 0, 1, 1});
  CHECK(padding("conv_transpose: {out: 1, kernel: [5, 4], stride: [2, 3], pad: same_tf}") ==
        Padding{1, 0, 2, 1});
  CHECK(network.is_output(4));
  CHECK(!network.is_output(3));
  CHECK(network.input_shapes(network.layers[1]) == std::vector<TensorShape>{{16, 16, 16}});
  const auto effect = [](const std::string& layer) {
    const graph::Network one = network_of(spec_with("  - " + layer, "8x6x4"));
    return graph::spatial_effect(one, one.layers[0]);
  };
  using layers::SpatialEffect;
  CHECK(effect("adaptive_avg_pool: {size: [6, 4]}") == SpatialEffect::kSamePlace);
  CHECK(effect("adaptive_avg_pool: {size: [4, 6]}") == SpatialEffect::kGather);
  CHECK(effect("conv: {out: 3, kernel: 3}") == SpatialEffect::kWindow);
  CHECK(effect("relu") == SpatialEffect::kSamePlace);
}
