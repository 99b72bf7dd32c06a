// SPDX-License-Identifier: Apache-2.0
// The widths that a graph leaves free: residual, grouped, split and concatenated, gated, flattened.
#include "cost/cost_table.hpp"
#include "onnx/graph_writer.hpp"
#include "onnx/reader.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Channels of all layers: "conv 16, add 16".
std::string widths(const TestModel& model, const std::vector<std::string>& settings) {
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
  graph::BuildOptions options;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  std::string text;
  for (const graph::Layer& layer : graph::build_network(spec, options).layers)
    text +=
        std::string(layer.kind->name) + " " + std::to_string(layer.output.channels.value()) + " ";
  return text;
}

}  // namespace

TEST_CASE("a sum ties the widths of its branches", "[onnx]") {
  GraphWriter g;
  const std::string stem = g.conv("x", 3, 16);
  const std::string inner = g.conv(g.node("Relu", {stem}), 16, 24);
  g.classify(g.node("Add", {stem, g.conv(inner, 24, 16)}), 16);
  CHECK(widths(g.model, {}) ==
        "conv 16 relu 16 conv 24 conv 16 add 16 global_avg_pool 16 linear 10 ");
  CHECK(widths(g.model, {"alpha=0.5"}) ==
        "conv 8 relu 8 conv 12 conv 8 add 8 global_avg_pool 8 linear 10 ");
  CHECK(widths(g.model, {"widths=[16, 30]"}) ==
        "conv 16 relu 16 conv 30 conv 16 add 16 global_avg_pool 16 linear 10 ");
}

TEST_CASE("groups and the divisor round widths", "[onnx]") {
  GraphWriter g;
  const std::string grouped = g.conv(g.conv("x", 3, 24), 24, 36, 4);
  g.classify(g.conv(grouped, 36, 36, 36), 36);
  CHECK(widths(g.model, {}) == "conv 24 conv 36 conv 36 global_avg_pool 36 linear 10 ");
  CHECK(widths(g.model, {"alpha=0.4"}) == "conv 12 conv 16 conv 16 global_avg_pool 16 linear 10 ");
  CHECK(widths(g.model, {"alpha=0.4", "divisor=8"}) ==
        "conv 16 conv 16 conv 16 global_avg_pool 16 linear 10 ");
}

TEST_CASE("a split of joined equal widths makes them one", "[onnx]") {
  GraphWriter g;
  const std::string left = g.conv("x", 3, 16), right = g.conv("x", 3, 16);
  const std::string joined = g.node("Concat", {left, right}, {{"axis", {1}}});
  g.model.nodes.push_back({"Split", {joined}, {"a", "b"}, {{"axis", {1}}}});
  const std::string again = g.node("Concat", {"a", g.conv("b", 16, 16)}, {{"axis", {1}}});
  g.classify(again, 32);
  CHECK(widths(g.model, {"alpha=0.5"}) ==
        "conv 8 conv 8 concat 16 split 8 split 8 conv 8 concat 16 global_avg_pool 16 linear 10 ");
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(g.model), "net.onnx");
  CHECK(spec.find_param("widths")->fallback.text == "[16, 16]");
}

TEST_CASE("unequal parts have widths of their own", "[onnx]") {
  // As in dual path networks: 24 channels for the sum, 8 that are joined.
  GraphWriter g;
  const std::string both = g.conv("x", 3, 32);
  g.model.nodes.push_back({"Split", {both, g.vector({24, 8})}, {"a", "b"}, {{"axis", {1}}}});
  const std::string wide = g.conv(both, 32, 40);
  const std::string left = g.node("Slice", {wide, g.vector({0}), g.vector({24}), g.vector({1})});
  const std::string right = g.node("Slice", {wide, g.vector({24}), g.vector({40}), g.vector({1})});
  const std::string sum = g.node("Add", {"a", left});
  const std::string joined = g.node("Concat", {sum, "b", right}, {{"axis", {1}}});
  g.classify(joined, 48);
  CHECK(widths(g.model, {}) ==
        "conv 32 rearrange 24 rearrange 8 conv 40 rearrange 24 rearrange 16 add 24 concat 48 "
        "global_avg_pool 48 linear 10 ");
  CHECK(widths(g.model, {"alpha=0.5"}) ==
        "conv 16 rearrange 12 rearrange 4 conv 20 rearrange 12 rearrange 8 add 12 concat 24 "
        "global_avg_pool 24 linear 10 ");
}

