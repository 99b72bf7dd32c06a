// SPDX-License-Identifier: Apache-2.0
#include "spec/resolver.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "spec/choices.hpp"
#include "spec/cyclic_references.hpp"
#include "spec/fields.hpp"
#include "spec/own_round.hpp"
#include "spec/tensor_names.hpp"

namespace archcost::spec {
namespace {

// What a name may mean at one place.
struct NameScope {
  const FileScope* file = nullptr;
  const BlockSpec* block = nullptr;
  std::size_t params = 0, file_lets = 0, args = 0, lets = 0;  // how many of each are known already
  bool tables = true, sizes = true, round = true;
  bool tensors = false;                       // of other layers
  const Item* item = nullptr;                 // whose expression it is
  const NamedExpression* argument = nullptr;  // and of which of its arguments
};

// Which of its names something uses; `lets` and `args` of a block, the others of a file.
struct Usage {
  std::vector<bool> params, lets, tables, args;
};

class Resolver {
 public:
  Resolver(ArchSpec& spec, const std::set<std::string>& broken, DiagnosticList& diagnostics)
      : spec_(&spec), broken_(&broken), diagnostics_(&diagnostics), whole_(diagnostics.empty()) {
    for (const FileScope& file : spec.files)
      usage_.push_back({std::vector<bool>(file.params.size()),
                        std::vector<bool>(file.lets.size()),
                        std::vector<bool>(file.tables.size()),
                        {}});
    block_used_.resize(spec.blocks.size());
  }

  void run() {
    for (std::size_t f = 0; f < spec_->files.size(); ++f) resolve_file(static_cast<int>(f));
    for (BlockSpec& block : spec_->blocks) resolve_block(block);
    NameScope scope = whole_file(0);
    for (Expression* size : {&spec_->input.channels, &spec_->input.height, &spec_->input.width}) {
      NameScope input = scope;
      input.sizes = input.round = false;
      resolve(*size, input);
    }
    resolve_items(spec_->layers, scope);
    resolve_search(scope);
    check_settings(*spec_, *diagnostics_);
    if (whole_) report_unused_names();
    report_cyclic_references(*spec_, *diagnostics_);
  }

 private:
  // Binds one name; an empty message means that it was found.
  std::string bind(ExpressionNode& node, const NameScope& scope) {
    if (find(node, scope)) {
      if (node.op == ExpressionOp::kName && scope.file->words.contains(node.text)) {
        return fmt::format("'{}' is both a name and a choice; rename one of them", node.text);
      }
      return {};
    }
    if (node.op == ExpressionOp::kCall && !passed_over(node.text)) {
      std::vector<std::string> known(function_names().begin(), function_names().end());
      const auto names = visible_names(scope);
      known.insert(known.end(), names.begin(), names.end());
      return fmt::format("unknown function or list '{}'{}", node.text,
                         suggestion(node.text, known));
    }
    if (scope.file->words.contains(node.text) || layer_words().contains(node.text)) {
      node.scope = Scope::kWord;
      return {};
    }
    return passed_over(node.text) ? std::string() : unknown_name(node, scope);
  }

  bool passed_over(const std::string& name) const {
    return broken_->contains(name) || broken_->contains("");
  }

  std::string unknown_name(const ExpressionNode& node, const NameScope& scope) const {
    if (node.text.find('.') != std::string::npos) {
      return tensor_size(node.text)
                 ? fmt::format("'{}' is a size of a layer, and there is no layer here", node.text)
                 : fmt::format("'{}' is no size of a layer; these are NAME.c, NAME.h and NAME.w",
                               node.text);
    }
    if (node.text == "required") return "'required' belongs in the args of a block";
    if (node.text == "in" || node.text == "h" || node.text == "w") {
      return fmt::format("'{}' is a size of a layer's input, and there is no layer here",
                         node.text);
    }
    const bool later = std::any_of(
        scope.file->params.begin() + static_cast<std::ptrdiff_t>(scope.params),
        scope.file->params.end(), [&](const ParamSpec& p) { return p.name == node.text; });
    if (later)
      return fmt::format(
          "parameter '{}' is written below; a default may use the parameters above it", node.text);
    std::vector<std::string> known = words_of(scope);
    const std::vector<std::string> names = visible_names(scope);
    known.insert(known.end(), names.begin(), names.end());
    known.insert(known.end(), scope.file->words.begin(), scope.file->words.end());
    std::string message =
        fmt::format("unknown name '{}'{}", node.text, suggestion(node.text, known));
    if (scope.block != nullptr && !nearest(node.text, known)) {
      message += fmt::format("; block '{}' sees its own arguments and the file's parameters",
                             scope.block->name);
    }
    return message;
  }

  NameScope whole_file(int file) const {
    NameScope scope;
    scope.file = &spec_->files[file];
    scope.params = scope.file->params.size();
    scope.file_lets = scope.file->lets.size();
    return scope;
  }

