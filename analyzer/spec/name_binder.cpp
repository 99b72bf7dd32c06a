// SPDX-License-Identifier: Apache-2.0
#include "spec/name_binder.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "layers/layer_table.hpp"

namespace archcost::spec {
namespace {

// The words that the attribute being resolved knows.
std::vector<std::string> words_of(const NameScope& scope) {
  if (scope.argument == nullptr) return {};
  const Item& item = *scope.item;
  const NamedExpression& argument = *scope.argument;
  if (item.call && &argument == &*item.call) return {kCallWords.begin(), kCallWords.end()};
  std::vector<std::string> words;
  if (item.form == Item::Form::kActivation) {
    for (const layers::LayerKind* kind : layers::layer_table()) {
      if (kind->family == layers::Family::kActivation) words.emplace_back(kind->name);
    }
  } else if (item.kind != nullptr) {
    const layers::AttributeSpec& attribute =
        item.kind->attributes[layers::find_attribute(*item.kind, argument.name)];
    if (attribute.type == layers::AttributeType::kPadding) words = {"same", "valid", "same_tf"};
    words.insert(words.end(), attribute.words.begin(), attribute.words.end());
  }
  return words;
}

std::vector<std::string> visible_names(const ArchSpec& spec, const NameScope& scope) {
  std::vector<std::string> names;
  const auto add = [&](const auto& rows, std::size_t known) {
    for (std::size_t k = 0; k < known; ++k) names.push_back(rows[k].name);
  };
  if (scope.block != nullptr) {
    add(scope.block->args, scope.args);
    add(scope.block->lets, scope.lets);
  }
  add(scope.file->params, scope.params);
  add(scope.file->lets, scope.file_lets);
  if (scope.tables) {
    add(scope.file->tables, scope.file->tables.size());
    for (const ImportedTable& t : scope.file->imported)
      names.push_back(spec.files[t.file].tables[t.slot].name);
  }
  if (scope.sizes) names.insert(names.end(), {"in", "h", "w"});
  return names;
}

std::string unknown_name(const ArchSpec& spec, const ExpressionNode& node, const NameScope& scope) {
  if (node.text.find('.') != std::string::npos) {
    return tensor_size(node.text)
               ? fmt::format("'{}' is a size of a layer, and there is no layer here", node.text)
               : fmt::format("'{}' is no size of a layer; these are NAME.c, NAME.h and NAME.w",
                             node.text);
  }
  if (node.text == "required") return "'required' belongs in the args of a block";
  if (node.text == "in" || node.text == "h" || node.text == "w") {
    return fmt::format("'{}' is a size of a layer's input, and there is no layer here", node.text);
  }
  const bool later = std::any_of(
      scope.file->params.begin() + static_cast<std::ptrdiff_t>(scope.params),
      scope.file->params.end(), [&](const ParamSpec& p) { return p.name == node.text; });
  if (later)
    return fmt::format("parameter '{}' is written below; a default may use the parameters above it",
                       node.text);
  std::vector<std::string> known = words_of(scope);
  const std::vector<std::string> names = visible_names(spec, scope);
  known.insert(known.end(), names.begin(), names.end());
  known.insert(known.end(), scope.file->words.begin(), scope.file->words.end());
  std::string message = fmt::format("unknown name '{}'{}", node.text, suggestion(node.text, known));
  if (scope.block != nullptr && !nearest(node.text, known)) {
    message += fmt::format("; block '{}' sees its own arguments and the file's parameters",
                           scope.block->name);
  }
  return message;
}

template <class Rows>
int last_named(const Rows& rows, std::size_t count, std::string_view name) {
  for (std::size_t k = count; k > 0; --k) {
    if (rows[k - 1].name == name) return static_cast<int>(k) - 1;
  }
  return -1;
}

bool bind_to_slot(ExpressionNode& node, Scope scope, int slot, std::vector<bool>* used) {
  if (slot < 0) return false;
  node.scope = scope;
  node.slot = slot;
  if (used != nullptr) (*used)[slot] = true;
  return true;
}

}  // namespace

NameBinder::NameBinder(const ArchSpec& spec, const std::set<std::string>& broken)
    : spec_(&spec), broken_(&broken) {
  for (const FileScope& file : spec.files)
    file_usage_.push_back({std::vector<bool>(file.params.size()),
                           std::vector<bool>(file.lets.size()),
                           std::vector<bool>(file.tables.size()),
                           {}});
}

void NameBinder::enter(const BlockSpec& block) {
  block_usage_.args.assign(block.args.size(), false);
  block_usage_.lets.assign(block.lets.size(), false);
}

std::string NameBinder::bind(ExpressionNode& node, const NameScope& scope) {
  if (find(node, scope)) {
    if (node.op == ExpressionOp::kName && scope.file->words.contains(node.text)) {
      return fmt::format("'{}' is both a name and a choice; rename one of them", node.text);
    }
    return {};
  }
  if (node.op == ExpressionOp::kCall && !passed_over(node.text)) {
    std::vector<std::string> known(function_names().begin(), function_names().end());
    const auto names = visible_names(*spec_, scope);
    known.insert(known.end(), names.begin(), names.end());
    return fmt::format("unknown function or list '{}'{}", node.text, suggestion(node.text, known));
  }
  if (scope.file->words.contains(node.text) || layer_words().contains(node.text)) {
    node.scope = Scope::kWord;
    return {};
  }
  return passed_over(node.text) ? std::string() : unknown_name(*spec_, node, scope);
}

bool NameBinder::passed_over(const std::string& name) const {
  return broken_->contains(name) || broken_->contains("");
}

// Innermost first: values and arguments of the block, then the file's.
bool NameBinder::find(ExpressionNode& node, const NameScope& scope) {
  const std::string& name = node.text;
  if (name.find('.') != std::string::npos)
    return scope.tensors && tensor_size(name) && bind_to_slot(node, Scope::kTensor, 0, nullptr);
  if (scope.sizes && name == "in") return bind_to_slot(node, Scope::kIn, 0, nullptr);
  if (scope.sizes && name == "h") return bind_to_slot(node, Scope::kHeight, 0, nullptr);
  if (scope.sizes && name == "w") return bind_to_slot(node, Scope::kWidth, 0, nullptr);
  if (name == "i") return scope.round && bind_to_slot(node, Scope::kRound, 0, nullptr);
  const auto take_last = [&](Scope kind, const auto& rows, std::size_t known,
                             std::vector<bool>& used) {
    return bind_to_slot(node, kind, last_named(rows, known, name), &used);
  };
  if (const BlockSpec* block = scope.block) {
    if (take_last(Scope::kLet, block->lets, scope.lets, block_usage_.lets) ||
        take_last(Scope::kArgument, block->args, scope.args, block_usage_.args))
      return true;
  }
  const FileScope& file = *scope.file;
  NameUsage& usage = file_usage_[index_of(file)];
  return take_last(Scope::kFileLet, file.lets, scope.file_lets, usage.lets) ||
         take_last(Scope::kParam, file.params, scope.params, usage.params) ||
         (scope.tables && find_table(node, file, usage));
}

bool NameBinder::find_table(ExpressionNode& node, const FileScope& file, NameUsage& usage) {
  node.file = index_of(file);
  const int own = last_named(file.tables, file.tables.size(), node.text);
  if (bind_to_slot(node, Scope::kTable, own, &usage.tables)) return true;
  for (const ImportedTable& table : file.imported) {
    if (spec_->files[table.file].tables[table.slot].name != node.text) continue;
    node.file = table.file;
    return bind_to_slot(node, Scope::kTable, table.slot, nullptr);
  }
  return false;
}

int NameBinder::index_of(const FileScope& file) const {
  return static_cast<int>(&file - spec_->files.data());
}

}  // namespace archcost::spec
