// SPDX-License-Identifier: Apache-2.0
// Small ONNX files for tests, written with protozero.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace archcost::test {

/// A size or the name of one.
using TestDimension = std::variant<std::int64_t, std::string>;

struct TestNode {
  std::string type;
  std::vector<std::string> inputs, outputs;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints = {};
  std::vector<std::pair<std::string, std::string>> texts = {};
  std::string name = {}, domain = {};
  std::vector<std::pair<std::string, std::vector<float>>> reals = {};
  std::vector<std::pair<std::string, std::string>> graphs = {};  ///< of encode_graph()
};

struct TestModel {
  std::int64_t opset = 13;
  std::vector<std::pair<std::string, std::vector<TestDimension>>> inputs;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> weights;  ///< float, absent
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> vectors;  ///< int64, with numbers
  std::vector<std::pair<std::string, std::int64_t>> scalars;  ///< int64, of no dimension
  std::vector<TestNode> nodes;
  std::vector<std::string> outputs;
  std::vector<std::pair<std::string, std::vector<float>>> reals = {};  ///< float, with numbers
  /// Sizes that the file states of values in between.
  std::vector<std::pair<std::string, std::vector<TestDimension>>> stated = {};
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> bytes = {};  ///< int8, zeros
  std::vector<std::string> sparse = {};                                       ///< of 3 sizes of 2
};

/// The file's bytes.
std::string encode(const TestModel& model);
/// The graph alone, as an attribute has it.
std::string encode_graph(const TestModel& model);

/// An image input x, and nodes whose last output is y.
TestModel image_model(std::vector<TestNode> nodes,
                      std::vector<TestDimension> input = {1, 3, 32, 32});

}  // namespace archcost::test
