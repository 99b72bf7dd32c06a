// SPDX-License-Identifier: Apache-2.0
// Layers that exporters write as several operators, and graphs that only look like them.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Ints = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

// A graph with real numbers of no dimension, which several operators may read.
struct PatternWriter : GraphWriter {
  explicit PatternWriter(std::vector<TestDimension> input) : GraphWriter(std::move(input)) {}

  std::string number(float value) {
    model.reals.emplace_back("n" + std::to_string(model.reals.size()), std::vector<float>{value});
    return model.reals.back().first;
  }
  std::string items(const std::string& out, const std::vector<std::string>& more = {}) {
    model.outputs = {out};
    model.outputs.insert(model.outputs.end(), more.begin(), more.end());
    return items_of(model);
  }
};

}  // namespace

TEST_CASE("a hard sigmoid of a clip, and a hard swish of it", "[onnx]") {
  struct Written {
    float add = 3, low = 0, high = 6, last = 6;
    bool divide = true, add_first = false, last_first = false, as_attributes = false;
    std::string between = "";  // "mul": times x before the division; "other": times another tensor
    bool reused = false, is_output = false;
    std::string add_type = "Add";
  };
  const auto items = [](const Written& w) {
    PatternWriter g({1, 6, 4, 5});
    const std::string x = g.node("Tanh", {"x"}), three = g.number(w.add);
    const std::string sum =
        w.add_first ? g.node(w.add_type, {three, x}) : g.node(w.add_type, {x, three});
    std::string clip;
    if (w.as_attributes) {
      clip = g.node("Clip", {sum});
      g.model.nodes.back().reals = {{"min", {w.low}}, {"max", {w.high}}};
    } else {
      clip = g.node("Clip", {sum, g.number(w.low), g.number(w.high)});
    }
    std::string out = clip;
    if (w.between == "mul") out = g.node("Mul", {x, out});
    if (w.between == "other") out = g.node("Mul", {"x", out});
    const std::string six = g.number(w.last), type = w.divide ? "Div" : "Mul";
    out = w.last_first ? g.node(type, {six, out}) : g.node(type, {out, six});
    if (w.reused) out = g.node("Add", {out, clip});
    return w.is_output ? g.items(out, {clip}) : g.items(out);
  };
  const std::string hard = "tanh; hard_sigmoid -> 6x4x5", swish = "tanh; hard_swish -> 6x4x5";
  CHECK(items({}) == hard);
  CHECK(items({.add_first = true}) == hard);
  CHECK(items({.as_attributes = true}) == hard);
  CHECK(items({.last = 1.0F / 6, .divide = false}) == hard);
  CHECK(items({.last = 1.0F / 6, .divide = false, .last_first = true}) == hard);
  CHECK(items({.between = "mul"}) == swish);
  CHECK(items({.last = 1.0F / 6, .divide = false, .add_first = true, .between = "mul"}) == swish);
  for (const Written& w : std::vector<Written>{{.add = 2},
                                               {.high = 5},
                                               {.high = 5, .as_attributes = true},
                                               {.last = 5},
                                               {.last = 6, .divide = false},
                                               {.last_first = true},
                                               {.between = "other"},
                                               {.last = 5, .between = "mul"},
                                               {.last_first = true, .between = "mul"},
                                               {.reused = true},
                                               {.is_output = true},
                                               {.add_type = "Sub"},
                                               {.add_type = "Mul"}}) {
    INFO(w.add << " " << w.high << " " << w.last << " " << w.divide << w.last_first << w.between
               << w.reused << w.is_output << w.add_type);
    const std::string text = items(w);
    CHECK(text.find("hard_") == std::string::npos);
    CHECK(text.find("error") == std::string::npos);
  }
}

