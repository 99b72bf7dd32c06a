// SPDX-License-Identifier: Apache-2.0
// What is computed from constants and shapes alone: the numbers of single operators.
#include <fmt/core.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/diagnostic.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/graph_writer.hpp"
#include "onnx/shape_rules.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Whole = std::vector<std::int64_t>;
using Reals = std::vector<float>;

// A graph of constants. "2x3: 1 2 3 4 5 6" of its output, with "real" or "computed" before it;
// "unknown", or the message.
struct ConstantGraph : GraphWriter {
  ConstantGraph() : GraphWriter({1, 3, 4, 5}) {}

  std::string matrix(Whole numbers, const Whole& shape) {
    return node("Reshape", {vector(std::move(numbers)), vector(shape)});
  }
  std::string real(Reals numbers) {
    model.reals.emplace_back("r" + std::to_string(model.reals.size()), std::move(numbers));
    return model.reals.back().first;
  }
  std::string real_matrix(Reals numbers, const Whole& shape) {
    return node("Reshape", {real(std::move(numbers)), vector(shape)});
  }
  std::string scalar(std::int64_t number) {
    model.scalars.emplace_back("n" + std::to_string(model.scalars.size()), number);
    return model.scalars.back().first;
  }
  std::string numbers(const std::string& value) {
    model.outputs = {value};
    const std::string bytes = encode(model);
    try {
      const onnx::Model parsed = onnx::parse_model(bytes);
      const onnx::FoldedGraph folded = onnx::fold(parsed, {});
      const auto& constant = folded.value(folded.outputs[0]).constant;
      if (!constant) return "unknown";
      const std::string kind =
          std::string(constant->real ? "real " : "") + (constant->computed ? "computed " : "");
      return kind + onnx::shown(constant->shape) + ": " +
             (constant->real ? fmt::format("{}", fmt::join(constant->reals, " "))
                             : fmt::format("{}", fmt::join(constant->whole, " ")));
    } catch (const Error& error) {
      return std::string(error.what()).substr(std::string("error: ").size());
    }
  }
};

std::string unary(const std::string& type, Whole numbers) {
  ConstantGraph g;
  return g.numbers(g.node(type, {g.vector(std::move(numbers))}));
}
std::string unary(const std::string& type, Reals numbers) {
  ConstantGraph g;
  return g.numbers(g.node(type, {g.real(std::move(numbers))}));
}
std::string binary(const std::string& type, Whole a, Whole b) {
  ConstantGraph g;
  return g.numbers(g.node(type, {g.vector(std::move(a)), g.vector(std::move(b))}));
}
std::string binary(const std::string& type, Reals a, Reals b) {
  ConstantGraph g;
  return g.numbers(g.node(type, {g.real(std::move(a)), g.real(std::move(b))}));
}

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

}  // namespace

TEST_CASE("functions of one constant", "[onnx]") {
  CHECK(unary("Neg", Whole{-2, 0, 3}) == "3: 2 0 -3");
  CHECK(unary("Abs", Whole{-2, 0, 3}) == "3: 2 0 3");
  CHECK(unary("Sign", Whole{-2, 0, 3}) == "3: -1 0 1");
  CHECK(unary("Not", Whole{-2, 0, 3}) == "3: 0 1 0");
  CHECK(unary("Sqrt", Whole{4, 9}) == "2: 2 3");
  CHECK(unary("Neg", Reals{-2.5F, 3}) == "real 2: 2.5 -3");
  CHECK(unary("Abs", Reals{-2.5F, 3}) == "real 2: 2.5 3");
  CHECK(unary("Floor", Reals{-2.5F, 2.5F}) == "real 2: -3 2");
  CHECK(unary("Ceil", Reals{-2.5F, 2.5F}) == "real 2: -2 3");
  CHECK(unary("Round", Reals{-2.5F, 3.5F, 3.25F}) == "real 3: -2 4 3");
  CHECK(unary("Sqrt", Reals{2.25F, 16}) == "real 2: 1.5 4");
  CHECK(unary("Reciprocal", Reals{4, -0.5F}) == "real 2: 0.25 -2");
  CHECK(unary("Exp", Reals{0}) == "real 1: 1");
  CHECK(unary("Log", Reals{1}) == "real 1: 0");
  CHECK(unary("Sign", Reals{-0.5F, 0, 7, 0.5F}) == "real 4: -1 0 1 1");
  CHECK(unary("Not", Reals{0, 2}) == "real 2: 1 0");
  CHECK(unary("Erf", Reals{0}) == "unknown");
  // Beyond what a double has exactly.
  CHECK(unary("Neg", Whole{(std::int64_t{1} << 53) - 1}) == "1: -9007199254740991");
  CHECK(unary("Neg", Whole{std::int64_t{1} << 53}) == "unknown");
  CHECK(unary("Reciprocal", Whole{0}) == "unknown");
}

