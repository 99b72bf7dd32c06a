// SPDX-License-Identifier: Apache-2.0
#include "spec/cyclic_references.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"

namespace archcost::spec {
namespace {

constexpr int kLongestChain = 200;

struct Use {
  std::string name;
  SourceRef where;
  std::vector<int> uses;  // indices of others
};

// Walks the uses depth first; reports cycles, and the first chain that is too long.
class UseWalker {
 public:
  UseWalker(std::string_view what, const std::vector<Use>& nodes, DiagnosticList& diagnostics)
      : what_(what), nodes_(&nodes), length_(nodes.size(), kNew), diagnostics_(&diagnostics) {}

  void run() {
    for (std::size_t k = 0; k < nodes_->size(); ++k) walk(static_cast<int>(k));
  }

 private:
  static constexpr int kNew = -2, kOpen = -1;

  // The length of the longest chain from there.
  int walk(int node) {
    const Use& use = (*nodes_)[node];
    if (length_[node] == kOpen) {
      report_cycle(node);
      return 0;
    }
    if (length_[node] != kNew) return length_[node];
    length_[node] = kOpen;
    path_.push_back(node);
    int below = static_cast<int>(path_.size()) > kLongestChain ? kLongestChain : 0;
    for (std::size_t k = 0; k < use.uses.size() && below < kLongestChain; ++k)
      below = std::max(below, walk(use.uses[k]));
    path_.pop_back();
    length_[node] = below + 1;
    if (length_[node] > kLongestChain && !reported_chain_) {
      reported_chain_ = true;
      diagnostics_->add(use.where,
                        fmt::format("more than {} {}s, each using the next", kLongestChain, what_));
    }
    return length_[node];
  }

  void report_cycle(int node) {
    std::vector<std::string> names;
    for (auto it = std::find(path_.begin(), path_.end(), node); it != path_.end(); ++it)
      names.push_back((*nodes_)[*it].name);
    const Use& use = (*nodes_)[node];
    names.push_back(use.name);
    diagnostics_->add(use.where,
                      fmt::format("{} '{}' uses itself: {}", what_, use.name, join(names, " -> ")));
  }

  std::string_view what_;
  const std::vector<Use>* nodes_;
  std::vector<int> length_;
  std::vector<int> path_;
  bool reported_chain_ = false;
  DiagnosticList* diagnostics_;
};

void add_used_blocks(const std::vector<Item>& items, std::vector<int>& used) {
  for (const Item& item : items) {
    if (item.block >= 0) used.push_back(item.block);
    add_used_blocks(item.layers, used);
    for (const Branch& branch : item.branches) add_used_blocks(branch.layers, used);
  }
}

bool is_table_of(const ExpressionNode& node, int file) {
  return node.scope == Scope::kTable && node.file == file;
}

template <class Visit>
void each_node(const LookupTable& table, Visit visit) {
  const auto all = [&](const Expression& expression) {
    for (const ExpressionNode& node : expression.nodes) visit(node);
  };
  if (table.by) all(*table.by);
  if (table.value) all(*table.value);
  for (const LookupRow& row : table.rows) all(row.value);
}

// A parameter from `limit` on that a table of the file depends on, or -1.
int late_parameter(const ArchSpec& spec, int file, int table, std::size_t limit,
                   std::set<int>& seen) {
  int late = -1;
  if (!seen.insert(table).second) return late;
  each_node(spec.files[file].tables[table], [&](const ExpressionNode& node) {
    if (node.scope == Scope::kParam && node.slot >= static_cast<int>(limit)) late = node.slot;
    if (is_table_of(node, file))
      late = std::max(late, late_parameter(spec, file, node.slot, limit, seen));
  });
  return late;
}

void report_late_parameters(const ArchSpec& spec, int file, DiagnosticList& diagnostics) {
  const FileScope& scope = spec.files[file];
  for (std::size_t p = 0; p < scope.params.size(); ++p) {
    std::set<int> seen;
    for (const ExpressionNode& node : scope.params[p].fallback.nodes) {
      const int late =
          is_table_of(node, file) ? late_parameter(spec, file, node.slot, p, seen) : -1;
      if (late < 0) continue;
      diagnostics.add(node.where,
                      fmt::format("parameter '{}': table '{}' depends on parameter '{}', which "
                                  "isn't known yet; write it above",
                                  scope.params[p].name, node.text, scope.params[late].name));
    }
  }
}

// The tables and parameters of one file. What an included file has can't need this one's.
void report_tables(const ArchSpec& spec, int file, DiagnosticList& diagnostics) {
  std::vector<Use> tables;
  for (const LookupTable& table : spec.files[file].tables) {
    Use& use = tables.emplace_back(Use{table.name, table.where, {}});
    each_node(table, [&](const ExpressionNode& node) {
      if (is_table_of(node, file)) use.uses.push_back(node.slot);
    });
  }
  UseWalker("table", tables, diagnostics).run();
  if (diagnostics.empty()) report_late_parameters(spec, file, diagnostics);
}

}  // namespace

void report_cyclic_references(const ArchSpec& spec, DiagnosticList& diagnostics) {
  std::vector<Use> blocks;
  for (const BlockSpec& block : spec.blocks) {
    blocks.push_back({block.name, block.where, {}});
    add_used_blocks(block.layers, blocks.back().uses);
  }
  UseWalker("block", blocks, diagnostics).run();
  for (std::size_t f = 0; f < spec.files.size(); ++f)
    report_tables(spec, static_cast<int>(f), diagnostics);
}

}  // namespace archcost::spec
