// SPDX-License-Identifier: Apache-2.0
// Expansion of items: what enters and leaves them, repeats, names of other layers, and mistakes.
#include "graph/expand.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "graph/network.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// "place: message" of every mistake, a line each.
std::string mistakes(const std::string& yaml, const std::vector<std::string>& settings = {}) {
  try {
    network_of(yaml, settings);
    return {};
  } catch (const Error& error) {
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : error.diagnostics())
      lines.push_back(fmt::format("{}:{}: {}", diagnostic.where.line, diagnostic.where.column,
                                  diagnostic.message));
    return join(lines, "\n");
  }
}

std::string mistakes_in(const std::string& layers) { return mistakes(spec_with(layers)); }

// "name(inputs)CxHxW" of every layer.
std::string drawn(const graph::Network& network) {
  std::vector<std::string> parts;
  for (const graph::Layer& layer : network.layers) {
    std::vector<std::string> inputs;
    for (graph::LayerId id : layer.inputs)
      inputs.push_back(id == graph::kNetworkInput ? "input" : network.layers[id].name);
    parts.push_back(
        fmt::format("{}({}){}", layer.name, join(inputs, ","), to_string(layer.output)));
  }
  return join(parts, " ");
}

std::string drawn_layers(const std::string& layers) { return drawn(network_of(spec_with(layers))); }

}  // namespace

TEST_CASE("a round sees its own count and what the round before gave", "[graph]") {
  CHECK(drawn_layers("  - conv: {out: in + i, repeat: 3}") ==
        "conv1(input)9x16x16 conv2(conv1)11x16x16 conv3(conv2)14x16x16");
  CHECK(drawn_layers("  - max_pool: {kernel: [2, 1], repeat: h // 8}") ==
        "max_pool1(input)8x8x16 max_pool2(max_pool1)8x4x16");
  CHECK(drawn_layers("  - conv: {out: 2}\n  - relu: {repeat: in}") ==
        "conv(input)2x16x16 relu1(conv)2x16x16 relu2(relu1)2x16x16");
  CHECK(drawn_layers("  - conv: {out: i, repeat: 4, when: i % 2 == 0}") ==
        "conv1(input)2x16x16 conv2(conv1)4x16x16");
  CHECK(drawn_layers("  - group: {repeat: 2, layers: [conv: {out: i}, conv: {out: 10 * i, "
                     "repeat: 2}]}") ==
        "group1.conv1(input)1x16x16 group1.conv2(group1.conv1)10x16x16 "
        "group1.conv3(group1.conv2)20x16x16 group2.conv1(group1.conv3)2x16x16 "
        "group2.conv2(group2.conv1)10x16x16 group2.conv3(group2.conv2)20x16x16");
  CHECK(drawn_layers("  - concat: {repeat: 2, keep: [], new: [conv: {out: i}]}") ==
        "new1.conv(input)1x16x16 concat1(input,new1.conv)9x16x16 new2.conv(concat1)2x16x16 "
        "concat2(concat1,new2.conv)11x16x16");
}

TEST_CASE("a repeat is a whole number of at least 0", "[graph]") {
  const auto repeat = [](const std::string& count) {
    return mistakes_in("  - relu: {name: a, repeat: " + count + "}\n  - tanh");
  };
  CHECK(repeat("0").empty());
  CHECK(repeat("in - 8").empty());
  CHECK(repeat("1.5") == "4:29: repeat = 1.5 must be a whole number of at least 0");
  CHECK(repeat("in - 9") == "4:29: repeat = in - 9 = -1 must be a whole number of at least 0");
  CHECK(repeat("same") == "4:29: repeat = same must be a whole number of at least 0");
  CHECK(repeat("1 / 0") == "4:31: relu 'a': division by zero in '1 / 0'");
  CHECK(repeat("1000001") == "4:29: repeat = 1000001 is more than 1,000,000 layers can be");
}

TEST_CASE("the number of items is bounded, rounds of repeats counted", "[graph]") {
  const auto switched_off = [](const std::string& more) {
    return mistakes_in(
        "  - relu: {when: false, repeat: 1000000}\n  - relu: {when: false, repeat: "
        "999999}\n" +
        more);
  };
  CHECK(switched_off("  - tanh").empty());
  CHECK(switched_off("  - tanh\n  - sigmoid") ==
        "7:5: more than 2,000,000 items, rounds of repeats counted");
}

