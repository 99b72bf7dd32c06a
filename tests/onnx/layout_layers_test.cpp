// SPDX-License-Identifier: Apache-2.0
// Operators over tensors whose dimensions are in another order, widths that keep their size, and
// operators that are not counted.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string turned(GraphWriter& g, const std::string& in, std::vector<std::int64_t> order) {
  return g.node("Transpose", {in}, {{"perm", std::move(order)}});
}

}  // namespace

TEST_CASE("norms of tensors whose channels are elsewhere", "[onnx]") {
  const auto norm = [](GraphWriter& g, const std::string& in, std::int64_t channels) {
    return g.node("BatchNormalization", {in, g.weight({channels}), g.weight({channels}),
                                         g.weight({channels}), g.weight({channels})});
  };
  check_items({
      {{1, 6, 4, 5},
       [&](GraphWriter& g) {
         return norm(g, turned(g, "x", {0, 2, 1, 3}), 4);
       },
       "rearrange: {channels: 4, height: 6, width: w}; batch_norm -> 4x6x5"},
      {{1, 6, 4, 5},
       [&](GraphWriter& g) {
         return norm(g, turned(g, "x", {0, 1, 3, 2}), 6);
       },
       "batch_norm -> 6x4x5"},
      {{1, 4, 6},
       [&](GraphWriter& g) { return norm(g, "x", 4); },
       "rearrange: {channels: 4, height: 6}; batch_norm -> 4x6x1"},
      {{1, 4, 6},
       [&](GraphWriter& g) {
         return norm(g, turned(g, "x", {0, 2, 1}), 6);
       },
       "batch_norm -> 6x4x1"},
      {{1, 6}, [&](GraphWriter& g) { return norm(g, "x", 6); }, "batch_norm -> 6x1x1"},
      {{1, 4, 6},
       [&](GraphWriter& g) {
         return norm(g, g.node("Squeeze", {"x", g.vector({0})}), 6);
       },
       "batch_norm -> 6x4x1"},
      {{2, 4, 6},
       [&](GraphWriter& g) { return norm(g, "x", 4); },
       "rearrange: {channels: 4, height: 6}; batch_norm -> 4x6x1"},
      {{1, 6, 4, 5},
       [&](GraphWriter& g) {
         return norm(g, g.node("Reshape", {"x", g.vector({1, 2, 3, 20})}), 2);
       },
       "reshape: {channels: in, height: 20}; rearrange: {channels: 2, height: 3, width: 20}; "
       "batch_norm -> 2x3x20"},
      {{1, 3, 4, 6, 5}, [&](GraphWriter& g) { return norm(g, "x", 3); }, "batch_norm -> 3x24x5"},
  });
}

TEST_CASE("products of tensors whose channels are elsewhere", "[onnx]") {
  check_items({
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("MatMul", {turned(g, "x", {0, 2, 3, 1}), g.weight({6, 7})});
       },
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("MatMul", {turned(g, "x", {0, 2, 1, 3}), g.weight({5, 7})});
       },
       "rearrange: {channels: 5, height: 6, width: 4}; linear: {out: 7, bias: false, per_position: "
       "true} -> 7x6x4"},
      {{1, 6, 4},
       [](GraphWriter& g) {
         return g.node("MatMul", {turned(g, "x", {0, 2, 1}), g.weight({6, 7})});
       },
       "rearrange: {channels: 6, height: 4}; linear: {out: 7, bias: false, per_position: true} -> "
       "7x4x1"},
      {{6, 4},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({4, 7})});
       },
       "linear: {out: 7, bias: false} -> 7x1x1"},
      {{2, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6, 7})});
       },
       "linear: {out: 7, bias: false, per_position: true} -> 7x4x1"},
      {{2, 4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", turned(g, "x", {0, 2, 1})});
       },
       "rearrange: {channels: 1, height: h, width: 6}; rearrange: {name: rearrange_2, channels: 1, "
       "height: 6, width: 4, from: input}; matmul: {from: [rearrange, rearrange_2]} -> 1x4x4"},
      {{4, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", turned(g, "x", {1, 0})});
       },
       "rearrange: {channels: 1, height: 4, width: 6}; rearrange: {name: rearrange_2, channels: 1, "
       "height: 6, width: 4, from: input}; matmul: {from: [rearrange, rearrange_2]} -> 1x4x4"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("Conv", {turned(g, "x", {0, 2, 1, 3}), g.weight({7, 4, 1, 1})});
       },
       "rearrange: {channels: 4, height: 6, width: w}; conv: {out: 7} -> 7x6x5"},
  });
}

