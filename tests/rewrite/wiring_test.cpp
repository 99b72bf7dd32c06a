// SPDX-License-Identifier: Apache-2.0
// Rewrites of layers that are taken by name, have values of their own, or are set elsewhere.
#include <fmt/core.h>

#include <string>

#include "core/text.hpp"
#include "rewrite/rewrites.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

Opened net(const std::string& size, const std::string& rest) {
  return open_text("name: net\ninput: " + size + "\n" + rest);
}

const std::string kImage = "{channels: 8, height: 8, width: 8}";

// "stem, a of stem, sum of a and stem"; what takes the layer before it is written without "of".
std::string wiring(const graph::Network& network) {
  std::string text;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    text += (text.empty() ? "" : ", ") + layer.name;
    const auto before = static_cast<graph::LayerId>(k) - 1;
    if (layer.inputs == std::vector<graph::LayerId>{before}) continue;
    for (std::size_t n = 0; n < layer.inputs.size(); ++n) {
      const graph::LayerId from = layer.inputs[n];
      text += (n == 0 ? " of " : " and ") +
              (from == graph::kNetworkInput ? "input" : network.layers[from].name);
    }
  }
  return text;
}

std::vector<std::string> convolutions(const graph::Network& network) {
  std::vector<std::string> shapes;
  for (const graph::Layer& layer : network.layers) {
    if (layer.kind->name == "conv") shapes.push_back(layer.name + " " + to_string(layer.output));
  }
  return shapes;
}

}  // namespace

TEST_CASE("what the network sets already isn't set by a rewrite too", "[rewrite][cli]") {
  CHECK(rewrite_error(open_shipped("resnet", {"rho=1/7"}), "+resolution:rho=0.5") ==
        "+resolution:rho=0.5: error: 'rho' is 1/7 already, by a setting or the preset of the "
        "network; change it there");
  CHECK(rewrite_error(open_shipped("resnet", {"alpha=0.5"}), "+width:alpha=0.5") ==
        "+width:alpha=0.5: error: 'alpha' is 0.5 already, by a setting or the preset of the "
        "network; change it there");
  CHECK(rewrite_error(open_shipped("resnet", {"alpha=0.5"}), "+resolution:rho=0.5").empty());
  const Run lighten = run_program("lighten resnet:depth=18,alpha=0.5 --try width:alpha=0.75");
  CHECK(contains(lighten.out, "+width:alpha=0.75: 'alpha' is 0.5 already"));
  // A file's own rewrite is before all settings.
  const TestFolder folder;
  folder.write("own.yaml",
               "name: own\nrewrite: [{width: {alpha: 0.5}}]\nparams: {alpha: 1}\n"
               "input: {channels: 3, height: 4, width: 4}\nlayers: [conv: {out: 16 * alpha}]\n");
  const auto params = [&](const std::string& spec) {
    return run_program("analyze " + spec + " --columns params --format csv", folder.text()).out;
  };
  CHECK(contains(params("own.yaml"), "total,24"));
  CHECK(contains(params("own.yaml:alpha=0.25"), "total,12"));
}

