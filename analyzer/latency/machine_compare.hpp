// SPDX-License-Identifier: Apache-2.0
// The figures of two machines of a database beside each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "latency/latency_db.hpp"

namespace archcost::latency {

/// A layer or a network that both machines have a figure of.
struct ComparedTime {
  std::string name;  ///< problem of the layer, or the network
  double seconds_a = 0, seconds_b = 0;
  /// Of the ratio of the times to the median ratio: 2: machine b is twice as slow here as usual
  /// beside a, 0.5: twice as fast.
  double deviation = 1;
};

struct MachineComparison {
  std::vector<ComparedTime> layers;    ///< largest deviation, in either direction, first
  std::vector<ComparedTime> networks;  ///< of checks: measured as a whole
  std::size_t only_a = 0, only_b = 0;  ///< layers that one of them alone has
  double median_ratio = 1;             ///< seconds of b over seconds of a, of the layers
  /// Spearman's rank correlation of the two machines' times; see spearman().
  std::optional<double> layers_correlation, networks_correlation;
};

/// A layer's time is that of its fastest kernel on each machine. What is no layer, and times of 0,
/// are left out.
MachineComparison compare_machines(const LatencyDb& db, int a, int b, int threads);

}  // namespace archcost::latency
