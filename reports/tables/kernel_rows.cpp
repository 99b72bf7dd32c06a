// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/kernel_rows.hpp"

#include <fmt/core.h>

#include "core/text.hpp"

namespace archcost {

std::string kernel_name(const Network& network, LayerId main, bool reorder) {
  const std::string& name = network.layers[main].name;
  return reorder ? "reorder for " + name : name;
}

std::string kernel_class(const Network& network, LayerId main, bool reorder) {
  return reorder ? "reorder" : class_name(network, network.layers[main]);
}

std::string kernel_group(const Network& network, LayerId main, bool reorder, Grouping grouping) {
  return grouping == Grouping::kKind ? kernel_class(network, main, reorder)
                                     : std::string(stage_of(network.layers[main].name));
}

double kernel_macs(const Network& network, const std::vector<LayerId>& layers) {
  Count macs(0);
  for (const LayerId id : layers) macs += network.layers[id].cost.macs;
  return static_cast<double>((macs * Count(network.batch)).value());
}

Cell share_of(double part, double whole) {
  if (whole <= 0 || part <= 0) return {};
  return 100 * part / whole;
}

std::string joined(const std::set<std::string>& names) {
  return join({names.begin(), names.end()}, ", ");
}

std::string kernel_text(const std::string& implementation, KernelOrigin origin) {
  if (origin == KernelOrigin::kLibrary) return implementation;
  return fmt::format("{} ({})", implementation, name_of(origin));
}

void OriginSeconds::add(KernelOrigin origin, double seconds) {
  all += seconds;
  if (origin == KernelOrigin::kReference) reference += seconds;
  if (origin == KernelOrigin::kPlainLoops) plain_loops += seconds;
}

std::string OriginSeconds::note() const {
  const double whole = all > 0 ? all : 1;
  return fmt::format(
      "{:.1f} % of the time in reference kernels of the library, {:.1f} % in plain loops of "
      "archcost",
      100 * reference / whole, 100 * plain_loops / whole);
}

}  // namespace archcost