TEST_CASE("larger kernels have the padding that keeps the sizes", "[rewrite]") {
  const std::string block =
      "blocks:\n  cb:\n    args: {out: required, g: 1, s: 1}\n"
      "    layers: [conv: {out: out, kernel: 3, groups: g, stride: s, pad: [0, 0, 1, 1]}]\n";
  const Opened units =
      net("{channels: 16, height: 40, width: 40}", block +
                                                       "layers: [cb: {out: in, g: in, s: 2}, "
                                                       "cb: {out: 32}, cb: {out: in, g: in}]\n");
  const std::vector<std::string> before = convolutions(units.network());
  CHECK(before ==
        std::vector<std::string>{"cb1.conv 16x20x20", "cb2.conv 32x19x19", "cb3.conv 32x18x18"});
  const graph::Network larger = rewritten(units, "+kernel:kernel=5").network();
  CHECK(convolutions(larger) == before);
  CHECK(totals(larger).params == 16 * 25 + 32 * 16 * 9 + 32 * 25);
  // A number of groups is depthwise where the channels are as many.
  const Opened numbers = net("{channels: 32, height: 8, width: 8}",
                             "layers:\n  - conv: {out: 32, kernel: 3, groups: 32}\n"
                             "  - conv: {out: 32, kernel: 3, groups: 16}\n");
  CHECK(totals(rewritten(numbers, "+kernel:kernel=5").network()).params == 32 * 25 + 32 * 2 * 9);
  // Dilations, sides of their own, even kernels and "valid".
  const Opened sides = net("{channels: 8, height: 20, width: 20}",
                           "layers:\n"
                           "  - conv: {out: in, kernel: 3, groups: in, dilation: 2, pad: 2}\n"
                           "  - conv: {out: in, kernel: [3, 5], groups: in, pad: [1, 2]}\n"
                           "  - conv: {out: in, kernel: 3, groups: in, pad: valid}\n"
                           "  - conv: {out: in, kernel: 4, groups: in, stride: 2, pad: 1}\n"
                           "  - conv: {out: in, kernel: [3, 5], groups: in, dilation: [2, 1], "
                           "pad: [2, 2, 2, 2]}\n"
                           "  - conv: {out: in, kernel: \"max(2, 3)\", groups: in, pad: 0}\n");
  const std::vector<std::string> sizes = convolutions(sides.network());
  for (const char* kernel : {"5", "7"}) {
    const graph::Network larger_sides =
        rewritten(sides, fmt::format("+kernel:kernel={}", kernel)).network();
    CHECK(convolutions(larger_sides) == sizes);
    CHECK(totals(larger_sides).params == 6 * 8 * std::stoi(kernel) * std::stoi(kernel));
  }
  CHECK(rewrite_error(net("{channels: 32, height: 8, width: 8}",
                          "layers: [conv: {out: 32, kernel: 3, groups: 16}]\n"),
                      "+kernel:kernel=5") ==
        "+kernel:kernel=5: error: it changes nothing in 'net': it looks for depthwise convolutions "
        "with a kernel larger than 1x1");
}

TEST_CASE("what is taken by name keeps its input and its takers", "[rewrite]") {
  const std::string parallel =
      "layers:\n  - conv: {name: stem, out: 8, kernel: 3}\n"
      "  - conv: {name: large, from: stem, out: 12, kernel: 3}\n"
      "  - conv: {name: small, from: stem, out: 12, kernel: 3}\n"
      "outputs: [large, small]\n";
  CHECK(wiring(rewritten(net(kImage, parallel), "+separable").network()) ==
        "stem, large.depthwise, large.pointwise, small.depthwise of stem, small.pointwise");
  CHECK(wiring(rewritten(net(kImage, parallel), "+groups:g=2,where=all").network()) ==
        "stem, large, small of stem");
  const std::string stage =
      "layers:\n  - stage:\n      name: s\n      outputs: [u, v]\n      layers:\n"
      "        - conv: {name: u, out: 16, kernel: 3}\n"
      "        - conv: {name: v, out: 16, kernel: 3, from: u}\n"
      "  - concat: {from: s}\n";
  CHECK(wiring(rewritten(net(kImage, stage), "+se").network()) ==
        "s.u, s.v.conv, s.v.se.excite.pool, s.v.se.excite.flatten, s.v.se.excite.fc1, "
        "s.v.se.excite.relu, s.v.se.excite.fc2, s.v.se.excite.gate, s.v.se.excite.reshape, "
        "s.v.se.multiply of s.v.conv and s.v.se.excite.reshape, concat of s.u and "
        "s.v.se.multiply");
  CHECK(wiring(rewritten(net(kImage, stage), "+se:se=0").network()) ==
        "s.u, s.v, concat of s.u and s.v");
}