TEST_CASE("positions that are cut into more dimensions than an image has", "[onnx]") {
  const auto reshaped = [](std::vector<std::int64_t> order, std::vector<std::int64_t> shape) {
    return [=](GraphWriter& g) {
      const std::string in = order.empty() ? "x" : turned(g, "x", order);
      return g.node("Relu", {g.node("Reshape", {in, g.vector(shape)})});
    };
  };
  check_items({
      {{1, 6, 4, 5}, reshaped({0, 2, 3, 1}, {1, 2, 2, 5, 6}), "relu -> 6x4x5"},
      {{1, 6, 4, 5},
       reshaped({0, 2, 3, 1}, {1, 2, 10, 6}),
       "reshape: {channels: in, height: 2, width: 10}; relu -> 6x2x10"},
      {{1, 6, 4, 5},
       reshaped({0, 2, 3, 1}, {1, 20, 6}),
       "reshape: {channels: in, height: 20}; relu -> 6x20x1"},
      {{1, 6, 4, 5},
       reshaped({0, 2, 1, 3}, {1, 24, 5}),
       "rearrange: {channels: 24, width: 5}; relu -> 24x1x5"},
      {{1, 6, 4, 5},
       reshaped({0, 2, 1, 3}, {1, 8, 3, 5}),
       "rearrange: {channels: 8, height: 3, width: 5}; relu -> 8x3x5"},
      {{1, 6, 4, 5},
       reshaped({0, 1, 3, 2}, {1, 6, 2, 10}),
       "rearrange: {channels: 6, height: 10, width: 2}; relu -> 6x10x2"},
      {{1, 6, 4, 5},
       reshaped({0, 1, 3, 2}, {1, 6, 20}),
       "rearrange: {channels: 6, height: 20}; relu -> 6x20x1"},
      {{1, 6, 4, 5}, reshaped({}, {1, 6, 2, 2, 1, 5}), "relu -> 6x4x5"},
      {{2, 6, 4, 5}, reshaped({}, {2, 120}), "reshape: {channels: 120}; relu -> 120x1x1"},
      {{2, 6, 4, 5},
       reshaped({}, {12, 4, 5}),
       "rearrange: {channels: 12, height: 4, width: 5}; relu -> 12x4x5"},
      {{2, 6, 4, 5}, reshaped({}, {240}), "rearrange: {channels: 240}; relu -> 240x1x1"},
  });
}

