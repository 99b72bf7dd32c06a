// SPDX-License-Identifier: Apache-2.0
#include "spec/resolver.hpp"

#include <fmt/core.h>

#include <set>
#include <utility>

#include "spec/choices.hpp"
#include "spec/cyclic_references.hpp"
#include "spec/fields.hpp"
#include "spec/name_binder.hpp"
#include "spec/own_round.hpp"
#include "spec/tensor_names.hpp"

namespace archcost::spec {
namespace {

template <class Rows>
void report_unused(const Rows& rows, const std::vector<bool>& used, const std::string& subject,
                   DiagnosticList& diagnostics) {
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (!used[k]) diagnostics.add(rows[k].where, fmt::format("{} '{}'", subject, rows[k].name));
  }
}

void report_unused_inputs(const std::string& subject, const TensorNames& tensors,
                          const std::vector<Item>& layers, const std::vector<NamedExpression>& lets,
                          DiagnosticList& diagnostics) {
  for (const std::string& name : unused_inputs(tensors, layers, lets)) {
    diagnostics.add(tensors.inputs_where,
                    fmt::format("{}: nothing uses the input '{}'; take it with 'from', or call "
                                "it '_'",
                                subject, name));
  }
}

class Resolver {
 public:
  Resolver(ArchSpec& spec, const std::set<std::string>& broken, DiagnosticList& diagnostics)
      : spec_(&spec),
        diagnostics_(&diagnostics),
        names_(spec, broken),
        whole_(diagnostics.empty()) {
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
    names_.enter(block);
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
                         block.lets, *diagnostics_);
    const std::string subject = fmt::format("block '{}': nothing uses the ", block.name);
    const NameUsage& usage = names_.usage_of_block();
    report_unused(block.args, usage.args, subject + "argument", *diagnostics_);
    report_unused(block.lets, usage.lets, subject + "value", *diagnostics_);
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
                             item.layers, {}, *diagnostics_);
      for (Branch& branch : item.branches) {
        if (branch.when) resolve(*branch.when, scope);
        resolve_items(branch.layers, scope);
      }
      if (item.block >= 0) block_used_[item.block] = true;
      if (item.repeat && item.repeat->find(Scope::kRound) != nullptr)
        check_own_round(item, *diagnostics_);
    }
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
      if (std::string message = names_.bind(node, scope); !message.empty())
        diagnostics_->add(node.where, std::move(message));
    }
    check_comparisons(expression, *scope.file, scope.block, *diagnostics_);
  }

  void report_unused_names() {
    const FileScope& file = spec_->main();
    const NameUsage& usage = names_.usage_of_file(0);
    report_unused(file.params, usage.params, "nothing uses the parameter", *diagnostics_);
    report_unused(file.lets, usage.lets, "nothing uses the value", *diagnostics_);
    report_unused(file.tables, usage.tables, "nothing uses the table", *diagnostics_);
    for (std::size_t k = 0; k < block_used_.size(); ++k) {
      if (spec_->blocks[k].file != 0) block_used_[k] = true;  // for other specs
    }
    report_unused(spec_->blocks, block_used_, "nothing uses the block", *diagnostics_);
  }

  ArchSpec* spec_;
  DiagnosticList* diagnostics_;
  NameBinder names_;
  bool whole_;  // no mistakes so far: what seems unused is unused
  std::vector<bool> block_used_;
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
