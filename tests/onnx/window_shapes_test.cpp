// SPDX-License-Identifier: Apache-2.0
// The outputs' shapes of convolutions, pools, resizes and operators that keep the shape.
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/shape_rules.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Shapes = std::vector<std::vector<std::int64_t>>;

// Of a node over inputs "a", "b", "c" of these shapes: "1x4x6; 3; ?", or the message.
std::string windows_after(TestModel model, TestNode node, const Shapes& inputs) {
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::string name(1, "abc"[k]);
    model.inputs.emplace_back(name, std::vector<TestDimension>(inputs[k].begin(), inputs[k].end()));
    if (node.inputs.size() <= k) node.inputs.push_back(name);
  }
  if (node.outputs.empty()) node.outputs = {"y"};
  model.nodes.push_back(node);
  model.outputs = {node.outputs[0]};
  const std::string bytes = encode(model);
  try {
    const onnx::Model parsed = onnx::parse_model(bytes);
    const onnx::FoldedGraph folded = onnx::fold(parsed, {});
    std::vector<std::string> texts;
    for (const std::string& output : node.outputs) {
      for (const onnx::FoldedValue& value : folded.values) {
        if (value.name == output) texts.push_back(value.shape ? onnx::shown(*value.shape) : "?");
      }
    }
    return join(texts, "; ");
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(std::string("error: ").size());
  }
}

std::string window_after(const std::string& type, const Shapes& inputs,
                         std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints = {},
                         const std::string& auto_pad = "") {
  TestNode node = {type, {}, {}, std::move(ints)};
  if (!auto_pad.empty()) node.texts = {{"auto_pad", auto_pad}};
  return windows_after({}, node, inputs);
}

}  // namespace

TEST_CASE("weights that don't fit a convolution", "[onnx]") {
  const std::vector<std::int64_t> in = {1, 6, 9, 8};
  CHECK(window_after("Conv", {in, {4, 6, 3, 2}}) == "1x4x7x7");
  CHECK(window_after("Conv", {in, {4, 6, 9, 8}}) == "1x4x1x1");
  CHECK(window_after("Conv", {in, {4, 6, 3, 2}}, {{"kernel_shape", {3, 2}}}) == "1x4x7x7");
  CHECK(window_after("Conv", {in, {4, 6, 3, 2}}, {{"kernel_shape", {2, 3}}}) ==
        "Conv: kernel_shape 2x3 for weights 4x6x3x2");
  CHECK(window_after("Conv", {in, {4, 6, 3}}) == "Conv: weights 4x6x3 for an input 1x6x9x8");
  CHECK(window_after("Conv", {in, {4, 5, 3, 2}}) ==
        "Conv: weights 4x5x3x2 with 1 groups don't fit an input 1x6x9x8");
  CHECK(window_after("Conv", {in, {4, 3, 3, 2}}, {{"group", {2}}}) == "1x4x7x7");
  for (const std::int64_t groups : {0, -1, 4})  // 4 divides the outputs alone, 3 the inputs
    CHECK(window_after("Conv", {in, {4, 3, 3, 2}}, {{"group", {groups}}}) ==
          "Conv: weights 4x3x3x2 with " + std::to_string(groups) +
              " groups don't fit an input 1x6x9x8");
  CHECK(window_after("Conv", {in, {4, 2, 3, 2}}, {{"group", {3}}}) ==
        "Conv: weights 4x2x3x2 with 3 groups don't fit an input 1x6x9x8");
  CHECK(window_after("Conv", {{6, 9}, {4, 6}}) == "Conv: an input of shape 6x9");
  CHECK(window_after("Conv", {in, {4, 6, 10, 2}}) ==
        "Conv: a kernel of 10 is larger than the padded input, 9");
  CHECK(window_after("Conv", {in, {4, 6, 3, 9}}, {{"pads", {0, 1, 0, 0}}}) == "1x4x7x1");
  CHECK(window_after("Conv", {in, {4, 6, 3, 11}}, {{"pads", {0, 1, 0, 1}}}) ==
        "Conv: a kernel of 11 is larger than the padded input, 10");
  CHECK(window_after("Conv", {in, {4, 6, 3, 2}}, {{"dilations", {5, 1}}}) ==
        "Conv: a kernel of 11 is larger than the padded input, 9");
  CHECK(window_after("Conv", {{1, 6, 9, 8, 7}, {4, 6, 3, 2, 5}}, {{"strides", {1, 2, 3}}}) ==
        "1x4x7x4x1");
}

