// SPDX-License-Identifier: Apache-2.0
// Activations and arithmetic of ONNX files: the layers that they become.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("the work of each function of one tensor", "[onnx]") {
  const std::pair<std::string, std::string> rows[] = {
      {"Relu", "relu"},
      {"Sigmoid", "sigmoid"},
      {"Tanh", "tanh"},
      {"HardSigmoid", "hard_sigmoid"},
      {"Swish", "swish"},
      {"QuickGelu", "swish"},
      {"HardSwish", "hard_swish"},
      {"Gelu", "gelu"},
      {"FastGelu", "gelu"},
      {"BiasGelu", "gelu"},
      {"Softmax", "softmax"},
      {"Abs", "pointwise: {elementwise: 0, compares: 1}"},
      {"Neg", "pointwise"},
      {"Sqrt", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Exp", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Log", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Erf", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Sin", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Cos", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Tan", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Asin", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Acos", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Atan", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Sinh", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Cosh", "pointwise: {elementwise: 0, transcendentals: 1}"},
      {"Reciprocal", "pointwise"},
      {"Floor", "pointwise"},
      {"Ceil", "pointwise"},
      {"Round", "pointwise"},
      {"Sign", "pointwise: {elementwise: 0, compares: 2}"},
      {"Not", "pointwise: {elementwise: 0, compares: 1}"},
      {"IsNaN", "pointwise: {elementwise: 0, compares: 1}"},
      {"IsInf", "pointwise: {elementwise: 0, compares: 1}"},
      {"Selu", "pointwise: {elementwise: 2, compares: 1, transcendentals: 1}"},
      {"Celu", "pointwise: {elementwise: 2, compares: 1, transcendentals: 1}"},
      {"Softplus", "pointwise: {transcendentals: 2}"},
      {"Softsign", "pointwise: {elementwise: 2, compares: 1}"},
      {"Mish", "pointwise: {elementwise: 2, transcendentals: 3}"},
      {"ThresholdedRelu", "pointwise: {elementwise: 0, compares: 1}"},
      {"Shrink", "pointwise: {compares: 2}"},
      {"LogSoftmax", "pointwise: {elementwise: 3, compares: 1, transcendentals: 2}"},
      {"CumSum", "pointwise"},
      {"Identity", "relu"},
      {"Dropout", "dropout"},
      {"Cast", "relu"},
  };
  for (const auto& [type, item] : rows) {
    GraphWriter g({1, 6, 4, 5});
    std::string out = g.node(type, {"x"});
    if (type == "Identity" || type == "Cast") out = g.node("Relu", {out});
    g.model.outputs = {out};
    INFO(type);
    CHECK(items_of(g.model) == item + " -> 6x4x5");
  }
}

TEST_CASE("the work of each operation of two tensors", "[onnx]") {
  const std::string one = "pointwise", compare = "pointwise: {elementwise: 0, compares: 1}",
                    function = "pointwise: {elementwise: 0, transcendentals: 1}";
  struct Operation {
    std::string type, fixed, two;
  };
  const Operation rows[] = {
      {"Add", one, "add"},
      {"Sub", one, one},
      {"Mul", one, "multiply"},
      {"Div", one, one},
      {"Pow", function, function},
      {"Mod", one, one},
      {"Max", compare, compare},
      {"Min", compare, compare},
      {"Sum", one, "add"},
      {"Mean", one, one},
      {"And", compare, compare},
      {"Or", compare, compare},
      {"Xor", compare, compare},
      {"Equal", compare, compare},
      {"Less", compare, compare},
      {"Greater", compare, compare},
      {"LessOrEqual", compare, compare},
      {"GreaterOrEqual", compare, compare},
  };
  for (const Operation& row : rows) {
    INFO(row.type);
    for (const bool first : {true, false}) {
      GraphWriter g({1, 6, 4, 5});
      g.model.scalars = {{"three", 3}};
      g.model.outputs = {first ? g.node(row.type, {"three", "x"})
                               : g.node(row.type, {"x", "three"})};
      CHECK(items_of(g.model) == row.fixed + " -> 6x4x5");
    }
    GraphWriter g({1, 6, 4, 5});
    g.model.outputs = {g.node(row.type, {g.node("Relu", {"x"}), "x"})};
    const bool closed = row.two.ends_with('}');
    const std::string item =
        closed ? row.two.substr(0, row.two.size() - 1) + ", " : row.two + ": {";
    CHECK(items_of(g.model) == "relu; " + item + "from: [relu, input]} -> 6x4x5");
  }
}

