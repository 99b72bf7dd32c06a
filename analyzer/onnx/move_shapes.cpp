// SPDX-License-Identifier: Apache-2.0
// Shapes of what moves numbers: concat, split, slice, reshape and their kin.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "onnx/shape_rule_table.hpp"

namespace archcost::onnx {
namespace {

std::vector<Output> concat(const NodeView& node) {
  Shape out = node.shape(0);
  const std::size_t axis = axis_index(node.attributes.whole("axis", 1), out.size());
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const Shape& other = node.shape(i);
    bool fits = other.size() == out.size();
    for (std::size_t k = 0; fits && k < out.size(); ++k) fits = k == axis || other[k] == out[k];
    if (!fits)
      throw NodeFault(
          fmt::format("shapes {} and {} don't fit", shown(node.shape(0)), shown(other)));
    out[axis] += other[axis];
  }
  return {{out, kUndefined}};
}

std::vector<Output> split_parts(const NodeView& node) {
  const Shape& in = node.shape(0);
  const std::size_t axis = axis_index(node.attributes.whole("axis", 0), in.size());
  std::vector<std::int64_t> parts = node.wholes("split", 1).value_or(std::vector<std::int64_t>());
  const auto count = static_cast<std::int64_t>(node.outputs);
  if (parts.empty() && count > 0) {
    const std::int64_t part = (in[axis] + count - 1) / count;
    for (std::int64_t rest = in[axis], k = 0; k < count; ++k, rest -= part)
      parts.push_back(std::clamp<std::int64_t>(rest, 0, part));
  }
  std::int64_t sum = 0;
  bool possible = true;
  for (const std::int64_t part : parts) {
    possible = possible && part >= 0 && part <= in[axis] - sum;
    if (possible) sum += part;
  }
  if (!possible || parts.size() != node.outputs || sum != in[axis])
    throw NodeFault(fmt::format("the parts don't add up to {}", in[axis]));
  std::vector<Output> outputs;
  for (const std::int64_t part : parts) {
    outputs.push_back({in, kUndefined});
    (*outputs.back().shape)[axis] = part;
  }
  return outputs;
}

std::vector<Output> slice(const NodeView& node) {
  Shape out = node.shape(0);
  for (const SliceRange& range : slice_ranges(node, out)) out[range.axis] = range.length;
  return {{out, kUndefined}};
}

std::vector<Output> pad(const NodeView& node) {
  Shape out = node.shape(0);
  const auto pads = node.wholes(node.attributes.has("paddings") ? "paddings" : "pads", 1);
  if (!pads) throw NodeFault("pads is missing");
  std::vector<std::size_t> axes;
  if (const Constant* given = node.constant(3)) {
    for (const std::int64_t axis : given->whole) axes.push_back(axis_index(axis, out.size()));
  } else {
    for (std::size_t k = 0; k < out.size(); ++k) axes.push_back(k);
  }
  if (pads->size() != 2 * axes.size()) throw NodeFault("pads has a wrong length");
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const std::int64_t before = (*pads)[k], after = (*pads)[k + axes.size()];
    constexpr std::int64_t kMost = 1 << 20;
    if (before > kMost || after > kMost || before < -kMost || after < -kMost)
      throw NodeFault(fmt::format("padding of {} and {}", before, after));
    out[axes[k]] += before + after;
    if (out[axes[k]] < 0) throw NodeFault("padding leaves nothing");
  }
  return {{out, kUndefined}};
}

std::vector<Output> reshape(const NodeView& node) {
  const auto wanted = node.wholes("shape", 1);
  if (!wanted) throw NodeFault("shape is missing");
  return {{reshaped(node, node.shape(0), *wanted), kUndefined}};
}

std::vector<Output> flatten(const NodeView& node) {
  const Shape& in = node.shape(0);
  const std::int64_t written = node.attributes.whole("axis", 1);
  const std::size_t axis =
      written == static_cast<std::int64_t>(in.size()) ? in.size() : axis_index(written, in.size());
  const auto middle = in.begin() + static_cast<std::ptrdiff_t>(axis);
  return {{Shape{elements({in.begin(), middle}), elements({middle, in.end()})}, kUndefined}};
}

std::vector<Output> squeeze(const NodeView& node) {
  const Shape& in = node.shape(0);
  const auto given = node.wholes("axes", 1);
  std::vector<bool> gone(in.size());
  if (given) {
    for (const std::int64_t axis : *given) gone[axis_index(axis, in.size())] = true;
  }
  Shape out;
  for (std::size_t k = 0; k < in.size(); ++k) {
    if (gone[k] && in[k] != 1) throw NodeFault(fmt::format("dimension {} is {}, not 1", k, in[k]));
    if (given ? !gone[k] : in[k] != 1) out.push_back(in[k]);
  }
  return {{out, kUndefined}};
}

