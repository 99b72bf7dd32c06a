// SPDX-License-Identifier: Apache-2.0
// Memory of a network: model size, peak of the activations, training.
#pragma once

#include <string>

#include "cost/memory.hpp"
#include "reports/document/table.hpp"

namespace archcost::tables {

struct MemoryReportOptions {
  DataTypes types;
  bool in_place = false;
  bool timeline = false;  ///< a row for each step
  cost::MemoryProgress progress;
};

/// Model size by data type, the peak under the spec's own order and under a saving one with the
/// tensors alive there, what training keeps.
document::Document memory_report(const graph::Network& network, const MemoryReportOptions& options);
/// One table for machines: each figure with its bytes; with `timeline`, each layer with the bytes
/// alive while it runs.
document::Document memory_data(const graph::Network& network, const MemoryReportOptions& options);
std::string memory_json(const graph::Network& network, const MemoryReportOptions& options);

}  // namespace archcost::tables
