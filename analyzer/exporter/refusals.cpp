// SPDX-License-Identifier: Apache-2.0
#include "exporter/refusals.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "exporter/kind_row.hpp"

namespace archcost::exporter {

constexpr std::size_t kRefusalsShown = 5;

void Refusals::add(const graph::Layer& layer, std::string_view reason) {
  by_reason_[fmt::format("{}: {}", layer.kind->name, reason)].push_back(layer.name);
}

std::vector<std::string> Refusals::lines() const {
  std::vector<std::string> lines;
  for (const auto& [reason, layers] : by_reason_) {
    std::string list;
    for (std::size_t k = 0; k < std::min(layers.size(), kRefusalsShown); ++k)
      list += fmt::format("{}'{}'", k > 0 ? ", " : "", layers[k]);
    if (layers.size() > kRefusalsShown)
      list += fmt::format(" and {} more", layers.size() - kRefusalsShown);
    lines.push_back(fmt::format("{} ({})", reason, list));
  }
  return lines;
}

void Refusals::throw_if_any() const {
  std::vector<Diagnostic> diagnostics;
  for (std::string& line : lines()) diagnostics.push_back({network_, std::move(line), "", {}});
  if (!diagnostics.empty()) throw Error(std::move(diagnostics));
}

void refuse_unwritable(const graph::Network& network) {
  Refusals refusals(network.name);
  for (const graph::Layer& layer : network.layers) {
    if (layer.inputs.empty()) continue;  // a further input
    const KindRow* row = find_row(layer.kind->name);
    const std::string_view reason = row == nullptr ? "it has no row in the table of exports"
                                    : row->refusal == nullptr ? std::string_view()
                                                              : row->refusal(layer);
    if (!reason.empty()) refusals.add(layer, reason);
  }
  refusals.throw_if_any();
}

std::vector<std::string> stand_ins(const graph::Network& network) {
  Refusals written(network.name);
  for (const graph::Layer& layer : network.layers) {
    const KindRow* row = find_row(layer.kind->name);
    if (row != nullptr && !row->stand_in.empty()) written.add(layer, row->stand_in);
  }
  return written.lines();
}

}  // namespace archcost::exporter