std::vector<Output> unsqueeze(const NodeView& node) {
  const Shape& in = node.shape(0);
  const auto given = node.wholes("axes", 1);
  if (!given) throw NodeFault("axes is missing");
  if (given->size() > 64) throw NodeFault("more than 64 axes");
  const std::size_t rank = in.size() + given->size();
  std::vector<bool> fresh(rank);
  for (const std::int64_t axis : *given) fresh[axis_index(axis, rank)] = true;
  if (static_cast<std::size_t>(std::count(fresh.begin(), fresh.end(), true)) != given->size())
    throw NodeFault("an axis is named twice");
  Shape out;
  for (std::size_t k = 0, next = 0; k < rank; ++k) out.push_back(fresh[k] ? 1 : in[next++]);
  return {{out, kUndefined}};
}

std::vector<Output> transpose(const NodeView& node) {
  const Shape& in = node.shape(0);
  std::vector<std::int64_t> order = node.attributes.wholes("perm");
  if (order.empty()) {
    for (std::size_t k = in.size(); k-- > 0;) order.push_back(static_cast<std::int64_t>(k));
  }
  std::vector<std::int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool is_order = order.size() == in.size();
  for (std::size_t k = 0; k < order.size(); ++k)
    is_order = is_order && sorted[k] == static_cast<std::int64_t>(k);
  if (!is_order) throw NodeFault(fmt::format("perm isn't an order of {} dimensions", in.size()));
  Shape out;
  for (const std::int64_t axis : order) out.push_back(in[static_cast<std::size_t>(axis)]);
  return {{out, kUndefined}};
}

std::vector<Output> expand(const NodeView& node) {
  const auto wanted = node.wholes("shape", 1);
  if (!wanted) throw NodeFault("shape is missing");
  elements(*wanted);
  return {{broadcast(node.shape(0), *wanted), kUndefined}};
}

std::vector<Output> tile(const NodeView& node) {
  Shape out = node.shape(0);
  const auto repeats = node.wholes("repeats", 1);
  if (!repeats || repeats->size() != out.size()) throw NodeFault("repeats has a wrong length");
  for (std::size_t k = 0; k < out.size(); ++k) {
    if ((*repeats)[k] < 0 || (*repeats)[k] > (1 << 20)) throw NodeFault("repeats is out of range");
    out[k] *= (*repeats)[k];
  }
  return {{out, kUndefined}};
}

std::vector<Output> shape_of(const NodeView& node) {
  const auto rank = static_cast<std::int64_t>(node.shape(0).size());
  std::int64_t start = node.attributes.whole("start", 0), end = node.attributes.whole("end", rank);
  const auto bounded = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  return {{Shape{std::max<std::int64_t>(0, bounded(end) - bounded(start))}, kInt64}};
}

std::vector<Output> size_of(const NodeView&) { return {{Shape{}, kInt64}}; }

std::vector<Output> gather(const NodeView& node) {
  const Shape &in = node.shape(0), &indices = node.shape(1);
  const std::size_t axis = axis_index(node.attributes.whole("axis", 0), in.size());
  Shape out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(axis));
  out.insert(out.end(), indices.begin(), indices.end());
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end());
  return {{out, kUndefined}};
}

std::vector<Output> gather_elements(const NodeView& node) { return {{node.shape(1), kUndefined}}; }

std::vector<Output> gather_nd(const NodeView& node) {
  const Shape &in = node.shape(0), &indices = node.shape(1);
  const std::int64_t batch = node.attributes.whole("batch_dims", 0);
  if (indices.empty()) throw NodeFault("the indices are a scalar");
  const auto rank = static_cast<std::int64_t>(in.size());
  if (batch < 0 || batch > rank || indices.back() < 0 || indices.back() > rank - batch)
    throw NodeFault("the indices are longer than the rank");
  const std::int64_t used = batch + indices.back();
  Shape out(indices.begin(), indices.end() - 1);
  out.insert(out.end(), in.begin() + used, in.end());
  return {{out, kUndefined}};
}

std::vector<Output> constant_of_shape(const NodeView& node) {
  const Constant* shape = node.constant(0);
  if (shape == nullptr || shape->real) throw DataDependent("the shape depends on the data");
  const auto value = node.attributes.tensor("value");
  return {{shape->whole, value ? value->type : static_cast<std::int32_t>(kFloat)}};
}

constexpr double kMostSteps = 0x1p40;

double steps_between(double start, double limit, double step) {
  return std::max(0.0, std::ceil((limit - start) / step));
}

double steps_between(std::int64_t start, std::int64_t limit, std::int64_t step) {
  const auto distance = [](std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  };
  if (step > 0 ? limit <= start : limit >= start) return 0;
  const std::uint64_t span = step > 0 ? distance(start, limit) : distance(limit, start);
  const std::uint64_t whole = (span - 1) / (step > 0 ? distance(0, step) : distance(step, 0));
  return static_cast<double>(whole) + 1;
}

