// SPDX-License-Identifier: Apache-2.0
// The state of an expansion: lists of items become layers in the order of execution, and an item
// that an earlier one names is expanded before its turn.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/expand.hpp"
#include "graph/labels.hpp"
#include "graph/layer_maker.hpp"
#include "graph/list_frame.hpp"

namespace archcost::graph {

class Expander {
 public:
  Expander(const spec::ArchSpec& spec, const std::vector<spec::FileValues>& files,
           const TensorShape& input, DiagnosticList& diagnostics);

  Expansion run();

 private:
  // --- lists: expand.cpp
  Flow expand_list(const std::vector<spec::Item>& items,
                   const std::vector<spec::Reference>& outputs, ListFrame frame);
  void expand_item(ListFrame& frame, std::size_t index);
  Flow expand_rounds(ListFrame& frame, const spec::Item& item, Flow flow, bool& present);
  Flow expand_once(ListFrame& frame, const spec::Item& item, const spec::Environment& environment,
                   const Flow& flow);

  // --- items: expand.cpp
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

  // --- names: expand_references.cpp
  /// What a reference names; unknown_flow() after a mistake, which is reported.
  Flow find_source(ListFrame& frame, const spec::Reference& reference);
  Flow find_sources(ListFrame& frame, const std::vector<spec::Reference>& references);
  std::optional<TensorShape> find_shape(ListFrame& frame, const std::string& path,
                                        const SourceRef& where);
  /// Of one that enters a block: its values see no others.
  std::optional<TensorShape> find_input_shape(const spec::BlockSpec& block, LabelId label,
                                              const std::string& name, const SourceRef& where);
  void share_weights(ListFrame& frame, const spec::Item& item, LabelId label);
  LabelId find_path(ListFrame& frame, const spec::Reference& reference);
  std::optional<LabelId> find_label(LabelId scope, const std::string& name,
                                    const spec::Reference& reference);
  std::optional<LabelId> find_unexpanded(ListFrame& list, const std::string& name,
                                         const spec::Reference& reference);
  void expand_early(ListFrame& frame, std::size_t index, const spec::Reference& reference);
  [[noreturn]] void refuse(const spec::Reference& reference, std::string message);

  Flow wrong(const SourceRef& where, std::string message);
  Flow finish(LabelId label, Flow output);
  [[noreturn]] void abandon(const SourceRef& where, std::string message);

  const spec::ArchSpec* spec_;
  const std::vector<spec::FileValues>* files_;
  TensorShape input_;
  DiagnosticList* diagnostics_;
  LabelTree labels_;
  LayerMaker maker_;
  std::unordered_map<LabelId, Flow> outputs_;
  std::vector<TakenName> references_;
  std::vector<SharedWeights> shared_;
  std::vector<OpenItem> doing_;
  std::vector<ItemUse> uses_;
  int use_ = -1;  // index in uses_ of the item that is being expanded
  std::int64_t rounds_ = 0;
};

}  // namespace archcost::graph