TEST_CASE("swishes are products of a tensor and its own gate", "[onnx]") {
  const auto items = [](const std::string& type, bool gate_first, const std::string& factor,
                        bool reused = false, bool is_output = false) {
    PatternWriter g({1, 6, 4, 5});
    const std::string x = g.node("Tanh", {"x"}), gate = g.node(type, {x});
    const std::string other = factor == "x" ? x : "x";
    std::string out = gate_first ? g.node("Mul", {gate, other}) : g.node("Mul", {other, gate});
    if (reused) out = g.node("Add", {out, gate});
    return is_output ? g.items(out, {gate}) : g.items(out);
  };
  for (const bool first : {false, true}) {
    CHECK(items("Sigmoid", first, "x") == "tanh; swish -> 6x4x5");
    CHECK(items("HardSigmoid", first, "x") == "tanh; hard_swish -> 6x4x5");
    const std::string from = first ? "[sigmoid, input]" : "[input, sigmoid]";
    CHECK(items("Sigmoid", first, "input") ==
          "tanh; sigmoid; multiply: {from: " + from + "} -> 6x4x5");
  }
  CHECK(items("Relu", true, "x") == "tanh; relu; multiply: {from: [relu, tanh]} -> 6x4x5");
  CHECK(items("Sigmoid", true, "x", true) ==
        "tanh; sigmoid; multiply: {from: [sigmoid, tanh]}; add: {from: [multiply, sigmoid]} -> "
        "6x4x5");
  CHECK(items("Sigmoid", true, "x", false, true) ==
        "tanh; sigmoid; multiply: {from: [sigmoid, tanh]}; outputs: [multiply, sigmoid] -> 6x4x5");
}

TEST_CASE("a gelu in any order of its products", "[onnx]") {
  struct Written {
    bool divide = true, half_last = true, half_before = false, one_first = false;
    float root = 1.41421356F, one = 1, half = 0.5F;
    std::string other = "x";
    bool reused = false, turned = false;
  };
  const auto items = [](const Written& w) {
    PatternWriter g({1, 6, 4, 5});
    const std::string x = g.node("Tanh", {"x"}), root = g.number(w.root), half = g.number(w.half);
    const std::string scaled = w.turned   ? g.node("Mul", {root, x})
                               : w.divide ? g.node("Div", {x, root})
                                          : g.node("Mul", {x, root});
    const std::string erf = g.node("Erf", {scaled});
    const std::string sum =
        w.one_first ? g.node("Add", {g.number(w.one), erf}) : g.node("Add", {erf, g.number(w.one)});
    const std::string left = w.other == "x" ? x : "x";
    std::string out;
    if (w.half_before)
      out = g.node("Mul", {g.node("Mul", {half, left}), sum});
    else if (w.half_last)
      out = g.node("Mul", {g.node("Mul", {left, sum}), half});
    else
      out = g.node("Mul", {left, g.node("Mul", {sum, half})});
    if (w.reused) out = g.node("Add", {out, erf});
    return g.items(out);
  };
  const std::string gelu = "tanh; gelu -> 6x4x5";
  CHECK(items({}) == gelu);
  CHECK(items({.divide = false, .root = 0.70710678F}) == gelu);
  CHECK(items({.root = 0.70710678F, .turned = true}) == gelu);
  CHECK(items({.one_first = true}) == gelu);
  CHECK(items({.half_last = false}) == gelu);
  CHECK(items({.half_before = true}) == gelu);
  for (const Written& w : std::vector<Written>{{.divide = false},
                                               {.root = 1.5F},
                                               {.one = 2},
                                               {.half = 0.25F},
                                               {.half_last = false, .half = 0.25F},
                                               {.half_before = true, .half = 0.25F},
                                               {.other = "input"},
                                               {.half_last = false, .other = "input"},
                                               {.half_before = true, .other = "input"},
                                               {.reused = true}}) {
    INFO(w.divide << w.half_last << w.half_before << " " << w.root << " " << w.one << " " << w.half
                  << w.other << w.reused);
    const std::string text = items(w);
    CHECK(text.find("gelu") == std::string::npos);
    CHECK(text.find("error") == std::string::npos);
  }
}

