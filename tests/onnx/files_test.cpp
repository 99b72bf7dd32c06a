// SPDX-License-Identifier: Apache-2.0
// Exported files, node by node, against tables of other software: models/README.md.
#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "graph/layer_problem.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/reader.hpp"
#include "onnx/shape_rules.hpp"
#include "spec/fold_blocks.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::filesystem::path models() { return source_dir() / "tests/onnx/models"; }

std::string shape_text(const onnx::FoldedValue& value) {
  if (!value.shape) return "unknown";
  return value.shape->empty() ? "scalar" : onnx::shown(*value.shape);
}

// "conv 1x64x112x112 7x7 2x2 3x3x3x3 1 9472 118013952", "linear 1x1000 513000 512000".
std::vector<std::string> products(const graph::Network& network) {
  std::vector<std::string> lines;
  for (const graph::Layer& layer : network.layers) {
    const std::string costs =
        fmt::format("{} {}", layer.cost.params.value(), layer.cost.macs.value());
    if (layer.kind->name == "linear")
      lines.push_back(fmt::format("linear 1x{} {}", layer.output.channels.value(), costs));
    if (layer.kind->name != "conv") continue;
    const graph::WindowProblem w = graph::window_problem(network, layer);
    lines.push_back(fmt::format("conv 1x{} {}x{} {}x{} {}x{}x{}x{} {} {}", to_string(layer.output),
                                w.kernel_height, w.kernel_width, w.stride_height, w.stride_width,
                                w.pad_top, w.pad_left, w.pad_bottom, w.pad_right, w.groups, costs));
  }
  return lines;
}

}  // namespace

TEST_CASE("every node of exported files equals the tables", "[onnx]") {
  const std::string name =
      GENERATE("mobilenet_v2", "resnet18", "shufflenet_v2_x0_5", "squeezenet1_1");
  INFO(name);
  const std::string bytes = read_file(models() / (name + ".onnx"));
  const onnx::Model model = onnx::parse_model(bytes);
  const onnx::FoldedGraph folded = onnx::fold(model, {});
  std::unordered_map<std::string_view, const onnx::FoldedValue*> values;
  for (const onnx::FoldedValue& value : folded.values) values.emplace(value.name, &value);
  std::vector<std::string> expected;
  std::int64_t params = 0, macs = 0;
  for (const auto& row : read_csv(models() / (name + ".csv"))) {
    if (row[0] == "index") continue;
    if (row[1] == "TOTAL") {
      params = std::stoll(row[9]);
      macs = std::stoll(row[10]);
      continue;
    }
    const onnx::Node& node = model.graph.nodes[std::stoul(row[0])];
    CHECK(node.name == row[1]);
    CHECK(node.type == row[2]);
    std::vector<std::string> shapes;
    for (const std::string_view output : node.outputs)
      shapes.push_back(shape_text(*values.at(output)));
    INFO(row[1]);
    CHECK(join(shapes, ";") == row[4]);
    const std::string costs = row[9] + " " + row[10];
    if (row[2] == "Gemm") expected.push_back(fmt::format("linear {} {}", row[4], costs));
    if (row[2] == "Conv") {
      expected.push_back(
          fmt::format("conv {} {} {} {} {} {}", row[4], row[5], row[6], row[7], row[8], costs));
    }
  }
  const graph::Network network =
      graph::build_network(onnx::read_model(models() / (name + ".onnx")));
  CHECK(products(network) == expected);
  const cost::CostTable costs = cost::count(network);
  CHECK(costs.total.cost.params == params);
  CHECK(costs.total.cost.macs == macs);
}

TEST_CASE("a file of opset 9 equals the shipped spec", "[onnx]") {
  const graph::Network network =
      graph::build_network(onnx::read_model(models() / "zoo_squeezenet.onnx"));
  const cost::CostTable costs = cost::count(network), own = cost::count(shipped("squeezenet1_1"));
  CHECK(costs.total.cost.params == own.total.cost.params);
  CHECK(costs.total.cost.macs == own.total.cost.macs);
}