TEST_CASE("operations that spread channels, and learned numbers, keep the widths", "[onnx]") {
  const auto conv_and = [](std::function<std::string(GraphWriter&, const std::string&)> make) {
    return [=](GraphWriter& g) { return g.conv(make(g, g.conv("x", 3, 8)), 8, 7); };
  };
  const std::vector<TestDimension> image = {1, 3, 4, 5};
  check_items({
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Mul", {in, g.weight({1})});
       }),
       "conv: {out: w1}; pointwise; conv: {name: conv_2, out: 7} -> 7x4x5"},

      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Mul", {in, g.weight({8, 1, 5})});
       }),
       "conv: {out: 8}; pointwise: {params: 40}; conv: {name: conv_2, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Mul", {in, g.weight({8, 4, 5})});
       }),
       "conv: {out: w1}; pointwise: {learned: all}; conv: {name: conv_2, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Sub", {in, g.weight({8, 1, 1})});
       }),
       "conv: {out: w1}; pointwise: {learned: channels}; conv: {name: conv_2, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         g.model.scalars = {{"two", 2}};
         return g.node("Mul", {in, "two"});
       }),
       "conv: {out: w1}; pointwise; conv: {name: conv_2, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Add", {g.node("ReduceSum", {in, g.vector({1})}), g.conv("x", 3, 8)});
       }),
       "conv: {out: w1}; reduce: {channels: true}; conv: {name: conv_2, out: w2, from: input}; "
       "add: {from: [reduce, conv_2]}; conv: {name: conv_3, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Add", {g.conv("x", 3, 1), in});
       }),
       "conv: {out: w1}; conv: {name: conv_2, out: 1, from: input}; add: {from: [conv_2, conv]}; "
       "conv: {name: conv_3, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         const std::string both = g.node("Sum", {in, g.conv("x", 3, 8), g.conv("x", 3, 8)});
         return g.node("Max", {both, g.conv("x", 3, 8)});
       }),
       "conv: {out: w1}; conv: {name: conv_2, out: w1, from: input}; conv: {name: conv_3, out: w1, "
       "from: input}; add: {from: [conv, conv_2, conv_3]}; conv: {name: conv_4, out: w1, from: "
       "input}; pointwise: {elementwise: 0, compares: 1, from: [add, conv_4]}; conv: {name: "
       "conv_5, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Sum", {in, g.conv("x", 3, 8), g.weight({1, 5})});
       }),
       "conv: {out: w1}; conv: {name: conv_2, out: w1, from: input}; pointwise: {params: 5, from: "
       "[conv, conv_2]}; conv: {name: conv_3, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("Max", {in, g.conv("x", 3, 8), g.weight({8, 1, 1})});
       }),
       "conv: {out: w1}; conv: {name: conv_2, out: w1, from: input}; pointwise: {elementwise: 0, "
       "compares: 1, params: 8, from: [conv, conv_2]}; conv: {name: conv_3, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("MatMul", {in, g.weight({2, 1, 5, 5})});
       }),
       "conv: {out: 8}; custom: {channels: 16, height: h, width: w, params: 50, weights: 50, macs: "
       "10 * in * h * w}; custom: {name: custom_2, channels: 14, height: h, width: w, params: in "
       "// 2 * 7, weights: in // 2 * 7, macs: in // 2 * 14 * (h * w)} -> 14x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         return g.node("LRN",
                       {g.node("ConvTranspose", {in, g.weight({8, 4, 1, 1})}, {{"group", {2}}})},
                       {{"size", {3}}});
       }),
       "conv: {out: 8}; conv_transpose: {out: 8, kernel: 1, groups: 2}; lrn: {size: 3}; conv: "
       "{name: conv_2, out: 7} -> 7x4x5"},
      {image, conv_and([](GraphWriter& g, const std::string& in) {
         const std::string parts = g.node("Reshape", {in, g.vector({1, 2, 4, 4, 5})});
         const std::string sum = g.node("ReduceSum", {parts, g.vector({1})}, {{"keepdims", {0}}});
         return g.node("Concat", {sum, sum}, {{"axis", {1}}});
       }),
       "conv: {out: 8}; reshape: {channels: 2, height: 4 * h, width: w}; reduce: {channels: true}; "
       "reshape: {name: reshape_2, channels: 4, height: h // 4, width: w}; concat: {from: "
       "[reshape_2, reshape_2]}; conv: {name: conv_2, out: 7} -> 7x4x5"},
  });
}