TEST_CASE("every sum gets its gate behind it, also one that others take", "[rewrite]") {
  const Opened sums = net(kImage,
                          "layers:\n  - conv: {name: stem, out: 16}\n"
                          "  - conv: {name: a, out: 16, kernel: 3}\n"
                          "  - add: {name: s1, from: [a, stem]}\n"
                          "  - conv: {name: b, out: 16, kernel: 3, from: s1}\n"
                          "  - add: {name: s2, from: [b, s1]}\n"
                          "  - relu\n");
  const graph::Network post = rewritten(sums, "+se:position=post").network();
  std::string gates;
  for (const graph::Layer& layer : post.layers) {
    if (layer.kind->name != "multiply" && layer.kind->name != "add" && layer.name != "b") continue;
    gates += layer.name + ": ";
    for (const graph::LayerId from : layer.inputs) gates += post.layers[from].name + " ";
  }
  CHECK(gates ==
        "s1: a stem gated_sum_1.se.multiply: s1 gated_sum_1.se.excite.reshape "
        "b: gated_sum_1.se.multiply s2: b gated_sum_1.se.multiply "
        "se.multiply: relu se.excite.reshape ");
  CHECK(contains(wiring(rewritten(sums, "+se+se").network()),
                 "gated_5.se.multiply of gated_1.se.multiply and gated_5.se.excite.reshape, "
                 "s1 of gated_5.se.multiply and stem, b, "));
  CHECK(wiring(rewritten(sums, "+se:se=0,position=post").network()) == wiring(sums.network()));
  // From outside its group too; not where a label isn't one sum's alone.
  const Opened units = net(kImage,
                           "layers:\n  - conv: {name: stem, out: 8}\n"
                           "  - group:\n      name: u\n      layers:\n"
                           "        - add: {name: s, branches: [[], [conv: {out: 8, kernel: 3}]]}\n"
                           "  - conv: {name: c, out: 8, from: u.s}\n"
                           "  - add: [[], [conv: {out: 8}]]\n"
                           "  - conv: {name: d, out: 8}\n"
                           "  - add: {from: [d, add1]}\n");
  const Opened gated = rewritten(units, "+se:position=post");
  const std::string order = wiring(gated.network());
  CHECK(
      contains(order, "u.gated_sum_1.se.multiply of u.s and u.gated_sum_1.se.excite.reshape, c, "));
  CHECK(contains(order, "add2 of d and gated_sum_2.se.multiply, se.excite.pool, "));
  CHECK(gated.spec.notes.empty());
  const Opened hidden = net(kImage,
                            "layers:\n  - conv: {name: t, out: 8, when: in == 99}\n"
                            "  - add: {name: t, branches: [[], [conv: {out: 8}]]}\n"
                            "  - conv: {name: d, out: 8}\n"
                            "  - add: {name: last, from: [d, t]}\n");
  const Opened one = rewritten(hidden, "+se:position=post");
  CHECK(contains(wiring(one.network()), "last of d and t, se.excite.pool, "));
  CHECK(join(one.spec.notes, " ") ==
        "se: no gate at position post after t, whose label others have too.");
}

TEST_CASE("a shuffle after a repeat has no condition on its rounds", "[rewrite]") {
  const Opened rounds =
      net(kImage, "layers:\n  - conv: {out: 8, repeat: 3, when: i != 2}\n  - conv: {out: 8}\n");
  CHECK(wiring(rewritten(rounds, "+groups:g=2").network()) ==
        "conv1, conv2, channel_shuffle, conv3");
  const Opened kernels = net(kImage,
                             "layers:\n  - conv: {out: 8, repeat: 2, kernel: 2 * i - 1}\n"
                             "  - conv: {out: 8}\n");
  CHECK(wiring(rewritten(kernels, "+groups:g=2").network()) == "conv1, conv2, conv3");
}

