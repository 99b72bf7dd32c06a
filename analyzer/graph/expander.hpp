// SPDX-License-Identifier: Apache-2.0
// The state of an expansion: lists of items become layers in the order of execution, and an item
// that an earlier one names is expanded before its turn.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/expand.hpp"
#include "graph/labels.hpp"
#include "graph/layer_maker.hpp"
#include "graph/list_frame.hpp"
#include "graph/reference_finder.hpp"

namespace archcost::graph {

class Expander {
 public:
  Expander(const spec::ArchSpec& spec, const std::vector<spec::FileValues>& files,
           const TensorShape& input, DiagnosticList& diagnostics);

  Expansion run();

 private:
  // --- lists
  Flow expand_list(const std::vector<spec::Item>& items,
                   const std::vector<spec::Reference>& outputs, ListFrame frame);
  void expand_item(ListFrame& frame, std::size_t index);
  Flow expand_rounds(ListFrame& frame, const spec::Item& item, Flow flow, bool& present);
  Flow expand_once(ListFrame& frame, const spec::Item& item, const spec::Environment& environment,
                   const Flow& flow);

  // --- items
  Flow expand_activation(ListFrame& frame, const spec::Item& item,
                         const spec::Environment& environment, const Flow& flow);
  Flow expand_block(const spec::Item& item, const spec::Environment& caller, const Flow& flow,
                    LabelId label);
  Flow expand_merge(ListFrame& frame, const spec::Item& item, const spec::Environment& environment,
                    const Flow& flow);
  bool add_branches(ListFrame& frame, const spec::Item& item, const spec::Environment& environment,
                    const Flow& flow, LabelId level, Flow& inputs);
  Flow add_layer(const spec::Item& item, const layers::LayerKind& kind,
                 const spec::Environment& environment, const Flow& inputs, LabelId label);
  bool name_inputs(const spec::Item& item, const spec::TensorNames& tensors, const Flow& flow,
                   LabelId label);
  std::string path(LabelId level, const spec::Item& item) const;

  Flow wrong(const SourceRef& where, std::string message);
  Flow finish(LabelId label, Flow output);
  [[noreturn]] void abandon(const SourceRef& where, std::string message);

  const spec::ArchSpec* spec_;
  const std::vector<spec::FileValues>* files_;
  TensorShape input_;
  DiagnosticList* diagnostics_;
  LabelTree labels_;
  LayerMaker maker_;
  std::vector<OpenItem> doing_;
  ReferenceFinder finder_;
  std::vector<ItemUse> uses_;
  int use_ = -1;  // index in uses_ of the item that is being expanded
  std::int64_t rounds_ = 0;
};

}  // namespace archcost::graph
