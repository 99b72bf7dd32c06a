// SPDX-License-Identifier: Apache-2.0
// The outputs' shapes of single operators, and what is said of inputs that don't fit.
#include "onnx/shape_rules.hpp"

#include <limits>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/model_writer.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Shapes = std::vector<std::vector<std::int64_t>>;
using Ints = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
using TextAttributes = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

// Of a node over inputs "a", "b", "c" of these shapes, and the vectors and scalars of the model:
// "1x4x6; a scalar int64; ?", or the message.
std::string shapes_after(TestModel model, const TestNode& node, const Shapes& inputs) {
  const char* const names[] = {"a", "b", "c"};
  for (std::size_t k = 0; k < inputs.size(); ++k)
    model.inputs.emplace_back(names[k],
                              std::vector<TestDimension>(inputs[k].begin(), inputs[k].end()));
  model.nodes.push_back(node);
  model.outputs = {node.outputs[0]};
  const std::string bytes = encode(model);
  try {
    const onnx::Model parsed = onnx::parse_model(bytes);
    const onnx::FoldedGraph folded = onnx::fold(parsed, {});
    std::vector<std::string> texts;
    for (const std::string& output : node.outputs) {
      for (const onnx::FoldedValue& value : folded.values) {
        if (value.name != output) continue;
        const std::string type = value.type == onnx::kInt64 ? " int64" : "";
        texts.push_back(value.shape ? onnx::shown(*value.shape) + type : "?");
      }
    }
    return join(texts, "; ");
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(std::string("error: ").size());
  }
}

std::string shape_after(const std::string& type, const Shapes& inputs, const Ints& ints = {},
                        const TextAttributes& texts = {}, std::size_t outputs = 1) {
  TestNode node = {type, {}, {"y"}, ints, texts};
  for (std::size_t k = 0; k < inputs.size(); ++k) node.inputs.push_back(std::string(1, "abc"[k]));
  for (std::size_t k = 1; k < outputs; ++k) node.outputs.push_back("y" + std::to_string(k));
  return shapes_after({}, node, inputs);
}

// With vectors of whole numbers behind the first input; a missing one is left out.
std::string shape_with(const std::string& type, const std::vector<std::int64_t>& input,
                       const std::vector<std::optional<std::vector<std::int64_t>>>& vectors,
                       const Ints& ints = {}, const TextAttributes& texts = {},
                       std::size_t outputs = 1) {
  TestModel model;
  TestNode node = {type, {"a"}, {"y"}, ints, texts};
  for (const auto& vector : vectors) {
    const std::string name = "v" + std::to_string(node.inputs.size());
    if (vector) model.vectors.emplace_back(name, *vector);
    node.inputs.push_back(vector ? name : "");
  }
  for (std::size_t k = 1; k < outputs; ++k) node.outputs.push_back("y" + std::to_string(k));
  return shapes_after(model, node, {input});
}

}  // namespace

TEST_CASE("shapes of joined tensors", "[onnx]") {
  CHECK(shape_after("Concat", {{1, 4, 6}, {1, 3, 6}, {1, 5, 6}}, {{"axis", {1}}}) == "1x12x6");
  CHECK(shape_after("Concat", {{1, 4, 6}, {1, 4, 2}}, {{"axis", {-1}}}) == "1x4x8");
  CHECK(shape_after("Concat", {{1, 4, 6}}, {{"axis", {2}}}) == "1x4x6");
  CHECK(shape_after("Concat", {{1, 4}, {2, 4}}, {{"axis", {0}}}) == "3x4");
  CHECK(shape_after("Concat", {{2, 4, 5}, {2, 3, 5}}) == "2x7x5");
  CHECK(shape_after("Concat", {{1, 4, 6}, {1, 3, 7}}, {{"axis", {1}}}) ==
        "Concat: shapes 1x4x6 and 1x3x7 don't fit");
  CHECK(shape_after("Concat", {{1, 4, 6}, {2, 4, 6}, {1, 3, 6}}, {{"axis", {1}}}) ==
        "Concat: shapes 1x4x6 and 2x4x6 don't fit");
  CHECK(shape_after("Concat", {{1, 4, 6}, {1, 4}}, {{"axis", {1}}}) ==
        "Concat: shapes 1x4x6 and 1x4 don't fit");
  CHECK(shape_after("Concat", {{1, 4}, {1, 4}}, {{"axis", {2}}}) ==
        "Concat: axis 2 of 2 dimensions");
  CHECK(shape_after("Concat", {{1, 4}, {1, 4}}, {{"axis", {-3}}}) ==
        "Concat: axis -3 of 2 dimensions");
  CHECK(shape_after("Concat", {{3, 4}, {2, 4}}, {{"axis", {-2}}}) == "5x4");
}

