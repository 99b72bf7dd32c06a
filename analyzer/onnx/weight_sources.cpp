// SPDX-License-Identifier: Apache-2.0
#include "onnx/weight_sources.hpp"

#include <algorithm>
#include <iterator>

namespace archcost::onnx {

std::vector<ValueId> weight_sources(const FoldedGraph& graph, const FoldedOp& op, ValueId output) {
  // Scales and zero points of quantised weights are constants, and so are indices.
  const bool first_only =
      op.type == "DequantizeLinear" || op.type == "QuantizeLinear" || op.type.starts_with("Gather");
  std::vector<ValueId> sources;
  std::int64_t params = 0;
  for (std::size_t k = 0; k < (first_only ? 1 : op.inputs.size()); ++k) {
    if (op.input(k) == kNone) continue;
    const std::vector<ValueId>& of_input = graph.value(op.inputs[k]).sources;
    std::vector<ValueId> both;
    std::set_union(sources.begin(), sources.end(), of_input.begin(), of_input.end(),
                   std::back_inserter(both));
    sources = std::move(both);
  }
  for (const ValueId source : sources) params += elements(graph.shape(source));
  // One of several stacked weights; of a table that is looked up, all rows are learned.
  const bool selects =
      op.type == "Gather" && op.input(1) != kNone && graph.value(op.input(1)).shape == Shape();
  const bool cuts = op.type == "Slice" || op.type == "Split" || selects;
  if (cuts && elements(graph.shape(output)) < params) return {output};
  return sources;
}

std::int64_t FoldedGraph::params(ValueId id) const {
  std::int64_t sum = 0;
  for (const ValueId source : value(id).sources) sum += elements(shape(source));
  return sum;
}

}  // namespace archcost::onnx
