// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/tables/kernel_tables.hpp"

namespace archcost::tables {

std::string kernel_name(const graph::Network& network, graph::LayerId main, bool reorder) {
  const std::string& name = network.layers[main].name;
  return reorder ? "reorder for " + name : name;
}

std::string kernel_class(const graph::Network& network, graph::LayerId main, bool reorder) {
  return reorder ? "reorder" : graph::class_name(network, network.layers[main]);
}

std::string kernel_group(const graph::Network& network, graph::LayerId main, bool reorder,
                         cost::Grouping grouping) {
  return grouping == cost::Grouping::kKind ? kernel_class(network, main, reorder)
                                           : std::string(cost::stage_of(network.layers[main].name));
}

double kernel_macs(const graph::Network& network, const std::vector<graph::LayerId>& layers) {
  Count macs(0);
  for (const graph::LayerId id : layers) macs += network.layers[id].cost.macs;
  return static_cast<double>((macs * Count(network.batch)).value());
}

Cell share_of(double part, double whole) {
  if (whole <= 0 || part <= 0) return {};
  return 100 * part / whole;
}

std::string joined(const std::set<std::string>& names) {
  return join({names.begin(), names.end()}, ", ");
}

std::string kernel_text(const std::string& implementation, plan::KernelOrigin origin) {
  if (origin == plan::KernelOrigin::kLibrary) return implementation;
  return fmt::format("{} ({})", implementation, plan::name_of(origin));
}

void OriginSeconds::add(plan::KernelOrigin origin, double seconds) {
  all += seconds;
  if (origin == plan::KernelOrigin::kReference) reference += seconds;
  if (origin == plan::KernelOrigin::kPlainLoops) plain_loops += seconds;
}

std::string OriginSeconds::note() const {
  const double whole = all > 0 ? all : 1;
  return fmt::format(
      "{:.1f} % of the time in reference kernels of the library, {:.1f} % in plain loops of "
      "archcost",
      100 * reference / whole, 100 * plain_loops / whole);
}

}  // namespace archcost::tables
