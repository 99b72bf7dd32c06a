// SPDX-License-Identifier: Apache-2.0
// Files are read without the numbers of large tensors.
#include "onnx/graph_file.hpp"

#include "onnx/model_writer.hpp"
#include "onnx/reader.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A convolution, and vectors of 100,000 and of ten numbers.
TestModel model_with_numbers() {
  TestModel model = image_model({{"Conv", {"x", "w"}, {"y"}}});
  model.weights = {{"w", {8, 3, 3, 3}}};
  model.vectors = {{"large", std::vector<std::int64_t>(100'000, 0x0101010101010101)},
                   {"small", std::vector<std::int64_t>(10, 0x0101010101010101)}};
  return model;
}

}  // namespace

TEST_CASE("the numbers of large tensors are not read", "[onnx]") {
  const std::string bytes = encode(model_with_numbers());
  REQUIRE(bytes.size() > 800'000);
  const TestFolder folder;
  folder.write("net.onnx", bytes);
  const onnx::GraphFile file(folder / "net.onnx");
  REQUIRE(file.bytes().size() == bytes.size());
  // All but the numbers is there, and these are zeros; those of the small vector are there.
  std::size_t zeroed = 0;
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    if (file.bytes()[k] == bytes[k]) continue;
    REQUIRE(file.bytes()[k] == 0);
    ++zeroed;
  }
  CHECK(zeroed >= 800'000);
  CHECK(zeroed <= 900'000);
  CHECK(same_layers(graph::build_network(onnx::read_model(folder / "net.onnx")),
                    graph::build_network(onnx::read_model_bytes(bytes, "net.onnx"))));
}

TEST_CASE("of a damaged file every byte is read", "[onnx]") {
  std::string bytes = encode(model_with_numbers());
  bytes.resize(bytes.size() - 1);
  const TestFolder folder;
  folder.write("net.onnx", bytes);
  CHECK(onnx::GraphFile(folder / "net.onnx").bytes() == bytes);
  folder.write("empty.onnx", "");
  CHECK(onnx::GraphFile(folder / "empty.onnx").bytes().empty());
  CHECK_THROWS_WITH(onnx::GraphFile(folder.text()),
                    "error: can't read '" + folder.text() + "': it isn't a file");
  CHECK_THROWS_WITH(onnx::GraphFile(folder / "none.onnx"),
                    "error: no file '" + folder / "none.onnx" + "'");
}
