// SPDX-License-Identifier: Apache-2.0
// What the names in expressions mean at their places, and which names are used.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// What a name may mean at one place.
struct NameScope {
  const FileScope* file = nullptr;
  const BlockSpec* block = nullptr;
  std::size_t params = 0, file_lets = 0, args = 0, lets = 0;  ///< how many are known already
  bool tables = true, sizes = true, round = true;
  bool tensors = false;                       ///< of other layers
  const Item* item = nullptr;                 ///< whose expression it is
  const NamedExpression* argument = nullptr;  ///< and of which of its arguments
};

/// Which of the names something uses: `args` and `lets` of a block, `params`, `lets` and `tables`
/// of a file.
struct NameUsage {
  std::vector<bool> params, lets, tables, args;
};

class NameBinder {
 public:
  /// `broken` are the names of resolve_names(); both outlive the binder.
  NameBinder(const ArchSpec& spec, const std::set<std::string>& broken);

  /// Begins a block: nothing uses its names yet.
  void enter(const BlockSpec& block);
  /// Binds a name, or the name of a call where no function has it. The mistake in it; empty: none.
  std::string bind(ExpressionNode& node, const NameScope& scope);

  /// So far.
  const NameUsage& usage_of_file(int file) const { return file_usage_[file]; }
  const NameUsage& usage_of_block() const { return block_usage_; }

 private:
  bool passed_over(const std::string& name) const;
  bool find(ExpressionNode& node, const NameScope& scope);
  bool find_table(ExpressionNode& node, const FileScope& file, NameUsage& usage);
  int index_of(const FileScope& file) const;

  const ArchSpec* spec_;
  const std::set<std::string>* broken_;
  std::vector<NameUsage> file_usage_;
  NameUsage block_usage_;  // of the block that was entered last
};

}  // namespace archcost::spec