TEST_CASE("a condition is true or false", "[graph]") {
  const auto when = [](const std::string& condition) {
    return mistakes_in("  - relu: {name: a, when: \"" + condition + "\"}\n  - tanh");
  };
  CHECK(when("in == 8").empty());
  CHECK(when("1").empty());
  CHECK(when("0").empty());
  CHECK(when("in - 6") == "4:28: when = in - 6 = 2 must be true or false");
  CHECK(when("2") == "4:28: when = 2 must be true or false");
  CHECK(when("same") == "4:28: when = same must be true or false");
  CHECK(when("1 / (in - 8)") == "4:30: relu 'a': division by zero in '1 / (in - 8)'");
  CHECK(mistakes_in("  - add:\n      a: [relu]\n      b: {when: in - 6}\n") ==
        "6:17: when = in - 6 = 2 must be true or false");
}

TEST_CASE("an activation is the kind that its word names", "[graph]") {
  const auto activation = [](const std::string& kind) {
    const std::string yaml = spec_with("  - activation: {kind: " + kind + "}\n  - softmax");
    const std::string wrong = mistakes(yaml);
    return wrong.empty() ? drawn(network_of(yaml)) : wrong;
  };
  CHECK(activation("none") == "softmax(input)8x16x16");
  CHECK(activation("relu6") == "relu6(input)8x16x16 softmax(relu6)8x16x16");
  CHECK(activation("relu if in == 8 else tanh") == "relu(input)8x16x16 softmax(relu)8x16x16");
  CHECK(activation("conv") ==
        "4:24: activation: kind = conv must be an activation, as relu, or none");
  CHECK(activation("same") ==
        "4:24: activation: kind = same must be an activation, as relu, or none");
  CHECK(activation("in") ==
        "4:24: activation: kind = in = 8 must be an activation, as relu, or none");
  CHECK(activation("1 / 0") == "4:26: activation 'activation': division by zero in '1 / 0'");
  CHECK(drawn_layers("  - activation: {kind: relu, repeat: 2, name: act}\n  - activation: {kind: "
                     "tanh}\n  - activation: {kind: tanh}") ==
        "act1(input)8x16x16 act2(act1)8x16x16 tanh1(act2)8x16x16 tanh2(tanh1)8x16x16");
}

TEST_CASE("as many tensors enter as are taken", "[graph]") {
  const std::string two = "  - relu: {name: a}\n  - tanh: {name: b, from: input}\n";
  CHECK(mistakes_in(two + "  - group: {name: g, inputs: [x, y], outputs: [y, x], from: [a, b], "
                          "layers: []}\n  - sigmoid") ==
        "7:5: sigmoid 'sigmoid' takes one tensor, and 2 enter; name one with 'from'");
  CHECK(mistakes_in(two + "  - group: {inputs: [x, y, z], from: [a, b], layers: [add: {from: [x, "
                          "y, z]}]}") == "6:5: 'group' takes 3 tensors (x, y, z), and 2 enter");
  CHECK(mistakes_in(two + "  - group: {name: g, inputs: [x], from: [a, b], layers: [relu: {from: "
                          "x}]}") == "6:5: 'g' takes 1 tensor (x), and 2 enter");
  CHECK(mistakes_in("  - group: {inputs: [x, _], layers: [relu: {from: x}]}") ==
        "4:5: 'group' takes 2 tensors (x, _), and 1 enters");
  CHECK(mistakes_in(two + "  - group: {from: [a, b], layers: [add: {name: s, from: [a, b]}]}")
            .empty());
  CHECK(drawn_layers(two + "  - group: {from: [a, b], layers: [concat: {from: [b, a]}]}") ==
        "a(input)8x16x16 b(input)8x16x16 group.concat(b,a)16x16x16");
  const auto block = [&](const std::string& inputs, const std::string& use) {
    return mistakes("name: t\ninput: {channels: 8, height: 4, width: 4}\nblocks:\n  unit:\n" +
                    inputs + "    layers: [relu: {name: r, from: x}]\nlayers:\n" + two + use);
  };
  CHECK(mistakes("name: t\ninput: {channels: 8, height: 4, width: 4}\nblocks:\n  unit: [relu]\n"
                 "layers:\n" +
                 two + "  - unit: {from: [a, b]}") ==
        "8:5: block 'unit' takes 1 tensor, and 2 enter");
  CHECK(block("    inputs: [x, _]\n    outputs: [x, r]\n",
              "  - unit: {name: u, from: [a, b]}\n  - add: {from: [u, b]}")
            .empty());
  CHECK(block("    inputs: [x, _]\n    outputs: [x, r]\n",
              "  - unit: {name: u, from: a}\n  - add: {from: [u, b]}") ==
        "11:5: block 'unit' takes 2 tensors (x, _), and 1 enters");
  CHECK(
      block("    inputs: [x, _]\n    outputs: [x, r]\n", "  - unit: {name: u, from: [a, b, a]}") ==
      "11:5: block 'unit' takes 2 tensors (x, _), and 3 enter");
}