TEST_CASE("a written spec reads as the same network", "[onnx]") {
  const std::string name =
      GENERATE("mobilenet_v2", "resnet18", "shufflenet_v2_x0_5", "squeezenet1_1", "zoo_squeezenet");
  INFO(name);
  const spec::ArchSpec spec = onnx::read_model(models() / (name + ".onnx"));
  const std::string text = spec::write_spec(spec, spec.notes);
  const spec::ArchSpec again = spec::read_spec_text(name, text, ".");
  CHECK(same_layers(graph::build_network(spec), graph::build_network(again)));
  CHECK(spec::write_spec(again, spec.notes) == text);
}

TEST_CASE("a spec with blocks is short and reads as the same network", "[onnx]") {
  struct Case {
    std::string model, shipped;
  };
  const auto row = GENERATE(values<Case>({{"mobilenet_v2", "mobilenet_v2"},
                                          {"resnet18", "resnet"},
                                          {"shufflenet_v2_x0_5", "shufflenet_v2"},
                                          {"squeezenet1_1", "squeezenet"}}));
  INFO(row.model);
  const spec::ArchSpec spec = onnx::read_model(models() / (row.model + ".onnx"));
  const std::string text = spec::write_spec(spec::fold_blocks(spec), spec.notes);
  const spec::ArchSpec again = spec::read_spec_text(row.model, text, ".");
  CHECK(!again.blocks.empty());
  CHECK(same_layers(graph::build_network(spec), graph::build_network(again)));
  const std::string own = read_file(source_dir() / "arch_specs" / (row.shipped + ".yaml"));
  const auto lines = [](const std::string& all) {
    return std::count(all.begin(), all.end(), '\n');
  };
  CHECK(lines(text) <= 3 * lines(own));
  // At other widths and sizes too.
  graph::BuildOptions options;
  for (const char* setting : {"alpha=1/2", "rho=5/7"})
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  CHECK(same_layers(graph::build_network(spec, options), graph::build_network(again, options)));
}

TEST_CASE("groups of several inputs become blocks that name them", "[onnx]") {
  const spec::ArchSpec spec = spec::read_spec_text("t", R"(name: t
input: {channels: 4, height: 8, width: 8}
layers:
  - conv: {name: a, out: 4}
  - conv: {name: b, out: 4}
  - group:
      name: one
      layers:
        - conv: {name: c, out: 4, from: a}
        - add: {from: [c, b]}
        - relu
  - group:
      name: two
      layers:
        - conv: {name: c, out: 4, from: b, kernel: 3}
        - add: {from: [c, one]}
        - relu
)",
                                                   ".");
  const std::string text = spec::write_spec(spec::fold_blocks(spec));
  CHECK(text == R"(name: t

input: {channels: 4, height: 8, width: 8}

blocks:
  one:
    args: {kernel: required}
    inputs: [x1, x2]
    layers:
      - conv: {name: c, out: 4, kernel: kernel, from: x1}
      - add: {from: [c, x2]}
      - relu

layers:
  - conv: {name: a, out: 4}
  - conv: {name: b, out: 4}
  - one: {name: one, kernel: 1, from: [a, b]}
  - one: {name: two, kernel: 3, from: [b, one]}
)");
  CHECK(same_layers(graph::build_network(spec),
                    graph::build_network(spec::read_spec_text("t", text, "."))));
}

TEST_CASE("shipped specs are written as specs that read the same", "[onnx]") {
  for (const std::string name : {"mobilenet_v2", "shufflenet_v1", "squeezenet", "vgg", "vit",
                                 "mobilenet_v3", "efficientnet", "resnet", "shufflenet_v2"}) {
    INFO(name);
    const spec::ArchSpec spec = spec::read_spec(source_dir() / "arch_specs" / (name + ".yaml"));
    const spec::ArchSpec again = spec::read_spec_text(name, spec::write_spec(spec), ".");
    CHECK(same_layers(graph::build_network(spec), graph::build_network(again)));
    CHECK(again.published.size() == spec.published.size());
  }
}

TEST_CASE("the header says that batch norms are folded", "[onnx]") {
  const spec::ArchSpec spec = onnx::read_model(models() / "resnet18.onnx");
  REQUIRE(spec.notes.size() == 1);
  CHECK(spec.notes[0] ==
        "Batch norms are folded into 20 convolutions, whose biases count as params. Unfolded, at "
        "the file's widths, the "
        "network has 4,800 params more.");
  CHECK(onnx::read_model(models() / "squeezenet1_1.onnx").notes.empty());
}