TEST_CASE("transposed convolutions: weights, padding and stated sizes", "[onnx]") {
  const std::vector<std::int64_t> in = {1, 6, 9, 8};
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}) == "1x4x11x9");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"group", {3}}}) == "1x12x11x9");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"pads", {1, 2, 3, 4}}}) == "1x4x7x3");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"strides", {2, 3}}}, "SAME_LOWER") ==
        "1x4x18x24");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}},
                     {{"strides", {2, 3}}, {"pads", {1, 1, 1, 1}}}, "VALID") == "1x4x19x23");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"output_padding", {1, 0}}}) ==
        "1x4x12x9");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"output_padding", {0, -1}}}) ==
        "ConvTranspose: output_padding of -1");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"output_padding", {1048576, 0}}}) ==
        "1x4x1048587x9");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"output_padding", {1048577, 0}}}) ==
        "ConvTranspose: output_padding of 1048577");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"output_shape", {20, 30}}}) ==
        "1x4x20x30");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"output_shape", {20, 0}}}) ==
        "ConvTranspose: the output has no rows");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"pads", {5, 0, 6, 0}}}) ==
        "ConvTranspose: the output has no rows");
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"pads", {5, 0, 5, 0}}}) == "1x4x1x9");
  const std::string unfit = " groups don't fit an input 1x6x9x8";
  CHECK(window_after("ConvTranspose", {in, {5, 4, 3, 2}}) ==
        "ConvTranspose: weights 5x4x3x2 with 1" + unfit);
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3}}) ==
        "ConvTranspose: weights 6x4x3 with 1" + unfit);
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"group", {4}}}) ==
        "ConvTranspose: weights 6x4x3x2 with 4" + unfit);
  CHECK(window_after("ConvTranspose", {in, {6, 4, 3, 2}}, {{"group", {0}}}) ==
        "ConvTranspose: weights 6x4x3x2 with 0" + unfit);
  CHECK(window_after("ConvTranspose", {{6, 9}, {6, 4}}) == "ConvTranspose: an input of shape 6x9");
}

TEST_CASE("pools against a count of their windows", "[onnx]") {
  for (const bool up : {false, true}) {
    for (std::int64_t size = 1; size <= 9; ++size) {
      for (std::int64_t kernel = 1; kernel <= 4; ++kernel) {
        for (std::int64_t stride = 1; stride <= 4; ++stride) {
          for (std::int64_t pads = 0; pads < 9; ++pads) {
            const std::int64_t before = pads / 3, after = pads % 3, dilation = 1 + pads % 2;
            const std::int64_t covered = dilation * (kernel - 1) + 1,
                               padded = size + before + after;
            // Windows that begin in the input or in the padding before it; rounded up, one may end
            // beyond the padding.
            std::int64_t windows = 0;
            for (std::int64_t begin = 0; begin + covered <= padded; begin += stride) ++windows;
            if (windows == 0) continue;
            const std::int64_t next = windows * stride;
            // Nor does the last one begin in the padding behind the input.
            if (up && (padded - covered) % stride != 0)
              windows += next < size + before ? 1 : 0;
            else if (up && next - stride >= size + before)
              --windows;
            INFO(size << " " << kernel << " " << stride << " " << before << " " << after << " "
                      << dilation << " " << up);
            REQUIRE(window_after("MaxPool", {{1, 3, 9, size}},
                                 {{"kernel_shape", {2, kernel}},
                                  {"strides", {1, stride}},
                                  {"dilations", {1, dilation}},
                                  {"pads", {0, before, 0, after}},
                                  {"ceil_mode", {up ? 1 : 0}}}) ==
                    "1x3x8x" + std::to_string(windows));
          }
        }
      }
    }
  }
}

