// SPDX-License-Identifier: Apache-2.0
// Names, wiring, branches, repeats: what SPEC_LANGUAGE promises of the expanded network.
#include <fmt/core.h>

#include "core/text.hpp"
#include "graph/layer_problem.hpp"
#include "graph/wiring.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// "name(inputs)" a layer, joined by blanks.
std::string wiring(const graph::Network& network) {
  std::vector<std::string> parts;
  for (const graph::Layer& layer : network.layers) {
    std::vector<std::string> inputs;
    for (graph::LayerId id : layer.inputs)
      inputs.push_back(id == graph::kNetworkInput ? "input" : network.layers[id].name);
    parts.push_back(fmt::format("{}({})", layer.name, join(inputs, ",")));
  }
  return join(parts, " ");
}

std::string wiring_of(const std::string& layers) { return wiring(network_of(spec_with(layers))); }

}  // namespace

TEST_CASE("layers follow each other and equal labels are numbered", "[graph]") {
  CHECK(wiring_of(
            "  - conv: {out: 4}\n  - relu\n  - conv: {out: 4}\n  - conv: {name: head, out: 4}") ==
        "conv1(input) relu(conv1) conv2(relu) head(conv2)");
  CHECK(wiring_of("  - conv: {out: 4, repeat: 2}\n  - conv: {out: 4}") ==
        "conv1(input) conv2(conv1) conv3(conv2)");
  CHECK(wiring_of("  - relu: {repeat: 1}") == "relu1(input)");
  CHECK(wiring_of("  - relu\n  - relu: {repeat: 0}") == "relu(input)");
  CHECK(wiring_of("  - relu: {name: conv2, repeat: 2}") == "conv2_1(input) conv2_2(conv2_1)");
}

TEST_CASE("blocks, groups and stages are levels of a name", "[graph]") {
  const std::string yaml = R"(
name: t
input: {channels: 8, height: 4, width: 4}
blocks:
  unit:
    args: {c: required}
    layers:
      - conv: {out: c}
      - relu
layers:
  - stage:
      name: body
      layers:
        - unit: {c: i * 2, repeat: 2}
        - unit: {name: last, c: 3}
)";
  CHECK(wiring(network_of(yaml)) ==
        "body.unit1.conv(input) body.unit1.relu(body.unit1.conv) body.unit2.conv(body.unit1.relu) "
        "body.unit2.relu(body.unit2.conv) body.last.conv(body.unit2.relu) "
        "body.last.relu(body.last.conv)");
}

TEST_CASE("an unnamed merge is no level of its own, a named one is", "[graph]") {
  CHECK(wiring_of("  - add:\n      residual: [conv: {out: 8}, relu]\n      shortcut: []") ==
        "residual.conv(input) residual.relu(residual.conv) add(residual.relu,input)");
  CHECK(
      wiring_of(
          "  - concat:\n    - - conv: {out: 2}\n    - - conv: {out: 3}\n      - relu\n    - []") ==
      "conv1(input) conv2(input) relu(conv2) concat(conv1,relu,input)");
  CHECK(wiring_of("  - add:\n      name: join\n      a: [relu]\n      b: []") ==
        "join.a.relu(input) join(join.a.relu,input)");
  CHECK(wiring_of("  - concat:\n      name: cat\n      branches: [[relu], []]") ==
        "cat.relu(input) cat(cat.relu,input)");
}

TEST_CASE("a branch that is switched off is gone, and a merge of one branch too", "[graph]") {
  CHECK(wiring_of("  - add:\n      a: [relu]\n      b: {when: false}") == "a.relu(input)");
  CHECK(wiring_of("  - concat:\n      a: [relu]\n      b: {when: in == 9, layers: [tanh]}\n      "
                  "c: {when: true}") == "a.relu(input) concat(a.relu,input)");
  CHECK(wiring_of("  - relu\n  - tanh: {when: in == 9}\n  - sigmoid") ==
        "relu(input) sigmoid(relu)");
  CHECK(wiring_of("  - group: {when: false, layers: [tanh]}\n  - relu") == "relu(input)");
  CHECK(wiring_of("  - relu: {when: i != 2, repeat: 3}") == "relu1(input) relu2(relu1)");
}