  void resolve_file(int f) {
    FileScope& file = spec_->files[f];
    NameScope scope = whole_file(f);
    scope.sizes = scope.round = false;
    scope.file_lets = 0;
    for (scope.params = 0; scope.params < file.params.size(); ++scope.params) {
      resolve(file.params[scope.params].fallback, scope);
    }
    for (LookupTable& table : file.tables) resolve_table(table, scope);
    scope.sizes = true;
    for (; scope.file_lets < file.lets.size(); ++scope.file_lets)
      resolve(file.lets[scope.file_lets].value, scope);
  }

  void resolve_table(LookupTable& table, const NameScope& scope) {
    if (table.by) resolve(*table.by, scope);
    if (table.value) resolve(*table.value, scope);
    for (LookupRow& row : table.rows) resolve(row.value, scope);
    check_rows(table, *scope.file, *diagnostics_);
  }

  void resolve_block(BlockSpec& block) {
    NameScope scope = whole_file(block.file);
    scope.block = &block;
    scope.round = false;
    block_usage_.args.assign(block.args.size(), false);
    block_usage_.lets.assign(block.lets.size(), false);
    for (; scope.args < block.args.size(); ++scope.args) {
      if (block.args[scope.args].fallback) resolve(*block.args[scope.args].fallback, scope);
    }
    scope.tensors = true;  // those that enter
    for (; scope.lets < block.lets.size(); ++scope.lets)
      resolve(block.lets[scope.lets].value, scope);
    scope.round = true;
    resolve_items(block.layers, scope);
    if (!whole_) return;
    report_unused_inputs(fmt::format("block '{}'", block.name), block.tensors, block.layers,
                         block.lets);
    const std::string subject = fmt::format("block '{}': nothing uses the ", block.name);
    report_unused(block.args, block_usage_.args, subject + "argument");
    report_unused(block.lets, block_usage_.lets, subject + "value");
  }

  void resolve_items(std::vector<Item>& items, NameScope scope) {
    scope.tensors = true;
    for (Item& item : items) {
      if (item.when) resolve(*item.when, scope);
      if (item.repeat) resolve(*item.repeat, scope);
      NameScope inner = scope;
      inner.item = &item;
      if (item.call) {
        inner.argument = &*item.call;
        resolve(item.call->value, inner);
      }
      for (NamedExpression& argument : item.arguments) {
        inner.argument = &argument;
        resolve(argument.value, inner);
      }
      resolve_items(item.layers, scope);
      if (whole_)
        report_unused_inputs(fmt::format("{} '{}'", item.head, item.label()), item.tensors,
                             item.layers, {});
      for (Branch& branch : item.branches) {
        if (branch.when) resolve(*branch.when, scope);
        resolve_items(branch.layers, scope);
      }
      if (item.block >= 0) block_used_[item.block] = true;
      if (item.repeat && item.repeat->find(Scope::kRound) != nullptr)
        check_own_round(item, *diagnostics_);
    }
  }

  // The words that the attribute being resolved knows.
  static std::vector<std::string> words_of(const NameScope& scope) {
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

  int index_of(const FileScope& file) const {
    return static_cast<int>(&file - spec_->files.data());
  }

  void resolve_search(NameScope scope) {
    if (!spec_->search) return;
    scope.sizes = scope.round = scope.tables = false;
    scope.file_lets = 0;  // conditions are over parameters
    for (SearchVary& vary : spec_->search->vary) {
      NameScope values = scope;
      values.round = element_name(vary.name).element == "i";
      for (Expression& part : vary.parts) resolve(part, values);
    }
    for (Expression& condition : spec_->search->conditions) resolve(condition, scope);
  }

  void resolve(Expression& expression, const NameScope& scope) {
    for (ExpressionNode& node : expression.nodes) {
      if (node.op != ExpressionOp::kName && node.op != ExpressionOp::kCall) continue;
      if (node.op == ExpressionOp::kCall) {
        if (const auto function = find_function(node.text)) {
          node.function = *function;
          try {
            check_operand_count(*function, node.operands.size(), node);
          } catch (const ExpressionFault& fault) {
            diagnostics_->add(fault.where, fault.message);
          }
          continue;
        }
      }
      if (std::string message = bind(node, scope); !message.empty())
        diagnostics_->add(node.where, std::move(message));
    }
    check_comparisons(expression, *scope.file, scope.block, *diagnostics_);
  }

  std::vector<std::string> visible_names(const NameScope& scope) const {
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
        names.push_back(spec_->files[t.file].tables[t.slot].name);
    }
    if (scope.sizes) names.insert(names.end(), {"in", "h", "w"});
    return names;
  }

  template <class Rows>
  static int last_named(const Rows& rows, std::size_t count, std::string_view name) {
    for (std::size_t k = count; k > 0; --k) {
      if (rows[k - 1].name == name) return static_cast<int>(k) - 1;
    }
    return -1;
  }

