// SPDX-License-Identifier: Apache-2.0
// The layers of a network under the parts of their names: stages, blocks, layers.
#include "core/text.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/cost_rows.hpp"

namespace archcost::pages {
namespace {

struct TreeNode {
  cost::CostRow sum;
  int layer = -1;  ///< index in the network; -1 for a sum of layers
  std::vector<TreeNode> parts = {};
};

// The part of that name that holds layers; made where there is none.
TreeNode& part_named(TreeNode& node, const std::string& name) {
  for (TreeNode& part : node.parts) {
    if (part.layer < 0 && part.sum.name == name) return part;
  }
  node.parts.push_back({});
  node.parts.back().sum.name = name;
  node.parts.back().sum.layers = 0;
  return node.parts.back();
}

TreeNode tree_of(const cost::CostTable& costs) {
  TreeNode root;
  for (std::size_t k = 0; k < costs.layers.size(); ++k) {
    const std::vector<std::string> names = split(costs.layers[k].name, '.');
    TreeNode* at = &root;
    for (std::size_t n = 0; n + 1 < names.size(); ++n) {
      at = &part_named(*at, names[n]);
      at->sum += costs.layers[k];
    }
    at->parts.push_back({costs.layers[k], static_cast<int>(k)});
    at->parts.back().sum.name = names.back();
  }
  return root;
}

}  // namespace

document::Tree cost_tree(const ReportNetwork& network, const std::string& name) {
  document::Tree tree = {name, {}, {}};
  std::vector<const tables::CostColumn*> columns;
  tree.table.columns.push_back({"layer", "layer"});
  for (const char* column : {"layers", "class", "output", "params", "params_share", "cost",
                             "cost_share", "activations"}) {
    columns.push_back(&tables::find_column(column));
    const bool convention = columns.back()->name == "cost";
    tree.table.columns.push_back(
        {column,
         std::string(convention ? network.costs.options.convention->name : columns.back()->title),
         columns.back()->format});
  }
  const std::vector<cost::ReceptiveField> fields = cost::receptive_fields(network.network);
  const auto add = [&](const cost::CostRow& sum, int layer) {
    std::vector<Cell>& row = tree.table.rows.emplace_back();
    row.emplace_back(sum.name);
    for (const tables::CostColumn* column : columns)
      row.push_back(column->value({network.network, network.costs, sum, layer, fields}));
  };
  const auto add_parts = [&](const auto& self, const TreeNode& node, int level) -> void {
    for (const TreeNode& part : node.parts) {
      add(part.sum, part.layer);
      tree.levels.push_back(level);
      self(self, part, level + 1);
    }
  };
  add_parts(add_parts, tree_of(network.costs), 0);
  add(network.costs.total, -1);
  tree.table.last_is_total = true;
  return tree;
}

}  // namespace archcost::pages