TEST_CASE("operations of two constants", "[onnx]") {
  CHECK(binary("Add", Whole{5, -7}, Whole{3, 2}) == "2: 8 -5");
  CHECK(binary("Sub", Whole{5, -7}, Whole{3, 2}) == "2: 2 -9");
  CHECK(binary("Mul", Whole{5, -7}, Whole{3, 2}) == "2: 15 -14");
  CHECK(binary("Div", Whole{7, -7, 7}, Whole{2, 2, -2}) == "3: 3 -3 -3");
  CHECK(binary("Mod", Whole{7, -7, 7, -7, 6, -6}, Whole{3, 3, -3, -3, 3, 3}) == "6: 1 2 -2 -1 0 0");
  CHECK(binary("Mod", Whole{6, -6, -4, 4, 4}, Whole{-3, -3, -3, -3, -1}) == "5: 0 0 -1 -2 0");
  CHECK(binary("Mod", Whole{5, -5}, Whole{1, 1}) == "2: 0 0");
  CHECK(binary("Min", Whole{5, -7}, Whole{3, 2}) == "2: 3 -7");
  CHECK(binary("Max", Whole{5, -7}, Whole{3, 2}) == "2: 5 2");
  CHECK(binary("And", Whole{0, 0, 2, 2}, Whole{0, 3, 0, 3}) == "4: 0 0 0 1");
  CHECK(binary("Or", Whole{0, 0, 2, 2}, Whole{0, 3, 0, 3}) == "4: 0 1 1 1");
  CHECK(binary("Xor", Whole{0, 0, 2, 2}, Whole{0, 3, 0, 3}) == "4: 0 1 1 0");
  CHECK(binary("Equal", Whole{1, 2, 3}, Whole{2, 2, 2}) == "3: 0 1 0");
  CHECK(binary("Less", Whole{1, 2, 3}, Whole{2, 2, 2}) == "3: 1 0 0");
  CHECK(binary("LessOrEqual", Whole{1, 2, 3}, Whole{2, 2, 2}) == "3: 1 1 0");
  CHECK(binary("Greater", Whole{1, 2, 3}, Whole{2, 2, 2}) == "3: 0 0 1");
  CHECK(binary("GreaterOrEqual", Whole{1, 2, 3}, Whole{2, 2, 2}) == "3: 0 1 1");
  CHECK(binary("Add", Reals{0.5F}, Reals{3}) == "real 1: 3.5");
  CHECK(binary("Sub", Reals{0.5F}, Reals{3}) == "real 1: -2.5");
  CHECK(binary("Mul", Reals{0.5F}, Reals{3}) == "real 1: 1.5");
  CHECK(binary("Div", Reals{7}, Reals{2}) == "real 1: 3.5");
  CHECK(binary("Pow", Reals{3}, Reals{2}) == "real 1: 9");
  CHECK(binary("Min", Reals{0.5F}, Reals{3}) == "real 1: 0.5");
  CHECK(binary("Max", Reals{0.5F}, Reals{3}) == "real 1: 3");
  CHECK(binary("Less", Reals{0.5F}, Reals{3}) == "1: 1");
  CHECK(binary("Mod", Reals{7}, Reals{2}) == "unknown");
  CHECK(binary("Pow", Whole{3}, Whole{2}) == "unknown");
  ConstantGraph mixed;
  CHECK(mixed.numbers(mixed.node("Mul", {mixed.vector({6}), mixed.real({0.5F})})) == "real 1: 3");
  // Of other shapes.
  ConstantGraph spread;
  const std::string rows = spread.matrix({10, 20}, {2, 1}), columns = spread.vector({1, 2, 3});
  CHECK(spread.numbers(spread.node("Add", {rows, columns})) == "2x3: 11 12 13 21 22 23");
  CHECK(spread.numbers(spread.node("Sub", {columns, rows})) == "2x3: -9 -8 -7 -19 -18 -17");
  CHECK(spread.numbers(spread.node("Div", {rows, spread.scalar(5)})) == "2x1: 2 4");
  CHECK(spread.numbers(spread.node("Less", {columns, spread.scalar(2)})) == "3: 1 0 0");
}