TEST_CASE("from takes a named layer's output", "[graph]") {
  CHECK(wiring_of("  - conv: {name: a, out: 4}\n  - relu\n  - add: {from: [relu, a]}") ==
        "a(input) relu(a) add(relu,a)");
  CHECK(wiring_of("  - conv: {name: a, out: 4}\n  - conv: {name: b, out: 4, from: input}\n  - "
                  "concat: {from: [b, a]}") == "a(input) b(input) concat(b,a)");
  CHECK(
      wiring_of(
          "  - group:\n      name: g\n      layers: [relu, tanh]\n  - add: {from: [g.relu, g]}") ==
      "g.relu(input) g.tanh(g.relu) add(g.relu,g.tanh)");
  // A label that stands alone has no number.
  CHECK(wiring_of("  - relu: {name: join4}\n  - group:\n      name: g\n      layers:\n"
                  "        - group: {name: s, layers: [relu6: {from: join4}]}\n"
                  "        - sigmoid: {name: join, from: s.relu6}") ==
        "join4(input) g.s.relu6(join4) g.join(g.s.relu6)");
  CHECK(wiring_of("  - relu: {repeat: 3}\n  - add: {from: [relu1, relu3]}") ==
        "relu1(input) relu2(relu1) relu3(relu2) add(relu1,relu3)");
  // An earlier layer may take a later one, as long as there is no cycle; the order of execution
  // follows.
  CHECK(
      wiring_of(
          "  - add: {from: [b, input]}\n  - relu: {name: b, from: input}\n  - tanh: {from: add}") ==
      "b(input) add(b,input) tanh(add)");
  // From inside a group outward to the block's edge.
  CHECK(wiring_of("  - relu: {name: a}\n  - group:\n      name: g\n      layers:\n        - tanh\n "
                  "       - add: {from: [tanh, a]}") == "a(input) g.tanh(a) g.add(g.tanh,a)");
}

TEST_CASE("an activation is labelled by its kind, and none is nothing", "[graph]") {
  CHECK(wiring_of("  - activation: {kind: swish}\n  - activation: {kind: none}\n  - activation: "
                  "{kind: relu, name: act}") == "swish(input) act(swish)");
}

TEST_CASE("a block sees its arguments, its values and the file's parameters", "[graph]") {
  const std::string yaml = R"(
name: t
params: {scale_by: 2}
tables:
  width: {by: scale_by, 1: 5, 2: [7, 9]}
input: {channels: 8, height: 4, width: 4}
blocks:
  squeeze:
    args: {r: 4, out: in}
    let: {channels: in, hidden: in // r}
    layers:
      - conv: {name: down, out: hidden}
      - conv: {name: up, out: channels + out}
layers:
  - squeeze: {r: 2}
  - conv: {name: tail, out: width(2)}
)";
  const graph::Network network = network_of(yaml);
  CHECK(network.layers[0].output.channels == 4);
  CHECK(network.layers[1].output.channels == 16);
  CHECK(network.layers[2].output.channels == 9);
}

TEST_CASE("every layer follows its inputs", "[graph]") {
  const graph::Network network = shipped("mobilenet_v1");
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    for (graph::LayerId input : network.layers[k].inputs)
      CHECK(input < static_cast<graph::LayerId>(k));
  }
}

TEST_CASE("mistakes that only the network shows", "[graph]") {
  struct Row {
    std::string layers, message;
  };
  const auto row = GENERATE(values<Row>({
      {"  - relu: {name: a, from: b}\n  - relu: {name: b}",
       "spec.yaml:4:27: error: a cycle: a -> b -> a; each takes the next one's output\n    - relu: "
       "{name: a, from: b}\n"
       "                            ^"},
      {"  - conv: {name: a, out: 4}\n  - conv: {name: b, out: 4, from: input}",
       "spec.yaml:4:5: error: conv 'a': nothing takes its output; join it with add or concat, or "
       "take it with 'from' or 'outputs'\n"
       "    - conv: {name: a, out: 4}\n      ^"},
      {"  - linear: {out: 4}",
       "spec.yaml:4:5: error: linear 'linear': linear needs an input of 8x1x1, not 8x16x16; put "
       "flatten or global_avg_pool before "
       "it, or write per_position: true\n    - linear: {out: 4}\n      ^"},
  }));
  CHECK(error_of(spec_with(row.layers)) == row.message);
}