TEST_CASE("in, h and w are those of the first tensor that enters", "[graph]") {
  CHECK(drawn_layers("  - conv: {name: a, out: 3}\n"
                     "  - max_pool: {name: b, kernel: [2, 4], from: input}\n"
                     "  - group:\n      inputs: [x, y]\n      from: [a, b]\n      layers:\n"
                     "        - conv: {name: p, from: y, out: in + x.c + 10 * y.c}\n"
                     "        - crop: {name: q, from: x, size: [y.h, y.w]}\n"
                     "        - concat: {name: s, from: [p, q]}\n") ==
        "a(input)3x16x16 b(input)8x8x4 group.p(b)91x8x4 group.q(a)3x8x4 "
        "group.s(group.p,group.q)94x8x4");
  const std::string two = "  - conv: {name: a, out: 1}\n  - conv: {name: b, out: 2, from: input}\n";
  CHECK(drawn_layers(two + "  - group: {name: g, inputs: [x, y], outputs: [y, x], from: [b, a], "
                           "repeat: in, layers: []}\n  - concat: {from: g2}") ==
        "a(input)1x16x16 b(input)2x16x16 concat(b,a)3x16x16");
  CHECK(drawn_layers(two + "  - group: {name: g, inputs: [x, y], outputs: [y, x], from: [b, a], "
                           "when: in == 2, layers: []}\n  - concat: {from: g}") ==
        "a(input)1x16x16 b(input)2x16x16 concat(a,b)3x16x16");
}

TEST_CASE("at most 500 items wait for each other", "[graph]") {
  const auto chain = [](int length) {
    std::string layers = fmt::format("  - relu: {{name: a1, from: input}}\n");
    for (int k = 2; k <= length; ++k)
      layers = fmt::format("  - relu: {{name: a{}, from: a{}}}\n", k, k - 1) + layers;
    return mistakes_in(layers + fmt::format("outputs: [a{}]", length));
  };
  CHECK(chain(500).empty());
  CHECK(contains(chain(501),
                 "504:5: more than 500 nested items or items waiting for one that is "
                 "written below; write them in the order of execution"));
  std::string many;
  for (int k = 0; k < 501; ++k) many += "  - relu\n";
  CHECK(mistakes_in(many).empty());
}

TEST_CASE("merges of too few or too many inputs", "[graph]") {
  CHECK(mistakes_in("  - relu\n  - add: {from: relu}") ==
        "5:5: add: 'from' names one layer; a merge takes at least two");
  CHECK(mistakes_in("  - relu\n  - add: {name: sum, from: relu}") ==
        "5:5: add 'sum': 'from' names one layer; a merge takes at least two");
  CHECK(mistakes_in("  - relu\n  - matmul: {from: [relu, relu, input]}") ==
        "5:5: matmul takes two inputs, not 3");
  CHECK(mistakes_in("  - matmul:\n      name: m\n      branches: [[], {when: false}]") ==
        "4:5: matmul 'm' takes two inputs, and 'when' leaves 1");
  CHECK(mistakes_in("  - group:\n      name: g\n      layers:\n        - matmul:\n"
                    "            a: []\n            b: {when: false}\n") ==
        "7:11: matmul 'g.matmul' takes two inputs, and 'when' leaves 1");
  CHECK(mistakes_in("  - add:\n      a: {when: false}\n      b: {when: in == 9}\n") ==
        "4:5: add 'add': 'when' switches off every branch; one must be left");
  CHECK(mistakes_in("  - add:\n      name: s\n      branches: [{when: false}, {when: false}]\n") ==
        "4:5: add 's': 'when' switches off every branch; one must be left");
  CHECK(
      mistakes_in("  - add:\n      a: []\n      b: [group: {inputs: [x], outputs: [p, q], layers: "
                  "[relu: {name: p, from: x}, tanh: {name: q, from: x}]}]\n") ==
      "4:5: add 'add': a branch gives 2 tensors; a merge takes one of each");
  CHECK(mistakes_in("  - relu: {name: r}\n  - tanh: {name: t}\n  - add: {from: [r, t], when: in == "
                    "9}") ==
        "6:5: add 'add' is switched off, and which of its 2 inputs is passed on is not specified; "
        "put it into a group with 'when'");
  CHECK(mistakes_in("  - relu: {name: r}\n  - tanh: {name: t, from: input}\n  - group: {from: [r, "
                    "t], when: false, layers: [add: {from: [r, t]}]}\noutputs: [r, t]")
            .empty());
}

