// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <map>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "rewrite/rewrite.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Item;

// The activation that most of the network's layers have.
std::string most_frequent(const graph::Network& network) {
  std::map<std::string_view, int> counts;
  for (const graph::Layer& layer : network.layers) {
    if (layer.kind->activation) ++counts[layer.kind->name];
  }
  std::string_view most;
  for (const auto& [name, count] : counts) {
    if (most.empty() || count > counts[most]) most = name;
  }
  return std::string(most);
}

// The choices of the parameter, and one more.
std::string choices_with(const std::string& word) {
  std::string choices(find_named(find_rewrite("activation")->parameters, "act")->choices);
  std::vector<std::string> known = split(choices.substr(1, choices.size() - 2), ',');
  for (std::string& choice : known) choice = std::string(trim(choice));
  if (!is_one_of(word, known)) known.push_back(word);
  return "[" + join(known, ", ") + "]";
}

// Whether an expression can give that word.
bool may_be(const spec::ArchSpec& spec, const Structure& structure, const Item& item,
            const spec::Expression& kind, const std::string& word) {
  const spec::ExpressionNode* name = kind.plain_name();
  if (name == nullptr) return true;
  const int block = structure.place(item).block;
  const auto allows = [&](const auto* row) {
    return row == nullptr || row->choices.empty() ||
           is_one_of(spec::Value(spec::Word{word}), row->choices);
  };
  if (name->scope == spec::Scope::kWord) return name->text == word;
  if (name->scope == spec::Scope::kArgument && block >= 0)
    return allows(find_named(spec.blocks[static_cast<std::size_t>(block)].args, name->text));
  if (name->scope == spec::Scope::kParam) return allows(spec.find_param(name->text));
  return true;
}

}  // namespace

void replace_activations(Editor& editor) {
  const std::string set = editor.option("from");
  const std::string from = set.empty() ? most_frequent(editor.network()) : set;
  if (from.empty()) return;
  const std::string act = editor.name("act"), word_of_from = editor.word(from, "act");
  bool keeps_some = false;
  const Structure& structure = editor.structure();
  for (const Item* item : structure.items()) {
    if (item->form == Item::Form::kLayer && item->kind->name == from) {
      Item changed = *item;
      changed.form = Item::Form::kActivation;
      changed.head = "activation";
      changed.kind = nullptr;
      changed.arguments.clear();
      set_argument(changed, "kind", act);
      if (changed.name.empty() && structure.is_referenced(*item)) changed.name = item->head;
      if (item->arguments.empty()) {
        editor.replace(*item, {std::move(changed)});
        continue;
      }
      // A layer with a slope of its own stays where the activation is the same.
      keeps_some = true;
      Item kept = *item;
      add_condition(kept, fmt::format("{} == {}", act, word_of_from));
      add_condition(changed, fmt::format("{} != {}", act, word_of_from));
      editor.replace(*item, {std::move(kept), std::move(changed)});
    } else if (item->form == Item::Form::kActivation) {
      const spec::Expression& kind = item->arguments.front().value;
      if (!may_be(editor.spec(), structure, *item, kind, from)) continue;
      const spec::ExpressionNode* name = kind.plain_name();
      const bool word = name != nullptr && name->scope == spec::Scope::kWord;
      const std::string operand = name == nullptr ? "(" + kind.text + ")" : kind.text;
      editor.set(*item, "kind",
                 word ? act : fmt::format("{} if {} == {} else {}", act, operand, from, operand));
    }
  }
  if (!editor.changed()) return;
  editor.add_parameter("act", {}, keeps_some ? choices_with(word_of_from) : std::string());
}

}  // namespace archcost::rewrite