TEST_CASE("blocks take and give several tensors, and repeats carry them", "[graph]") {
  const std::string yaml = R"(
name: t
input: {channels: 8, height: 8, width: 8}
blocks:
  exchange:
    inputs: [fine, coarse]
    outputs: [a, b]
    let: {rows: fine.h}
    layers:
      - upsample: {name: up, from: coarse, size: [rows, fine.w]}
      - conv: {name: thin, out: fine.c}
      - add: {name: a, from: [fine, thin]}
      - conv: {name: b, from: coarse, out: coarse.c}
layers:
  - conv: {name: x, out: 4}
  - conv: {name: y, out: 6, stride: 2}
  - exchange: {from: [x, y], repeat: 2}
  - group:
      name: tail
      inputs: [first, _]
      layers: [relu: {from: first}]
outputs: [tail, exchange2.b]
)";
  const graph::Network network = network_of(yaml);
  CHECK(wiring(network) ==
        "x(input) y(x) exchange1.up(y) exchange1.thin(exchange1.up) "
        "exchange1.a(x,exchange1.thin) exchange1.b(y) exchange2.up(exchange1.b) "
        "exchange2.thin(exchange2.up) exchange2.a(exchange1.a,exchange2.thin) "
        "exchange2.b(exchange1.b) tail.relu(exchange2.a)");
  REQUIRE(network.outputs.size() == 2);
  CHECK(network.layers[network.outputs[0]].name == "tail.relu");
  CHECK(network.layers[network.outputs[1]].name == "exchange2.b");
  CHECK(to_string(network.shape(network.outputs[0])) == "4x8x8");
}

TEST_CASE("what enters may be passed on, and merged as a whole", "[graph]") {
  const std::string yaml = R"(
name: t
input: {channels: 4, height: 4, width: 4}
blocks:
  cell:
    inputs: [x, before]
    outputs: [sum, x]
    layers: [add: {name: sum, from: [x, before]}]
layers:
  - conv: {name: one, out: 4}
  - conv: {name: two, out: 4}
  - cell: {name: cells, from: [two, one], repeat: 2}
  - concat: {name: all, from: cells2}
)";
  CHECK(wiring(network_of(yaml)) ==
        "one(input) two(one) cells1.sum(two,one) cells2.sum(cells1.sum,two) "
        "all(cells2.sum,cells1.sum)");
}

TEST_CASE("a last item of several tensors gives the network's outputs", "[graph]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {out: 4}\n  - group: {inputs: [x], outputs: [a, b], layers: "
                           "[relu: {name: a, from: "
                           "x}, sigmoid: {name: b, from: x}]}"));
  CHECK(network.outputs == std::vector<graph::LayerId>{1, 2});
}

TEST_CASE("further inputs are layers that take nothing", "[graph]") {
  const graph::Network network = network_of(spec_with(
      "  - conv: {name: image, out: 4}\n  - input: {name: mask, channels: 1, height: h, width: w}\n"
      "  - multiply: {from: [image, mask]}"));
  CHECK(wiring(network) == "image(input) mask() multiply(image,mask)");
  CHECK(to_string(network.layers[1].output) == "1x16x16");
}

TEST_CASE("shared weights have one owner, inside blocks too", "[graph]") {
  const std::string yaml = R"(
name: t
input: {channels: 4, height: 8, width: 8}
blocks:
  head: [conv: {out: 4, kernel: 3}, batch_norm, relu, conv: {name: out, out: 9, bias: true}]
layers:
  - conv: {name: a, out: 4}
  - conv: {name: b, out: 4, stride: 2}
  - head: {name: last, from: b, weights_of: second}
  - head: {name: second, from: b, weights_of: first}
  - head: {name: first, from: a}
outputs: [first, second, last]
)";
  const graph::Network network = network_of(yaml);
  std::vector<std::string> owners;
  for (const graph::Layer& layer : network.layers) {
    if (layer.weights_of)
      owners.push_back(layer.name + " of " + network.layers[*layer.weights_of].name);
  }
  CHECK(join(owners, ", ") ==
        "second.conv of first.conv, second.batch_norm of first.batch_norm, second.out of "
        "first.out, last.conv of first.conv, last.batch_norm of first.batch_norm, last.out of "
        "first.out");
  CHECK(graph::weight_sharing_layers(network) == 6);
  LayerCost total;
  for (const graph::Layer& layer : network.layers) total += graph::added_cost(layer);
  CHECK(total.params == 16 + 16 + 144 + 8 + 45);
  CHECK(total.macs == 16 * 64 + 16 * 16 + (144 + 36) * (64 + 16 + 16));
}

TEST_CASE("windows and images that kernels can't be told are refused", "[graph]") {
  const auto refused = [](const graph::Network& network) {
    try {
      graph::window_problem(network, network.layers[0]);
      return std::string();
    } catch (const Error& error) {
      return error.diagnostics().front().message;
    }
  };
  CHECK(contains(refused(network_of(spec_with("  - conv: {out: 8, stride: 4294967297}"))),
                 "stride 4294967297 is too large to be run"));
  CHECK(contains(refused(network_of(spec_with("  - max_pool: {kernel: 2}", "1x65536x65536"))),
                 "a tensor of 1 x 1x65536x65536 is too large to be run"));
}
