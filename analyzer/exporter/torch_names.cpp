// SPDX-License-Identifier: Apache-2.0
#include "exporter/torch_names.hpp"

#include <algorithm>
#include <cctype>

#include "exporter/torch_layer.hpp"

namespace archcost::exporter {
namespace {

using spec::Expression;
using spec::ExpressionNode;
using spec::Item;
using spec::Scope;

void add_items(const std::vector<Item>& items, std::vector<UsedExpression>& used) {
  for (const Item& item : items) {
    if (item.when) used.push_back({&*item.when, -1, {}});
    if (item.repeat) used.push_back({&*item.repeat, -1, {}});
    for (const spec::NamedExpression& argument : item.arguments)
      used.push_back(
          {&argument.value, item.form == Item::Form::kBlock ? item.block : -1, argument.name});
    add_items(item.layers, used);
    for (const spec::Branch& branch : item.branches) {
      if (branch.when) used.push_back({&*branch.when, -1, {}});
      add_items(branch.layers, used);
    }
  }
}

void add_called(const std::vector<Item>& items, std::vector<int>& blocks) {
  for (const Item& item : items) {
    if (item.form == Item::Form::kBlock) blocks.push_back(item.block);
    add_called(item.layers, blocks);
    for (const spec::Branch& branch : item.branches) add_called(branch.layers, blocks);
  }
}

bool is_constant(const Expression& expression) {
  return std::all_of(expression.nodes.begin(), expression.nodes.end(), [](const ExpressionNode& n) {
    const bool named = n.op == spec::ExpressionOp::kName || n.op == spec::ExpressionOp::kCall;
    return !named || n.scope == Scope::kWord;
  });
}

bool is_fraction(const spec::Value& value) {
  if (value.is_list()) return std::any_of(value.list().begin(), value.list().end(), is_fraction);
  return value.is_number() && !value.number().is_whole();
}

}  // namespace

std::vector<UsedExpression> expressions_of(const spec::ArchSpec& spec, int block) {
  std::vector<UsedExpression> used;
  if (block >= 0) {
    const spec::BlockSpec& own = spec.blocks[static_cast<std::size_t>(block)];
    for (const spec::ArgSpec& arg : own.args) {
      if (arg.fallback) used.push_back({&*arg.fallback, block, arg.name});
    }
    for (const spec::NamedExpression& let : own.lets) used.push_back({&let.value, -1, {}});
    add_items(own.layers, used);
  } else {
    for (const Expression* size : {&spec.input.channels, &spec.input.height, &spec.input.width})
      used.push_back({size, -1, {}});
    add_items(spec.layers, used);
  }
  return used;
}

TorchNames::TorchNames(const spec::ArchSpec& spec) : spec_(&spec) {
  if (spec.files.size() > 1) throw NotWritable("it includes other files");
  visit_block(-1);
  const spec::FileScope& file = spec.main();
  for (const spec::ParamSpec& param : file.params) {
    const bool bounds =
        (param.min && !param.min->is_whole()) || (param.max && !param.max->is_whole());
    const auto fraction = [](const spec::List& values) {
      return std::any_of(values.begin(), values.end(), is_fraction);
    };
    real_params_.push_back(bounds || fraction(param.sweep) || fraction(param.choices));
  }
  real_file_lets_.resize(file.lets.size());
  real_tables_.resize(file.tables.size());
  for (const int block : blocks_)
    real_lets_[block].resize(spec.blocks[static_cast<std::size_t>(block)].lets.size());
  while (mark_reals()) {
  }
}

void TorchNames::visit_block(int block) {
  if (needed_.contains(block)) return;
  std::set<FileName> names;
  for (const UsedExpression& used : expressions_of(*spec_, block)) {
    for (const ExpressionNode& node : used.expression->nodes) {
      const bool of_file = node.scope == Scope::kParam || node.scope == Scope::kFileLet ||
                           node.scope == Scope::kTable;
      if (of_file && !is_constant_list({node.scope, node.slot}))
        names.insert({node.scope, node.slot});
    }
  }
  std::vector<int> called;
  add_called(block < 0 ? spec_->layers : spec_->blocks[static_cast<std::size_t>(block)].layers,
             called);
  for (const int other : called) {
    visit_block(other);
    names.insert(needed_.at(other).begin(), needed_.at(other).end());
  }
  needed_[block] = std::move(names);
  if (block >= 0) blocks_.push_back(block);
}

bool TorchNames::mark(bool& known, bool real) const {
  const bool news = real && !known;
  known = known || real;
  return news;
}

// One round over all expressions; true while something is new.
bool TorchNames::mark_reals() {
  bool news = false;
  const spec::FileScope& file = spec_->main();
  const auto real = [&](int block, const Expression& expression) {
    return may_be_real(expression, [&](const ExpressionNode& n) { return is_real(block, n); });
  };
  const auto mark_bit = [&](std::vector<bool>& bits, std::size_t k, bool value) {
    bool known = bits[k];
    news = mark(known, value) || news;
    bits[k] = known;
  };
  for (std::size_t k = 0; k < file.params.size(); ++k)
    mark_bit(real_params_, k, real(-1, file.params[k].fallback));
  for (std::size_t k = 0; k < file.lets.size(); ++k)
    mark_bit(real_file_lets_, k, real(-1, file.lets[k].value));
  for (std::size_t k = 0; k < file.tables.size(); ++k) {
    const spec::LookupTable& table = file.tables[k];
    bool any = table.value && real(-1, *table.value);
    for (const spec::LookupRow& row : table.rows) any = any || real(-1, row.value);
    mark_bit(real_tables_, k, any);
  }
  std::vector<int> all = blocks_;
  all.push_back(-1);
  for (const int block : all) {
    for (const UsedExpression& used : expressions_of(*spec_, block)) {
      if (used.called_block < 0) continue;
      news =
          mark(real_arguments_[used.called_block][used.argument], real(block, *used.expression)) ||
          news;
    }
    if (block < 0) continue;
    const auto& lets = spec_->blocks[static_cast<std::size_t>(block)].lets;
    for (std::size_t k = 0; k < lets.size(); ++k)
      mark_bit(real_lets_[block], k, real(block, lets[k].value));
  }
  return news;
}

bool TorchNames::is_real(int block, const ExpressionNode& node) const {
  const auto slot = static_cast<std::size_t>(node.slot);
  switch (node.scope) {
    case Scope::kParam:
      return real_params_[slot];
    case Scope::kFileLet:
      return real_file_lets_[slot];
    case Scope::kTable:
      return real_tables_[slot];
    case Scope::kLet: {
      const auto lets = real_lets_.find(block);
      return lets != real_lets_.end() && lets->second[slot];
    }
    case Scope::kArgument: {
      const auto arguments = real_arguments_.find(block);
      if (arguments == real_arguments_.end()) return false;
      const auto& args = spec_->blocks[static_cast<std::size_t>(block)].args;
      const auto found = arguments->second.find(args[slot].name);
      return found != arguments->second.end() && found->second;
    }
    default:
      return false;
  }
}

bool TorchNames::is_list(int block, const ExpressionNode& node) const {
  const auto slot = static_cast<std::size_t>(node.slot);
  const spec::FileScope& file = spec_->main();
  const auto list = [&](int place, const Expression& expression) {
    return may_be_list(expression, [&](const ExpressionNode& n) { return is_list(place, n); });
  };
  switch (node.scope) {
    case Scope::kParam: {
      const auto any = [](const spec::List& values) {
        return std::any_of(values.begin(), values.end(), [](const auto& v) { return v.is_list(); });
      };
      const spec::ParamSpec& param = file.params[slot];
      return list(-1, param.fallback) || any(param.choices) || any(param.sweep);
    }
    case Scope::kFileLet:
      return list(-1, file.lets[slot].value);
    case Scope::kTable: {
      const spec::LookupTable& table = file.tables[slot];
      return (table.value && list(-1, *table.value)) ||
             std::any_of(table.rows.begin(), table.rows.end(),
                         [&](const spec::LookupRow& row) { return list(-1, row.value); });
    }
    case Scope::kLet:
      return list(block, spec_->blocks[static_cast<std::size_t>(block)].lets[slot].value);
    case Scope::kArgument:
      return is_list_argument(block, spec_->blocks[static_cast<std::size_t>(block)].args[slot]);
    default:
      return false;
  }
}

// By its default and by what its block is called with.
bool TorchNames::is_list_argument(int block, const spec::ArgSpec& argument) const {
  std::vector<int> all = blocks_;
  all.push_back(-1);
  return std::any_of(all.begin(), all.end(), [&](int place) {
    const std::vector<UsedExpression> used = expressions_of(*spec_, place);
    return std::any_of(used.begin(), used.end(), [&](const UsedExpression& value) {
      return value.called_block == block && value.argument == argument.name &&
             may_be_list(*value.expression,
                         [&](const ExpressionNode& n) { return is_list(place, n); });
    });
  });
}

bool TorchNames::is_constant_list(const FileName& name) const {
  if (name.scope != Scope::kTable) return false;
  const spec::LookupTable& table = spec_->main().tables[static_cast<std::size_t>(name.slot)];
  return table.value && is_constant(*table.value);
}

std::string TorchNames::base_name(const FileName& name) const {
  const auto slot = static_cast<std::size_t>(name.slot);
  const spec::FileScope& file = spec_->main();
  if (name.scope == Scope::kParam) return python_name(file.params[slot].name);
  if (name.scope == Scope::kFileLet) return python_name(file.lets[slot].name);
  if (!is_constant_list(name)) return python_name(file.tables[slot].name);
  std::string text = file.tables[slot].name;
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return python_name(text);
}

}  // namespace archcost::exporter
