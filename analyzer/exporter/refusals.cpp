// SPDX-License-Identifier: Apache-2.0
#include "exporter/refusals.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"

namespace archcost::exporter {

constexpr std::size_t kRefusalsShown = 5;

void Refusals::add(const graph::Layer& layer, std::string_view reason) {
  by_reason_[fmt::format("{}: {}", layer.kind->name, reason)].push_back(layer.name);
}

void Refusals::throw_if_any() const {
  std::vector<Diagnostic> diagnostics;
  for (const auto& [reason, layers] : by_reason_) {
    std::string list;
    for (std::size_t k = 0; k < std::min(layers.size(), kRefusalsShown); ++k)
      list += fmt::format("{}'{}'", k > 0 ? ", " : "", layers[k]);
    if (layers.size() > kRefusalsShown)
      list += fmt::format(" and {} more", layers.size() - kRefusalsShown);
    diagnostics.push_back({network_, fmt::format("{} ({})", reason, list), "", {}});
  }
  if (!diagnostics.empty()) throw Error(std::move(diagnostics));
}

}  // namespace archcost::exporter
