// SPDX-License-Identifier: Apache-2.0
// What exporters compute from shapes and constants: integer arithmetic, and the few real numbers of
// scales.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "onnx/constant_arithmetic.hpp"
#include "onnx/shape_rules.hpp"

namespace archcost::onnx {
namespace {

constexpr std::int64_t kMostConstantNumbers = 65'536;

bool is_computed(const NodeView& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [](const Operand& input) {
    return input.constant != nullptr && input.constant->computed;
  });
}

// An output of that shape, of the first input's kind of numbers, without numbers yet.
Constant like(const Constant& source, Shape shape, bool computed) {
  Constant result;
  result.shape = std::move(shape);
  result.real = source.real;
  result.computed = computed;
  return result;
}

void append(Constant& target, const Constant& source, std::size_t index) {
  if (target.real)
    target.reals.push_back(source.real ? source.reals[index]
                                       : static_cast<double>(source.whole[index]));
  else
    target.whole.push_back(source.real ? static_cast<std::int64_t>(source.reals[index])
                                       : source.whole[index]);
}

std::optional<Constant> constant_node(const NodeView& node) {
  const Attributes& attributes = node.attributes;
  if (attributes.has("sparse_value"))
    throw NodeFault("its value is a sparse tensor, which is not read; store it as a dense one");
  Constant constant;
  if (const auto tensor = attributes.tensor("value")) return numbers_of(*tensor);
  if (attributes.has("value_int")) {
    constant.whole = {attributes.whole("value_int", 0)};
  } else if (attributes.has("value_ints")) {
    constant.whole = attributes.wholes("value_ints");
    constant.shape = {static_cast<std::int64_t>(constant.whole.size())};
  } else if (attributes.has("value_float")) {
    constant.real = true;
    constant.reals = {attributes.real("value_float", 0)};
  } else if (attributes.has("value_floats")) {
    constant.real = true;
    constant.reals = attributes.reals("value_floats");
    constant.shape = {static_cast<std::int64_t>(constant.reals.size())};
  } else {
    return std::nullopt;
  }
  return constant;
}

std::optional<Constant> shape_node(const NodeView& node, const Shape& out) {
  const Shape& in = node.shape(0);
  Constant constant;
  constant.computed = true;
  constant.shape = out;
  if (node.type == "Size") {
    constant.whole = {elements(in)};
    return constant;
  }
  const auto rank = static_cast<std::int64_t>(in.size());
  std::int64_t start = node.attributes.whole("start", 0);
  start = std::clamp<std::int64_t>(start < 0 ? start + rank : start, 0, rank);
  constant.whole.assign(in.begin() + start, in.begin() + start + out.at(0));
  return constant;
}

std::optional<Constant> filled(const NodeView& node, const Shape& out) {
  Constant constant;
  constant.shape = out;
  constant.computed = is_computed(node);
  const auto count = static_cast<std::size_t>(elements(out));
  const auto tensor = node.attributes.tensor("value");
  const auto value = tensor ? numbers_of(*tensor) : std::nullopt;
  if (value && value->size() != 1) throw NodeFault("value isn't one number");
  constant.real = !value || value->real;
  if (constant.real)
    constant.reals.assign(count, value ? value->reals[0] : 0.0);
  else
    constant.whole.assign(count, value->whole[0]);
  return constant;
}

// The position in an input that each position of the output comes from.
std::size_t source_index(std::size_t index, const Shape& out, const Shape& in,
                         const std::vector<std::int64_t>& order) {
  std::size_t source = 0;
  std::vector<std::int64_t> at(out.size());
  for (std::size_t k = out.size(); k-- > 0;) {
    at[k] = static_cast<std::int64_t>(index) % out[k];
    index /= static_cast<std::size_t>(out[k]);
  }
  for (std::size_t k = 0; k < in.size(); ++k) {
    std::int64_t position = 0;
    if (order.empty())
      position = in[k] == 1 ? 0 : at[out.size() - in.size() + k] % in[k];
    else
      position = at[static_cast<std::size_t>(
          std::find(order.begin(), order.end(), static_cast<std::int64_t>(k)) - order.begin())];
    source = source * static_cast<std::size_t>(in[k]) + static_cast<std::size_t>(position);
  }
  return source;
}

Constant spread(const NodeView& node, const Constant& in, const Shape& out) {
  std::vector<std::int64_t> order;
  if (node.type == "Transpose") {
    order = node.attributes.wholes("perm");
    for (std::size_t k = in.shape.size(); order.size() < in.shape.size(); --k)
      order.push_back(static_cast<std::int64_t>(k) - 1);
  }
  Constant result = like(in, out, is_computed(node));
  const auto count = static_cast<std::size_t>(elements(out));
  for (std::size_t i = 0; i < count; ++i) append(result, in, source_index(i, out, in.shape, order));
  return result;
}

Constant gather(const NodeView& node, const Shape& out) {
  const Constant &in = *node.constant(0), &indices = *node.constant(1);
  Constant result = like(in, out, is_computed(node));
  const std::size_t axis = axis_index(node.attributes.whole("axis", 0), in.shape.size());
  std::int64_t before = 1, after = 1;
  for (std::size_t k = 0; k < in.shape.size(); ++k)
    (k < axis ? before : after) *= k == axis ? 1 : in.shape[k];
  const std::int64_t size = in.shape[axis];
  for (std::int64_t outer = 0; outer < before; ++outer) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      std::int64_t index = indices.real ? 0 : indices.whole[i];
      if (index < 0) index += size;
      if (index < 0 || index >= size)
        throw NodeFault(fmt::format("index {} of {} elements", index, size));
      for (std::int64_t inner = 0; inner < after; ++inner)
        append(result, in, static_cast<std::size_t>((outer * size + index) * after + inner));
    }
  }
  return result;
}

