// SPDX-License-Identifier: Apache-2.0
// Shapes of resizing and of blocks moved between channels and space.
#include <fmt/core.h>

#include <cmath>

#include "onnx/shape_rule_table.hpp"

namespace archcost::onnx {
namespace {

constexpr double kMostSize = 1 << 20;

std::int64_t scaled(std::int64_t size, double scale) {
  const double result = std::floor(static_cast<double>(size) * scale);
  if (!(result >= 0) || result > kMostSize) throw NodeFault(fmt::format("a scale of {}", scale));
  return static_cast<std::int64_t>(result);
}

std::vector<double> reals_of(const NodeView& node, std::size_t input) {
  const Constant* numbers = node.constant(input);
  if (numbers == nullptr) return {};
  return numbers->real ? numbers->reals
                       : std::vector<double>(numbers->whole.begin(), numbers->whole.end());
}

// Which dimensions sizes or scales are for.
std::vector<std::size_t> resized_axes(const NodeView& node, std::size_t count, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : node.attributes.wholes("axes"))
    axes.push_back(axis_index(axis, rank));
  if (axes.empty()) {
    for (std::size_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  if (axes.size() != count) throw NodeFault("scales or sizes have a wrong length");
  return axes;
}

std::vector<Output> resize(const NodeView& node) {
  Shape out = node.shape(0);
  const bool first = node.opset < 11 || node.type == "Upsample";  // X, scales
  std::vector<double> scales = node.attributes.reals("scales");
  if (scales.empty()) scales = reals_of(node, first ? 1 : 2);
  if (!first && node.has(3) && scales.empty()) {
    const Constant* sizes = node.constant(3);
    if (sizes == nullptr || sizes->real) throw DataDependent("sizes depends on the data");
    const auto axes = resized_axes(node, sizes->size(), out.size());
    const Shape in = out;
    for (std::size_t k = 0; k < axes.size(); ++k) out[axes[k]] = sizes->whole[k];
    const std::string_view policy = node.attributes.text("keep_aspect_ratio_policy", "stretch");
    if (policy != "stretch") {
      double scale = policy == "not_larger" ? kMostSize : 0;
      for (std::size_t k = 0; k < axes.size(); ++k) {
        const double own = static_cast<double>(sizes->whole[k]) / static_cast<double>(in[axes[k]]);
        scale = policy == "not_larger" ? std::min(scale, own) : std::max(scale, own);
      }
      for (const std::size_t axis : axes)
        out[axis] = static_cast<std::int64_t>(std::round(scale * static_cast<double>(in[axis])));
    }
    return {{out, kUndefined}};
  }
  if (scales.empty()) throw DataDependent("scales and sizes depend on the data");
  const auto axes = resized_axes(node, scales.size(), out.size());
  for (std::size_t k = 0; k < axes.size(); ++k) out[axes[k]] = scaled(out[axes[k]], scales[k]);
  return {{out, kUndefined}};
}

std::int64_t block_size(const NodeView& node, const Shape& shape) {
  const std::int64_t block = node.attributes.whole("blocksize", 0);
  if (shape.size() != 4 || block < 1 || block > (1 << 15))
    throw NodeFault(fmt::format("blocksize {} for an input {}", block, shown(shape)));
  return block;
}

std::vector<Output> depth_to_space(const NodeView& node) {
  const Shape& in = node.shape(0);
  const std::int64_t block = block_size(node, in);
  if (in[1] % (block * block) != 0) throw NodeFault("blocksize doesn't divide the channels");
  return {{Shape{in[0], in[1] / (block * block), in[2] * block, in[3] * block}, kUndefined}};
}

std::vector<Output> space_to_depth(const NodeView& node) {
  const Shape& in = node.shape(0);
  const std::int64_t block = block_size(node, in);
  if (in[2] % block != 0 || in[3] % block != 0)
    throw NodeFault("blocksize doesn't divide height and width");
  return {{Shape{in[0], in[1] * block * block, in[2] / block, in[3] / block}, kUndefined}};
}

std::vector<Output> grid_sample(const NodeView& node) {
  const Shape &in = node.shape(0), &grid = node.shape(1);
  if (in.size() != grid.size() || in.size() < 3) throw NodeFault("input and grid differ in rank");
  Shape out = {in[0], in[1]};
  out.insert(out.end(), grid.begin() + 1, grid.end() - 1);
  return {{out, kUndefined}};
}

constexpr ShapeRuleRow kResizeRules[] = {
    {"Resize", resize},
    {"Upsample", resize},
    {"DepthToSpace", depth_to_space},
    {"SpaceToDepth", space_to_depth},
    {"GridSample", grid_sample},
};

}  // namespace

std::span<const ShapeRuleRow> resize_rules() { return kResizeRules; }

}  // namespace archcost::onnx