TEST_CASE("a layer norm that is written out, over the last axes", "[onnx]") {
  struct Written {
    std::vector<std::int64_t> axes = {-1}, factors = {6}, offsets = {6};
    bool square_by_product = false, exponent_is_two = true, affine = true, has_offset = true;
    bool axes_as_input = false, factor_first = false, turned = false;
    std::string root = "Sqrt", quotient = "Div";
  };
  const auto items = [](const Written& w) {
    PatternWriter g({1, 4, 6});
    g.model.opset = w.axes_as_input ? 18 : 13;
    const std::string x = g.node("Tanh", {"x"});
    const auto mean = [&](const std::string& in) {
      return w.axes_as_input ? g.node("ReduceMean", {in, g.vector(w.axes)})
                             : g.node("ReduceMean", {in}, {{"axes", w.axes}});
    };
    const std::string m = mean(x);
    const std::string d = w.turned ? g.node("Sub", {m, x}) : g.node("Sub", {x, m});
    const std::string square = w.square_by_product
                                   ? g.node("Mul", {d, d})
                                   : g.node("Pow", {d, g.number(w.exponent_is_two ? 2 : 3)});
    const std::string sum = g.node("Add", {mean(square), g.number(1e-5F)});
    std::string out = g.node(w.quotient, {d, g.node(w.root, {sum})});
    if (w.affine) {
      const std::string factor = g.weight(w.factors);
      out = w.factor_first ? g.node("Mul", {factor, out}) : g.node("Mul", {out, factor});
    }
    if (w.affine && w.has_offset) {
      const std::string offset = g.weight(w.offsets);
      out = w.factor_first ? g.node("Add", {offset, out}) : g.node("Add", {out, offset});
    }
    return g.items(g.node("Relu", {out}));
  };
  const std::string norm = "tanh; layer_norm; relu -> 6x4x1";
  CHECK(items({}) == norm);
  CHECK(items({.square_by_product = true}) == norm);
  CHECK(items({.axes_as_input = true}) == norm);
  CHECK(items({.factor_first = true}) == norm);
  CHECK(items({.axes = {2}}) == norm);
  CHECK(items({.affine = false}) == "tanh; layer_norm: {affine: false}; relu -> 6x4x1");
  CHECK(items({.has_offset = false}) == "tanh; layer_norm: {affine: false}; scale; relu -> 6x4x1");
  CHECK(items({.axes = {1, 2}, .factors = {4, 6}, .offsets = {4, 6}}) ==
        "tanh; layer_norm: {over: all}; relu -> 6x4x1");
  CHECK(items({.axes = {-1, -2}, .affine = false}) ==
        "tanh; layer_norm: {over: all, affine: false}; relu -> 6x4x1");
  CHECK(items({.factors = {1}}) ==
        "tanh; layer_norm: {affine: false}; pointwise; pointwise: {name: pointwise_2, learned: "
        "channels}; relu -> 6x4x1");
  CHECK(items({.offsets = {4, 6}}) ==
        "tanh; layer_norm: {affine: false}; scale; position_embedding; relu -> 6x4x1");
  for (const Written& w : std::vector<Written>{{.axes = {1}},
                                               {.axes = {-2}},
                                               {.exponent_is_two = false},
                                               {.turned = true},
                                               {.root = "Exp"},
                                               {.quotient = "Mul"}}) {
    INFO(w.axes[0] << w.exponent_is_two << w.turned << w.root << w.quotient);
    const std::string text = items(w);
    CHECK(text.find("layer_norm") == std::string::npos);
    CHECK(text.find("error") == std::string::npos);
  }
}

TEST_CASE("a mean of all numbers is no norm of the last axes that are named", "[onnx]") {
  PatternWriter g({1, 4, 6});
  const std::string mean = g.node("ReduceMean", {"x"}), d = g.node("Sub", {"x", mean});
  const std::string variance = g.node("ReduceMean", {g.node("Pow", {d, g.number(2)})});
  const std::string root = g.node("Sqrt", {g.node("Add", {variance, g.number(1e-5F)})});
  const std::string items = g.items(g.node("Div", {d, root}));
  CHECK(items.find("layer_norm") == std::string::npos);
  CHECK(items.find("error") == std::string::npos);
}

