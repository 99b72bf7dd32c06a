// SPDX-License-Identifier: Apache-2.0
// What the names of a spec become in Python: which blocks need which of the file's names, and which
// values may be fractions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "exporter/python_expression.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::exporter {

/// A parameter, value or table of the file.
struct FileName {
  spec::Scope scope = spec::Scope::kParam;
  int slot = 0;
  friend auto operator<=>(const FileName&, const FileName&) = default;
};

/// Calls `visit(expression, block)` for every expression of a block, or of the network for -1; each
/// with the block whose argument it is given to and that argument's name, where it is one.
struct UsedExpression {
  const spec::Expression* expression = nullptr;
  int called_block = -1;
  std::string argument;
};
std::vector<UsedExpression> expressions_of(const spec::ArchSpec& spec, int block);

class TorchNames {
 public:
  /// Throws NotWritable for specs of several files.
  explicit TorchNames(const spec::ArchSpec& spec);

  /// The file's names that a block and those that it uses need; for -1 the network's.
  const std::set<FileName>& needed(int block) const { return needed_.at(block); }
  /// Blocks that the network uses, each after those that it uses itself.
  const std::vector<int>& blocks() const { return blocks_; }
  bool is_real(int block, const spec::ExpressionNode& node) const;
  bool is_list(int block, const spec::ExpressionNode& node) const;
  /// A table that is one list of constants: a constant of the module.
  bool is_constant_list(const FileName& name) const;
  /// "alpha"; "UNITS" for a constant list.
  std::string base_name(const FileName& name) const;

 private:
  bool is_list_argument(int block, const spec::ArgSpec& argument) const;
  void visit_block(int block);
  bool mark_reals();
  bool mark(bool& known, bool real) const;

  const spec::ArchSpec* spec_;
  std::map<int, std::set<FileName>> needed_;
  std::vector<int> blocks_;
  std::map<int, std::map<std::string, bool>> real_arguments_;
  std::map<int, std::vector<bool>> real_lets_;
  std::vector<bool> real_params_, real_file_lets_, real_tables_;
};

}  // namespace archcost::exporter