TEST_CASE("a gate follows what it multiplies", "[onnx]") {
  GraphWriter g;
  const std::string map = g.conv("x", 3, 32);
  const std::string reduced = g.node("Relu", {g.conv(g.node("GlobalAveragePool", {map}), 32, 8)});
  const std::string gate = g.node("Sigmoid", {g.conv(reduced, 8, 32)});
  g.classify(g.node("Mul", {map, gate}), 32);
  CHECK(
      widths(g.model, {"alpha=0.5"}) ==
      "conv 16 global_avg_pool 16 conv 4 relu 4 conv 16 sigmoid 16 multiply 16 global_avg_pool 16 "
      "linear 10 ");
}

TEST_CASE("flattening multiplies, and a size in the file ties", "[onnx]") {
  GraphWriter g;
  const std::string map = g.conv("x", 3, 8);
  const std::string flat = g.node("Reshape", {map, g.vector({1, 8192})});
  g.model.outputs = {g.node("Gemm", {flat, g.weight({8192, 10})})};
  CHECK(widths(g.model, {"alpha=0.5"}) == "conv 4 reshape 4096 linear 10 ");
  CHECK_THROWS_WITH(widths(g.model, {"rho=0.5"}),
                    "net.onnx:2:1: error: reshape 'reshape': 8x16x16 (2048 elements) can't become "
                    "8192x1x1 (8192 elements); rho = 1 works\n    Reshape '' gives 1x8192\n    ^");
  // Computed from the shape, or left open, it follows.
  GraphWriter open;
  const std::string opened = open.node("Reshape", {open.conv("x", 3, 8), open.vector({1, -1})});
  open.model.outputs = {open.node("Gemm", {opened, open.weight({8192, 10})})};
  CHECK(widths(open.model, {"rho=0.5"}) == "conv 8 flatten 2048 linear 10 ");
}

TEST_CASE("patterns of exporters are one layer", "[onnx]") {
  GraphWriter g;
  const std::string a = g.conv("x", 3, 12);
  const std::string split = g.node("Reshape", {a, g.vector({1, 3, 4, 32, 32})});
  const std::string turned = g.node("Transpose", {split}, {{"perm", {0, 2, 1, 3, 4}}});
  const std::string shuffled = g.node("Reshape", {turned, g.vector({1, 12, 32, 32})});
  const std::string swish = g.node("Mul", {shuffled, g.node("Sigmoid", {shuffled})});
  const std::string hard = g.node("Mul", {g.node("HardSigmoid", {swish}), swish});
  g.classify(hard, 12);
  CHECK(widths(g.model, {}) ==
        "conv 12 channel_shuffle 12 swish 12 hard_swish 12 global_avg_pool 12 linear 10 ");
  CHECK(widths(g.model, {"alpha=0.4"}) ==
        "conv 6 channel_shuffle 6 swish 6 hard_swish 6 global_avg_pool 6 linear 10 ");
}

