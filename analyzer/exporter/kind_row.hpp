// SPDX-License-Identifier: Apache-2.0
// What a kind of layer is in other software, a row for each kind.
#pragma once

#include <span>
#include <string_view>

#include "exporter/onnx_layer.hpp"
#include "exporter/torch_layer.hpp"

namespace archcost::exporter {

struct KindRow {
  std::string_view kind;
  /// Adds the layer's nodes.
  void (*onnx)(OnnxLayer&) = nullptr;
  /// The module. Throws NotWritable where its sizes aren't known to the code.
  TorchModule (*torch)(const TorchLayer&) = nullptr;
  /// What is written in its place, where a spec doesn't say which function it is; empty for others.
  std::string_view stand_in = {};
  /// Why this layer can't be written; empty if it can. Null for kinds that can always be.
  std::string_view (*refusal)(const graph::Layer&) = nullptr;
};

// The rows of each file rows_*.cpp.
std::span<const KindRow> window_rows();
std::span<const KindRow> pool_rows();
std::span<const KindRow> matrix_rows();
std::span<const KindRow> norm_rows();
std::span<const KindRow> element_rows();
std::span<const KindRow> move_rows();

/// The row of a kind, or null.
const KindRow* find_row(std::string_view kind);

}  // namespace archcost::exporter