TEST_CASE("the commands take ONNX files", "[onnx]") {
  const std::string file = (models() / "mobilenet_v2.onnx").string();
  Run run = run_program("analyze " + file + ":alpha=0.5,rho=5/7 --by kind --format csv");
  CHECK(run.status == 0);
  run = run_program("diff " + file + " " + file + " --format json");
  CHECK(run.status == 0);
  run = run_program("sweep " + file + " --vary alpha=0.5:1:0.25 --vary rho=4/7:1:3/7");
  CHECK(run.status == 0);
  CHECK(run.out.find("300.77M") != std::string::npos);
  run = run_program("check " + file + " --limit 'macs <= 300M' --limit 'params <= 4M'");
  CHECK(run.status == 5);
  CHECK(run.out.find("EXCEEDED") != std::string::npos);
  run = run_program("check " + file + " --dtype int8 --limit 'peak_memory <= 3MiB'");
  CHECK(run.status == 0);
  run = run_program("check " + file + " --limit 'macs <= 1' --format junit");
  CHECK(run.status == 5);
  CHECK(run.out.find("<testsuite name=\"archcost check " + file +
                     " 3x224x224\" tests=\"1\" failures=\"1\" errors=\"0\">") != std::string::npos);
  const TestFolder folder;
  run = run_program("import " + file + " -o " + folder / "net.yaml");
  CHECK(run.status == 0);
  run = run_program("verify " + folder / "net.yaml");
  CHECK(run.status == 1);  // no published figures: the spec itself is right
  CHECK(run.err.find("has no published figures") != std::string::npos);
}

TEST_CASE("rho that doesn't reach what follows a slice is told", "[onnx]") {
  TestModel model = image_model(
      {{"Slice", {"x", "starts", "ends", "axes", "steps"}, {"s"}}, {"Conv", {"s", "w"}, {"y"}}},
      {1, 3, 32, 32});
  model.vectors = {{"starts", {8, 8}}, {"ends", {24, 24}}, {"axes", {2, 3}}, {"steps", {1, 1}}};
  model.weights = {{"w", {8, 3, 1, 1}}};
  const TestFolder folder;
  folder.write("crop.onnx", encode(model));
  const auto error = [&](const std::string& arguments) {
    return run_program(arguments, folder.text()).err;
  };
  CHECK(error("analyze crop.onnx --set rho=1/2") ==
        "warning: 'crop.onnx' at 3x16x16 has 6,144 macs, and 1,536 where the file is read at that "
        "size: layers that move numbers, as slices, have the file's sizes; --input 3x16x16 is "
        "exact\n");
  // Nothing is left of the slice where the file is read at this size.
  CHECK(error("sweep crop.onnx --vary rho=1/4,1") ==
        "warning: 'crop.onnx' at 3x8x8: the output of 'rearrange' keeps the file's size, and what "
        "follows with it: costs may be too large or too small\n");
  CHECK(error("analyze crop.onnx --input 3x16x16").empty());
  // A convolution follows its input.
  model.nodes = {{"Conv", {"x", "w"}, {"y"}}};
  folder.write("plain.onnx", encode(model));
  CHECK(error("analyze plain.onnx --set rho=1/2").empty());
}

namespace {

// The MACs at half the resolution: of the spec with rho, and of the file at that size.
std::pair<std::string, std::string> macs_at_half(const TestModel& model) {
  const auto macs = [](const spec::ArchSpec& spec, const graph::BuildOptions& options) {
    return std::to_string(cost::count(graph::build_network(spec, options)).total.cost.macs.value());
  };
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
  graph::BuildOptions half;
  half.settings = {graph::parse_setting(spec, "rho=1/2", "--set")};
  onnx::ModelSizes sizes;
  sizes.input = {3, 16, 16};
  return {macs(spec, half), macs(onnx::read_model_bytes(encode(model), "net.onnx", sizes), {})};
}

}  // namespace