namespace {

// Attention of 3 heads over 16 positions of 12 channels, as torch's nn.MultiheadAttention is
// written. With `modules` the projections stand in modules of their own.
GraphWriter attention_graph(bool modules, std::int64_t projection_outputs = 12) {
  GraphWriter g;
  const auto named = [&](const std::string& path) { g.model.nodes.back().name = path; };
  const std::string image = g.node("Conv", {"x", g.weight({12, 3, 8, 8})}, {{"strides", {8, 8}}});
  const std::string row = g.node("Reshape", {image, g.vector({1, 12, 16})});
  const std::string tokens = g.node("Transpose", {row}, {{"perm", {0, 2, 1}}});
  const auto linear = [&](const std::string& in, std::int64_t from, std::int64_t to,
                          const std::string& path) {
    const std::string product = g.node("MatMul", {in, g.weight({from, to})});
    named(path + "/MatMul");
    const std::string sum = g.node("Add", {product, g.weight({to})});
    named(path + "/Add");
    return sum;
  };
  const std::string packed = linear(tokens, 12, 36, modules ? "/attention/qkv" : "/attention");
  g.model.nodes.push_back({"Split", {packed}, {"q", "k", "v"}, {{"axis", {2}}}});
  named("/attention/Split");
  const auto heads = [&](const std::string& in, std::vector<std::int64_t> order) {
    const std::string split = g.node("Reshape", {in, g.vector({1, 16, 3, 4})});
    named("/attention/Reshape_" + in);
    const std::string turned = g.node("Transpose", {split}, {{"perm", std::move(order)}});
    named("/attention/Transpose_" + in);
    return turned;
  };
  const std::string q = heads("q", {0, 2, 1, 3}), k = heads("k", {0, 2, 3, 1}),
                    v = heads("v", {0, 2, 1, 3});
  const std::string scores = g.node("MatMul", {q, k});
  named("/attention/MatMul_1");
  const std::string weights = g.node("Softmax", {scores}, {{"axis", {-1}}});
  named("/attention/Softmax");
  const std::string mixed = g.node("MatMul", {weights, v});
  named("/attention/MatMul_2");
  const std::string turned = g.node("Transpose", {mixed}, {{"perm", {0, 2, 1, 3}}});
  named("/attention/Transpose_5");
  const std::string joined = g.node("Reshape", {turned, g.vector({1, 16, 12})});
  named("/attention/Reshape_5");
  const std::string out =
      linear(joined, 12, projection_outputs, modules ? "/attention/proj" : "/attention");
  const std::string mean = g.node("ReduceMean", {out}, {{"axes", {1}}, {"keepdims", {0}}});
  g.model.outputs = {g.node("Gemm", {mean, g.weight({projection_outputs, 10})})};
  return g;
}

}  // namespace

TEST_CASE("attention is one layer unless its projections are modules", "[onnx]") {
  const auto network = [](const GraphWriter& g) {
    return graph::build_network(onnx::read_model_bytes(encode(g.model), "net.onnx"));
  };
  CHECK(widths(attention_graph(false).model, {}) ==
        "conv 12 reshape 12 multi_head_attention 12 global_avg_pool 12 linear 10 ");
  CHECK(widths(attention_graph(false).model, {"alpha=0.5"}) ==
        "conv 6 reshape 6 multi_head_attention 6 global_avg_pool 6 linear 10 ");
  const graph::Network one = network(attention_graph(false)),
                       parts = network(attention_graph(true));
  CHECK(parts.layers.size() > 12);
  for (const graph::Network* both : {&one, &parts}) {
    const auto cost = cost::count(*both).total.cost;
    // conv 8x8, four projections with biases, 10 classes
    CHECK(cost.params == Count(12 * 3 * 64 + 4 * 12 * 12 + 4 * 12 + 120));
    CHECK(cost.macs == Count(16 * 12 * 3 * 64 + 16 * 4 * 12 * 12 + 2 * 16 * 16 * 12 + 120));
  }
  // A projection to another width is no such attention.
  CHECK(network(attention_graph(false, 8)).layers.size() > 12);
}

