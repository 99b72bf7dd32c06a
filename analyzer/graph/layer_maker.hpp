// SPDX-License-Identifier: Apache-2.0
// One layer of a network: attributes bound, shape and cost from its kind's formulas.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "graph/flow.hpp"
#include "graph/item_values.hpp"
#include "graph/labels.hpp"
#include "graph/network.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::graph {

constexpr std::int64_t kMostLayers = 1'000'000;

/// The layers made so far, in the order of execution, and where and under which labels they are
/// written.
struct MadeLayers {
  std::vector<Layer> layers;
  std::vector<SourceRef> places;
  std::vector<LabelId> labels;
  std::vector<int> uses;  ///< index of the use of the item that made the layer
  bool fixable = false;   ///< another value of a parameter would correct the first mistake
  SourceRef fixable_place;
  std::string fix = {};  ///< "; 1 or 3 works", where an attribute must divide something
};

/// A name in a `from` and the label that it was taken to mean.
struct TakenName {
  LabelId label;
  spec::Reference reference;
};

/// Layers that use the weights of others: those below one label, of those below another.
struct SharedWeights {
  LabelId label, of;
  spec::Reference reference;
};

class LayerMaker {
 public:
  LayerMaker(const TensorShape& input, const LabelTree& labels, DiagnosticList& diagnostics)
      : input_(input), labels_(&labels), diagnostics_(&diagnostics) {}

  /// Its wire; kUnknownWire when a mistake here (reported) or in an input keeps it from being made.
  Wire add(const spec::Item& item, const layers::LayerKind& kind,
           const spec::Environment& environment, const Flow& inputs, LabelId label);
  /// Nothing for kUnknownWire.
  std::optional<TensorShape> shape(Wire wire) const;
  /// Gives the layers their names, when all labels are known. Adds a diagnostic for two layers of
  /// one name, and for names in `from` that were unique when they were resolved and are not any
  /// more.
  void name_layers(const Sources& sources, const std::vector<TakenName>& taken);
  /// After the names: layers of the same place below the two labels share weights.
  void share_weights(const std::vector<SharedWeights>& shared);
  MadeLayers& made() { return made_; }

 private:
  bool bind_call(const spec::Item& item, const spec::Environment& environment, Layer& layer);
  std::string names_of(const std::vector<Wire>& wires) const;
  void add_fault(const SourceRef& where, std::string message, bool fixable, std::string fix = {});
  std::optional<std::string> weights_differ(const Layer& layer, const Layer& owner) const;

  TensorShape input_;
  const LabelTree* labels_;
  DiagnosticList* diagnostics_;
  MadeLayers made_;
};

}  // namespace archcost::graph
