// SPDX-License-Identifier: Apache-2.0
// What every layer of a network costs, and sums of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data_type.hpp"
#include "cost/conventions.hpp"
#include "graph/network.hpp"

namespace archcost::cost {

/// A machine as the roofline model sees it.
struct Roofline {
  double peak_gflops = 0;    ///< 10^9 operations a second
  double bandwidth_gbs = 0;  ///< 10^9 bytes a second
  int threads = 0;           ///< with which they were measured; 0: not told
  bool stable = true;        ///< false: measured on a busy machine
};

/// From JSON. A file of 'archcost machine' has the f32 peak and the bandwidth of memory for some
/// numbers of threads; one with only {"peak_gflops": 222, "bandwidth_gbs": 40} is for any number.
/// Throws Error: missing, not JSON, a number missing or not above 0, no figures for that many
/// threads.
Roofline read_machine_file(const std::string& path, int threads);

struct CountOptions {
  const Convention* convention = &conventions().front();  ///< macs
  DataTypes types;
  std::optional<Roofline> roofline;
  /// Predicted seconds, by layer: a layer that is fused into another one's kernel has 0, one whose
  /// kernel has no figure NaN, and then sums with it are NaN. Empty: none.
  std::vector<double> latency;
  /// Predicted seconds that belong to no layer, as those between kernels; in the total alone.
  double latency_between = 0;
};

/// One layer, or a sum of layers under one name; for the network's whole batch. Parameters are
/// counted once, work and activations for every image.
struct CostRow {
  std::string name;
  int layers = 1;
  LayerCost cost;
  Count figure;        ///< under the convention of the table
  Count flops;         ///< 2 x macs + the rest: used by the roofline
  Count train_flops;   ///< forward and backward
  Count weight_bytes;  ///< parameters and buffers; 0 where they are another layer's
  Count weight_reads;  ///< bytes of parameters and buffers that are read, whosever they are
  Count input_bytes, output_bytes;
  double seconds = 0;  ///< attainable under the roofline; 0 without one
  double latency = 0;  ///< predicted seconds; 0 without a prediction, NaN where it is not known

  Count traffic() const { return weight_reads + input_bytes + output_bytes; }
  /// Operations a byte moved.
  double intensity() const;
  CostRow& operator+=(const CostRow& other);
};

struct CostTable {
  CountOptions options;
  std::vector<CostRow> layers;  ///< in the order of execution, by Network::layers
  CostRow total;                ///< named "total"
  int weighted_layers = 0;      ///< layers with weights: the count that papers give ("28 layers")
};

/// Throws Error when a sum needs more than 64 bits.
CostTable count(const graph::Network& network, const CountOptions& options = {});

/// What bounds a layer under a roofline: "compute", or "memory" when its bytes take longer.
std::string_view bound_by(const CostRow& row, const Roofline& roofline);

enum class Grouping { kLayer, kKind, kStage, kBlock };

/// The same costs summed by what people call the layers, by the first part of their names, by the
/// block around them (all but the last part), or, when `depth` is given, by that many parts; in the
/// order of first appearance.
std::vector<CostRow> group(const graph::Network& network, const CostTable& table, Grouping grouping,
                           std::optional<int> depth = {});

/// The first part of a layer's name: "stage2.unit1.conv" is of "stage2".
std::string_view stage_of(std::string_view layer_name);

/// The total of a cost by its name: a counter, a convention, a size by data type ("size_int8").
/// Nothing for a name that does not name such a cost.
std::optional<Count> total_of(const graph::Network& network, const CostTable& table,
                              std::string_view name);

}  // namespace archcost::cost
