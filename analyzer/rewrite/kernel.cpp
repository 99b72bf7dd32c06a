// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

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

// Padding that keeps the output's size: half of what the kernel grows is added on each side.
// Nothing where it needn't change; false where it can't be told.
bool grown_padding(const Item& item, const std::string& kernel, std::string& pad) {
  const Expression* written_pad = written(item, "pad");
  if (written_pad == nullptr) return true;
  const spec::ExpressionNode* word = written_pad->plain_name();
  if (word != nullptr && word->scope == spec::Scope::kWord)
    return word->text == "same" || word->text == "same_tf";
  const Expression* old = written(item, "kernel");
  const std::string dilation = attribute_text(item, "dilation");
  if (old == nullptr || old->is_list() || dilation != "1") return false;
  std::vector<std::string> sides;
  for (const std::string& side : sides_of(*written_pad))
    sides.push_back(fmt::format("{} + ({} - {}) // 2", side, kernel, old->text));
  pad = sides.size() == 1 ? sides.front() : "[" + join(sides, ", ") + "]";
  return true;
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
    std::string pad;
    if (!grown_padding(*item, kernel, pad) || (old->is_list() && !pad.empty())) continue;
    const auto chosen = [&](const std::string& value, const std::string& other) {
      return when.empty() ? value : fmt::format("{} if {} else {}", value, when, other);
    };
    editor.set(*item, "kernel", chosen(kernel, old->text));
    if (!pad.empty() && !when.empty() && pad.starts_with('[')) continue;
    if (!pad.empty()) editor.set(*item, "pad", chosen(pad, attribute_text(*item, "pad")));
  }
  if (editor.changed()) editor.add_parameter("kernel");
}

}  // namespace archcost::rewrite