TEST_CASE("videos of one frame, grouped and of free widths", "[onnx]") {
  check_items({
      {{1, 3, 1, 4, 5},
       [](GraphWriter& g) {
         return g.node("Conv", {"x", g.weight({7, 3, 1, 2, 2})});
       },
       "custom: {channels: 7, height: h - 1, width: w - 1, params: 4 * in * 7, weights: 4 * in * "
       "7, macs: 4 * in * 7 * ((h - 1) * (w - 1))} -> 7x3x4"},
      {{1, 3, 2, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.node("Conv", {"x", g.weight({8, 3, 1, 1, 1})});
         const std::string grouped =
             g.node("Conv", {map, g.weight({6, 4, 1, 1, 1})}, {{"group", {2}}});
         const std::string wide = g.node("ConvTranspose", {grouped, g.weight({6, 9, 1, 1, 1})});
         return g.node("Conv", {wide, g.weight({5, 9, 1, 1, 1})});
       },
       "w1 % 2; w2 % 2; custom: {channels: w1, height: h, width: w, params: in * w1, weights: in * "
       "w1, macs: in * w1 * (h * w)}; custom: {name: custom_2, channels: w2, height: h, width: w, "
       "params: in // 2 * w2, weights: in // 2 * w2, macs: in // 2 * w2 * (h * w)}; custom: {name: "
       "custom_3, channels: w3, height: h, width: w, params: in * w3, weights: in * w3, macs: in * "
       "w3 * h * w}; custom: {name: custom_4, channels: 5, height: h, width: w, params: in * 5, "
       "weights: in * 5, macs: in * 5 * (h * w)} -> 5x8x5"},
      {{1, 3, 2, 4, 5},
       [](GraphWriter& g) {
         const std::string map = g.node("Conv", {"x", g.weight({8, 3, 1, 1, 1})});
         const std::string wide =
             g.node("ConvTranspose", {map, g.weight({8, 3, 1, 1, 1})}, {{"group", {2}}});
         return g.node("Conv", {wide, g.weight({5, 6, 1, 1, 1})});
       },
       "custom: {channels: 8, height: h, width: w, params: in * 8, weights: in * 8, macs: in * 8 * "
       "(h * w)}; custom: {name: custom_2, channels: 6, height: h, width: w, params: in // 2 * 6, "
       "weights: in // 2 * 6, macs: in // 2 * 6 * h * w}; custom: {name: custom_3, channels: 5, "
       "height: h, width: w, params: in * 5, weights: in * 5, macs: in * 5 * (h * w)} -> 5x8x5"},
      {{1, 3, 2, 4, 5},
       [](GraphWriter& g) {
         return g.node("Conv", {"x", g.weight({1, 3, 1, 1, 1})}, {{"group", {1}}});
       },
       "custom: {channels: 1, height: h, width: w, params: in * 1, weights: in * 1, macs: in * 1 * "
       "(h * w)} -> 1x8x5"},
  });
}

TEST_CASE("outputs of operators that aren't known, by the sizes that the file states", "[onnx]") {
  const auto items = [](std::vector<std::string> outputs, const std::string& used,
                        std::vector<std::pair<std::string, std::vector<TestDimension>>> stated) {
    GraphWriter g({1, 6, 4, 5});
    g.model.nodes.push_back(
        {"Odd", {"x", g.weight({5, 7})}, std::move(outputs), {}, {}, "odd", "com.acme"});
    g.model.stated = std::move(stated);
    g.model.outputs = {g.node("Softmax", {used})};
    return items_of(g.model);
  };
  CHECK(items({"a"}, "a", {{"a", {1, 8, 4, 5}}}) ==
        "unsupported: {name: odd, channels: 8, height: h, width: w, params: 35}; softmax -> 8x4x5");
  CHECK(items({"a", "b"}, "b", {{"a", {1, 8, 4, 5}}, {"b", {1, 9, 2, 10}}}) ==
        "stage: name: odd layers:; unsupported: {channels: 8, height: h, width: w, params: 35}; "
        "unsupported: {name: unsupported_2, channels: 9, height: 2, width: 2 * w, from: input}; "
        "softmax; outputs: [softmax, odd.unsupported] -> 9x2x10");
  CHECK(items({"a", "b"}, "a", {{"a", {1, 8, 4, 5}}, {"b", {1, 9, 2, 10}}}) ==
        "unsupported: {name: odd, channels: 8, height: h, width: w, params: 35}; softmax -> 8x4x5");
  CHECK(items({"a", "b"}, "b", {{"a", {1, 8, 4, 5}}}) ==
        "unsupported: {name: odd, channels: 1, params: 35} -> 1x1x1");
  CHECK(items({"a"}, "a", {{"a", {1, 8}}}) ==
        "unsupported: {name: odd, channels: 8, params: 35}; softmax -> 8x1x1");
  CHECK(items({"a"}, "a", {}) == "unsupported: {name: odd, channels: 1, params: 35} -> 1x1x1");
}