  static bool take(ExpressionNode& node, Scope scope, int slot, std::vector<bool>* used) {
    if (slot < 0) return false;
    node.scope = scope;
    node.slot = slot;
    if (used != nullptr) (*used)[slot] = true;
    return true;
  }

  // Innermost first: values and arguments of the block, then the file's.
  bool find(ExpressionNode& node, const NameScope& scope) {
    const std::string& name = node.text;
    if (name.find('.') != std::string::npos)
      return scope.tensors && tensor_size(name) && take(node, Scope::kTensor, 0, nullptr);
    if (scope.sizes && name == "in") return take(node, Scope::kIn, 0, nullptr);
    if (scope.sizes && name == "h") return take(node, Scope::kHeight, 0, nullptr);
    if (scope.sizes && name == "w") return take(node, Scope::kWidth, 0, nullptr);
    if (name == "i") return scope.round && take(node, Scope::kRound, 0, nullptr);
    const auto take_last = [&](Scope kind, const auto& rows, std::size_t known,
                               std::vector<bool>& used) {
      return take(node, kind, last_named(rows, known, name), &used);
    };
    if (const BlockSpec* block = scope.block) {
      if (take_last(Scope::kLet, block->lets, scope.lets, block_usage_.lets) ||
          take_last(Scope::kArgument, block->args, scope.args, block_usage_.args))
        return true;
    }
    const FileScope& file = *scope.file;
    Usage& usage = usage_[index_of(file)];
    return take_last(Scope::kFileLet, file.lets, scope.file_lets, usage.lets) ||
           take_last(Scope::kParam, file.params, scope.params, usage.params) ||
           (scope.tables && find_table(node, file, usage));
  }

  bool find_table(ExpressionNode& node, const FileScope& file, Usage& usage) {
    node.file = index_of(file);
    const int own = last_named(file.tables, file.tables.size(), node.text);
    if (take(node, Scope::kTable, own, &usage.tables)) return true;
    for (const ImportedTable& table : file.imported) {
      if (spec_->files[table.file].tables[table.slot].name != node.text) continue;
      node.file = table.file;
      return take(node, Scope::kTable, table.slot, nullptr);
    }
    return false;
  }

  template <class Rows>
  void report_unused(const Rows& rows, const std::vector<bool>& used, const std::string& subject) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (!used[k]) diagnostics_->add(rows[k].where, fmt::format("{} '{}'", subject, rows[k].name));
    }
  }

  void report_unused_inputs(const std::string& subject, const TensorNames& tensors,
                            const std::vector<Item>& layers,
                            const std::vector<NamedExpression>& lets) {
    for (const std::string& name : unused_inputs(tensors, layers, lets)) {
      diagnostics_->add(tensors.inputs_where,
                        fmt::format("{}: nothing uses the input '{}'; take it with 'from', or call "
                                    "it '_'",
                                    subject, name));
    }
  }

  void report_unused_names() {
    const FileScope& file = spec_->main();
    const Usage& usage = usage_.front();
    report_unused(file.params, usage.params, "nothing uses the parameter");
    report_unused(file.lets, usage.lets, "nothing uses the value");
    report_unused(file.tables, usage.tables, "nothing uses the table");
    for (std::size_t k = 0; k < block_used_.size(); ++k) {
      if (spec_->blocks[k].file != 0) block_used_[k] = true;  // for other specs
    }
    report_unused(spec_->blocks, block_used_, "nothing uses the block");
  }

  ArchSpec* spec_;
  const std::set<std::string>* broken_;
  DiagnosticList* diagnostics_;
  bool whole_;  // no mistakes so far: what seems unused is unused
  std::vector<Usage> usage_;
  std::vector<bool> block_used_;
  Usage block_usage_;  // of the block being resolved
};

}  // namespace

void resolve_names(ArchSpec& spec, const std::set<std::string>& broken,
                   DiagnosticList& diagnostics) {
  Resolver(spec, broken, diagnostics).run();
}

void resolve_outside(Expression& expression, const ArchSpec& spec, bool allow_params,
                     bool allow_round) {
  const FileScope& file = spec.main();
  for (ExpressionNode& node : expression.nodes) {
    if ((node.op != ExpressionOp::kName && node.op != ExpressionOp::kCall) || !allow_params)
      continue;
    if (allow_round && node.op == ExpressionOp::kName && node.text == "i") {
      node.scope = Scope::kRound;
      node.slot = 0;
    }
    for (std::size_t k = 0; k < file.params.size(); ++k) {
      if (file.params[k].name != node.text) continue;
      node.scope = Scope::kParam;
      node.slot = static_cast<int>(k);
    }
  }
  std::set<std::string> words = file.words;
  words.insert(layer_words().begin(), layer_words().end());
  resolve_words(expression, words);
}

}  // namespace archcost::spec