TEST_CASE("a merge of one branch leaves the branch's output under its name", "[graph]") {
  CHECK(drawn_layers("  - add: {name: s, a: [relu], b: {when: false}}\n  - tanh: {from: s}") ==
        "s.a.relu(input)8x16x16 tanh(s.a.relu)8x16x16");
  CHECK(drawn_layers("  - add: {a: [relu, tanh], b: []}\n  - multiply: {from: [a, add]}") ==
        "a.relu(input)8x16x16 a.tanh(a.relu)8x16x16 add(a.tanh,input)8x16x16 "
        "multiply(a.tanh,add)8x16x16");
  CHECK(drawn_layers("  - matmul: [[], [crop: {size: [16, 3]}]]") ==
        "crop(input)8x16x3 matmul(input,crop)8x16x3");
  CHECK(drawn_layers("  - concat: {a: [], b: {when: false}}\n  - tanh") == "tanh(input)8x16x16");
}

TEST_CASE("names of other layers that mean none", "[graph]") {
  CHECK(mistakes_in("  - relu: {name: first}\n  - tanh: {from: frist}") ==
        "5:18: from: no layer 'frist' here; did you mean 'first'?");
  CHECK(mistakes_in("  - relu\n  - group: {name: g, layers: [tanh: {name: t}]}\n"
                    "  - sigmoid: {from: g.tt}") ==
        "6:21: 'g' has no layer 'tt'; the only one is 't'");
  CHECK(mistakes_in("  - relu: {repeat: 2}\n  - tanh: {from: relu}") ==
        "5:18: 'relu' is the name of 2 layers here; write 'relu1' to 'relu2'");
  CHECK(mistakes_in("  - relu: {name: r2, repeat: 3}\n  - tanh: {from: r2}") ==
        "5:18: 'r2' is the name of 3 layers here; write 'r2_1' to 'r2_3'");
  CHECK(mistakes_in("  - relu: {repeat: 1}\n  - tanh: {from: relu}") ==
        "5:18: 'relu' is repeated; its only round is 'relu1'");
  CHECK(mistakes_in("  - relu: {name: r9, repeat: 1}\n  - tanh: {from: r9}") ==
        "5:18: 'r9' is repeated; its only round is 'r9_1'");
  CHECK(mistakes_in("  - relu: {name: r0, repeat: 1}\n  - tanh: {from: r0}") ==
        "5:18: 'r0' is repeated; its only round is 'r0_1'");
  CHECK(mistakes_in("  - relu: {when: in == 9}\n  - tanh: {from: relu}") ==
        "5:18: 'relu' is switched off here by its 'when' or 'repeat'");
  CHECK(mistakes_in("  - tanh: {from: relu}\n  - relu: {when: in == 9, from: input}") ==
        "4:18: 'relu' is switched off here by its 'when' or 'repeat'");
  CHECK(mistakes_in("  - relu: {repeat: 2}\n  - tanh: {from: relu3}") ==
        "5:18: from: no layer 'relu3' here; did you mean 'relu1'?");
  CHECK(mistakes_in("  - tanh: {from: relu3}\n  - relu: {repeat: 2, from: input}") ==
        "4:18: from: no layer 'relu3' here; did you mean 'relu1'?");
  CHECK(mistakes_in("  - relu: {name: a}\n  - conv: {out: b.c}") ==
        "5:17: size: no layer 'b' here; known are 'input', 'a', 'conv'");
  CHECK(mistakes_in("  - group: {name: g, inputs: [x], outputs: [p, q], layers: [relu: {name: p, "
                    "from: x}, tanh: {name: q, from: x}]}\n  - conv: {from: g.p, out: g.c}\n"
                    "outputs: [conv, g.q]") == "5:28: 'g' gives 2 tensors; name one of them");
}

TEST_CASE("cycles are told with the way around", "[graph]") {
  const auto cycle = [](const std::string& layers) { return mistakes_in(layers); };
  CHECK(cycle("  - relu: {name: a, from: a}") ==
        "4:27: a cycle: a -> a; each takes the next one's output");
  CHECK(cycle("  - relu: {name: a, from: c}\n  - tanh: {name: b}\n  - sigmoid: {name: c}") ==
        "4:27: a cycle: a -> c -> b -> a; each takes the next one's output");
  CHECK(cycle("  - tanh\n  - relu: {name: a, from: c}\n  - tanh: {name: b, from: a}\n  - sigmoid: "
              "{name: c, from: b}") ==
        "6:27: a cycle: a -> c -> b -> a; each takes the next one's output");
  CHECK(cycle("  - add: {name: x, from: [a, input]}\n  - relu: {name: a, from: b}\n  - relu: "
              "{name: b, from: a}") ==
        "6:27: a cycle: a -> b -> a; each takes the next one's output");
  CHECK(cycle("  - group: {name: g, layers: [relu: {from: g}]}") ==
        "4:44: a cycle: 'g' takes its own output");
}

