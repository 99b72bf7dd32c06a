// SPDX-License-Identifier: Apache-2.0
// Names of other layers during an expansion: in `from`, `outputs`, `weights_of` and expressions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/labels.hpp"
#include "graph/layer_maker.hpp"
#include "graph/list_frame.hpp"

namespace archcost::graph {

class ReferenceFinder {
 public:
  /// Expands an item of a list.
  using ExpandItem = std::function<void(ListFrame& frame, std::size_t index)>;

  /// `doing` are the items that are being expanded. `expand_item` is called for those that a name
  /// needs before their turn. All but it outlive the finder.
  ReferenceFinder(const LabelTree& labels, const LayerMaker& maker,
                  const std::vector<OpenItem>& doing, ExpandItem expand_item,
                  DiagnosticList& diagnostics);

  /// What the references to a label get.
  void set_output(LabelId label, const Flow& output) { outputs_[label] = output; }

  /// What the references name, in their order; kUnknownWire for one with a mistake, which is
  /// reported.
  Flow find_sources(ListFrame& frame, const std::vector<spec::Reference>& references);
  /// Nothing after a mistake, which is reported.
  std::optional<TensorShape> find_shape(ListFrame& frame, const std::string& path,
                                        const SourceRef& where);
  /// Of one that enters a block, which has the label: its values see no others.
  std::optional<TensorShape> find_input_shape(const spec::BlockSpec& block, LabelId label,
                                              const std::string& name, const SourceRef& where);
  /// What the item's `weights_of` names, if it has one. `label` is the item's.
  void find_weights(ListFrame& frame, const spec::Item& item, LabelId label);

  /// The names in `from`, `outputs`, `weights_of` and expressions that were found so far.
  const std::vector<TakenName>& taken() const { return taken_; }
  const std::vector<SharedWeights>& shared() const { return shared_; }

 private:
  Flow find_source(ListFrame& frame, const spec::Reference& reference);
  LabelId find_path(ListFrame& frame, const spec::Reference& reference);
  std::optional<LabelId> find_label(LabelId scope, const std::string& name,
                                    const spec::Reference& reference);
  std::optional<LabelId> find_unexpanded(ListFrame& list, const std::string& name,
                                         const spec::Reference& reference);
  void expand_early(ListFrame& frame, std::size_t index, const spec::Reference& reference);
  [[noreturn]] void refuse(const spec::Reference& reference, std::string message);

  const LabelTree* labels_;
  const LayerMaker* maker_;
  const std::vector<OpenItem>* doing_;
  ExpandItem expand_item_;
  DiagnosticList* diagnostics_;
  std::unordered_map<LabelId, Flow> outputs_;
  std::vector<TakenName> taken_;
  std::vector<SharedWeights> shared_;
};

}  // namespace archcost::graph