TEST_CASE("windows of pools that can't be", "[onnx]") {
  const std::vector<std::int64_t> in = {1, 6, 9, 8};
  const auto pool = [&](std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints) {
    return window_after("MaxPool", {in}, std::move(ints));
  };
  const std::pair<std::string, std::vector<std::int64_t>> k2 = {"kernel_shape", {2, 2}};
  CHECK(pool({}) == "MaxPool: kernel_shape has 0 sizes for 2 dimensions");
  CHECK(pool({{"kernel_shape", {2}}}) == "MaxPool: kernel_shape has 1 sizes for 2 dimensions");
  CHECK(pool({{"kernel_shape", {2, 0}}}) == "MaxPool: a kernel, stride or dilation of 0");
  CHECK(pool({k2, {"strides", {0, 1}}}) == "MaxPool: a kernel, stride or dilation of 0");
  CHECK(pool({k2, {"dilations", {1, -1}}}) == "MaxPool: a kernel, stride or dilation of -1");
  CHECK(pool({k2, {"strides", {1048576, 1}}}) == "1x6x1x7");
  CHECK(pool({k2, {"strides", {1048577, 1}}}) ==
        "MaxPool: a kernel, stride or dilation of 1048577");
  CHECK(pool({k2, {"pads", {-1, -2, 1048576, 0}}}) == "1x6x1048583x5");
  CHECK(pool({k2, {"pads", {1048577, 0, 0, 0}}}) == "MaxPool: padding of 1048577 and 0");
  CHECK(pool({k2, {"pads", {0, -1048577, 0, 0}}}) == "MaxPool: padding of -1048577 and 0");
  CHECK(pool({k2, {"pads", {0, 0, 0, 1048577}}}) == "MaxPool: padding of 0 and 1048577");
  CHECK(pool({k2, {"pads", {0, 0, -1048577, 0}}}) == "MaxPool: padding of 0 and -1048577");
  CHECK(pool({k2, {"pads", {-1048576, 0, 1048576, 0}}}) == "1x6x8x7");
  CHECK(pool({k2, {"pads", {1048576, 0, -1048576, 0}}}) == "1x6x8x7");
  CHECK(pool({{"kernel_shape", {10, 2}}}) ==
        "MaxPool: a kernel of 10 is larger than the padded input, 9");
  // Rounded up, a window may be larger than the input by less than a stride.
  const std::pair<std::string, std::vector<std::int64_t>> up = {"ceil_mode", {1}};
  CHECK(pool({{"kernel_shape", {11, 2}}, {"strides", {3, 1}}, up}) == "1x6x1x7");
  CHECK(pool({{"kernel_shape", {12, 2}}, {"strides", {3, 1}}, up}) ==
        "MaxPool: a kernel of 12 is larger than the padded input, 9");
  CHECK(window_after("MaxPool", {{6, 9}}, {{"kernel_shape", {2}}}) ==
        "MaxPool: an input of shape 6x9");
  CHECK(window_after("MaxPool", {{1, 6, 9}}, {{"kernel_shape", {2}}}) == "1x6x8");
  CHECK(windows_after({}, {"MaxPool", {}, {"y", "i"}, {k2}}, {in}) == "1x6x8x7; 1x6x8x7");
  for (const std::string type : {"AveragePool", "LpPool"})
    CHECK(window_after(type, {in}, {k2}) == "1x6x8x7");
  for (const std::string type : {"GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"}) {
    CHECK(window_after(type, {{2, 6, 9, 8}}) == "2x6x1x1");
    CHECK(window_after(type, {{6, 9}}) == type + ": an input of shape 6x9");
  }
}

TEST_CASE("SAME padding covers the input: the axes and their padding", "[onnx]") {
  for (const bool upper : {true, false}) {
    TestModel model =
        image_model({{"MaxPool", {"x"}, {"y"}, {{"strides", {2, 3}}, {"dilations", {1, 2}}}}});
    model.nodes[0].texts = {{"auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER"}};
    const std::string bytes = encode(model);
    const onnx::Model parsed = onnx::parse_model(bytes);
    const onnx::Node& node = parsed.graph.nodes[0];
    onnx::NodeView view = {node.type, 13, onnx::Attributes(node.attributes), {}, 1};
    // Nine rows: five windows of four over 12 rows. Eleven columns: four windows over 16, of 7
    // (dilated).
    std::vector<onnx::WindowAxis> axes = onnx::window_axes(view, {1, 6, 9, 11}, {4, 4});
    REQUIRE(axes.size() == 2);
    CHECK(axes[0].kernel == 4);
    CHECK(axes[0].stride == 2);
    CHECK(axes[0].dilation == 1);
    CHECK(axes[0].before == (upper ? 1 : 2));
    CHECK(axes[0].after == (upper ? 2 : 1));
    CHECK(axes[1].kernel == 4);
    CHECK(axes[1].stride == 3);
    CHECK(axes[1].dilation == 2);
    CHECK(axes[1].before == (upper ? 2 : 3));
    CHECK(axes[1].after == (upper ? 3 : 2));
    // No padding where the windows leave rows over.
    axes = onnx::window_axes(view, {1, 6, 8, 7}, {1, 1});
    CHECK(axes[0].before == 0);
    CHECK(axes[0].after == 0);
    CHECK(axes[1].before == 0);
    CHECK(axes[1].after == 0);
    view.type = "ConvTranspose";
    CHECK(onnx::window_axes(view, {1, 6, 9, 11}, {4, 4})[0].after == 0);
  }
}

