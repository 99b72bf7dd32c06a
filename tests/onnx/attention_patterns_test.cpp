// SPDX-License-Identifier: Apache-2.0
// Attention that exporters write as several operators, and graphs that only look like it.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Attention of two heads over four positions of six channels, and what differs from it.
struct WrittenAttention {
  bool packed = false;           // one projection of queries, keys and values
  bool biases = true;            // of the four projections
  bool gemm_out = false;         // the last projection is a Gemm over the rows
  std::string scale = "scores";  // "scores", "queries", "none"
  std::string scale_type = "Div";
  bool scale_first = false;
  std::string last_bias = "vector";  // "none": of the last projection alone
  std::string values_of = "t";       // "u": from another tensor
  std::string keys_of = "t";
  bool mask = false;           // a learned number for each pair is added to the scores
  bool large_scale = false;    // a scale for each position
  bool learned_scale = false;  // a number that the file has elsewhere
  bool reused = false;         // the weights of the scores are used again
  bool is_output = false;
  std::string module_of_scores = "/a/";
  std::string weight_name = "in_proj_weight";
  std::int64_t head = 3;
  std::int64_t out_channels = 6;
};

std::string attention_items(const WrittenAttention& w) {
  GraphWriter g({1, 4, 6});
  const auto named = [&](const std::string& out, const std::string& module = "/a/") {
    g.model.nodes.back().name = module + g.model.nodes.back().type + "_" + out;
    return out;
  };
  const auto weight = [&](Sizes shape) {
    g.model.weights.emplace_back(w.weight_name + std::to_string(g.model.weights.size()) +
                                     (w.weight_name.ends_with('.') ? ".weight" : ""),
                                 std::move(shape));
    return g.model.weights.back().first;
  };
  const std::string t = named(g.node("Tanh", {"x"}), "/"), u = named(g.node("Relu", {"x"}), "/");
  const auto project = [&](const std::string& in, std::int64_t to) {
    std::string out = named(g.node("MatMul", {in, weight({6, to})}));
    if (w.biases) out = named(g.node("Add", {out, weight({to})}));
    return out;
  };
  std::string q, k, v;
  if (w.packed) {
    const std::string all = project(t, 18);
    g.model.nodes.push_back({"Split", {all}, {"q", "k", "v"}, {{"axis", {2}}}});
    g.model.nodes.back().name = "/a/Split";
    q = "q", k = "k", v = "v";
  } else {
    q = project(t, 6);
    k = project(w.keys_of == "t" ? t : u, 6);
    v = project(w.values_of == "t" ? t : u, 6);
  }
  const std::int64_t heads = 6 / w.head;
  const auto split = [&](const std::string& in, Sizes order) {
    const std::string parts = named(g.node("Reshape", {in, g.vector({1, 4, heads, w.head})}));
    return named(g.node("Transpose", {parts}, {{"perm", std::move(order)}}));
  };
  const auto scaled = [&](const std::string& in) {
    g.model.reals.emplace_back(
        "scale" + std::to_string(g.model.reals.size()),
        w.large_scale ? std::vector<float>{1, 2, 3, 4} : std::vector<float>{1.75F});
    const std::string scale =
        w.learned_scale ? weight({w.large_scale ? 4 : 1}) : g.model.reals.back().first;
    return named(w.scale_first ? g.node(w.scale_type, {scale, in})
                               : g.node(w.scale_type, {in, scale}));
  };
  q = split(q, {0, 2, 1, 3});
  k = split(k, {0, 2, 3, 1});
  v = split(v, {0, 2, 1, 3});
  if (w.scale == "queries") q = scaled(q);
  std::string scores = named(g.node("MatMul", {q, k}), w.module_of_scores);
  if (w.scale == "scores") scores = scaled(scores);
  if (w.mask) scores = named(g.node("Add", {scores, weight({4, 4})}));
  const std::string shares = named(g.node("Softmax", {scores}, {{"axis", {-1}}}));
  std::string out = named(g.node("MatMul", {shares, v}));
  out = named(g.node("Transpose", {out}, {{"perm", {0, 2, 1, 3}}}));
  out = named(g.node("Reshape", {out, w.gemm_out ? g.vector({4, 6}) : g.vector({1, 4, 6})}));
  if (w.gemm_out) {
    std::vector<std::string> inputs = {out, weight({6, w.out_channels})};
    if (w.biases) inputs.push_back(weight({w.out_channels}));
    out = named(g.node("Gemm", inputs));
    out = named(g.node("Reshape", {out, g.vector({1, 4, w.out_channels})}));
  } else {
    out = named(g.node("MatMul", {out, weight({6, w.out_channels})}));
    if (w.biases && w.last_bias == "vector")
      out = named(g.node("Add", {out, weight({w.out_channels})}));
  }
  out = named(g.node("Relu", {out}), "/");
  if (w.reused) out = named(g.node("Add", {out, named(g.node("ReduceMean", {shares}), "/")}), "/");
  g.model.outputs = {out};
  if (w.is_output) g.model.outputs.push_back(shares);
  return items_of(g.model);
}

}  // namespace

TEST_CASE("attention in the forms that exporters write", "[onnx]") {
  CHECK(attention_items({}) == "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.packed = true}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.biases = false}) ==
        "tanh; multi_head_attention: {name: a, heads: 2, bias: false}; relu -> 6x4x1");
  CHECK(attention_items({.gemm_out = true}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.biases = false, .gemm_out = true}) ==
        "tanh; multi_head_attention: {name: a, heads: 2, bias: false}; relu -> 6x4x1");
  CHECK(attention_items({.scale = "queries"}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.scale = "none"}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.scale_type = "Mul"}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.scale_type = "Mul", .scale_first = true}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.learned_scale = true}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
  CHECK(attention_items({.head = 2}) ==
        "tanh; multi_head_attention: {name: a, heads: 3}; relu -> 6x4x1");
  CHECK(attention_items({.head = 6}) ==
        "tanh; multi_head_attention: {name: a, heads: 1}; relu -> 6x4x1");
  CHECK(attention_items({.head = 1}) ==
        "tanh; multi_head_attention: {name: a, heads: 6}; relu -> 6x4x1");
  CHECK(attention_items({.weight_name = "out_proj."}) ==
        "tanh; multi_head_attention: {name: a, heads: 2}; relu -> 6x4x1");
}

TEST_CASE("graphs that only look like attention", "[onnx]") {
  const auto counted = [](const WrittenAttention& w) {
    const std::string items = attention_items(w);
    INFO(items);
    CHECK(items.find("multi_head_attention") == std::string::npos);
    CHECK(items.find("error") == std::string::npos);
    CHECK(items.find("unsupported") == std::string::npos);
  };
  counted({.last_bias = "none"});
  counted({.values_of = "u"});
  counted({.keys_of = "u"});
  counted({.mask = true});
  counted({.large_scale = true});
  counted({.large_scale = true, .learned_scale = true});
  counted({.reused = true});
  counted({.is_output = true});
  counted({.module_of_scores = "/b/"});
  counted({.weight_name = "linear."});
  counted({.out_channels = 7});
  counted({.gemm_out = true, .out_channels = 7});
  counted({.scale_type = "Sub"});
}