TEST_CASE("items above an early one are executed before it, as far as it needs them", "[graph]") {
  CHECK(
      drawn_layers("  - add: {name: s, from: [d, input]}\n  - relu: {name: a}\n"
                   "  - relu: {name: b, from: input}\n  - tanh: {name: c}\n  - sigmoid: {name: d}\n"
                   "  - concat: {from: [d, a]}") ==
      "b(input)8x16x16 c(b)8x16x16 d(c)8x16x16 s(d,input)8x16x16 a(s)8x16x16 "
      "concat(d,a)16x16x16");
  CHECK(drawn_layers("  - concat: {from: [r2, r1]}\n  - relu: {name: r, repeat: 2, from: input}\n"
                     "  - tanh: {from: concat}") ==
        "r1(input)8x16x16 r2(r1)8x16x16 concat(r2,r1)16x16x16 tanh(concat)16x16x16");
  // What is done already isn't done again.
  CHECK(drawn_layers("  - relu: {name: a}\n  - add: {name: s, from: [c, d]}\n"
                     "  - tanh: {name: b, from: a}\n  - tanh: {name: c}\n  - tanh: {name: d}\n  - "
                     "add: {from: [d, s]}") ==
        "a(input)8x16x16 b(a)8x16x16 c(b)8x16x16 d(c)8x16x16 s(c,d)8x16x16 add(d,s)8x16x16");
  // The first item of the list takes what enters the list.
  CHECK(drawn_layers("  - conv: {name: x, out: 3}\n  - group:\n      name: g\n      layers:\n"
                     "        - relu: {name: a}\n        - add: {name: s, from: [c, a]}\n"
                     "        - tanh: {name: b, from: x}\n        - tanh: {name: c}\n        - "
                     "add: {from: [c, s]}\n") ==
        "x(input)3x16x16 g.a(x)3x16x16 g.b(x)3x16x16 g.c(g.b)3x16x16 g.s(g.c,g.a)3x16x16 "
        "g.add(g.c,g.s)3x16x16");
}

TEST_CASE("what a block's arguments may be", "[graph]") {
  const auto unit = [](const std::string& args, const std::string& call) {
    return mistakes(
        "name: t\ninput: {channels: 8, height: 4, width: 4}\nblocks:\n  unit:\n"
        "    args: {" +
        args +
        "}\n    let: {twice: 2 * c}\n"
        "    layers: [conv: {out: twice}]\nlayers:\n  - unit: {" +
        call + "}\n");
  };
  CHECK(unit("c: {choices: [1, 4]}", "c: in / 2").empty());
  CHECK(unit("c: {choices: [1, 4]}", "c: in / 4") ==
        "9:15: block 'unit': argument 'c' must be 1 or 4, not 2");
  CHECK(unit("c: {choices: [1, 4]}", "c: 1 / (in - 8)") ==
        "9:17: block 'unit': division by zero in '1 / (in - 8)'");
  CHECK(unit("c: {choices: [1, 4]}", "c: in - 8") ==
        "9:15: block 'unit': argument 'c' must be 1 or 4, not 0");
  CHECK(unit("c: {default: in - 4, choices: [1, 4]}", "name: u").empty());
  CHECK(unit("c: {default: in - 5, choices: [1, 4]}", "name: u") ==
        "5:25: block 'unit': argument 'c' must be 1 or 4, not 3");
  CHECK(unit("c: 0.3", "name: u") ==
        "7:26: conv 'u.conv': out = twice = 0.6 must be a whole number");
}

TEST_CASE("a block's values see what enters it by name, and no layers", "[graph]") {
  const auto block = [](const std::string& let) {
    return mistakes(
        "name: t\ninput: {channels: 8, height: 6, width: 4}\nblocks:\n  unit:\n"
        "    inputs: [x, y]\n    let: {" +
        let +
        "}\n    layers:\n"
        "      - conv: {name: r, from: x, out: k}\n"
        "      - concat: {from: [r, y]}\n"
        "layers:\n  - conv: {name: a, out: 3}\n  - unit: {from: [a, input]}\n");
  };
  CHECK(block("k: x.c + 10 * y.c + y.h").empty());
  CHECK(block("k: r.c") ==
        "6:14: block 'unit' has no input 'r'; its values see what enters, and no layers");
}
