// SPDX-License-Identifier: Apache-2.0
// The values of a folded graph: shapes and types of what operators compute, numbers that follow
// from constants and shapes, and weights that are computed from weights.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "onnx/folded_graph.hpp"
#include "onnx/shape_rules.hpp"

namespace archcost::onnx {

class OpFolder {
 public:
  /// `graph` has the values that the ops name. All outlive the folder.
  OpFolder(const Model& model, const ModelSizes& sizes, FoldedGraph& graph);

  /// Makes the value an initializer of the file.
  void set_initializer(ValueId id, const TensorHeader& tensor);
  /// Before add(): the quantised tensors that the op makes real numbers of are learned, and all
  /// that it takes where it is an operator `of_integers`.
  void learn_quantised(const FoldedOp& op, bool of_integers);
  /// Computes the op's outputs. The op itself becomes part of the graph unless these are constants
  /// or weights. Throws NodeFault, Error.
  void add(const FoldedOp& op);

 private:
  void learn(ValueId id);
  void keep_origin(const FoldedOp& op);
  bool set_constants(const FoldedOp& op, const NodeView& node);
  void set_constant(const FoldedOp& op, ValueId id, Constant constant);
  void set_shapes(const FoldedOp& op, const NodeView& node);
  void set_stated_shape(FoldedValue& value) const;
  bool fold_weights(const FoldedOp& op);
  void set_sources(const FoldedOp& op, ValueId output);

  const ModelSizes* sizes_;
  FoldedGraph* graph_;
  std::size_t sources_ = 0;
  /// Of whole numbers that may turn out to be a quantised tensor: the initializer that has them.
  std::unordered_map<ValueId, ValueId> origins_;
  std::unordered_map<std::string_view, const ValueInfo*> infos_;
};

}  // namespace archcost::onnx