TEST_CASE("bounds of a clip, of attributes and of inputs", "[onnx]") {
  const auto attributes = [](std::vector<std::pair<std::string, std::vector<float>>> reals) {
    GraphWriter g({1, 6, 4, 5});
    g.model.outputs = {operator_of("Clip", {}, std::move(reals))(g)};
    return items_of(g.model);
  };
  const std::string one = "pointwise: {elementwise: 0, compares: 1} -> 6x4x5",
                    two = "pointwise: {elementwise: 0, compares: 2} -> 6x4x5";
  CHECK(attributes({{"min", {0}}}) == "relu -> 6x4x5");
  CHECK(attributes({{"min", {}}}) == "relu -> 6x4x5");
  CHECK(attributes({{"min", {0}}, {"max", {3.4e38F}}}) == "relu -> 6x4x5");
  CHECK(attributes({{"min", {0}}, {"max", {6}}}) == "relu6 -> 6x4x5");
  CHECK(attributes({{"min", {0}}, {"max", {5}}}) == two);
  CHECK(attributes({{"min", {-1}}, {"max", {6}}}) == two);
  CHECK(attributes({{"min", {1}}}) == one);
  CHECK(attributes({{"max", {6}}}) == one);
  CHECK(attributes({{"min", {1}}, {"max", {3.4e38F}}}) == one);
  CHECK(attributes({}) == one);
  const auto inputs = [](std::vector<std::string> names) {
    GraphWriter g({1, 6, 4, 5});
    g.model.scalars = {{"zero", 0}, {"six", 6}, {"five", 5}};
    g.model.reals = {{"real_zero", {0}}, {"real_six", {6}}, {"several", {0, 0}}};
    names.insert(names.begin(), "x");
    g.model.outputs = {g.node("Clip", std::move(names))};
    return items_of(g.model);
  };
  CHECK(inputs({"zero"}) == "relu -> 6x4x5");
  CHECK(inputs({"zero", ""}) == "relu -> 6x4x5");
  CHECK(inputs({"zero", "six"}) == "relu6 -> 6x4x5");
  CHECK(inputs({"real_zero", "real_six"}) == "relu6 -> 6x4x5");
  CHECK(inputs({"zero", "five"}) == two);
  CHECK(inputs({"", "six"}) == one);
  CHECK(inputs({"several", "six"}) == one);
}

TEST_CASE("slopes, factors and rates that are not the usual ones are written", "[onnx]") {
  const std::vector<TestDimension> input = {1, 6, 4, 5};
  check_items({
      {input, operator_of("LeakyRelu"), "leaky_relu -> 6x4x5"},
      {input, operator_of("LeakyRelu", {}, {{"alpha", {0.01F}}}), "leaky_relu -> 6x4x5"},
      {input, operator_of("LeakyRelu", {}, {{"alpha", {0.1F}}}),
       "leaky_relu: {slope: 0.1} -> 6x4x5"},
      {input, operator_of("LeakyRelu", {}, {{"alpha", {-0.25F}}}),
       "leaky_relu: {slope: -0.25} -> 6x4x5"},
      {input, operator_of("LeakyRelu", {}, {{"alpha", {1e7F}}}), "leaky_relu -> 6x4x5"},
      {input, operator_of("Elu"), "elu -> 6x4x5"},
      {input, operator_of("Elu", {}, {{"alpha", {1}}}), "elu -> 6x4x5"},
      {input, operator_of("Elu", {}, {{"alpha", {2.5F}}}), "elu: {alpha: 2.5} -> 6x4x5"},
      {input, operator_of("Elu", {}, {{"alpha", {-1e7F}}}), "elu -> 6x4x5"},
      {input, operator_of("Dropout", {}, {{"ratio", {0.5F}}}), "dropout -> 6x4x5"},
      {input, operator_of("Dropout", {}, {{"ratio", {0}}}), "dropout: {p: 0} -> 6x4x5"},
      {input, operator_of("Dropout", {}, {{"ratio", {0.2F}}}), "dropout: {p: 0.2} -> 6x4x5"},
      {input, operator_of("Dropout", {}, {{"ratio", {1}}}), "dropout -> 6x4x5"},
      {input, operator_of("Dropout", {}, {{"ratio", {-0.2F}}}), "dropout -> 6x4x5"},
      {input,
       [](GraphWriter& g) {
         g.model.reals = {{"rate", {0.125F}}};
         return g.node("Dropout", {"x", "rate"});
       },
       "dropout: {p: 0.125} -> 6x4x5"},
  });
}