Constant slice(const NodeView& node, const Shape& out) {
  const Constant& in = *node.constant(0);
  Constant result = like(in, out, is_computed(node));
  const std::vector<SliceRange> ranges = slice_ranges(node, in.shape);
  const auto count = static_cast<std::size_t>(elements(out));
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::int64_t> at(out.size());
    std::size_t rest = i, source = 0;
    for (std::size_t k = out.size(); k-- > 0;) {
      at[k] = static_cast<std::int64_t>(rest) % out[k];
      rest /= static_cast<std::size_t>(out[k]);
    }
    for (const SliceRange& range : ranges)
      at[range.axis] = range.begin + at[range.axis] * range.step;
    for (std::size_t k = 0; k < out.size(); ++k)
      source = source * static_cast<std::size_t>(in.shape[k]) + static_cast<std::size_t>(at[k]);
    append(result, in, source);
  }
  return result;
}

// Along the first axis only, as shapes are joined.
std::optional<Constant> concat(const NodeView& node, const Shape& out) {
  if (out.size() != 1) return std::nullopt;
  Constant result = like(*node.constant(0), out, is_computed(node));
  for (const Operand& input : node.inputs) {
    if (input.constant->real != result.real) return std::nullopt;
    for (std::size_t k = 0; k < input.constant->size(); ++k) append(result, *input.constant, k);
  }
  return result;
}

Constant range(const NodeView& node, const Shape& out) {
  const Constant &start = *node.constant(0), &step = *node.constant(2);
  Constant result = like(start, out, is_computed(node));
  for (std::int64_t k = 0; k < out[0]; ++k) {
    if (result.real)
      result.reals.push_back(start.reals[0] + static_cast<double>(k) * step.reals[0]);
    else
      result.whole.push_back(k == 0 ? start.whole[0] : result.whole.back() + step.whole[0]);
  }
  return result;
}

// The positions of the numbers that aren't 0: a row for each dimension.
std::optional<Constant> non_zero(const NodeView& node) {
  const Constant& in = *node.constant(0);
  const std::size_t rank = in.shape.size();
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < in.size(); ++k) {
    if (in.real ? in.reals[k] != 0 : in.whole[k] != 0) found.push_back(k);
  }
  if (rank == 0 || rank * found.size() > static_cast<std::size_t>(kMostConstantNumbers))
    return std::nullopt;
  Constant result;
  result.computed = in.computed;
  result.shape = {static_cast<std::int64_t>(rank), static_cast<std::int64_t>(found.size())};
  result.whole.resize(rank * found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto rest = static_cast<std::int64_t>(found[i]);
    for (std::size_t k = rank; k-- > 0;) {
      result.whole[k * found.size() + i] = rest % in.shape[k];
      rest /= in.shape[k];
    }
  }
  return result;
}

// Parts along an axis, one after another.
std::vector<Constant> split_parts(const NodeView& node, const std::vector<Output>& outputs) {
  const Constant& in = *node.constant(0);
  const std::size_t axis = axis_index(node.attributes.whole("axis", 0), in.shape.size());
  const auto at = in.shape.begin() + static_cast<std::ptrdiff_t>(axis);
  const std::int64_t before = elements({in.shape.begin(), at}),
                     after = elements({at + 1, in.shape.end()});
  std::vector<Constant> parts;
  std::int64_t begin = 0;
  const std::int64_t rows = in.size() == 0 ? 0 : before;
  for (const Output& output : outputs) {
    Constant part = like(in, *output.shape, is_computed(node));
    const std::int64_t length = part.shape[axis];
    for (std::int64_t outer = 0; outer < rows; ++outer) {
      const std::int64_t first = (outer * *at + begin) * after;
      for (std::int64_t k = 0; k < length * after; ++k)
        append(part, in, static_cast<std::size_t>(first + k));
    }
    begin += length;
    parts.push_back(std::move(part));
  }
  return parts;
}