TEST_CASE("an operator of another domain is none of ONNX, whatever its name", "[onnx]") {
  const auto items = [](const std::string& domain) {
    GraphWriter g({1, 3, 4, 5});
    g.model.nodes.push_back({"Relu", {"x"}, {"y"}, {}, {}, "odd", domain});
    g.model.stated = {{"y", {1, 3, 4, 5}}};
    g.model.outputs = {"y"};
    return items_of(g.model);
  };
  CHECK(items("") == "relu: {name: odd} -> 3x4x5");
  CHECK(items("ai.onnx") == "relu: {name: odd} -> 3x4x5");
  CHECK(items("com.microsoft") == "relu: {name: odd} -> 3x4x5");
  CHECK(items("com.acme") == "unsupported: {name: odd, channels: 3, height: h, width: w} -> 3x4x5");
}

TEST_CASE("single positions that are joined with several", "[onnx]") {
  const auto joined = [](bool first) {
    return [=](GraphWriter& g) {
      const std::string mean = g.node("ReduceMean", {"x"}, {{"axes", {1}}, {"keepdims", {0}}});
      const std::string one = g.node("Unsqueeze", {mean, g.vector({1})});
      return first ? g.node("Concat", {one, "x"}, {{"axis", {1}}})
                   : g.node("Concat", {"x", one}, {{"axis", {1}}});
    };
  };
  check_items({
      {{1, 4, 6},
       joined(true),
       "global_avg_pool; rearrange: {channels: 6, height: 5, from: [global_avg_pool, input]} -> "
       "6x5x1"},
      {{1, 4, 6},
       joined(false),
       "global_avg_pool; rearrange: {channels: 6, height: 5, from: [input, global_avg_pool]} -> "
       "6x5x1"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         return g.node("ArgMax", {"x"}, {{"axis", {3}}});
       },
       "reduce: {width: true} -> 6x4x1"},
  });
}

TEST_CASE("tensors of one shape whose channels are in different places", "[onnx]") {
  const auto both = [](const std::string& type, bool first) {
    return [=](GraphWriter& g) {
      const std::string other = turned(g, g.node("Relu", {"x"}), {0, 2, 1, 3});
      return first ? g.node(type, {other, "x"}, {{"axis", {1}}})
                   : g.node(type, {"x", other}, {{"axis", {1}}});
    };
  };
  check_items({
      {{1, 4, 4, 5},
       both("Sub", true),
       "relu; rearrange: {channels: 4, height: h, width: w, from: input}; pointwise: {from: [relu, "
       "rearrange]} -> 4x4x5"},
      {{1, 4, 4, 5},
       both("Sub", false),
       "relu; rearrange: {channels: 4, height: h, width: w}; pointwise: {from: [input, rearrange]} "
       "-> 4x4x5"},
      {{1, 4, 4, 5},
       both("Concat", true),
       "relu; rearrange: {channels: 4, height: 2 * h, width: w, from: [relu, input]} -> 4x8x5"},
      {{1, 4, 4, 5},
       both("Concat", false),
       "relu; rearrange: {channels: 4, height: h, width: w}; concat: {from: [input, rearrange]} -> "
       "8x4x5"},
      {{1, 6},
       [](GraphWriter& g) {
         return g.node("MatMul", {"x", g.weight({6})});
       },
       "custom: {channels: 1, params: 6, weights: 6, macs: in * h * w} -> 1x1x1"},
      {{1, 6, 4, 5}, operator_of("ArgMax"), "reduce -> 6x4x5"},
      {{2, 6, 4, 5},
       operator_of("ArgMax"),
       "unsupported: {channels: 6, height: h, width: w} -> 6x4x5"},
  });
}

