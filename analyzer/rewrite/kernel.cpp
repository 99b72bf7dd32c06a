// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <string>
#include <vector>

#include "core/text.hpp"
#include "rewrite/targets.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Expression;
using spec::Item;

// The kernel's two sides; one text where they are the same.
std::vector<std::string> sides_of(const Expression& value) {
  if (!value.is_list()) return {value.text};
  std::vector<std::string> sides;
  for (const std::string& side :
       split(std::string_view(value.text).substr(1, value.text.size() - 2), ','))
    sides.emplace_back(trim(side));
  return sides;
}

// The padding that keeps the output's size, by side: half of what the kernel grows is added on
// each.
struct GrownPadding {
  bool known = true;               ///< false where it can't be told
  std::vector<std::string> sides;  ///< none: it needn't change
  std::vector<std::string> before;
};

GrownPadding grown_padding(const Item& item, const std::string& kernel) {
  const Expression* written_pad = written(item, "pad");
  if (written_pad == nullptr) return {};
  const spec::ExpressionNode* word = written_pad->plain_name();
  if (word != nullptr && word->scope == spec::Scope::kWord)
    return {word->text == "same" || word->text == "same_tf", {}, {}};
  const Expression* old = written(item, "kernel");
  const std::string dilation = attribute_text(item, "dilation");
  if (old == nullptr || old->is_list() || dilation != "1") return {false, {}, {}};
  GrownPadding padding = {true, {}, sides_of(*written_pad)};
  for (const std::string& side : padding.before)
    padding.sides.push_back(
        fmt::format("{} + ({} - {}) // 2", factor(side), kernel, factor(old->text)));
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
    if (!padding.known || !may_be_depthwise(editor.traced(), *item)) continue;
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