std::optional<Constant> cast(const NodeView& node) {
  const Constant& in = *node.constant(0);
  if (node.type == "CastLike" && !node.has(1)) throw NodeFault("input 2 is missing");
  const std::int64_t type =
      node.type == "CastLike" ? node.inputs[1].type : node.attributes.whole("to", kFloat);
  Constant result = like(in, in.shape, in.computed);
  result.real = !is_whole(static_cast<std::int32_t>(type));
  for (std::size_t k = 0; k < in.size(); ++k) {
    if (in.real && !result.real && !(std::abs(in.reals[k]) < 0x1p62)) return std::nullopt;
    append(result, in, k);
    if (type == kBool) result.whole.back() = in.real ? in.reals[k] != 0 : in.whole[k] != 0;
  }
  return result;
}

std::optional<Constant> where(const NodeView& node, const Shape& out) {
  if (!node.has(2)) throw NodeFault("input 3 is missing");
  const Constant &condition = *node.constant(0), &yes = *node.constant(1), &no = *node.constant(2);
  if (condition.real) return std::nullopt;
  Constant result = like(yes, out, is_computed(node));
  result.real = yes.real || no.real;
  const auto count = static_cast<std::size_t>(elements(out));
  for (std::size_t i = 0; i < count; ++i) {
    const bool holds = condition.whole[source_index(i, out, condition.shape, {})] != 0;
    const Constant& source = holds ? yes : no;
    append(result, source, source_index(i, out, source.shape, {}));
  }
  return result;
}

// Over all numbers. Nothing for a bound of none, and for whole results that a double may round.
std::optional<Constant> reduce(const NodeView& node, const Shape& out) {
  const Constant& in = *node.constant(0);
  Constant result = like(in, out, is_computed(node));
  const bool product = node.type == "ReduceProd", sum = node.type == "ReduceSum";
  if (in.size() == 0 && !product && !sum) return std::nullopt;
  double total = product ? 1 : 0;
  for (std::size_t k = 0; k < in.size(); ++k) {
    const double number = in.real ? in.reals[k] : static_cast<double>(in.whole[k]);
    if (product)
      total *= number;
    else if (sum)
      total += number;
    else if (k == 0)
      total = number;
    else
      total = node.type == "ReduceMax" ? std::max(total, number) : std::min(total, number);
  }
  if (result.real) {
    result.reals = {total};
    return result;
  }
  if (!(std::abs(total) < 0x1p53)) return std::nullopt;
  result.whole = {static_cast<std::int64_t>(total)};
  return result;
}

std::optional<Constant> of_constants(const NodeView& node, const Shape& out) {
  const std::string_view type = node.type;
  const Constant& first = *node.constant(0);
  if (is_one_of(type, {"Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"})) {
    Constant same = first;
    same.shape = out;
    same.computed = is_computed(node);
    return same;
  }
  if (is_one_of(type, {"Expand", "Transpose", "Tile"})) return spread(node, first, out);
  if (type == "Gather") return gather(node, out);
  if (type == "Slice") return slice(node, out);
  if (type == "Concat") return concat(node, out);
  if (is_one_of(type, {"Cast", "CastLike"})) return cast(node);
  if (type == "Where") return where(node, out);
  if (is_one_of(type, {"ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin"}) && elements(out) == 1)
    return reduce(node, out);
  if (node.inputs.size() == 1) {
    auto result = unary_constant(type, first);
    if (result) result->computed = first.computed;
    return result;
  }
  if (node.inputs.size() != 2 || !is_binary(type)) return std::nullopt;
  const Constant& second = *node.constant(1);
  Constant result = like(first, out, is_computed(node));
  const auto count = static_cast<std::size_t>(elements(out));
  for (std::size_t i = 0; i < count; ++i) {
    const ConstantNumber a = {first, source_index(i, out, first.shape, {})};
    const ConstantNumber b = {second, source_index(i, out, second.shape, {})};
    if (!append_binary(type, a, b, result)) return std::nullopt;
  }
  return result;
}

}  // namespace

std::optional<std::vector<Constant>> evaluate_constant(const NodeView& node) {
  const auto one = [](std::optional<Constant> constant) {
    return constant ? std::optional(std::vector<Constant>{std::move(*constant)}) : std::nullopt;
  };
  if (node.type == "Constant") return one(constant_node(node));
  const bool of_shape = node.type == "Shape" || node.type == "Size";
  for (const Operand& input : node.inputs) {
    const bool known =
        !input.present || (of_shape ? input.shape != nullptr : input.constant != nullptr);
    if (!known) return std::nullopt;
  }
  if (!node.has(0)) return std::nullopt;
  if (node.type == "NonZero") return one(non_zero(node));
  const auto shapes = infer_shapes(node);
  if (!shapes || shapes->empty()) return std::nullopt;
  for (const Output& output : *shapes) {
    if (!output.shape || elements(*output.shape) > kMostConstantNumbers) return std::nullopt;
  }
  if (node.type == "Split") return split_parts(node, *shapes);
  if (shapes->size() != 1) return std::nullopt;
  const Shape& out = *shapes->front().shape;
  if (node.type == "Range") return one(range(node, out));
  if (of_shape) return one(shape_node(node, out));
  if (node.type == "ConstantOfShape") return one(filled(node, out));
  return one(of_constants(node, out));
}

}  // namespace archcost::onnx