TEST_CASE("dimensions of 1 that come and go", "[onnx]") {
  check_items({
      {{1, 6},
       [](GraphWriter& g) {
         const std::string row = g.node("Unsqueeze", {"x", g.vector({1})});
         return g.node("Expand", {row, g.vector({1, 4, 6})});
       },
       "rearrange: {channels: 6, height: 4} -> 6x4x1"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string three = turned(g, g.node("Squeeze", {"x", g.vector({0})}), {1, 0, 2});
         const std::string four = g.node("Unsqueeze", {three, g.vector({0})});
         return g.node("BatchNormalization",
                       {four, g.weight({4}), g.weight({4}), g.weight({4}), g.weight({4})});
       },
       "rearrange: {channels: 4, height: 6, width: w}; batch_norm -> 4x6x5"},
      {{1, 6, 4, 5},
       [](GraphWriter& g) {
         const std::string sum = g.node("ReduceSum", {"x", g.vector({1})});
         return g.node("Reshape", {sum, g.vector({1, 20})});
       },
       "reduce: {channels: true}; reshape: {channels: in, height: 20} -> 1x20x1"},
  });
}

TEST_CASE("numbers that are drawn are none of the file, also where their shape is stated",
          "[onnx]") {
  GraphWriter g({1, 6, 4, 5});
  const std::string noise = g.node("RandomNormal", {});
  g.model.stated = {{noise, {1, 6, 4, 5}}};
  g.model.outputs = {g.node("Add", {"x", noise})};
  CHECK(items_of(g.model) ==
        "unsupported: {channels: 6, height: h, width: w}; add: {from: [input, unsupported]} -> "
        "6x4x5");
}

TEST_CASE("heads of an attention divide a free width", "[onnx]") {
  GraphWriter g({1, 4, 6});
  const std::string in = g.node("Relu", {g.node("MatMul", {"x", g.weight({6, 8})})});
  const auto project = [&](const std::string& from) {
    const std::string out = g.node("MatMul", {from, g.weight({8, 8})});
    return g.node("Add", {out, g.weight({8})});
  };
  const auto heads = [&](std::vector<std::int64_t> order) {
    return turned(g, g.node("Reshape", {project(in), g.vector({1, 4, 2, 4})}), std::move(order));
  };
  const std::string q = heads({0, 2, 1, 3}), k = heads({0, 2, 3, 1}), v = heads({0, 2, 1, 3});
  const std::string shares = g.node("Softmax", {g.node("MatMul", {q, k})}, {{"axis", {-1}}});
  const std::string mixed = turned(g, g.node("MatMul", {shares, v}), {0, 2, 1, 3});
  const std::string out = project(g.node("Reshape", {mixed, g.vector({1, 4, 8})}));
  g.model.outputs = {g.node("MatMul", {out, g.weight({8, 7})})};
  CHECK(items_of(g.model) ==
        "w1 % 2; linear: {out: w1, bias: false, per_position: true}; relu; multi_head_attention: "
        "{heads: 2}; linear: {name: linear_2, out: 7, bias: false, per_position: true} -> 7x4x1");
}

TEST_CASE("nodes that nothing needs don't keep a vector from being a bias", "[onnx]") {
  GraphWriter g({1, 3, 4, 5});
  const std::string map = g.conv("x", 3, 7);
  g.node("Relu", {map});
  g.model.outputs = {g.node("Add", {map, g.weight({7, 1, 1})})};
  CHECK(items_of(g.model) == "conv: {out: 7, bias: true} -> 7x4x5");
}

TEST_CASE("layers that share a part of their weights are told", "[onnx]") {
  GraphWriter g({1, 3, 4, 5});
  const std::string kernel = g.weight({3, 3, 1, 1});
  const std::string first = g.node("Conv", {"x", kernel, g.weight({3})});
  const std::string second = g.node("Conv", {first, kernel, g.weight({3})});
  const std::string third = g.node("Conv", {second, kernel, g.weight({3})});
  g.model.outputs = {g.node("Conv", {third, g.weight({5, 3, 1, 1})})};
  CHECK(onnx::read_model_bytes(encode(g.model), "net.onnx").notes ==
        std::vector<std::string>{"Layers that share a part of their weights are counted as if each "
                                 "had its own: 18 params too many."});
}