TEST_CASE("shapes of parts", "[onnx]") {
  CHECK(shape_after("Split", {{6, 4}}, {}, {}, 2) == "3x4; 3x4");
  CHECK(shape_after("Split", {{6, 4}}, {{"axis", {1}}}, {}, 3) == "6x2; 6x2; 6x0");
  CHECK(shape_after("Split", {{7, 4}}, {}, {}, 3) == "3x4; 3x4; 1x4");
  CHECK(shape_after("Split", {{6, 9}}, {{"axis", {-1}}, {"split", {2, 3, 4}}}, {}, 3) ==
        "6x2; 6x3; 6x4");
  CHECK(shape_with("Split", {6, 9}, {{{0, 6}}}, {}, {}, 2) == "0x9; 6x9");
  CHECK(shape_with("Split", {6, 9}, {{{2, 3}}}, {}, {}, 2) == "Split: the parts don't add up to 6");
  CHECK(shape_with("Split", {6, 9}, {{{7, -1}}}, {}, {}, 2) ==
        "Split: the parts don't add up to 6");
  CHECK(shape_with("Split", {6, 9}, {{{6, 1}}}, {}, {}, 2) == "Split: the parts don't add up to 6");
  CHECK(shape_with("Split", {6, 9}, {{{2, 4}}}, {}, {}, 3) == "Split: the parts don't add up to 6");
}

TEST_CASE("shapes of slices: steps, both directions, bounds beyond the ends", "[onnx]") {
  using Numbers = std::vector<std::int64_t>;
  const auto slice = [](Numbers starts, Numbers ends, std::optional<Numbers> axes = {},
                        std::optional<Numbers> steps = {}) {
    std::vector<std::optional<Numbers>> vectors = {starts, ends};
    if (axes || steps) vectors.push_back(axes);
    if (steps) vectors.push_back(steps);
    return shape_with("Slice", {7, 5}, vectors);
  };
  // As numpy cuts a range of seven.
  for (const std::int64_t step : {1, 2, 3, 7, 8, -1, -2, -3, -7, -8}) {
    for (std::int64_t start = -9; start <= 9; ++start) {
      for (std::int64_t end = -9; end <= 9; ++end) {
        const std::int64_t size = 7;
        const std::int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
        std::int64_t at = start < 0 ? std::max(start + size, low) : std::min(start, high);
        const std::int64_t until = end < 0 ? std::max(end + size, low) : std::min(end, high);
        std::int64_t count = 0;
        for (; step > 0 ? at < until : at > until; at += step) ++count;
        INFO(start << " " << end << " " << step);
        REQUIRE(slice({start}, {end}, {{0}}, {{step}}) == std::to_string(count) + "x5");
      }
    }
  }
  CHECK(slice({1}, {kLargest}) == "6x5");
  CHECK(slice({1, 2}, {4, 5}) == "3x3");
  CHECK(slice({1}, {3}, {{-1}}) == "7x2");
  CHECK(slice({6}, {-kLargest - 1}, {{0}}, {{-1}}) == "7x5");
  CHECK(slice({0}, {7}, {{0}}, {{kLargest}}) == "1x5");
  CHECK(slice({0}, {7}, {{0}}, {{0}}) == "Slice: a step of 0");
  CHECK(slice({0}, {7}, {{0}}, {{-kLargest - 1}}) == "Slice: a step of 0");
  const std::string lengths = "Slice: starts, ends, axes and steps differ in length";
  CHECK(slice({0, 1}, {7}) == lengths);
  CHECK(slice({0}, {7}, {{0, 1}}) == lengths);
  CHECK(slice({0}, {7}, {{0}}, {{1, 1}}) == lengths);
  CHECK(slice({0, 0}, {7, 7}, {{1, -1}}) == "Slice: axis 1 is cut twice");
  CHECK(slice({0}, {7}, {{2}}) == "Slice: axis 2 of 2 dimensions");
  CHECK(shape_after("Slice", {{7, 5}}, {{"starts", {1, 2}}, {"ends", {4, 4}}}) == "3x2");
  CHECK(shape_after("Slice", {{7, 5}}, {{"starts", {1, 2}}}) == lengths);
  CHECK(shape_after("Slice", {{7, 5}}) == lengths);
}