TEST_CASE("results that need more than 64 bits", "[onnx]") {
  const std::string large = ": the result needs more than 64 bits";
  CHECK(binary("Add", Whole{kMost}, Whole{1}) == "Add" + large);
  CHECK(binary("Add", Whole{kMost - 1}, Whole{1}) == fmt::format("1: {}", kMost));
  CHECK(binary("Sub", Whole{kLeast}, Whole{1}) == "Sub" + large);
  CHECK(binary("Mul", Whole{kMost}, Whole{2}) == "Mul" + large);
  CHECK(binary("Div", Whole{kLeast}, Whole{-1}) == "Div" + large);
  CHECK(binary("Mod", Whole{kLeast}, Whole{-1}) == "Mod" + large);
  CHECK(binary("Div", Whole{-kMost}, Whole{-1}) == fmt::format("1: {}", kMost));
  CHECK(binary("Div", Whole{kLeast}, Whole{1}) == fmt::format("1: {}", kLeast));
  CHECK(binary("Div", Whole{4}, Whole{0}) == "Div: a division by zero");
  CHECK(binary("Mod", Whole{4}, Whole{0}) == "Mod: a division by zero");
}

TEST_CASE("operators of other domains are not computed", "[onnx]") {
  for (const std::string domain : {"", "com.microsoft", "com.acme"}) {
    ConstantGraph g;
    const std::string sum = g.node("Add", {g.vector({1, 2}), g.vector({3, 4})});
    g.model.nodes.back().domain = domain;
    INFO(domain);
    CHECK(g.numbers(sum) == (domain == "com.acme" ? "unknown" : "2: 4 6"));
  }
}

TEST_CASE("constants of attributes", "[onnx]") {
  const auto constant = [](const TestNode& made) {
    ConstantGraph g;
    g.model.nodes.push_back(made);
    return g.numbers("k");
  };
  CHECK(constant({"Constant", {}, {"k"}, {{"value_int", {7}}}}) == "a scalar: 7");
  CHECK(constant({"Constant", {}, {"k"}, {{"value_ints", {7, -8, 9}}}}) == "3: 7 -8 9");
  TestNode real = {"Constant", {}, {"k"}};
  real.reals = {{"value_float", {0.5F}}};
  CHECK(constant(real) == "real a scalar: 0.5");
  real.reals = {{"value_floats", {0.5F, 2}}};
  CHECK(constant(real) == "real 2: 0.5 2");
  CHECK(constant({"Constant", {}, {"k"}}) == "unknown");
  // A number that isn't written is 0.
  CHECK(constant({"Constant", {}, {"k"}, {{"value_int", {}}}}) == "a scalar: 0");
  real.reals = {{"value_float", {}}};
  CHECK(constant(real) == "real a scalar: 0");
}