namespace {

// Attention of 4 heads over 32 channels of a tensor of that shape: over its second dimension, or
// with `first` over its first one.
LayerCost attention_cost(const std::vector<TestDimension>& input,
                         const std::vector<std::int64_t>& shape, bool first) {
  GraphWriter g(input);
  const auto linear = [&](const std::string& in, std::int64_t to) {
    const std::string product = g.node("MatMul", {in, g.weight({32, to})});
    return g.node("Add", {product, g.weight({to})});
  };
  const std::string tokens = g.node("Reshape", {"x", g.vector(shape)});
  g.model.nodes.push_back({"Split", {linear(tokens, 96)}, {"q", "k", "v"}, {{"axis", {2}}}});
  const std::vector<std::int64_t> heads = first
                                              ? std::vector<std::int64_t>{shape[0], 4, 8}
                                              : std::vector<std::int64_t>{shape[0], shape[1], 4, 8};
  using Order = std::vector<std::int64_t>;
  const Order forth = first ? Order{1, 0, 2} : Order{0, 2, 1, 3},
              turned = first ? Order{1, 2, 0} : Order{0, 2, 3, 1};
  const auto moved = [&](const std::string& in, const Order& order) {
    return g.node("Transpose", {g.node("Reshape", {in, g.vector(heads)})}, {{"perm", order}});
  };
  const std::string q = moved("q", forth), k = moved("k", turned), v = moved("v", forth);
  const std::string scores = g.node("MatMul", {q, k});
  const std::string mixed = g.node("MatMul", {g.node("Softmax", {scores}, {{"axis", {-1}}}), v});
  const std::string back = g.node("Transpose", {mixed}, {{"perm", forth}});
  g.model.outputs = {linear(g.node("Reshape", {back, g.vector(shape)}), 32)};
  const graph::Network network =
      graph::build_network(onnx::read_model_bytes(encode(g.model), "net.onnx"));
  int found = 0;
  for (const graph::Layer& layer : network.layers)
    found += layer.kind->name == "multi_head_attention" ? 1 : 0;
  CHECK(found == 1);
  return cost::count(network).total.cost;
}

}  // namespace

TEST_CASE("attention is over the positions that the file's scores have", "[onnx]") {
  const auto macs = [](std::int64_t tokens, std::int64_t window) {
    return Count(4 * tokens * 32 * 32 + 2 * tokens * window * 32);
  };
  CHECK(attention_cost({1, 64, 32}, {1, 64, 32}, false).macs == macs(64, 64));
  CHECK(attention_cost({1, 64, 32}, {4, 16, 32}, false).macs == macs(64, 16));
  CHECK(attention_cost({1, 8, 8, 32}, {8, 8, 32}, false).macs == macs(64, 8));
  // PyTorch's default: [positions, batch, channels].
  CHECK(attention_cost({16, 1, 32}, {16, 1, 32}, true).macs == macs(16, 16));
  CHECK(attention_cost({16, 1, 32}, {16, 1, 32}, true).params == Count(4 * 32 * 32 + 4 * 32));
}

TEST_CASE("a factor for one of two merged dimensions is repeated", "[onnx]") {
  // Selective kernels: [1,2,8,32,32] times [1,2,8,1,1], and times [1,2,1,1,1].
  GraphWriter g;
  const std::string map = g.conv("x", 3, 16);
  const std::string branches = g.node("Reshape", {map, g.vector({1, 2, 8, 32, 32})});
  const std::string pooled = g.node("GlobalAveragePool", {map});
  const std::string weights = g.node("Reshape", {pooled, g.vector({1, 2, 8, 1, 1})});
  const std::string scaled = g.node("Mul", {branches, weights});
  const std::string one = g.node("ReduceMean", {scaled}, {{"axes", {2, 3, 4}}, {"keepdims", {1}}});
  const std::string again = g.node("Mul", {scaled, one});
  const std::string sum = g.node("ReduceSum", {again, g.vector({1})}, {{"keepdims", {0}}});
  g.classify(sum, 8);
  const graph::Network network =
      graph::build_network(onnx::read_model_bytes(encode(g.model), "net.onnx"));
  const auto cost = cost::count(network).total.cost;
  CHECK(cost.params == Count(3 * 16 + 80));
  CHECK(cost.macs == Count(3 * 16 * 1024 + 80));
  int products = 0;
  for (const graph::Layer& layer : network.layers) {
    CHECK(layer.kind->name != "unsupported");
    // The sum over two branches has as many additions as elements go in.
    if (layer.name == "reduce") CHECK(layer.cost.elementwise == Count(16 * 1024));
    if (layer.kind->name != "multiply") continue;
    CHECK(layer.output.elements() == Count(16 * 1024));
    ++products;
  }
  CHECK(products == 2);
}