TEST_CASE("shapes of padded tensors", "[onnx]") {
  CHECK(shape_with("Pad", {2, 3, 4}, {{{1, 2, 3, 4, 5, 6}}}) == "7x10x13");
  CHECK(shape_with("Pad", {2, 3, 4}, {{{0, -1, 0, 0, -2, -3}}}) == "2x0x1");
  CHECK(shape_with("Pad", {2, 3}, {{{1, 2}}, {}, {{-1}}}) == "2x6");
  CHECK(shape_with("Pad", {2, 3}, {{{1, 2, 3, 4}}, {}, {{1, 0}}}) == "8x7");
  CHECK(shape_after("Pad", {{2, 3}}, {{"paddings", {1, 2, 3, 4}}}) == "6x9");
  CHECK(shape_after("Pad", {{2, 3}}, {{"pads", {1, 2, 3, 4}}}) == "6x9");
  CHECK(shape_after("Pad", {{2, 3}}) == "Pad: pads is missing");
  CHECK(shape_with("Pad", {2, 3}, {{{1, 2, 3}}}) == "Pad: pads has a wrong length");
  CHECK(shape_with("Pad", {2, 3}, {{{0, -2, 0, -2}}}) == "Pad: padding leaves nothing");
  constexpr std::int64_t kMost = 1 << 20;
  CHECK(shape_with("Pad", {2}, {{{kMost, kMost}}}) == "2097154");
  CHECK(shape_with("Pad", {2}, {{{-kMost, kMost}}}) == "2");
  CHECK(shape_with("Pad", {2}, {{{kMost, -kMost}}}) == "2");
  CHECK(shape_with("Pad", {2}, {{{kMost + 1, 0}}}) == "Pad: padding of 1048577 and 0");
  CHECK(shape_with("Pad", {2}, {{{0, kMost + 1}}}) == "Pad: padding of 0 and 1048577");
  CHECK(shape_with("Pad", {2}, {{{-kMost - 1, kMost}}}) == "Pad: padding of -1048577 and 1048576");
  CHECK(shape_with("Pad", {2}, {{{kMost, -kMost - 1}}}) == "Pad: padding of 1048576 and -1048577");
}

TEST_CASE("shapes of reshaped tensors", "[onnx]") {
  const auto reshape = [](const std::vector<std::int64_t>& shape, bool zero_is_zero = false) {
    return shape_with("Reshape", {2, 3, 4}, {{shape}},
                      zero_is_zero ? Ints{{"allowzero", {1}}} : Ints{});
  };
  const std::string constants =
      "; these sizes are constants of the file, which tie it to one input size";
  CHECK(reshape({4, 6}) == "4x6");
  CHECK(reshape({-1}) == "24");
  CHECK(reshape({0, -1}) == "2x12");
  CHECK(reshape({3, 0, -1}) == "Reshape: 2x3x4 (24 numbers) can't become 3x0x-1" + constants);
  CHECK(reshape({4, 0, 2}) == "4x3x2");
  CHECK(reshape({1, -1, 0}) == "1x6x4");
  CHECK(reshape({24, 1, 1, 1}) == "24x1x1x1");
  CHECK(reshape({24, 0, 0, 0}) == "Reshape: a size of 0 beyond the input's dimensions");
  CHECK(reshape({-1, -1}) == "Reshape: two sizes of -1");
  CHECK(reshape({-2, 12}) == "Reshape: a size of -2");
  CHECK(reshape({-1, 5}) == "Reshape: 2x3x4 (24 numbers) can't become -1x5" + constants);
  CHECK(reshape({4, 5}) == "Reshape: 2x3x4 (24 numbers) can't become 4x5" + constants);
  CHECK(reshape({0, 24}, true) == "Reshape: 2x3x4 (24 numbers) can't become 0x24" + constants);
  CHECK(reshape({0, -1}, true) == "Reshape: 2x3x4 (24 numbers) can't become 0x-1" + constants);
  TestModel empty;  // none of two rows
  empty.vectors = {{"none", {0}}, {"sizes", {3, 0}}};
  empty.nodes = {{"Slice", {"a", "none", "none"}, {"e"}}};
  CHECK(shapes_after(empty, {"Reshape", {"e", "sizes"}, {"y"}, {{"allowzero", {1}}}}, {{2, 3}}) ==
        "3x0");
  CHECK(shape_after("Reshape", {{2, 3}}, {{"shape", {3, 2}}}) == "3x2");
  CHECK(shape_after("Reshape", {{2, 3}}, {{"shape", {3, 3}}}) ==
        "Reshape: 2x3 (6 numbers) can't become 3x3");
  CHECK(shape_after("Reshape", {{2, 3}}) == "Reshape: shape is missing");
  CHECK(shape_after("Reshape", {{2, 3}, {2}}) == "?");  // it depends on the data
  // Computed from another shape.
  TestModel model;
  model.nodes = {{"Shape", {"b"}, {"s"}}};
  CHECK(shapes_after(model, {"Reshape", {"a", "s"}, {"y"}}, {{2, 6}, {3, 4}}) == "3x4");
  CHECK(shapes_after(model, {"Reshape", {"a", "s"}, {"y"}}, {{2, 6}, {3, 5}}) ==
        "Reshape: 2x6 (12 numbers) can't become 3x5");
}

