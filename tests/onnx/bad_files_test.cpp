// SPDX-License-Identifier: Apache-2.0
// ONNX files that can't be read: each gets a message with the place.
#include <limits>
#include <protozero/pbf_writer.hpp>
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

TEST_CASE("sparse tensors are named", "[onnx]") {
  TestModel model = image_model({{"Add", {"x", "w"}, {"y"}}});
  model.sparse = {"w"};
  CHECK(message_of(model) ==
        "net.onnx: error: the initializer 'w' is a sparse tensor, which is not read; store it as a "
        "dense one");
  TestNode constant = {"Constant", {}, {"w"}, {}, {}, "c"};
  constant.graphs = {{"sparse_value", ""}};
  CHECK(message_of(image_model({constant, {"Add", {"x", "w"}, {"y"}}})) ==
        "net.onnx: error: Constant 'c': its value is a sparse tensor, which is not read; store it "
        "as a dense one");
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

TEST_CASE("inputs and outputs that are missing", "[onnx]") {
  const auto message = [](const TestNode& node) {
    TestModel model = image_model({node, relu("x", "y")});
    model.vectors = {{"a", {1}},
                     {"b", {0, 1}},
                     {"five", {5, 5}},
                     {"ten", {10, 10}},
                     {"same", {0, 0}},
                     {"none", {}},
                     {"long", std::vector<std::int64_t>(10)}};
    return message_of(model);
  };
  CHECK(message({"Where", {"a", "b"}, {"k"}, {}, {}, "n"}) ==
        "net.onnx: error: Where 'n': input 3 is missing");
  CHECK(message({"CastLike", {"a"}, {"k"}, {}, {}, "n"}) ==
        "net.onnx: error: CastLike 'n': input 2 is missing");
  CHECK(message({"Slice", {"long", "five", "ten", "same"}, {"k"}, {}, {}, "n"}) ==
        "net.onnx: error: Slice 'n': axis 0 is cut twice");
  CHECK(message({"MatMul", {"none", "none"}, {"k"}}).empty());
  for (const std::string type : {"Erf", "Clip", "ReduceMean", "Softmax", "Reshape"})
    CHECK(message({type, {"x"}, {}}).empty());
}

TEST_CASE("operators that work on a constant, and those of archcost's own domain", "[onnx]") {
  const auto unsupported = [](TestNode node) {
    node.outputs = {"y"};
    TestModel model = image_model({std::move(node)});
    model.weights = {{"w", {5000}}};
    model.stated = {{"y", {1, 3, 32, 32}}};
    return graph::unsupported_layers(
        graph::build_network(onnx::read_model_bytes(encode(model), "net.onnx")));
  };
  for (const std::string type : {"Clip", "Dropout", "Resize", "PRelu", "Slice", "ReduceSum"}) {
    INFO(type);
    CHECK(unsupported({type, {"w", "x"}, {}}) == 1);
  }
  CHECK(unsupported({"Foo", {"x"}, {}, {}, {}, "n", "archcost"}) == 1);
  CHECK(unsupported({"relu", {"x"}, {}, {}, {}, "n", "archcost"}) == 1);
}

TEST_CASE("windows that can't be", "[onnx]") {
  const auto message = [](const std::string& type,
                          std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints) {
    TestModel model = image_model({{type, {"x", "w"}, {"y"}, std::move(ints), {}, "c"}});
    model.weights = {{"w", {3, 3, 5, 5}}};
    return message_of(model);
  };
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  CHECK(message("Conv", {{"kernel_shape", {5, 5}}}).empty());
  CHECK(message("Conv", {{"kernel_shape", {3, 3}}}) ==
        "net.onnx: error: Conv 'c': kernel_shape 3x3 for weights 3x3x5x5");
  CHECK(message("ConvTranspose", {{"group", {2}}}) ==
        "net.onnx: error: ConvTranspose 'c': weights 3x3x5x5 with 2 groups don't fit an input "
        "1x3x32x32");
  CHECK(message("ConvTranspose", {{"group", {kMost}}}) ==
        "net.onnx: error: ConvTranspose 'c': weights 3x3x5x5 with 9223372036854775807 groups don't "
        "fit an input 1x3x32x32");
  CHECK(message("ConvTranspose", {{"output_padding", {kMost, kMost}}}) ==
        "net.onnx: error: ConvTranspose 'c': output_padding of 9223372036854775807");
}

TEST_CASE("the axis of a normalisation names its node", "[onnx]") {
  TestModel model =
      image_model({{"LayerNormalization", {"x", "w", "w"}, {"y"}, {{"axis", {7}}}, {}, "norm"}});
  model.weights = {{"w", {32}}};
  model.opset = 17;
  CHECK(message_of(model) == "net.onnx: error: LayerNormalization 'norm': axis 7 of 4 dimensions");
}

TEST_CASE("bounds that a float or a double rounds", "[onnx]") {
  TestModel model = image_model({{"ReduceMin", {"r"}, {"m"}, {{"keepdims", {0}}}},
                                 {"ReduceMax", {"i"}, {"n"}, {{"keepdims", {0}}}},
                                 {"Cast", {"n"}, {"f"}, {{"to", {1}}}},
                                 {"Mul", {"x", "m"}, {"a"}},
                                 {"Mul", {"a", "f"}, {"y"}}});
  model.reals = {{"r", {-3.4e38F, 0}}};
  model.vectors = {{"i", {std::int64_t{1} << 60, 0}}};
  CHECK(message_of(model).empty());
}

TEST_CASE("functions that call each other twice", "[onnx]") {
  std::string bytes = encode(image_model({{"f0", {"x"}, {"z"}, {}, {}, {}, "d"}, relu("x", "y")}));
  constexpr int kDeepest = 25;
  for (int k = 0; k <= kDeepest; ++k) {
    protozero::pbf_writer file(bytes), function(file, 25);
    function.add_string(1, "f" + std::to_string(k));
    function.add_string(4, "a");
    function.add_string(5, "b");
    function.add_string(10, "d");
    for (const std::string output : {"b", "c"}) {
      protozero::pbf_writer node(function, 7);
      if (k < kDeepest) node.add_string(1, "a");
      node.add_string(2, output);
      node.add_string(4, k < kDeepest ? "f" + std::to_string(k + 1) : "Constant");
      if (k < kDeepest) node.add_string(7, "d");
      if (k < kDeepest) continue;
      protozero::pbf_writer attribute(node, 5);
      attribute.add_string(1, "value_int");
      attribute.add_int64(3, 1);
    }
  }
  CHECK(message_of(bytes) == "net.onnx: error: more than 1000000 nodes, functions inlined");
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

TEST_CASE("files of other tools are told from specs", "[onnx]") {
  const TestFolder folder;
  const auto message = [&](const std::string& name, const std::string& bytes) {
    folder.write(name, bytes);
    try {
      onnx::read_architecture(folder / name);
      return std::string();
    } catch (const Error& error) {
      const std::string text = error.what();
      return text.substr(text.find(name));
    }
  };
  const std::string read = "; a network is read from a spec or an ONNX file: ",
                    exported = read + "torch.onnx.export(model, input, \"model.onnx\") writes one";
  CHECK(message("r18.pt", "PK\x03\x04 0000 data.pkl") ==
        "r18.pt: error: it is a zip file, as of torch.save" + exported);
  CHECK(message("old.pth", "\x80\x02\x8a\x0a l") ==
        "old.pth: error: it is a pickle, as of torch.save" + exported);
  CHECK(message("net.py", "import torch\n") == "net.py: error: it is Python code" + exported);
  CHECK(message("net.h5", "\x89HDF\r\n") ==
        "net.h5: error: it is an HDF5 file, as of Keras" + read + "tf2onnx writes one");
  CHECK(message("net.tflite", std::string("\x1c\0\0\0TFL3", 8)) ==
        "net.tflite: error: it is a TFLite file" + read + "tf2onnx writes one");
  CHECK(message("net.txt", "PK: {name: net}\n").find("it is") == std::string::npos);
  CHECK(message("empty", "").find("it is a") == std::string::npos);
}