TEST_CASE("shapes as constants are computed", "[onnx]") {
  const auto shape = [](std::vector<std::pair<std::string, Whole>> ints) {
    ConstantGraph g;
    return g.numbers(g.node("Shape", {"x"}, std::move(ints)));
  };
  CHECK(shape({}) == "computed 4: 1 3 4 5");
  CHECK(shape({{"start", {1}}}) == "computed 3: 3 4 5");
  CHECK(shape({{"start", {-2}}}) == "computed 2: 4 5");
  CHECK(shape({{"start", {-1}}}) == "computed 1: 5");
  CHECK(shape({{"start", {0}}}) == "computed 4: 1 3 4 5");
  CHECK(shape({{"start", {-9}}, {"end", {-2}}}) == "computed 2: 1 3");
  CHECK(shape({{"start", {1}}, {"end", {3}}}) == "computed 2: 3 4");
  CHECK(shape({{"start", {9}}}) == "computed 0: ");
  ConstantGraph g;
  CHECK(g.numbers(g.node("Size", {"x"})) == "computed a scalar: 60");
  // What is computed from them is computed too.
  const std::string sizes = g.node("Shape", {"x"}), two = g.vector({2});
  CHECK(g.numbers(g.node("Mul", {sizes, two})) == "computed 4: 2 6 8 10");
  CHECK(g.numbers(g.node("Mul", {two, sizes})) == "computed 4: 2 6 8 10");
  CHECK(g.numbers(g.node("Neg", {sizes})) == "computed 4: -1 -3 -4 -5");
  CHECK(g.numbers(g.node("Gather", {sizes, two})) == "computed 1: 4");
  CHECK(g.numbers(g.node("Concat", {two, sizes}, {{"axis", {0}}})) == "computed 5: 2 1 3 4 5");
  CHECK(g.numbers(g.node("Slice", {sizes, two, g.vector({9})})) == "computed 2: 4 5");
  CHECK(g.numbers(g.node("Cast", {sizes}, {{"to", {1}}})) == "real computed 4: 1 3 4 5");
  CHECK(g.numbers(g.node("ReduceProd", {sizes}, {{"keepdims", {0}}})) == "computed a scalar: 60");
  CHECK(g.numbers(g.node("Reshape", {sizes, g.vector({2, 2})})) == "computed 2x2: 1 3 4 5");
  CHECK(g.numbers(g.node("Expand", {sizes, g.vector({2, 4})})) == "computed 2x4: 1 3 4 5 1 3 4 5");
  CHECK(g.numbers(g.node("NonZero", {sizes})) == "computed 1x4: 0 1 2 3");
  CHECK(g.numbers(g.node("Where", {g.vector({0, 1, 0, 1}), sizes, two})) == "computed 4: 2 3 2 5");
  CHECK(g.numbers(g.node("Unsqueeze", {g.vector({7}), g.vector({0})})) == "1x1: 7");
  const std::string rows = g.node("Shape", {"x"}, {{"start", {1}}, {"end", {2}}});
  CHECK(g.numbers(g.node("Reshape", {g.vector({7, 8, 9}), rows})) == "computed 3: 7 8 9");
}

TEST_CASE("filled constants", "[onnx]") {
  ConstantGraph g;
  CHECK(g.numbers(g.node("ConstantOfShape", {g.vector({2, 3})})) == "real 2x3: 0 0 0 0 0 0");
  CHECK(g.numbers(g.node("ConstantOfShape", {g.node("Shape", {"x"}, {{"start", {2}}})})) ==
        "real computed 4x5: " + fmt::format("{}", fmt::join(Whole(20, 0), " ")));
  CHECK(g.numbers(g.node("ConstantOfShape", {g.vector({65536})})).starts_with("real 65536: 0 0"));
  CHECK(g.numbers(g.node("ConstantOfShape", {g.vector({65537})})) == "unknown");
  CHECK(g.numbers(g.node("ConstantOfShape", {g.vector({0, 5})})) == "real 0x5: ");
}