TEST_CASE("shapes of flattened, squeezed and turned tensors", "[onnx]") {
  const std::string in4[] = {"1x120", "2x60", "6x20", "24x5", "120x1"};
  for (std::int64_t axis = 0; axis <= 4; ++axis)
    CHECK(shape_after("Flatten", {{2, 3, 4, 5}}, {{"axis", {axis}}}) == in4[axis]);
  CHECK(shape_after("Flatten", {{2, 3, 4, 5}}) == "2x60");
  CHECK(shape_after("Flatten", {{2, 3, 4, 5}}, {{"axis", {-1}}}) == "24x5");
  CHECK(shape_after("Flatten", {{2, 3}}, {{"axis", {3}}}) == "Flatten: axis 3 of 2 dimensions");
  CHECK(shape_after("Squeeze", {{1, 3, 1, 5}}) == "3x5");
  CHECK(shape_with("Squeeze", {1, 3, 1, 5}, {{{0}}}) == "3x1x5");
  CHECK(shape_with("Squeeze", {1, 3, 1, 5}, {{{-2, 0}}}) == "3x5");
  CHECK(shape_after("Squeeze", {{1, 3, 1}}, {{"axes", {2}}}) == "1x3");
  CHECK(shape_with("Squeeze", {1, 3}, {{{1}}}) == "Squeeze: dimension 1 is 3, not 1");
  CHECK(shape_with("Unsqueeze", {3, 5}, {{{0, 2}}}) == "1x3x1x5");
  CHECK(shape_with("Unsqueeze", {3, 5}, {{{-1}}}) == "3x5x1");
  CHECK(shape_after("Unsqueeze", {{3, 5}}, {{"axes", {1}}}) == "3x1x5");
  CHECK(shape_with("Unsqueeze", {3, 5}, {{{3}}}) == "Unsqueeze: axis 3 of 3 dimensions");
  CHECK(shape_with("Unsqueeze", {3, 5}, {{{1, -3}}}) == "Unsqueeze: an axis is named twice");
  CHECK(shape_after("Unsqueeze", {{3, 5}}) == "Unsqueeze: axes is missing");
  std::vector<std::int64_t> many;
  std::string ones = "5";
  for (std::int64_t k = 1; k <= 64; ++k) {
    many.push_back(k);
    ones += "x1";
  }
  CHECK(shape_with("Unsqueeze", {5}, {many}) == ones);
  many.push_back(65);
  CHECK(shape_with("Unsqueeze", {5}, {many}) == "Unsqueeze: more than 64 axes");
  CHECK(shape_after("Transpose", {{2, 3, 4}}) == "4x3x2");
  CHECK(shape_after("Transpose", {{2, 3, 4}}, {{"perm", {1, 2, 0}}}) == "3x4x2");
  CHECK(shape_after("Transpose", {{2, 3, 4}}, {{"perm", {1, 2}}}) ==
        "Transpose: perm isn't an order of 3 dimensions");
}

