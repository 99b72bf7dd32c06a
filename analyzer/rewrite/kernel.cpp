// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "rewrite/targets.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Expression;
using spec::Item;

// The elements of a written list; one text where the value is none.
std::vector<std::string> sides_of(const Expression& value) {
  if (!value.is_list()) return {value.text};
  std::vector<std::string> sides;
  for (const std::string& side :
       split_outside_brackets(std::string_view(value.text).substr(1, value.text.size() - 2), ','))
    sides.emplace_back(trim(side));
  return sides;
}

std::vector<std::string> sides_of(const Item& item, std::string_view attribute) {
  const Expression* value = written(item, attribute);
  return value == nullptr ? std::vector<std::string>{attribute_text(item, attribute)}
                          : sides_of(*value);
}

bool is_even(const std::string& text) {
  const Expression value = spec::parse_expression(text, {}, false);
  const spec::ExpressionNode& root = value.root();
  return root.op == spec::ExpressionOp::kNumber && root.number.is_whole() &&
         root.number.exact().numerator() % 2 == 0;
}

// The padding that keeps the output's sizes: the kernel grows on both sides.
struct GrownPadding {
  std::vector<std::string> sides;  ///< none: it needn't change
  std::vector<std::string> before;
};

GrownPadding grown_padding(const Item& item, const std::string& kernel) {
  const Expression* pad = written(item, "pad");
  if (pad == nullptr) return {};
  const spec::ExpressionNode* word = pad->plain_name();
  const bool is_word = word != nullptr && word->scope == spec::Scope::kWord;
  if (is_word && word->text != "valid") return {};
  GrownPadding padding = {{}, is_word ? std::vector<std::string>{"0"} : sides_of(*pad)};

  const std::vector<std::string> kernels = sides_of(item, "kernel");
  const std::vector<std::string> dilations = sides_of(item, "dilation");
  const auto axis_of = [](const std::vector<std::string>& sizes, std::size_t k) {
    return sizes[k % sizes.size()];
  };
  // An odd number of rows is divided between top and bottom.
  const auto grows_unevenly = [&](std::size_t axis) {
    return is_even(axis_of(kernels, axis)) && !is_even(axis_of(dilations, axis));
  };
  const std::size_t needed =
      grows_unevenly(0) || grows_unevenly(1) ? 4 : std::max(kernels.size(), dilations.size());
  // [height, width] and [top, left, bottom, right].
  const std::vector<std::string> written_sides = padding.before;
  for (std::size_t k = padding.before.size(); k < needed; ++k)
    padding.before.push_back(axis_of(written_sides, k));

  for (std::size_t k = 0; k < padding.before.size(); ++k) {
    std::string growth = fmt::format("({} - {})", kernel, factor(axis_of(kernels, k)));
    if (const std::string& dilation = axis_of(dilations, k); dilation != "1")
      growth = fmt::format("{} * {}", factor(dilation), growth);
    if (k >= 2 && grows_unevenly(k % 2)) growth = fmt::format("({} + 1)", growth);
    padding.sides.push_back(padding.before[k] == "0"
                                ? fmt::format("{} // 2", growth)
                                : fmt::format("{} + {} // 2", factor(padding.before[k]), growth));
  }
  return padding;
}

// Where groups are a number, a condition compares it with the channels: worth writing only for
// layers that are depthwise in the network that is looked at.
bool may_be_depthwise(const graph::TracedNetwork& traced, const Item& item) {
  const Expression* groups = written(item, "groups");
  if (groups == nullptr || groups->root().op != spec::ExpressionOp::kNumber) return true;
  for (std::size_t k = 0; k < traced.network.layers.size(); ++k) {
    if (traced.uses[static_cast<std::size_t>(traced.use_of[k])].item != &item) continue;
    const auto sizes = conv_sizes(traced.network, traced.network.layers[k]);
    if (sizes && sizes->groups == sizes->in) return true;
  }
  return false;
}

}  // namespace

void change_kernels(Editor& editor) {
  const Targets targets(editor.spec(), editor.structure(), "conv", {&kSpatialKernel, &kDepthwise});
  if (targets.items().empty()) return;
  const std::string kernel = editor.name("kernel");
  for (const Item* item : targets.items()) {
    const Expression* old = written(*item, "kernel");
    std::string when = all_of(targets.conditions(*item, Targets::Uses::kAll));
    const spec::ExpressionNode* name = old->plain_name();
    // An argument stays in use.
    if (when.empty() && name != nullptr && name->scope != spec::Scope::kWord)
      when = fmt::format("{} > 1", old->text);
    const GrownPadding padding = grown_padding(*item, kernel);
    if (!may_be_depthwise(editor.traced(), *item)) continue;
    const auto chosen = [&](const std::string& value, const std::string& other) {
      return when.empty() ? value : fmt::format("{} if {} else {}", value, when, other);
    };
    editor.set(*item, "kernel", chosen(kernel, old->text));
    std::vector<std::string> sides;
    for (std::size_t k = 0; k < padding.sides.size(); ++k)
      sides.push_back(chosen(padding.sides[k], padding.before[k]));
    if (sides.size() == 1) editor.set(*item, "pad", sides.front());
    if (sides.size() > 1) editor.set(*item, "pad", "[" + join(sides, ", ") + "]");
  }
  if (editor.changed()) editor.add_parameter("kernel");
}

}  // namespace archcost::rewrite