TEST_CASE("an unknown operator is never a silent zero", "[onnx]") {
  GraphWriter g;
  const std::string map = g.conv("x", 3, 8);
  g.model.nodes.push_back({"MyOp", {map}, {"m"}, {}, {}, "odd", "com.acme"});
  g.model.outputs = {g.conv("m", 8, 4)};
  const TestFolder folder;
  folder.write("net.onnx", encode(g.model));
  const Run run = run_program("analyze " + folder / "net.onnx");
  CHECK(run.status == 0);
  CHECK(run.out.find("Not counted: 1 of com.acme.MyOp (odd).") != std::string::npos);
  CHECK(run.out.find("Not counted: 1 nodes after them") != std::string::npos);
  CHECK(run.out.find("The totals are incomplete: the costs of 1 layer are unknown.") !=
        std::string::npos);
  const Run strict = run_program("analyze --strict " + folder / "net.onnx");
  CHECK(strict.status == 1);
  CHECK(strict.err == "error: --strict: the costs of a layer of 'net' are unknown: 'odd'\n");
}

TEST_CASE("an operator without inputs, or whose input no layer gives, is not silent", "[onnx]") {
  const auto rows = [](GraphWriter& g, const std::string& in) {
    g.model.outputs = {g.node("Conv", {in, g.weight({4, 8, 1, 1})})};
    return onnx::read_model_bytes(encode(g.model), "net.onnx");
  };
  GraphWriter noise;
  const std::string random = noise.node("RandomNormal", {});
  const spec::ArchSpec joined =
      rows(noise, noise.node("Concat", {noise.conv("x", 3, 4), random}, {{"axis", {1}}}));
  CHECK(graph::unsupported_layers(graph::build_network(joined)) == 1);
  CHECK(joined.notes == std::vector<std::string>{
                            "Not counted: 1 of RandomNormal (node 1).",
                            "Not counted: 2 nodes after them, whose shapes depend on the data, "
                            "with 32 params."});
  GraphWriter indices;
  const std::string map = indices.conv("x", 3, 8);
  indices.model.nodes.push_back({"MaxPool", {map}, {"m", "i"}, {{"kernel_shape", {2, 2}}}});
  const spec::ArchSpec picked = rows(indices, indices.node("MaxUnpool", {"m", "i"}));
  CHECK(graph::unsupported_layers(graph::build_network(picked)) == 1);
  CHECK(picked.notes == std::vector<std::string>{
                            "Not counted: 1 of MaxUnpool (node 3).",
                            "Not counted: 1 nodes after them, whose shapes depend on the data, "
                            "with 32 params."});
  const TestFolder folder;
  folder.write("net.onnx", encode(noise.model));
  CHECK(run_program("analyze --strict " + folder / "net.onnx").status == 1);
  const Run check = run_program("check " + folder / "net.onnx" + " --limit 'params <= 800'");
  CHECK(check.status == 3);
}