TEST_CASE("shapes of repeated and looked up tensors", "[onnx]") {
  CHECK(shape_with("Expand", {3, 1}, {{{2, 1, 4}}}) == "2x3x4");
  CHECK(shape_with("Expand", {3, 1}, {{{2, 4}}}) == "Expand: shapes 3x1 and 2x4 don't fit");
  CHECK(shape_with("Expand", {1}, {{{-1}}}) == "Expand: a tensor has a negative size, -1");
  CHECK(shape_with("Expand", {3}, {{{-1}}}) == "Expand: a tensor has a negative size, -1");
  CHECK(shape_after("Expand", {{3, 1}}) == "Expand: shape is missing");
  CHECK(shape_with("Tile", {2, 3}, {{{3, 0}}}) == "6x0");
  CHECK(shape_with("Tile", {2, 3}, {{{1 << 20, 1}}}) == "2097152x3");
  CHECK(shape_with("Tile", {2, 3}, {{{(1 << 20) + 1, 1}}}) == "Tile: repeats is out of range");
  CHECK(shape_with("Tile", {2, 3}, {{{1, -1}}}) == "Tile: repeats is out of range");
  CHECK(shape_with("Tile", {2, 3}, {{{2}}}) == "Tile: repeats has a wrong length");
  CHECK(shape_after("Tile", {{2, 3}}) == "Tile: repeats has a wrong length");
  CHECK(shape_after("Gather", {{2, 3, 4}, {5, 6}}) == "5x6x3x4");
  CHECK(shape_after("Gather", {{2, 3, 4}, {5, 6}}, {{"axis", {1}}}) == "2x5x6x4");
  CHECK(shape_after("Gather", {{2, 3, 4}, {5}}, {{"axis", {-1}}}) == "2x3x5");
  TestModel model;
  model.scalars = {{"one", 1}};
  CHECK(shapes_after(model, {"Gather", {"a", "one"}, {"y"}, {{"axis", {1}}}}, {{2, 3, 4}}) ==
        "2x4");
  CHECK(shape_after("GatherElements", {{2, 3}, {2, 7}}) == "2x7");
  CHECK(shape_after("GatherND", {{2, 3, 4, 5}, {7, 2}}) == "7x4x5");
  CHECK(shape_after("GatherND", {{2, 3, 4, 5}, {7, 4}}) == "7");
  CHECK(shape_after("GatherND", {{2, 3, 4, 5}, {2, 7, 1}}, {{"batch_dims", {1}}}) == "2x7x4x5");
  TestModel cut;  // to indices of no numbers
  cut.vectors = {{"none", {0}}, {"last", {-1}}};
  cut.nodes = {{"Slice", {"b", "none", "none", "last"}, {"e"}}};
  const TestNode by_none = {"GatherND", {"a", "e"}, {"y"}, {{"batch_dims", {2}}}};
  CHECK(shapes_after(cut, by_none, {{2, 3}, {2, 3, 1}}) == "2x3");
  CHECK(shapes_after(cut, by_none, {{2, 3, 4}, {2, 3, 1}}) == "2x3x4");
  const std::string longer = "GatherND: the indices are longer than the rank";
  CHECK(shape_after("GatherND", {{2, 3}, {7, 3}}) == longer);
  CHECK(shape_after("GatherND", {{2, 3}, {2, 2}}, {{"batch_dims", {1}}}) == longer);
  CHECK(shape_after("GatherND", {{2, 3}, {2, 2}}, {{"batch_dims", {-1}}}) == longer);
  CHECK(shapes_after(cut, by_none, {{2}, {2, 3, 1}}) == longer);
  CHECK(shapes_after(model, {"GatherND", {"a", "one"}, {"y"}}, {{2, 3}}) ==
        "GatherND: the indices are a scalar");
  CHECK(shape_with("OneHot", {2, 3}, {{{7}}}) == "2x3x7");
  CHECK(shape_with("OneHot", {2, 3}, {{{7}}}, {{"axis", {0}}}) == "7x2x3");
  CHECK(shape_with("OneHot", {2, 3}, {{{7}}}, {{"axis", {-2}}}) == "2x7x3");
  CHECK(shape_with("OneHot", {2, 3}, {{{1 << 30}}}) == "2x3x1073741824");
  CHECK(shape_with("OneHot", {2, 3}, {{{(1 << 30) + 1}}}) == "OneHot: a depth of 1073741825");
  CHECK(shape_with("OneHot", {2, 3}, {{{1}}}) == "2x3x1");
  CHECK(shape_with("OneHot", {2, 3}, {{{0}}}) == "OneHot: a depth of 0");
  CHECK(shape_with("OneHot", {2, 3}, {{{7, 7}}}) == "?");
  CHECK(shape_after("OneHot", {{2, 3}, {1}}) == "?");
  model.reals = {{"four", {4}}};
  CHECK(shapes_after(model, {"OneHot", {"a", "four"}, {"y"}}, {{2, 3}}) == "2x3x4");
}