TEST_CASE("shapes of resized tensors", "[onnx]") {
  const std::vector<std::int64_t> in = {1, 6, 9, 8};
  const auto resize = [&](std::vector<float> scales, std::vector<std::int64_t> sizes,
                          std::vector<std::int64_t> axes = {}, const std::string& policy = "",
                          std::int64_t opset = 13) {
    TestModel model;
    model.opset = opset;
    TestNode node = {"Resize", {"a", "", scales.empty() ? "" : "r", sizes.empty() ? "" : "s"}, {}};
    if (opset < 11) node.inputs = {"a", "r"};
    model.reals = {{"r", std::move(scales)}};
    model.vectors = {{"s", std::move(sizes)}};
    if (!axes.empty()) node.ints = {{"axes", std::move(axes)}};
    if (!policy.empty()) node.texts = {{"keep_aspect_ratio_policy", policy}};
    return windows_after(model, node, {in});
  };
  CHECK(resize({1, 1, 2, 3}, {}) == "1x6x18x24");
  CHECK(resize({1, 1, 2, 3}, {}, {}, "", 10) == "1x6x18x24");
  CHECK(resize({1, 1, 2, 3}, {}, {}, "", 11) == "1x6x18x24");
  CHECK(resize({1, 1, 0.5F, 0.3F}, {}) == "1x6x4x2");
  CHECK(resize({2, 3}, {}, {2, 3}) == "1x6x18x24");
  CHECK(resize({2, 3}, {}, {3, -2}) == "1x6x27x16");
  CHECK(resize({2, 3}, {}) == "Resize: scales or sizes have a wrong length");
  CHECK(resize({1, 1, -2, 3}, {}) == "Resize: a scale of -2");
  CHECK(resize({1, 1, 2e5F, 3}, {}) == "Resize: a scale of 200000");
  CHECK(resize({1, 1, 1, 131072}, {}) == "1x6x9x1048576");
  CHECK(resize({1, 1, 0, 1}, {}) == "1x6x0x8");
  CHECK(resize({}, {1, 6, 5, 7}) == "1x6x5x7");
  CHECK(resize({}, {5, 7}, {3, 2}) == "1x6x7x5");
  CHECK(resize({}, {5, 7}) == "Resize: scales or sizes have a wrong length");
  // 9x8 into 27x16: by two or by three, and into 3x4.
  CHECK(resize({}, {27, 16}, {2, 3}, "stretch") == "1x6x27x16");
  CHECK(resize({}, {27, 16}, {2, 3}, "not_larger") == "1x6x18x16");
  CHECK(resize({}, {27, 16}, {2, 3}, "not_smaller") == "1x6x27x24");
  CHECK(resize({}, {3, 4}, {2, 3}, "not_larger") == "1x6x3x3");
  CHECK(resize({}, {3, 4}, {2, 3}, "not_smaller") == "1x6x5x4");
  CHECK(resize({}, {}) == "?");
  CHECK(windows_after({}, {"Resize", {"a", "", "", "b"}, {}}, {in, {4}}) == "?");
  TestModel model;
  model.reals = {{"r", {1, 1, 2, 3}}};
  CHECK(windows_after(model, {"Resize", {"a", "", "", "r"}, {}}, {in}) == "?");
  CHECK(windows_after(model, {"Upsample", {"a", "r"}, {}}, {in}) == "1x6x18x24");
  TestNode old = {"Upsample", {"a"}, {}};
  old.reals = {{"scales", {1, 1, 3, 2}}};
  model.opset = 7;
  CHECK(windows_after(model, old, {in}) == "1x6x27x16");
}