TEST_CASE("classes that the groups don't divide keep one group", "[rewrite]") {
  const Opened heads = net(kImage, "layers: [conv: {out: 10}, conv: {out: 10}]\n");
  const Opened rounded = rewritten(heads, "+groups:g=3,round=1");
  CHECK(convolutions(rounded.network()) ==
        std::vector<std::string>{"conv1 12x8x8", "conv2 10x8x8"});
  CHECK(totals(rounded.network()).params == 8 * 12 + 12 * 10);
}

TEST_CASE("the value in the gate's block has a name of its own", "[rewrite]") {
  const Opened words = net(kImage,
                           "params: {over: {default: all, choices: [all, channels]}}\n"
                           "layers: [conv: {out: 8, kernel: 3}, layer_norm: {over: over}, relu]\n");
  const Totals before = totals(words.network());
  CHECK(totals(rewritten(words, "+se:reduction=4").network()).params ==
        before.params + 2 * 8 * 2 + 8 + 2);
}

TEST_CASE("lists whose elements are widths are refused where they stand", "[rewrite]") {
  CHECK(rewrite_error(net(kImage,
                          "let: {wide: \"[12, 6, 9]\"}\n"
                          "blocks:\n  b:\n    args: {ws: required}\n    let: {all: max(ws)}\n"
                          "    layers: [conv: {out: all}]\n"
                          "layers: [b: {ws: wide}, conv: {out: 4}]\n"),
                      "+width:alpha=0.5") ==
        "net.yaml:3:14: error: width: how '[12, 6, 9]' grows with the width isn't clear; write a "
        "parameter alpha into the spec");
}

TEST_CASE("an activation with a slope of its own stays where the activation is the same",
          "[rewrite]") {
  const Opened slopes = net(kImage,
                            "params: {sl: 0.3}\n"
                            "layers: [conv: {out: 8}, leaky_relu: {slope: sl}, conv: {out: 8}, "
                            "leaky_relu: {slope: 0.2}, elu: {alpha: 0.5}]\n");
  CHECK(differences(slopes.network(), rewritten(slopes, "+activation:act=leaky_relu").network())
            .empty());
  CHECK(wiring(rewritten(slopes, "+activation:act=tanh").network()) ==
        "conv1, tanh1, conv2, tanh2, elu");
  // An activation that isn't among the choices is one more.
  CHECK(differences(slopes.network(), rewritten(slopes, "+activation:from=elu,act=elu").network())
            .empty());
}

TEST_CASE("the theory of gates counts those that a network has already", "[rewrite]") {
  const Opened plain = net(kImage,
                           "layers:\n  - conv: {out: 8, kernel: 3}\n  - add: [[], [conv: {out: 8, "
                           "kernel: 3}]]\n  - relu\n");
  const Opened gated = rewritten(plain, "+se:reduction=2"),
               twice = rewritten(gated, "+se:reduction=4");
  const graph::Network before = gated.network(), after = twice.network();
  const double macs = static_cast<double>(totals(before).macs);
  CHECK(rewrite::find_rewrite("se")->theory(before, after) == 1 + 2 * 8 * 2 / macs);
}

TEST_CASE("lighten writes the best network as an ONNX file and as PyTorch", "[rewrite][cli]") {
  const TestFolder folder;
  const std::string lighten = "lighten mobilenet_v1 --batch 2 --try width:alpha=0.5 -o ";
  const Run onnx = run_program(lighten + "net.onnx", folder.text());
  CHECK(onnx.status == 0);
  CHECK(onnx.err == "'net.onnx' is mobilenet_v1+width:alpha=0.5\n");
  CHECK(run_program("analyze net.onnx --by kind --format csv", folder.text()).out ==
        run_program("analyze mobilenet_v1+width:alpha=0.5 --by kind --format csv").out);
  CHECK(run_program(lighten + "net.py", folder.text()).err ==
        "'net.py' is mobilenet_v1+width:alpha=0.5\n");
  CHECK(read_file(folder / "net.py") ==
        run_program("export mobilenet_v1+width:alpha=0.5 --batch 2 --format pytorch").out);
}
