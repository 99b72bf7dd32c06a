// SPDX-License-Identifier: Apache-2.0
// A graph as layers of the spec language, wired but not yet named. Widths are forms until all ties
// are known.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "layers/layer_kind.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/widths.hpp"

namespace archcost::onnx {

/// Index in Draft::layers, or kDraftInput.
using DraftId = int;
constexpr DraftId kDraftInput = -1;

/// Channels, height and width at the sizes of the file.
struct Sizes {
  std::int64_t channels = 1, height = 1, width = 1;
  std::int64_t area() const { return height * width; }
  std::int64_t elements() const { return channels * area(); }
  friend bool operator==(const Sizes&, const Sizes&) = default;
};

/// A product with channels: "27 * in * " w3 " * h * w".
struct DraftProduct {
  std::string before;
  WidthForm form;
  std::string after = {};
};

/// Height and width of another layer's output: "[conv1.h, conv1.w]".
struct DraftSizeOf {
  DraftId layer;
};

/// An attribute's value: an expression of the spec language, channels, a product with channels, or
/// another layer's size.
struct DraftAttribute {
  std::string name;
  std::variant<std::string, WidthForm, DraftProduct, DraftSizeOf> value;
};

struct DraftLayer {
  const layers::LayerKind* kind = nullptr;
  std::vector<DraftId> inputs;
  std::vector<DraftAttribute> attributes;
  Sizes output;
  WidthForm channels;                ///< of the output
  int op = -1;                       ///< index in FoldedGraph::ops; -1: of none
  ValueId value = kNone;             ///< of a further input of the graph
  std::vector<ValueId> learned;      ///< the weights that it reads
  DraftId weights_of = kDraftInput;  ///< a layer before it that has the same weights
};

/// An operator that is counted as nothing, or not at all.
struct Uncounted {
  std::string type;
  std::vector<std::string> places;  ///< names of its nodes, in their order
};

struct Draft {
  Sizes input;
  std::vector<DraftLayer> layers;  ///< each after its inputs
  std::vector<DraftId> outputs;    ///< of the network; empty: the last layer's
  WidthSystem widths;
  std::vector<Uncounted> uncounted;
  /// Images in the file's batch, and the layers whose rows or channels contain all of them.
  std::int64_t batch = 1, layers_of_batch = 0;
  std::int64_t frames = 1;     ///< of a video: the input's height are the rows of all of them
  std::int64_t unreached = 0;  ///< nodes after those whose outputs' shapes aren't known
  std::int64_t unreached_params = 0;  ///< learned numbers that only these nodes use

  /// Whether there is a parameter `rho`: the input is an image.
  bool has_resolution() const { return input.height > 1 && input.width > 1; }
};

/// "round(224 * rho)".
std::string scaled_size(std::int64_t pixels);

}  // namespace archcost::onnx