TEST_CASE("shapes of blocks, grids and regions", "[onnx]") {
  const auto blocks = [](const std::string& type, const std::vector<std::int64_t>& in,
                         std::int64_t block) {
    return window_after(type, {in}, {{"blocksize", {block}}});
  };
  CHECK(blocks("DepthToSpace", {1, 18, 4, 5}, 3) == "1x2x12x15");
  CHECK(blocks("DepthToSpace", {1, 19, 4, 5}, 3) ==
        "DepthToSpace: blocksize doesn't divide the channels");
  CHECK(blocks("DepthToSpace", {1, 18, 4, 5}, 2) ==
        "DepthToSpace: blocksize doesn't divide the channels");
  CHECK(blocks("DepthToSpace", {1, 18, 4, 5}, 1) == "1x18x4x5");
  CHECK(blocks("DepthToSpace", {1, 18, 4, 5}, 0) ==
        "DepthToSpace: blocksize 0 for an input 1x18x4x5");
  CHECK(blocks("DepthToSpace", {1, 18, 4}, 3) == "DepthToSpace: blocksize 3 for an input 1x18x4");
  CHECK(window_after("DepthToSpace", {{1, 18, 4, 5}}) ==
        "DepthToSpace: blocksize 0 for an input 1x18x4x5");
  CHECK(blocks("SpaceToDepth", {1, 2, 12, 15}, 3) == "1x18x4x5");
  CHECK(blocks("SpaceToDepth", {1, 2, 12, 16}, 3) ==
        "SpaceToDepth: blocksize doesn't divide height and width");
  CHECK(blocks("SpaceToDepth", {1, 2, 13, 15}, 3) ==
        "SpaceToDepth: blocksize doesn't divide height and width");
  CHECK(blocks("SpaceToDepth", {1, 2, 32768, 65536}, 32768) == "1x2147483648x1x2");
  CHECK(blocks("SpaceToDepth", {1, 2, 65538, 32769}, 32769) ==
        "SpaceToDepth: blocksize 32769 for an input 1x2x65538x32769");
  CHECK(window_after("GridSample", {{1, 6, 9, 8}, {1, 4, 5, 2}}) == "1x6x4x5");
  CHECK(window_after("GridSample", {{1, 6, 9}, {1, 4, 1}}) == "1x6x4");
  CHECK(window_after("GridSample", {{1, 6, 9, 8}, {1, 4, 2}}) ==
        "GridSample: input and grid differ in rank");
  CHECK(window_after("GridSample", {{1, 6}, {1, 2}}) ==
        "GridSample: input and grid differ in rank");
  CHECK(window_after("RoiAlign", {{1, 6, 9, 8}, {7, 4}, {7}},
                     {{"output_height", {3}}, {"output_width", {2}}}) == "7x6x3x2");
  CHECK(window_after("RoiAlign", {{1, 6, 9, 8}, {7, 4}, {7}}) == "7x6x1x1");
  CHECK(window_after("RoiAlign", {{1, 6, 9}, {7, 4}, {7}}) == "RoiAlign: inputs of a wrong rank");
}

TEST_CASE("operators that keep the shape, and those that spread one over another", "[onnx]") {
  CHECK(window_after("Relu", {{2, 3}}) == "2x3");
  CHECK(windows_after({}, {"Dropout", {}, {"y", "mask"}}, {{2, 3}}) == "2x3; 2x3");
  const auto norm = [](std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints) {
    TestModel model;
    model.weights = {{"w", {1}}};
    return windows_after(model, {"LayerNormalization", {"a", "w"}, {"y", "m", "d"}, ints},
                         {{2, 3, 4}});
  };
  CHECK(norm({}) == "2x3x4; 2x3x1; 2x3x1");
  CHECK(norm({{"axis", {1}}}) == "2x3x4; 2x1x1; 2x1x1");
  CHECK(norm({{"axis", {-3}}}) == "2x3x4; 1x1x1; 1x1x1");
  CHECK(window_after("Add", {{2, 1, 4}, {3, 1}}) == "2x3x4");
  CHECK(window_after("Add", {{3, 1}, {2, 1, 4}}) == "2x3x4");
  CHECK(window_after("Where", {{4}, {3, 1}, {2, 1, 1}}) == "2x3x4");
  CHECK(window_after("Add", {{2, 3}, {3, 2}}) == "Add: shapes 2x3 and 3x2 don't fit");
  CHECK(window_after("Sum", {{1, 3}, {2, 3}, {2, 4}}) == "Sum: shapes 2x3 and 2x4 don't fit");
  CHECK(windows_after({}, {"Add", {"a", ""}, {}}, {{2, 3}}) == "Add: input 2 is missing");
  CHECK(window_after("Foo", {{2, 3}}) == "?");
}
