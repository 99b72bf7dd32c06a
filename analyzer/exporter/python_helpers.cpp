// SPDX-License-Identifier: Apache-2.0
#include "exporter/python_helpers.hpp"

#include <algorithm>
#include <vector>

namespace archcost::exporter {
namespace {

constexpr Helper kFunctions[] = {
    {"exact", "", R"(
def exact(value):
    """A decimal number as a fraction, so that 1.1 * 200 is 220; whole numbers stay int."""
    if isinstance(value, (list, tuple)):
        return tuple(exact(element) for element in value)
    if isinstance(value, float):
        value = Fraction(str(value))
    if isinstance(value, Fraction) and value.denominator == 1:
        return int(value)
    return value
)"},
    {"round_half_up", "", R"(
def round_half_up(value):
    return math.floor(value + Fraction(1, 2))
)"},
    {"exact_sqrt", "", R"(
def exact_sqrt(value):
    """Of a square an exact number, else a float."""
    value = Fraction(value)
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return exact(Fraction(top, bottom))
    return math.sqrt(value)
)"},
    {"quotient", "", R"(
def quotient(value, divisor):
    """A fraction; a float where one of them is."""
    if isinstance(value, float) or isinstance(divisor, float):
        return value / divisor
    return Fraction(value, divisor)
)"},
    {"numbers_in", "", R"(
def numbers_in(*values):
    """The numbers, and those of lists."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from numbers_in(*value)
        else:
            yield value
)"},
    {"divisible", "", R"(
def divisible(value, divisor=8):
    """The nearest multiple of the divisor, never below nine tenths of the value."""
    rounded = max(divisor, int((value + Fraction(divisor, 2)) // divisor) * divisor)
    return rounded + divisor if rounded < Fraction(9, 10) * value else rounded
)"},
    {"same_padding", "", R"(
def same_padding(kernel, dilation=1):
    """Rows and columns on each side that keep the size."""
    if isinstance(kernel, (list, tuple)):
        dilations = dilation if isinstance(dilation, tuple) else (dilation, dilation)
        return tuple(same_padding(k, d) for k, d in zip(kernel, dilations))
    if dilation * (kernel - 1) % 2:
        raise ValueError(f"kernel {kernel} has no equal padding that keeps the size")
    return dilation * (kernel - 1) // 2
)"},
    {"to_padding", "same_padding", R"(
def to_padding(padding, kernel, dilation=1):
    """A number, (height, width), "same" or "valid" as the padding of a layer."""
    if padding == "same":
        return same_padding(kernel, dilation)
    if isinstance(padding, tuple) and padding[:2] == padding[2:]:
        return padding[:2]
    return 0 if padding == "valid" else padding
)"},
    {"window", "", R"(
def window(size, kernel, stride, padding=0, dilation=1):
    """The size of a window's output."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
)"},
};

void add_needed(std::span<const Helper> helpers, std::set<std::string>& names) {
  // A helper stands below those that it needs.
  for (std::size_t k = std::size(helpers); k-- > 0;) {
    if (names.contains(std::string(helpers[k].name)) && !helpers[k].needs.empty())
      names.emplace(helpers[k].needs);
  }
}

std::string definitions(std::span<const Helper> helpers, const std::set<std::string>& names) {
  std::string code;
  for (const Helper& helper : helpers) {
    if (names.contains(std::string(helper.name))) code += "\n" + std::string(helper.code);
  }
  return code;
}

}  // namespace

std::string helper_code(std::set<std::string> names, bool classes) {
  if (names.contains("exact_sqrt")) names.emplace("exact");
  add_needed(kFunctions, names);
  add_needed(module_helpers(), names);
  return classes ? definitions(module_helpers(), names) : definitions(kFunctions, names);
}

bool is_helper(std::string_view name) {
  const auto named = [&](const Helper& helper) { return helper.name == name; };
  const std::span<const Helper> modules = module_helpers();
  return std::any_of(std::begin(kFunctions), std::end(kFunctions), named) ||
         std::any_of(modules.begin(), modules.end(), named) || name == "pad_same_tf" ||
         name == "count_macs" || name == "check" || name == "shapes_of" || name == "by_order" ||
         name == "ACTIVATIONS";
}

}  // namespace archcost::exporter