TEST_CASE("shapes of shapes", "[onnx]") {
  const auto shape = [](const Ints& ints) { return shape_after("Shape", {{2, 3, 4}}, ints); };
  CHECK(shape({}) == "3 int64");
  CHECK(shape({{"start", {1}}}) == "2 int64");
  CHECK(shape({{"start", {-1}}}) == "1 int64");
  CHECK(shape({{"start", {-5}}}) == "3 int64");
  CHECK(shape({{"start", {5}}}) == "0 int64");
  CHECK(shape({{"end", {2}}}) == "2 int64");
  CHECK(shape({{"end", {-1}}}) == "2 int64");
  CHECK(shape({{"end", {9}}}) == "3 int64");
  CHECK(shape({{"start", {2}}, {"end", {1}}}) == "0 int64");
  CHECK(shape_after("Size", {{2, 3, 4}}) == "a scalar int64");
  CHECK(shape_with("ConstantOfShape", {3}, {}) == "?");
}

TEST_CASE("shapes of matrix products", "[onnx]") {
  CHECK(shape_after("Gemm", {{2, 3}, {3, 4}}) == "2x4");
  CHECK(shape_after("Gemm", {{3, 2}, {3, 4}}, {{"transA", {1}}}) == "2x4");
  CHECK(shape_after("Gemm", {{2, 3}, {4, 3}}, {{"transB", {1}}}) == "2x4");
  CHECK(shape_after("Gemm", {{3, 2}, {4, 3}}, {{"transA", {1}}, {"transB", {1}}}) == "2x4");
  CHECK(shape_after("Gemm", {{2, 3}, {4, 3}}) == "Gemm: 2x3 can't be multiplied by 4x3");
  CHECK(shape_after("Gemm", {{2, 3}, {1, 3, 4}}) == "Gemm: shapes 2x3 and 1x3x4 aren't matrices");
  CHECK(shape_after("Gemm", {{3}, {3, 4}}) == "Gemm: shapes 3 and 3x4 aren't matrices");
  CHECK(shape_after("MatMul", {{2, 3}, {3, 4}}) == "2x4");
  CHECK(shape_after("MatMul", {{5, 1, 2, 3}, {6, 3, 4}}) == "5x6x2x4");
  CHECK(shape_after("MatMul", {{3}, {5, 3, 4}}) == "5x4");
  CHECK(shape_after("MatMul", {{5, 2, 3}, {3}}) == "5x2");
  CHECK(shape_after("MatMul", {{3}, {3}}) == "a scalar");
  CHECK(shape_after("MatMul", {{2, 3}, {2, 4}}) == "MatMul: 2x3 can't be multiplied by 2x4");
  CHECK(shape_after("MatMul", {{5, 2, 3}, {6, 3, 4}}) == "MatMul: shapes 5 and 6 don't fit");
  TestModel model;
  model.scalars = {{"one", 1}};
  CHECK(shapes_after(model, {"MatMul", {"a", "one"}, {"y"}}, {{2, 3}}) ==
        "MatMul: a product with a scalar");
  CHECK(shapes_after(model, {"MatMul", {"one", "a"}, {"y"}}, {{2, 3}}) ==
        "MatMul: a product with a scalar");
}

