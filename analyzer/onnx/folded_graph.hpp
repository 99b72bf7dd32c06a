// SPDX-License-Identifier: Apache-2.0
// A model at given input sizes: functions inlined, conditions with a known outcome taken, every
// shape known, and everything that is computed from constants and shapes alone folded away.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onnx/model.hpp"

namespace archcost::onnx {

/// Index in FoldedGraph::values, or kNone for an input that is left out.
using ValueId = int;
constexpr ValueId kNone = -1;

struct FoldedValue {
  std::string_view name;
  std::int32_t type = kUndefined;
  std::optional<Shape> shape;        ///< nothing: it depends on the data, or on an unknown operator
  std::optional<Constant> constant;  ///< its numbers, where they are known and few
  bool learned = false;              ///< a weight, or computed from weights and constants alone
  /// Of a weight: the learned tensors of the file that it is computed from, in increasing order;
  /// none for what is computed from constants and shapes, and for indices. A part that is cut out
  /// of a weight is a tensor of its own.
  std::vector<ValueId> sources;
  std::string_view stored;  ///< of a weight: the initializer's name
  std::string_view doc;     ///< of an input of the graph
  int producer = -1;        ///< index in FoldedGraph::ops

  /// Whether its numbers are known and all of them are this one.
  bool is_filled(double number) const {
    const auto equal = [number](auto own) { return static_cast<double>(own) == number; };
    return constant && std::all_of(constant->reals.begin(), constant->reals.end(), equal) &&
           std::all_of(constant->whole.begin(), constant->whole.end(), equal);
  }
};

struct FoldedOp {
  std::string_view type, domain, name, doc;
  std::vector<ValueId> inputs;  ///< then what its graphs take from around it
  std::vector<ValueId> outputs;
  std::vector<Attribute> attributes;
  std::vector<std::int64_t> numbers;  ///< of a recognised pattern
  int node = 0;  ///< of the file's graph, from 0; of a function: that of its caller

  ValueId input(std::size_t index) const { return index < inputs.size() ? inputs[index] : kNone; }
  Attributes values() const { return Attributes(attributes); }
};

struct FoldedGraph {
  std::int64_t opset = 0;
  std::vector<FoldedValue> values;
  std::vector<FoldedOp> ops;  ///< each after its inputs'
  std::vector<ValueId> inputs, outputs;
  std::deque<std::string> names;  ///< of values and nodes that the file doesn't name
  /// archcost wrote the file: a node's name is its layer's path, or begins with it and '/'.
  bool layer_names = false;

  const FoldedValue& value(ValueId id) const { return values[id]; }
  const Shape& shape(ValueId id) const { return *values[id].shape; }
  /// Learned numbers in the file that a weight is computed from; 0 for a constant.
  std::int64_t params(ValueId id) const;
  bool is_fixed(ValueId id) const {
    return id != kNone && (values[id].learned || values[id].constant.has_value());
  }
};

/// Sizes from outside. What the file says itself has priority but for `input`.
struct ModelSizes {
  std::optional<Shape> input;                 ///< channels, height, width of the first input
  std::map<std::string, std::int64_t> named;  ///< of symbolic dimensions
};

/// Throws Error, with the node and the remedy, for missing sizes, names that nothing produces or
/// that two nodes produce, cycles and shapes that don't fit.
FoldedGraph fold(const Model& model, const ModelSizes& sizes);

}  // namespace archcost::onnx