TEST_CASE("slopes that are learned: one, for each channel, for each element", "[onnx]") {
  const auto slopes = [](Sizes shape) {
    return [=](GraphWriter& g) { return g.node("PRelu", {"x", g.weight(shape)}); };
  };
  check_items({
      {{1, 6, 4, 5}, slopes({1}), "prelu: {per_channel: false} -> 6x4x5"},
      {{1, 6, 4, 5}, slopes({6, 1, 1}), "prelu -> 6x4x5"},
      {{1, 6, 4, 5},
       slopes({4, 5}),
       "custom: {channels: 6, height: h, width: w, params: 20, elementwise: in * h * w, compares: "
       "in * h * w} -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("PRelu", {"x", g.node("Relu", {"x"})});
       },
       "relu; unsupported: {channels: 6, height: h, width: w, from: [input, relu]} -> 6x4x5"},
  });
}

TEST_CASE("a bias of an activation is one for each channel", "[onnx]") {
  const auto biased = [](Sizes shape) {
    return [=](GraphWriter& g) { return g.node("BiasGelu", {"x", g.weight(shape)}); };
  };
  check_items({
      {{1, 4, 6}, biased({6}), "pointwise: {learned: channels}; gelu -> 6x4x1"},
      {{1, 4, 6}, biased({4}), "unsupported: {channels: 6, height: h, params: 4} -> 6x4x1"},
      {{1, 4, 6},
       [](GraphWriter& g) {
         return g.node("FastGelu", {"x", g.node("Relu", {"x"})});
       },
       "relu; unsupported: {channels: 6, height: h, from: [input, relu]} -> 6x4x1"},
  });
}

TEST_CASE("a learned tensor in an operation of two", "[onnx]") {
  const auto with = [](const std::string& type, Sizes shape, bool first = false) {
    return [=](GraphWriter& g) {
      const std::string weight = g.weight(shape);
      return first ? g.node(type, {weight, "x"}) : g.node(type, {"x", weight});
    };
  };
  const std::vector<TestDimension> image = {1, 6, 4, 5};
  check_items({
      {image, with("Mul", {6, 1, 1}), "scale -> 6x4x5"},
      {image, with("Mul", {1, 6, 1, 1}, true), "scale -> 6x4x5"},
      {image, with("Add", {6, 1, 1}), "pointwise: {learned: channels} -> 6x4x5"},
      {image, with("Div", {6, 1, 1}), "pointwise: {learned: channels} -> 6x4x5"},
      {image, with("Max", {6, 1, 1}),
       "pointwise: {elementwise: 0, compares: 1, learned: channels} -> 6x4x5"},
      {image, with("Add", {6, 4, 5}), "position_embedding -> 6x4x5"},
      {image, with("Mul", {6, 4, 5}), "pointwise: {learned: all} -> 6x4x5"},
      {image, with("Sub", {1, 6, 4, 5}, true), "pointwise: {learned: all} -> 6x4x5"},
      {image, with("Add", {4, 5}), "pointwise: {params: 20} -> 6x4x5"},
      {image, with("Mul", {4, 1}), "pointwise: {params: 4} -> 6x4x5"},
      {image, with("Mul", {6, 1, 5}), "pointwise: {params: 30} -> 6x4x5"},
      {image, with("Add", {1}), "pointwise -> 6x4x5"},
      {image, with("Add", {1, 1, 6, 1, 1}),
       "custom: {channels: 6, height: h, width: w, params: 6, elementwise: in * h * w} -> 6x4x5"},
  });
}

