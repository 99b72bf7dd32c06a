// SPDX-License-Identifier: Apache-2.0
#include "runner/engine_figures.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "plan/run_order.hpp"
#include "plan/step_problem.hpp"

namespace archcost::runner {
namespace {

using graph::LayerId;

/// The steps of a plan by the row that computes them.
struct RowSteps {
  plan::OrderedNetwork ordered;
  plan::StepProblems problems;
  std::vector<std::vector<std::size_t>> steps;  ///< by row

  RowSteps(const graph::Network& network, const std::vector<EngineRow>& rows, int threads)
      : ordered(plan::in_run_order(network)),
        problems(ordered.network, plan_of(ordered, rows), threads),
        steps(rows.size()) {
    const std::vector<int> row_of = rows_of(ordered, rows);
    for (std::size_t i = 0; i < problems.size(); ++i) {
      const int row = row_of[problems.step(i).main];
      if (row >= 0) steps[row].push_back(i);
    }
  }

  /// By layer in the order of the run; -1: no row.
  static std::vector<int> rows_of(const plan::OrderedNetwork& ordered,
                                  const std::vector<EngineRow>& rows) {
    std::vector<int> by_original(ordered.original.size(), -1), row_of;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (const LayerId id : rows[r].layers) by_original[id] = static_cast<int>(r);
    }
    for (const LayerId id : ordered.original) row_of.push_back(by_original[id]);
    return row_of;
  }

  static plan::ExecutionPlan plan_of(const plan::OrderedNetwork& ordered,
                                     const std::vector<EngineRow>& rows) {
    const std::vector<int> row_of = rows_of(ordered, rows);
    return plan::plan_execution(ordered.network, [&](const plan::Step& candidate) {
      const int row = row_of[candidate.main];
      return row >= 0 && row_of[candidate.layers.back()] == row;
    });
  }
};

/// The first layer that reads the value.
LayerId reader_of(const graph::Network& network, LayerId value) {
  for (std::size_t id = 0; id < network.layers.size(); ++id) {
    if (is_one_of(value, network.layers[id].inputs)) return static_cast<LayerId>(id);
  }
  return std::max(0, value);
}

/// The layer that names a row which isn't one step: that with the most work.
LayerId main_of(const graph::Network& network, const std::vector<LayerId>& layers) {
  return *std::max_element(layers.begin(), layers.end(), [&](LayerId a, LayerId b) {
    return network.layers[a].cost.macs.value() < network.layers[b].cost.macs.value();
  });
}

}  // namespace

std::vector<LayerName> layer_names(const exporter::OnnxGraph& graph) {
  std::vector<LayerName> names = {{graph.inputs.front().name, graph::kNetworkInput}};
  for (const exporter::OnnxNode& node : graph.nodes) {
    names.push_back({node.name, node.layer});
    names.push_back({node.output, node.layer});
  }
  return names;
}

std::vector<MeasuredRow> measured_rows(const graph::Network& network,
                                       const std::vector<EngineRow>& rows,
                                       const std::vector<EngineNode>& nodes, int threads) {
  const RowSteps steps(network, rows, threads);
  std::vector<MeasuredRow> measured;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const EngineRow& row = rows[r];
    MeasuredRow& m = measured.emplace_back();
    m.layers = row.layers;
    m.option = {row.in, row.out};
    m.implementation = implementation_of(row, nodes);
    m.reorder = row.reorder && row.found;
    m.value = row.value;
    m.main = row.reorder ? reader_of(network, row.value) : 0;
    if (!row.layers.empty()) {
      m.main = main_of(network, row.layers);
      m.value = row.layers.back();
      if (steps.steps[r].size() != 1) continue;
      const std::size_t step = steps.steps[r].front();
      m.main = steps.ordered.original[steps.problems.step(step).main];
      m.value = steps.ordered.original[steps.problems.step(step).output];
      m.problem = steps.problems.key(step);
    } else if (m.reorder) {
      m.problem = plan::reorder_key(graph::dims_of(network, row.value), threads);
    } else {
      m.label =
          latency::RowLabel{nodes[row.nodes.front()].name, row.reorder ? "reorder" : "no layer"};
    }
  }
  return measured;
}

}  // namespace archcost::runner