TEST_CASE("numbers that move: turned, repeated, looked up", "[onnx]") {
  ConstantGraph g;
  const std::string m = g.matrix({1, 2, 3, 4, 5, 6}, {2, 3}),
                    cube = g.matrix({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {2, 3, 2}),
                    real = g.real_matrix({0.5F, 1, 1.5F, 2}, {2, 2});
  CHECK(g.numbers(g.node("Transpose", {m})) == "3x2: 1 4 2 5 3 6");
  CHECK(g.numbers(g.node("Transpose", {real})) == "real 2x2: 0.5 1.5 1 2");
  CHECK(g.numbers(g.node("Transpose", {cube}, {{"perm", {1, 2, 0}}})) ==
        "3x2x2: 1 7 2 8 3 9 4 10 5 11 6 12");
  CHECK(g.numbers(g.node("Transpose", {cube}, {{"perm", {2, 0, 1}}})) ==
        "2x2x3: 1 3 5 7 9 11 2 4 6 8 10 12");
  CHECK(g.numbers(g.node("Transpose", {cube})) == "2x3x2: 1 7 3 9 5 11 2 8 4 10 6 12");
  CHECK(g.numbers(g.node("Tile", {m, g.vector({2, 2})})) ==
        "4x6: 1 2 3 1 2 3 4 5 6 4 5 6 1 2 3 1 2 3 4 5 6 4 5 6");
  CHECK(g.numbers(g.node("Expand", {g.matrix({1, 2}, {2, 1}), g.vector({2, 2, 3})})) ==
        "2x2x3: 1 1 1 2 2 2 1 1 1 2 2 2");
  CHECK(g.numbers(g.node("Gather", {m, g.vector({1, 0, -1})})) == "3x3: 4 5 6 1 2 3 4 5 6");
  CHECK(g.numbers(g.node("Gather", {m, g.vector({2, -3})}, {{"axis", {1}}})) == "2x2: 3 1 6 4");
  CHECK(g.numbers(g.node("Gather", {cube, g.vector({2})}, {{"axis", {1}}})) == "2x1x2: 5 6 11 12");
  CHECK(g.numbers(g.node("Gather", {cube, g.scalar(1)}, {{"axis", {-1}}})) == "2x3: 2 4 6 8 10 12");
  CHECK(g.numbers(g.node("Gather", {real, g.scalar(1)})) == "real 2: 1.5 2");
  CHECK(g.numbers(g.node("Squeeze", {g.matrix({7}, {1, 1})})) == "a scalar: 7");
  CHECK(g.numbers(g.node("Flatten", {cube}, {{"axis", {2}}})) == "6x2: 1 2 3 4 5 6 7 8 9 10 11 12");
  CHECK(g.numbers(g.node("Identity", {real})) == "real 2x2: 0.5 1 1.5 2");
  const auto outside = [](std::int64_t index) {
    ConstantGraph own;
    return own.numbers(own.node("Gather", {own.vector({4, 5}), own.vector({index})}));
  };
  CHECK(outside(1) == "1: 5");
  CHECK(outside(-2) == "1: 4");
  CHECK(outside(2) == "Gather: index 2 of 2 elements");
  CHECK(outside(-3) == "Gather: index -1 of 2 elements");
}

TEST_CASE("numbers that are cut and joined", "[onnx]") {
  ConstantGraph g;
  const std::string m = g.matrix({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {3, 4});
  const auto slice = [&](Whole starts, Whole ends, Whole axes, Whole steps) {
    return g.numbers(g.node("Slice", {m, g.vector(std::move(starts)), g.vector(std::move(ends)),
                                      g.vector(std::move(axes)), g.vector(std::move(steps))}));
  };
  CHECK(slice({1}, {3}, {1}, {1}) == "3x2: 2 3 6 7 10 11");
  CHECK(slice({2, 3}, {-9, 0}, {0, 1}, {-1, -2}) == "3x2: 12 10 8 6 4 2");
  CHECK(slice({1, 0}, {3, 4}, {0, 1}, {1, 3}) == "2x2: 5 8 9 12");
  CHECK(g.numbers(g.node("Concat", {g.vector({1, 2}), g.vector({3}), g.vector({4, 5})},
                         {{"axis", {0}}})) == "5: 1 2 3 4 5");
  CHECK(g.numbers(g.node("Concat", {g.real({1, 2}), g.real({0.5F})}, {{"axis", {0}}})) ==
        "real 3: 1 2 0.5");
  CHECK(g.numbers(g.node("Concat", {g.vector({1, 2}), g.real({0.5F})}, {{"axis", {0}}})) ==
        "unknown");
  CHECK(g.numbers(g.node("Concat", {m, m}, {{"axis", {0}}})) == "unknown");
  CHECK(g.numbers(g.node("Concat", {g.vector({4, 5})}, {{"axis", {0}}})) == "2: 4 5");
  ConstantGraph halves;
  halves.model.nodes.push_back({"Split", {halves.matrix({1, 2, 3, 4}, {2, 2})}, {"a", "b"}});
  CHECK(halves.numbers("b") == "1x2: 3 4");
  const auto part = [](std::int64_t axis, const std::string& name) {
    ConstantGraph own;
    const std::string cube = own.matrix({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {2, 3, 2});
    own.model.nodes.push_back(
        {"Split", {cube, own.vector({1, axis == 1 ? 2 : 1})}, {"a", "b"}, {{"axis", {axis}}}});
    return own.numbers(name);
  };
  CHECK(part(0, "a") == "1x3x2: 1 2 3 4 5 6");
  CHECK(part(0, "b") == "1x3x2: 7 8 9 10 11 12");
  CHECK(part(1, "a") == "2x1x2: 1 2 7 8");
  CHECK(part(1, "b") == "2x2x2: 3 4 5 6 9 10 11 12");
  CHECK(part(2, "a") == "2x3x1: 1 3 5 7 9 11");
  CHECK(part(-1, "b") == "2x3x1: 2 4 6 8 10 12");
  const auto found = [](Reals numbers) {
    ConstantGraph own;
    return own.numbers(own.node("NonZero", {own.real_matrix(std::move(numbers), {2, 3})}));
  };
  CHECK(found({0, 0.5F, 0, -1, 0, 2}) == "2x3: 0 1 1 1 0 2");
  ConstantGraph one;
  CHECK(one.numbers(one.node("NonZero", {one.scalar(1)})) == "unknown");
  ConstantGraph third;
  CHECK(third.numbers(third.node("NonZero", {third.matrix(Whole(8, 1), {2, 2, 2})})) ==
        "3x8: 0 0 0 0 1 1 1 1 0 0 1 1 0 0 1 1 0 1 0 1 0 1 0 1");
}

TEST_CASE("numbers of other types", "[onnx]") {
  const auto cast = [](Reals numbers, std::int64_t type) {
    ConstantGraph g;
    return g.numbers(g.node("Cast", {g.real(std::move(numbers))}, {{"to", {type}}}));
  };
  CHECK(cast({0, 2.75F, -2.75F}, 7) == "3: 0 2 -2");
  CHECK(cast({0, 2.75F, -2.75F}, 9) == "3: 0 1 1");
  CHECK(cast({0, 2.75F}, 1) == "real 2: 0 2.75");
  CHECK(cast({4.0e18F}, 7) == "1: 3999999937226997760");
  CHECK(cast({4.7e18F}, 7) == "unknown");
  CHECK(cast({-4.7e18F}, 7) == "unknown");
  CHECK(cast({4.7e18F}, 11).starts_with("real 1: 4.69"));
  CHECK(cast({0x1p62F}, 7) == "unknown");
  CHECK(cast({NAN}, 7) == "unknown");
  ConstantGraph g;
  CHECK(g.numbers(g.node("Cast", {g.vector({0, 5, -1})}, {{"to", {9}}})) == "3: 0 1 1");
  CHECK(g.numbers(g.node("Cast", {g.real({0.5F, 0.F, -0.25F})}, {{"to", {9}}})) == "3: 1 0 1");
  CHECK(g.numbers(g.node("Cast", {g.vector({0, 5, -1})}, {{"to", {11}}})) == "real 3: 0 5 -1");
  CHECK(g.numbers(g.node("Cast", {g.vector({0, 5, -1})})) == "real 3: 0 5 -1");
  CHECK(g.numbers(g.node("CastLike", {g.real({2.5F}), g.vector({1})})) == "1: 2");
  CHECK(g.numbers(g.node("CastLike", {g.vector({2}), g.real({1})})) == "real 1: 2");
  CHECK(g.numbers(g.node("CastLike", {g.vector({2}), "x"})) == "unknown");
}

TEST_CASE("one of two constants, by a condition", "[onnx]") {
  ConstantGraph g;
  const std::string condition = g.matrix({1, 0}, {2, 1}), yes = g.vector({1, 2, 3});
  CHECK(g.numbers(g.node("Where", {condition, yes, g.vector({9})})) == "2x3: 1 2 3 9 9 9");
  CHECK(g.numbers(g.node("Where", {g.vector({0, 5, 0}), yes, g.scalar(9)})) == "3: 9 2 9");
  CHECK(g.numbers(g.node("Where", {g.vector({0, 5, 0}), yes, g.real({0.5F})})) ==
        "real 3: 0.5 2 0.5");
  CHECK(g.numbers(g.node("Where", {g.vector({0, 5, 0}), g.real({0.5F}), yes})) ==
        "real 3: 1 0.5 3");
  CHECK(g.numbers(g.node("Where", {g.real({0}), yes, yes})) == "unknown");
}

TEST_CASE("reductions of all numbers", "[onnx]") {
  const auto reduced = [](const std::string& type, Whole numbers) {
    ConstantGraph g;
    return g.numbers(g.node(type, {g.vector(std::move(numbers))}, {{"keepdims", {0}}}));
  };
  CHECK(reduced("ReduceProd", {2, -3, 5}) == "a scalar: -30");
  CHECK(reduced("ReduceSum", {2, -3, 5}) == "a scalar: 4");
  CHECK(reduced("ReduceMax", {2, -3, 5}) == "a scalar: 5");
  CHECK(reduced("ReduceMax", {-2, -3, -5}) == "a scalar: -2");
  CHECK(reduced("ReduceMin", {2, -3, 5}) == "a scalar: -3");
  CHECK(reduced("ReduceMin", {2, 3, 5}) == "a scalar: 2");
  CHECK(reduced("ReduceMean", {2, 4}) == "unknown");
  CHECK(reduced("ReduceProd", {}) == "a scalar: 1");
  CHECK(reduced("ReduceSum", {}) == "a scalar: 0");
  CHECK(reduced("ReduceMax", {}) == "unknown");
  CHECK(reduced("ReduceProd", {std::int64_t{1} << 52, 2}) == "unknown");
  CHECK(reduced("ReduceSum", {std::int64_t{1} << 52, (std::int64_t{1} << 52) - 1}) ==
        "a scalar: 9007199254740991");
  ConstantGraph g;
  CHECK(g.numbers(g.node("ReduceMax", {g.real({0.5F, 2.5F, -1})}, {{"keepdims", {0}}})) ==
        "real a scalar: 2.5");
  CHECK(g.numbers(g.node("ReduceProd", {g.matrix({2, 3, 4, 5}, {2, 2})})) == "1x1: 120");
  CHECK(g.numbers(g.node("ReduceSum", {g.matrix({2, 3, 4, 5}, {2, 2}), g.vector({0})})) ==
        "unknown");
  const auto range = [](std::int64_t start, std::int64_t limit, std::int64_t step) {
    ConstantGraph own;
    return own.numbers(own.node("Range", {own.scalar(start), own.scalar(limit), own.scalar(step)}));
  };
  CHECK(range(3, 4, 1) == "1: 3");
  CHECK(range(3, 3, 1) == "0: ");
  CHECK(range(3, 3, -1) == "0: ");
  CHECK(range(7, 1, -2) == "3: 7 5 3");
  CHECK(range(0, 7, 2) == "4: 0 2 4 6");
  CHECK(range(0, 6, 2) == "3: 0 2 4");
  CHECK(range(0, 6, 0) == "Range: a step of 0");
  CHECK(range(0, std::int64_t{1} << 41, 1) == "Range: a range of too many numbers");
  ConstantGraph mixed;
  CHECK(mixed.numbers(
            mixed.node("Range", {mixed.scalar(0), mixed.node("Squeeze", {mixed.real({2.5F})}),
                                 mixed.scalar(1)})) == "unknown");
}
