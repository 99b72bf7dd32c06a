// SPDX-License-Identifier: Apache-2.0
// Columns and notes that the tables of measured and of predicted kernels share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "graph/network.hpp"
#include "plan/kernel_option.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

/// "block1.conv", "reorder for block1.conv".
std::string kernel_name(const graph::Network& network, graph::LayerId main, bool reorder);
/// "conv 1x1", "reorder".
std::string kernel_class(const graph::Network& network, graph::LayerId main, bool reorder);
/// What the kernel's times are summed under: its class, or its stage.
std::string kernel_group(const graph::Network& network, graph::LayerId main, bool reorder,
                         cost::Grouping grouping);
/// Multiply-adds of all layers that the kernel does, for the whole batch.
double kernel_macs(const graph::Network& network, const std::vector<graph::LayerId>& layers);

/// In percent; nothing where a part or the whole has no figure.
Cell share_of(double part, double whole);
/// "a, b".
std::string joined(const std::set<std::string>& names);

/// "brgconv:avx512_core", "ref:any (reference)", "archcost:pad (plain loops)".
std::string kernel_text(const std::string& implementation, plan::KernelOrigin origin);

/// How much of a time is not the library's optimised code.
struct OriginSeconds {
  double all = 0, reference = 0, plain_loops = 0;

  void add(plan::KernelOrigin origin, double seconds);
  /// "0.4 % of the time in reference kernels of oneDNN, 0.0 % in plain loops of archcost".
  std::string note() const;
};

}  // namespace archcost::tables