TEST_CASE("channels that change places in groups", "[onnx]") {
  struct Written {
    std::vector<std::int64_t> split = {1, 2, 3, 4, 5}, order = {0, 2, 1, 3, 4},
                              joined = {1, 6, 4, 5};
    bool reused = false;
  };
  const auto items = [](const Written& w) {
    PatternWriter g({1, 6, 4, 5});
    const std::string parts = g.node("Reshape", {"x", g.vector(w.split)});
    const std::string turned = g.node("Transpose", {parts}, {{"perm", w.order}});
    std::string out = g.node("Relu", {g.node("Reshape", {turned, g.vector(w.joined)})});
    if (w.reused) out = g.node("Add", {out, g.node("Reshape", {parts, g.vector(w.joined)})});
    return g.items(out);
  };
  CHECK(items({}) == "channel_shuffle: {groups: 2}; relu -> 6x4x5");
  CHECK(items({.split = {1, 3, 2, 4, 5}}) == "channel_shuffle: {groups: 3}; relu -> 6x4x5");
  for (const Written& w : std::vector<Written>{{.order = {0, 1, 2, 3, 4}},
                                               {.order = {0, 2, 1, 4, 3}},
                                               {.order = {1, 2, 0, 3, 4}},
                                               {.joined = {1, 6, 20}},
                                               {.joined = {1, 6, 5, 4}},
                                               {.split = {1, 6, 2, 2, 5}},
                                               {.split = {1, 6, 20}, .order = {0, 2, 1}},
                                               {.reused = true}}) {
    INFO(w.split.size() << w.order[0] << w.order.back() << w.joined.size() << w.reused);
    const std::string text = items(w);
    CHECK(text.find("channel_shuffle") == std::string::npos);
    CHECK(text.find("error") == std::string::npos);
  }
  // A free width is a multiple of the groups.
  PatternWriter g({1, 3, 4, 5});
  const std::string parts = g.node("Reshape", {g.conv("x", 3, 12), g.vector({1, 4, 3, 4, 5})});
  const std::string turned = g.node("Transpose", {parts}, {{"perm", {0, 2, 1, 3, 4}}});
  CHECK(g.items(g.conv(g.node("Reshape", {turned, g.vector({1, 12, 4, 5})}), 12, 7)) ==
        "w1 % 4; conv: {out: w1}; channel_shuffle: {groups: 4}; conv: {name: conv_2, out: 7} -> "
        "7x4x5");
}

TEST_CASE("a group norm between two reshapes", "[onnx]") {
  struct Written {
    std::vector<std::int64_t> split = {1, 2, -1}, joined = {1, 6, 4, 5};
    float factor = 1, offset = 0;
    bool affine = true;
    std::string between = "Reshape";
  };
  const auto items = [](const Written& w) {
    PatternWriter g({1, 6, 4, 5});
    const std::string parts = g.node(w.between, {"x", g.vector(w.split)});
    const auto groups = static_cast<std::size_t>(w.split[1]);
    TestNode f = {"Constant", {}, {"f"}}, o = {"Constant", {}, {"o"}};
    f.reals = {{"value_floats", std::vector<float>(groups, w.factor)}};
    o.reals = {{"value_floats", std::vector<float>(groups, w.offset)}};
    g.model.nodes.push_back(f);
    g.model.nodes.push_back(o);
    std::string out = g.node("InstanceNormalization", {parts, "f", "o"});
    out = g.node("Reshape", {out, g.vector(w.joined)});
    if (w.affine)
      out = g.node("Add", {g.node("Mul", {out, g.weight({6, 1, 1})}), g.weight({6, 1, 1})});
    return g.items(g.node("Relu", {out}));
  };
  CHECK(items({}) == "group_norm: {groups: 2}; relu -> 6x4x5");
  CHECK(items({.split = {1, 3, -1}}) == "group_norm: {groups: 3}; relu -> 6x4x5");
  CHECK(items({.affine = false}) == "group_norm: {groups: 2, affine: false}; relu -> 6x4x5");
  for (const Written& w : std::vector<Written>{
           {.factor = 2}, {.offset = 1}, {.joined = {1, 6, 5, 4}}, {.split = {1, 2, 3, -1}}}) {
    INFO(w.factor << w.offset << w.joined[2] << w.split.size());
    const std::string text = items(w);
    CHECK(text.find("group_norm: {groups: 2") == std::string::npos);
    CHECK(text.find("error") == std::string::npos);
  }
}