std::vector<Output> range_shape(const NodeView& node) {
  const Constant *start = node.constant(0), *limit = node.constant(1), *step = node.constant(2);
  for (const Constant* bound : {start, limit, step}) {
    if (bound == nullptr || bound->size() != 1 || bound->real != start->real)
      throw DataDependent("the bounds depend on the data");
  }
  if (step->real ? step->reals[0] == 0 : step->whole[0] == 0) throw NodeFault("a step of 0");
  const double steps = start->real
                           ? steps_between(start->reals[0], limit->reals[0], step->reals[0])
                           : steps_between(start->whole[0], limit->whole[0], step->whole[0]);
  if (!(steps <= kMostSteps)) throw NodeFault("a range of too many numbers");
  return {{Shape{static_cast<std::int64_t>(steps)}, kUndefined}};
}

std::vector<Output> one_hot(const NodeView& node) {
  Shape out = node.shape(0);
  const Constant* depth = node.constant(1);
  if (depth == nullptr || depth->size() != 1) throw DataDependent("depth depends on the data");
  const std::size_t axis = axis_index(node.attributes.whole("axis", -1), out.size() + 1);
  constexpr double kMost = 1 << 30;
  const double size = depth->real ? depth->reals[0] : static_cast<double>(depth->whole[0]);
  if (!(size >= 1 && size <= kMost)) throw NodeFault(fmt::format("a depth of {}", size));
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(axis), static_cast<std::int64_t>(size));
  return {{out, kUndefined}};
}

constexpr ShapeRuleRow kMoveRules[] = {
    {"Concat", concat},
    {"Split", split_parts},
    {"Slice", slice},
    {"Pad", pad},
    {"Reshape", reshape},
    {"Flatten", flatten},
    {"Squeeze", squeeze},
    {"Unsqueeze", unsqueeze},
    {"Transpose", transpose},
    {"Expand", expand},
    {"Tile", tile},
    {"Shape", shape_of},
    {"Size", size_of},
    {"Gather", gather},
    {"GatherElements", gather_elements},
    {"GatherND", gather_nd},
    {"ConstantOfShape", constant_of_shape},
    {"Range", range_shape},
    {"OneHot", one_hot},
};

}  // namespace

std::span<const ShapeRuleRow> move_rules() { return kMoveRules; }

std::vector<SliceRange> slice_ranges(const NodeView& node, const Shape& shape) {
  const auto starts = node.wholes("starts", 1), ends = node.wholes("ends", 2),
             axes = node.wholes("axes", 3), steps = node.wholes("steps", 4);
  if (!starts || !ends || starts->size() != ends->size() ||
      (axes && axes->size() != starts->size()) || (steps && steps->size() != starts->size()))
    throw NodeFault("starts, ends, axes and steps differ in length");
  std::vector<SliceRange> ranges;
  for (std::size_t k = 0; k < starts->size(); ++k) {
    SliceRange range;
    range.axis = axis_index(axes ? (*axes)[k] : static_cast<std::int64_t>(k), shape.size());
    if (std::any_of(ranges.begin(), ranges.end(),
                    [&](const SliceRange& other) { return other.axis == range.axis; }))
      throw NodeFault(fmt::format("axis {} is cut twice", range.axis));
    const std::int64_t size = shape[range.axis];
    range.step = steps ? (*steps)[k] : 1;
    if (range.step == 0 || range.step == std::numeric_limits<std::int64_t>::min())
      throw NodeFault("a step of 0");
    const std::int64_t low = range.step < 0 ? -1 : 0, high = range.step < 0 ? size - 1 : size;
    const auto bounded = [&](std::int64_t at) {
      return std::clamp(at < 0 ? at + size : at, low, std::max(low, high));
    };
    range.begin = bounded((*starts)[k]);
    const std::int64_t last = (*ends)[k];
    const std::int64_t end = range.step < 0 && last < -size ? -1 : bounded(last);
    const std::int64_t span = range.step > 0 ? end - range.begin : range.begin - end;
    const std::int64_t step = range.step > 0 ? range.step : -range.step;
    range.length = span <= 0 ? 0 : (span - 1) / step + 1;
    ranges.push_back(range);
  }
  return ranges;
}

Shape reshaped(const NodeView& node, const Shape& shape, const std::vector<std::int64_t>& wanted) {
  const bool zero_is_zero = node.attributes.whole("allowzero", 0) != 0;
  Shape out;
  std::optional<std::size_t> open;
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    std::int64_t size = wanted[k];
    if (size < -1) throw NodeFault(fmt::format("a size of {}", size));
    if (size == 0 && !zero_is_zero) {
      if (k >= shape.size()) throw NodeFault("a size of 0 beyond the input's dimensions");
      size = shape[k];
    }
    if (size == -1) {
      if (open) throw NodeFault("two sizes of -1");
      open = k;
      size = 1;
    }
    out.push_back(size);
  }
  const std::int64_t total = elements(shape), known = elements(out);
  if (open && known > 0 && total % known == 0)
    out[*open] = total / known;
  else if (open || known != total) {
    const Constant* sizes = node.constant(1);
    const bool stated = sizes != nullptr && !sizes->computed;
    throw NodeFault(fmt::format(
        "{} ({} numbers) can't become {}{}", shown(shape), total, shown(Shape(wanted)),
        stated ? "; these sizes are constants of the file, which tie it to one input size" : ""));
  }
  return out;
}

}  // namespace archcost::onnx