TEST_CASE("slices up to the end, norms and further images follow rho", "[onnx]") {
  const auto sliced = [](std::vector<std::int64_t> starts, std::vector<std::int64_t> steps) {
    TestModel model = image_model(
        {{"Slice", {"x", "starts", "ends", "axes", "steps"}, {"s"}}, {"Conv", {"s", "w"}, {"y"}}},
        {1, 3, 32, 32});
    model.vectors = {{"starts", std::move(starts)},
                     {"ends", {1000, 1000}},
                     {"axes", {2, 3}},
                     {"steps", std::move(steps)}};
    model.weights = {{"w", {8, 3, 1, 1}}};
    return model;
  };
  using Macs = std::pair<std::string, std::string>;
  CHECK(macs_at_half(sliced({0, 0}, {2, 2})) == Macs{"1536", "1536"});
  CHECK(macs_at_half(sliced({1, 0}, {2, 2})) == Macs{"1536", "1536"});
  CHECK(macs_at_half(sliced({0, 1}, {3, 3})) == Macs{"720", "720"});    // 6x5
  CHECK(macs_at_half(sliced({3, 0}, {1, 1})) == Macs{"4992", "4992"});  // 13x16
  CHECK(macs_at_half(sliced({3, 5}, {1, 2})) == Macs{"1872", "1872"});  // 13x6
  TestModel norm = image_model(
      {{"InstanceNormalization", {"x", "scale", "bias"}, {"n"}}, {"Conv", {"n", "w"}, {"y"}}},
      {1, 3, 32, 32});
  norm.reals = {{"scale", {1, 1, 1}}, {"bias", {0, 0, 0}}};
  norm.weights = {{"w", {8, 3, 1, 1}}};
  CHECK(macs_at_half(norm) == Macs{"6144", "6144"});
  for (const std::int64_t axis : {1, 3}) {
    TestModel joined = image_model(
        {{"Concat", {"x", "z"}, {"both"}, {{"axis", {axis}}}}, {"Conv", {"both", "w"}, {"y"}}},
        {1, 3, 32, 32});
    joined.inputs.push_back({"z", {1, 3, 32, 32}});
    joined.weights = {{"w", {8, axis == 1 ? 6 : 3, 1, 1}}};
    CHECK(macs_at_half(joined) == Macs{"12288", "12288"});
  }
}

TEST_CASE("a resize to a constant size follows the layer that its output is joined with",
          "[onnx]") {
  // Two levels of a pyramid, twice: the second level is resized to the rows of the first.
  TestModel model;
  model.inputs = {{"x", {1, 3, 32, 32}}};
  model.vectors = {{"sizes", {1, 4, 16, 16}}};
  model.weights = {{"w1", {4, 3, 3, 3}}, {"w2", {4, 4, 3, 3}}};
  std::vector<std::string> ends;
  for (const std::string name : {"left", "right"}) {
    const auto node =
        [&](const std::string& type, std::vector<std::string> inputs,
            std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints = {}) {
          const std::string out = name + type + std::to_string(model.nodes.size());
          model.nodes.push_back(
              {type, std::move(inputs), {out}, std::move(ints), {}, "/" + name + "/" + type});
          return out;
        };
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>> half = {
        {"strides", {2, 2}}, {"pads", {1, 1, 1, 1}}};
    const std::string fine = node("Conv", {"x", "w1"}, half),
                      coarse = node("Conv", {fine, "w2"}, half),
                      larger = node("Resize", {coarse, "", "", "sizes"});
    ends.push_back(node("Add", {fine, larger}));
  }
  model.nodes.push_back({"Add", ends, {"y"}, {}, {}, "/Add"});
  model.outputs = {"y"};
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
  const std::string text = spec::write_spec(spec::fold_blocks(spec), {});
  CHECK(contains(text, "upsample: {size: ["));
  const spec::ArchSpec again = spec::read_spec_text("net", text, ".");
  // 22 rows: 11, then 6; twice 6 are 12.
  for (const auto& [rho, rows] : {std::pair("1", 16), {"22/32", 11}, {"5/7", 12}}) {
    for (const spec::ArchSpec* one : {&spec, &again}) {
      graph::BuildOptions options;
      options.settings = {graph::parse_setting(*one, std::string("rho=") + rho, "--set")};
      const graph::Network network = graph::build_network(*one, options);
      CHECK(to_string(network.layers.back().output) == fmt::format("4x{0}x{0}", rows));
    }
  }
}
