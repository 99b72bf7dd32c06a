// SPDX-License-Identifier: Apache-2.0
#include "onnx/input_sizes.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::onnx {
namespace {

constexpr std::int64_t kLargestSize = std::int64_t{1} << 32;

bool is_channels(const Dimension& dimension) {
  return dimension.size && *dimension.size >= 1 && *dimension.size <= 4;
}

/// Channels, height, width as dimensions of the first input, behind the batch.
std::vector<std::int64_t> arranged(const Shape& input, const std::vector<Dimension>& dimensions) {
  const bool channels_last =
      dimensions.size() == 4 && is_channels(dimensions[3]) && !is_channels(dimensions[1]);
  if (channels_last) return {0, input[1], input[2], input[0]};
  if (dimensions.size() == 4) return {0, input[0], input[1], input[2]};
  if (dimensions.size() == 3) return {0, input[0], input[1] * input[2]};
  if (dimensions.size() == 2) return {0, elements(input)};
  return {};
}

// Whether the file states the same dimensions, by size or by name.
bool has_same_dimensions(const ValueInfo& a, const ValueInfo& b) {
  return std::equal(a.dimensions.begin(), a.dimensions.end(), b.dimensions.begin(),
                    b.dimensions.end(), [](const Dimension& left, const Dimension& right) {
                      return left.size == right.size && left.name == right.name;
                    });
}

struct OpenDimension {
  std::string_view input, name;
  std::size_t index;
};

[[noreturn]] void fail(const std::vector<OpenDimension>& open) {
  std::vector<std::string> texts;
  bool named = false;
  for (const OpenDimension& dimension : open) {
    named = named || !dimension.name.empty();
    texts.push_back(
        dimension.name.empty()
            ? fmt::format("dimension {} of input '{}'", dimension.index, dimension.input)
            : fmt::format("'{}' (dimension {} of input '{}')", dimension.name, dimension.index,
                          dimension.input));
  }
  throw Error(fmt::format("the file leaves sizes open: {}; give --input CHANNELSxHEIGHTxWIDTH{}",
                          join(texts, ", "),
                          named ? fmt::format(" or --set {}=SIZE",
                                              [&] {
                                                for (const auto& d : open)
                                                  if (!d.name.empty()) return d.name;
                                                return std::string_view();
                                              }())
                                : ""));
}

void check_stated(const ValueInfo& input) {
  if (!input.has_shape) {
    throw Error(
        fmt::format("the file doesn't say how many dimensions its input '{}' has; export "
                    "it with shapes",
                    input.name));
  }
  for (const Dimension& dimension : input.dimensions) {
    if (dimension.size && (*dimension.size < -1 || *dimension.size > kLargestSize))
      throw Error(fmt::format("input '{}' has a size of {}", input.name, *dimension.size));
  }
}

}  // namespace

std::vector<Shape> input_shapes(const std::vector<ValueInfo>& inputs, const ModelSizes& sizes) {
  std::map<std::string, std::int64_t> named = sizes.named;
  std::vector<Shape> shapes;
  std::vector<OpenDimension> open;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ValueInfo& input = inputs[i];
    check_stated(input);
    std::vector<std::int64_t> given;
    if (sizes.input && has_same_dimensions(input, inputs[0]))
      given = arranged(*sizes.input, input.dimensions);
    Shape shape;
    for (std::size_t k = 0; k < input.dimensions.size(); ++k) {
      const Dimension& dimension = input.dimensions[k];
      const std::string name(dimension.name);
      const auto known = named.find(name);
      std::int64_t size = dimension.size.value_or(0);
      // Exporters write -1 and 0 for what is open.
      if (size <= 0 && known != named.end()) size = known->second;
      if (k < given.size() && given[k] > 0) size = given[k];
      if (size <= 0 && k == 0 && input.dimensions.size() > 1) size = 1;
      if (size <= 0) open.push_back({input.name, dimension.name, k});
      if (size > 0 && !name.empty()) named.emplace(name, size);
      shape.push_back(size);
    }
    shapes.push_back(shape);
  }
  if (!open.empty()) fail(open);
  for (const Shape& shape : shapes) elements(shape);
  return shapes;
}

}  // namespace archcost::onnx
