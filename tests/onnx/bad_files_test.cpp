// SPDX-License-Identifier: Apache-2.0
// ONNX files that can't be read: each gets a message with the place.
#include <limits>
#include <random>

#include "core/diagnostic.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/reader.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string message_of(const std::string& bytes, const onnx::ModelSizes& sizes = {}) {
  try {
    const graph::Network network =
        graph::build_network(onnx::read_model_bytes(bytes, "net.onnx", sizes));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string message_of(const TestModel& model, const onnx::ModelSizes& sizes = {}) {
  return message_of(encode(model), sizes);
}

TestNode relu(const std::string& in, const std::string& out) {
  return {"Relu", {in}, {out}, {}, {}, "r_" + out};
}

}  // namespace

TEST_CASE("bytes that aren't a model", "[onnx]") {
  CHECK(message_of(std::string()) == "net.onnx: error: it is not an ONNX file: it has no graph");
  CHECK(message_of(std::string("name: net\ninput: {channels: 3}\n"))
            .starts_with("net.onnx: error: it is not an ONNX file, or it is damaged or truncated"));
  const std::string whole = encode(image_model({relu("x", "y")}));
  REQUIRE(message_of(whole).empty());
  for (std::size_t size = 1; size < whole.size(); ++size)
    CHECK_FALSE(message_of(whole.substr(0, size)).starts_with("net.onnx: bug"));
}

TEST_CASE("wiring that can't be", "[onnx]") {
  CHECK(message_of(image_model({relu("z", "y")})) ==
        "net.onnx: error: Relu 'r_y' takes 'z', which nothing produces");
  CHECK(message_of(image_model({relu("x", "a"), relu("x", "a"), relu("a", "y")})) ==
        "net.onnx: error: two nodes, inputs or initializers produce 'a'");
  CHECK(
      message_of(image_model({relu("b", "a"), relu("a", "b"), relu("b", "y")})) ==
      "net.onnx: error: a cycle: Relu 'r_a' takes its own output, through other nodes or directly");
  CHECK(message_of(image_model({relu("x", "z")})) ==
        "net.onnx: error: nothing produces the graph's output 'y'");
  // Nodes in another order than that of execution are fine.
  CHECK(message_of(image_model({relu("a", "y"), relu("x", "a")})).empty());
}

TEST_CASE("sizes that can't be", "[onnx]") {
  const std::vector<TestNode> nodes = {relu("x", "y")};
  CHECK(message_of(image_model(nodes, {1, 3, -5, 32})) ==
        "net.onnx: error: input 'x' has a size of -5");
  CHECK(message_of(image_model(nodes, {1, 3, std::int64_t{1} << 40, 32})) ==
        "net.onnx: error: input 'x' has a size of 1099511627776");
  CHECK(message_of(image_model(nodes, {1, 3, std::int64_t{1} << 30, std::int64_t{1} << 30})) ==
        "net.onnx: error: a tensor has more than 2^40 elements");
  CHECK(message_of(image_model(nodes, {"N", 3, "height", "width"})) ==
        "net.onnx: error: the file leaves sizes open: 'height' (dimension 2 of input 'x'), 'width' "
        "(dimension 3 of input 'x'); give --input CHANNELSxHEIGHTxWIDTH or --set height=SIZE");
  onnx::ModelSizes sizes;
  sizes.named = {{"height", 8}, {"width", 8}};
  CHECK(message_of(image_model(nodes, {"N", 3, "height", "width"}), sizes).empty());
  sizes = {};
  sizes.input = onnx::Shape{3, 8, 8};
  CHECK(message_of(image_model(nodes, {"N", 3, "height", "width"}), sizes).empty());
}

TEST_CASE("shapes that don't fit name the node", "[onnx]") {
  TestModel model = image_model({{"Conv", {"x", "w"}, {"y"}, {}, {}, "c"}});
  model.weights = {{"w", {8, 4, 3, 3}}};
  CHECK(message_of(model) ==
        "net.onnx: error: Conv 'c': weights 8x4x3x3 with 1 groups don't fit an input 1x3x32x32");
  model.opset = 6;
  CHECK(message_of(model) ==
        "net.onnx: error: opset 6 is older than 7; convert the file with ONNX's version converter");
}

TEST_CASE("an order of dimensions is one", "[onnx]") {
  for (const std::vector<std::int64_t>& order : std::vector<std::vector<std::int64_t>>{
           {0, 2, 3}, {100, 0, 1, 2}, {0, 0, 1, 2}, {-1, 0, 1, 2}, {1, 2, 3, 4}, {0, 1, 2, 3, 4}}) {
    INFO(order[0]);
    CHECK(message_of(image_model({{"Transpose", {"x"}, {"y"}, {{"perm", order}}, {}, "t"}})) ==
          "net.onnx: error: Transpose 't': perm isn't an order of 4 dimensions");
  }
}

TEST_CASE("parts of a split add up", "[onnx]") {
  const auto split = [](const std::vector<std::int64_t>& parts, std::vector<std::string> outputs) {
    TestModel model =
        image_model({{"Split", {"x", "s"}, std::move(outputs), {{"axis", {1}}}, {}, "p"},
                     {"Relu", {"a"}, {"y"}, {}, {}, "r"}});
    model.vectors = {{"s", parts}};
    return message_of(model);
  };
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  CHECK(split({1, 2}, {"a", "b"}).empty());
  for (const std::vector<std::int64_t>& parts : std::vector<std::vector<std::int64_t>>{
           {1, 1}, {-1, 4}, {4, -1}, {3}, {1, 1, 1}, {kMost, kMost}, {3, kMost}}) {
    INFO(parts[0]);
    CHECK(split(parts, {"a", "b"}) == "net.onnx: error: Split 'p': the parts don't add up to 3");
  }
}

TEST_CASE("a constant that ties the file to one size is named", "[onnx]") {
  TestModel model = image_model({{"Reshape", {"x", "s"}, {"y"}, {}, {}, "flat"}}, {1, 3, "h", "w"});
  model.vectors = {{"s", {1, 192}}};
  onnx::ModelSizes sizes;
  sizes.named = {{"h", 8}, {"w", 8}};
  CHECK(message_of(model, sizes).empty());
  sizes.named = {{"h", 8}, {"w", 9}};
  CHECK(
      message_of(model, sizes) ==
      "net.onnx: error: Reshape 'flat': 1x3x8x9 (216 numbers) can't become 1x192; these sizes are "
      "constants of the file, which tie it to one input size");
}

TEST_CASE("any bytes in names", "[onnx]") {
  std::string name;
  for (int c = 0; c < 256; ++c) name += static_cast<char>(c);
  TestNode node = relu("x", name);
  node.name = name;
  TestModel model = image_model({node, {"Relu", {name}, {"y"}, {}, {}, name + "/" + name}});
  CHECK(message_of(model).empty());
}

TEST_CASE("damaged files give an error or a network", "[onnx]") {
  std::mt19937 random(7);
  for (const std::string name : {"resnet18", "squeezenet1_1"}) {
    const std::string whole = read_file(source_dir() / "tests/onnx/models" / (name + ".onnx"));
    for (int round = 0; round < 300; ++round) {
      std::string bytes = whole;
      for (int k = 0; k < 1 + round % 8; ++k)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      if (round % 3 == 0) bytes.resize(random() % bytes.size());
      message_of(bytes);  // other exceptions end the test
    }
  }
}