TEST_CASE("shapes of Einstein sums", "[onnx]") {
  const auto einsum = [](const std::string& equation, const Shapes& inputs) {
    return shape_after("Einsum", inputs, {}, {{"equation", equation}});
  };
  CHECK(einsum("ij,jk->ik", {{2, 3}, {3, 4}}) == "2x4");
  CHECK(einsum(" i j , j k -> k i ", {{2, 3}, {3, 4}}) == "4x2");
  CHECK(einsum("ij,jk", {{2, 3}, {3, 4}}) == "2x4");
  CHECK(einsum("ba,bc", {{2, 3}, {2, 4}}) == "3x4");
  CHECK(einsum("zy", {{2, 3}}) == "3x2");
  CHECK(einsum("ij->", {{2, 3}}) == "a scalar");
  CHECK(einsum("ij,ij->ij", {{1, 3}, {2, 3}}) == "2x3");
  CHECK(einsum("ij,ij->ij", {{2, 1}, {2, 3}}) == "2x3");
  CHECK(einsum("i,j,k->kji", {{2}, {3}, {4}}) == "4x3x2");
  CHECK(einsum("...i,ij->...j", {{5, 6, 3}, {3, 4}}) == "5x6x4");
  CHECK(einsum("i...,...j->...ij", {{2, 5, 6}, {6, 4}}) == "5x6x2x4");
  CHECK(einsum("...i,...j", {{6, 3}, {5, 6, 4}}) == "5x6x3x4");
  CHECK(einsum("...i->...", {{3}}) == "a scalar");
  CHECK(einsum("...,...->...", {{2, 3}, {2, 3}}) == "2x3");
  CHECK(einsum("ij,jk->ik", {{2, 3}, {5, 4}}) == "Einsum: 'j' is 3 and 5");
  for (const std::string equation : {"ij->ij", "ij,jk,kl->il", "i,jk->ik", "ijk,jk->ik",
                                     "ij,jk->il", "ij,jk->iik", "ij,j.k->ik", "ij....,jk->ik", ""})
    CHECK(einsum(equation, {{2, 3}, {3, 4}}) ==
          "Einsum: the equation '" + equation + "' doesn't fit the inputs");
  const std::vector<std::int64_t> eleven(11, 1), ten(10, 2);
  CHECK(einsum("...->...", {ten}) == "2x2x2x2x2x2x2x2x2x2");
  CHECK(einsum("...->...", {eleven}) == "Einsum: the equation '...->...' doesn't fit the inputs");
}

TEST_CASE("shapes of reductions and rankings", "[onnx]") {
  for (const std::string type :
       {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
        "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"}) {
    INFO(type);
    CHECK(shape_after(type, {{2, 3, 4}}) == "1x1x1");
    CHECK(shape_after(type, {{2, 3, 4}}, {{"keepdims", {0}}}) == "a scalar");
    CHECK(shape_after(type, {{2, 3, 4}}, {{"axes", {-1, 0}}}) == "1x3x1");
    CHECK(shape_with(type, {2, 3, 4}, {{{1}}}, {{"keepdims", {0}}}) == "2x4");
  }
  CHECK(shape_with("ReduceSum", {2, 3}, {std::vector<std::int64_t>{}}) == "1x1");
  CHECK(shape_with("ReduceSum", {2, 3}, {std::vector<std::int64_t>{}},
                   {{"noop_with_empty_axes", {1}}}) == "2x3");
  CHECK(shape_after("ReduceSum", {{2, 3}}, {{"axes", {2}}}) == "ReduceSum: axis 2 of 2 dimensions");
  for (const std::string type : {"ArgMax", "ArgMin"}) {
    CHECK(shape_after(type, {{2, 3, 4}}) == "1x3x4 int64");
    CHECK(shape_after(type, {{2, 3, 4}}, {{"axis", {-1}}, {"keepdims", {0}}}) == "2x3 int64");
    CHECK(shape_after(type, {{2, 3, 4}}, {{"axis", {1}}, {"keepdims", {0}}}) == "2x4 int64");
  }
  CHECK(shape_with("TopK", {2, 9}, {{{5}}}, {}, {}, 2) == "2x5; 2x5 int64");
  CHECK(shape_with("TopK", {9, 2}, {{{5}}}, {{"axis", {0}}}, {}, 2) == "5x2; 5x2 int64");
  CHECK(shape_with("TopK", {2, 9}, {{{5, 5}}}, {}, {}, 2) == "?; ?");
  CHECK(shape_after("TopK", {{2, 9}, {1}}, {}, {}, 2) == "?; ?");
}