TEST_CASE("a vector that is added becomes the bias of the layer before it", "[onnx]") {
  const auto conv_and = [](const std::string& type, Sizes shape, bool twice = false,
                           bool reused = false) {
    return [=](GraphWriter& g) {
      const std::string map = g.conv("x", 3, 6);
      std::string out = g.node(type, {map, g.weight(shape)});
      if (twice) out = g.node(type, {out, g.weight(shape)});
      return reused ? g.node("Add", {out, map}) : out;
    };
  };
  const std::vector<TestDimension> image = {1, 3, 4, 5};
  check_items({
      {image, conv_and("Add", {6, 1, 1}), "conv: {out: 6, bias: true} -> 6x4x5"},
      {image, conv_and("Add", {6, 1, 1}, true),
       "conv: {out: 6, bias: true}; pointwise: {learned: channels} -> 6x4x5"},
      {image, conv_and("Add", {6, 1, 1}, false, true),
       "conv: {out: 6}; pointwise: {learned: channels}; add: {from: [pointwise, conv]} -> 6x4x5"},
      {image, conv_and("Sub", {6, 1, 1}),
       "conv: {out: 6}; pointwise: {learned: channels} -> 6x4x5"},
      {image, conv_and("Add", {1, 1, 5}), "conv: {out: 6}; pointwise: {params: 5} -> 6x4x5"},
      {image,
       [](GraphWriter& g) {
         const std::string scaled = g.node("Mul", {"x", g.weight({3, 1, 1})});
         return g.node("Add", {g.weight({3, 1, 1}), scaled});
       },
       "scale: {bias: true} -> 3x4x5"},
      {image,
       [](GraphWriter& g) {
         return g.node("Add", {g.node("Relu", {"x"}), g.weight({3, 1, 1})});
       },
       "relu; pointwise: {learned: channels} -> 3x4x5"},
      {{1, 4, 3},
       [](GraphWriter& g) {
         const std::string out = g.node("MatMul", {"x", g.weight({3, 7})});
         return g.node("Add", {g.node("Add", {out, g.weight({7})}), g.weight({7})});
       },
       "linear: {out: 7, bias: true, per_position: true}; pointwise: {learned: channels} -> 7x4x1"},
      {{1, 3},
       [](GraphWriter& g) {
         const std::string out = g.node("Gemm", {"x", g.weight({3, 7}), g.weight({7})});
         return g.node("Add", {out, g.weight({7})});
       },
       "linear: {out: 7}; position_embedding -> 7x1x1"},
  });
}

TEST_CASE("operations over tensors of unequal sizes", "[onnx]") {
  check_items({
      // One pixel, one row or one channel over all.
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("Mul", {"x", g.node("GlobalAveragePool", {"x"})});
       },
       "global_avg_pool; multiply: {from: [input, global_avg_pool]} -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("Sub", {g.node("ReduceSum", {"x", g.vector({2})}), "x"});
       },
       "reduce: {height: true}; pointwise: {from: [reduce, input]} -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("Add", {"x", g.node("ReduceMean", {"x"}, {{"axes", {1}}})});
       },
       "reduce: {channels: true}; add: {from: [input, reduce]} -> 6x4x5"},
      // Of fewer dimensions.
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string row = g.node("ReduceMax", {"x"}, {{"axes", {0, 1}}, {"keepdims", {0}}});
         return g.node("Div", {"x", row});
       },
       "reduce: {channels: true}; pointwise: {from: [input, reduce]} -> 6x4x5"},
      // A constant spreads the activation.
      {{1, 6, 1, 5},
       [](GraphWriter& g) {
         return g.node("Add", {"x", g.weight({4, 1})});
       },
       "custom: {channels: 6, height: 4, width: w, params: 4, elementwise: 4 * in * h * w} -> "
       "6x4x5"},
      // Three inputs, one of them learned.
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("Sum", {"x", g.node("Relu", {"x"}), g.weight({6, 1, 1})});
       },
       "relu; pointwise: {params: 6, from: [input, relu]} -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("Sum", {"x", g.node("Relu", {"x"}), g.node("Tanh", {"x"})});
       },
       "relu; tanh: {from: input}; add: {from: [input, relu, tanh]} -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         g.model.scalars = {{"zero", 0}};
         const std::string mask = g.node("Greater", {"x", "zero"});
         return g.node("Where", {mask, "x", "zero"});
       },
       "pointwise: {elementwise: 0, compares: 1}; pointwise: {name: pointwise_2, elementwise: 0, "
       "compares: 1, from: [pointwise, input]} -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         g.model.scalars = {{"two", 2}};
         return g.node("Sum", {"x", "two", "two"});
       },
       "pointwise -> 6x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         g.model.scalars = {{"two", 2}};
         return g.node("Max", {"x", g.node("Relu", {"x"}), g.weight({6, 1, 1})});
       },
       "relu; pointwise: {elementwise: 0, compares: 1, params: 6, from: [input, relu]} -> 6x4x5"},
      // Of one input alone it is the same tensor.
      {{1, 6, 4, 5},
       [](GraphWriter& g) { return g.node("Relu", {g.node("Sum", {"x"})}); },
       "relu -> 6x4x5"},
  });
}