TEST_CASE("what only the graphs of a condition read is part of the network", "[onnx]") {
  GraphWriter g;
  const std::string map = g.conv("x", 3, 8), kernel = g.weight({4, 8, 1, 1});
  const auto branch = [&](const std::string& in) {
    TestModel inside;
    inside.nodes = {{"Relu", {in}, {"hidden"}}, {"Conv", {"hidden", kernel}, {"out"}}};
    inside.outputs = {"out"};
    return encode_graph(inside);
  };
  TestModel outer;  // another condition around it
  outer.nodes = {{"If", {"q"}, {"out"}}};
  outer.nodes[0].graphs = {{"then_branch", branch(map)}, {"else_branch", branch("x")}};
  outer.outputs = {"out"};
  g.model.scalars = {{"zero", 0}};
  const std::string mean = g.node("ReduceMean", {"x"}, {{"keepdims", {0}}});
  g.model.nodes.push_back({"Greater", {mean, "zero"}, {"q"}});
  const std::string out = g.node("If", {"q"});
  g.model.nodes.back().graphs = {{"then_branch", encode_graph(outer)},
                                 {"else_branch", branch("x")}};
  g.model.outputs = {out};
  const graph::Network network =
      graph::build_network(onnx::read_model_bytes(encode(g.model), "net.onnx"));
  CHECK(network.layers[0].cost.macs == Count(24 * 1024));
  CHECK(network.layers.back().cost.params == Count(32));
  CHECK(cost::count(network).total.cost.params == Count(24 + 32));
  CHECK(graph::unsupported_layers(network) == 1);
}

TEST_CASE("layers that read the same weights share them, and graphs have several outputs",
          "[onnx]") {
  GraphWriter g;
  const std::string fine = g.conv("x", 3, 16), coarse = g.conv(fine, 16, 16);
  const std::string kernel = g.weight({8, 16, 1, 1});
  const std::vector<std::string> norm = {g.weight({8}), g.weight({8}), g.weight({8}),
                                         g.weight({8})};
  const auto head = [&](const std::string& in) {
    const std::string out = g.node("Conv", {in, kernel});
    return g.node("BatchNormalization", {out, norm[0], norm[1], norm[2], norm[3]});
  };
  // Equal scales alone, which exporters store once, are of two layers.
  const std::string other =
      g.node("BatchNormalization", {g.conv(fine, 16, 8), norm[0], norm[1], norm[2], norm[3]});
  const std::string first = head(fine), second = head(coarse);
  g.model.outputs = {second, first, other};
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(g.model), "net.onnx");
  const graph::Network network = graph::build_network(spec);
  std::vector<std::string> shared, outputs;
  for (const graph::Layer& layer : network.layers) {
    if (layer.weights_of)
      shared.push_back(layer.name + " of " + network.layers[*layer.weights_of].name);
  }
  for (const graph::LayerId output : network.outputs)
    outputs.push_back(network.layers[output].name);
  CHECK(shared == std::vector<std::string>{"conv_5 of conv_4", "batch_norm_3 of batch_norm_2"});
  CHECK(outputs == std::vector<std::string>{"batch_norm_3", "batch_norm_2", "batch_norm"});
  const cost::CostTable costs = cost::count(network);
  CHECK(costs.total.cost.params == 48 + 256 + 128 + 16 + 128 + 16);
  CHECK(costs.total.cost.macs == (48 + 256 + 3 * 128) * 1024);
  CHECK(spec.notes.empty());
}

TEST_CASE("a map of one channel is spread over the others, and keeps its width", "[onnx]") {
  GraphWriter g;
  const std::string map = g.conv("x", 3, 16);
  const std::string gate = g.node("Sigmoid", {g.conv(map, 16, 1)});
  g.classify(g.node("Mul", {map, gate}), 16);
  CHECK(widths(g.model, {"alpha=2"}) ==
        "conv 32 conv 1 sigmoid 1 multiply 32 global_avg_pool 32 linear 10 ");
}

TEST_CASE("further inputs of a graph are inputs of the network", "[onnx]") {
  GraphWriter g;
  g.model.inputs.push_back({"mask", {1, 1, 32, 32}});
  const std::string map = g.conv("x", 3, 16);
  g.classify(g.node("Add", {map, "mask"}), 16);
  CHECK(widths(g.model, {}) == "input 1 conv 16 add 16 global_avg_pool 16 linear 10 ");
  const graph::Network network =
      graph::build_network(onnx::read_model_bytes(encode(g.model), "net.onnx"));
  CHECK(network.layers[0].name == "mask");
  CHECK(network.layers[0].inputs.empty());
}
