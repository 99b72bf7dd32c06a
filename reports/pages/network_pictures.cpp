// SPDX-License-Identifier: Apache-2.0
// Pictures of one network's costs.
#include <fmt/core.h>

#include <algorithm>

#include "cost/memory.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/cost_rows.hpp"

namespace archcost::pages {
namespace {

constexpr std::size_t kMostKinds = 12;

struct Shares {
  std::vector<std::string> names;
  pictures::Series macs = {"macs_share", "% of the multiply-adds", {}},
                   params = {"params_share", "% of the parameters", {}};
};

Shares shares_of(const std::vector<cost::CostRow>& rows, const LayerCost& total) {
  Shares shares;
  for (const cost::CostRow& row : rows) {
    shares.names.push_back(row.name);
    shares.macs.values.emplace_back(tables::share(row.cost.macs, total.macs));
    shares.params.values.emplace_back(tables::share(row.cost.params, total.params));
  }
  return shares;
}

}  // namespace

Picture kind_shares_picture(const ReportNetwork& network, const std::string& name) {
  std::vector<cost::CostRow> kinds =
      cost::group(network.network, network.costs, cost::Grouping::kKind);
  std::erase_if(kinds, [](const cost::CostRow& row) {
    return row.cost.params == Count(0) && row.cost.macs == Count(0);
  });
  std::stable_sort(kinds.begin(), kinds.end(), [](const cost::CostRow& a, const cost::CostRow& b) {
    return a.cost.macs > b.cost.macs;
  });
  if (kinds.size() > kMostKinds) {
    cost::CostRow others = kinds[kMostKinds - 1];
    for (std::size_t k = kMostKinds; k < kinds.size(); ++k) others += kinds[k];
    others.name = fmt::format("{} others", kinds.size() - kMostKinds + 1);
    kinds.resize(kMostKinds - 1);
    kinds.push_back(others);
  }
  const auto [names, macs, params] = shares_of(kinds, network.costs.total.cost);
  const std::string alt =
      kinds.empty()
          ? std::string("No layer has parameters or multiply-adds.")
          : fmt::format(
                "Shares by kind of layer in {}: {} has {:.1f} % of the "
                "multiply-adds and {:.1f} % of the parameters.",
                network.network.name, names.front(), *macs.values.front(), *params.values.front());
  return pictures::bar_picture({name, alt}, "kind", names, {macs, params}, 1, " %");
}

Picture layer_shares_picture(const ReportNetwork& network, const std::string& name) {
  std::vector<cost::CostRow> layers = network.costs.layers;
  std::erase_if(layers, [](const cost::CostRow& row) { return row.cost.macs == Count(0); });
  const auto [names, macs, params] = shares_of(layers, network.costs.total.cost);
  return pictures::column_picture(
      {name,
       fmt::format("Share of the multiply-adds and of the parameters of each of "
                   "the {} layers of {} that have multiply-adds.",
                   names.size(), network.network.name),
       "", "%"},
      "layer", names, {macs, params});
}

Picture memory_picture(const ReportNetwork& network, const std::string& name) {
  const cost::PeakMemory peak = cost::peak_memory(network.network, cost::own_order(network.network),
                                                  {network.costs.options.types.activations, false});
  std::vector<std::string> names;
  pictures::Series bytes = {"bytes", "bytes alive", {}};
  for (const cost::MemoryStep& step : peak.timeline) {
    names.push_back(network.network.layers[step.layer].name);
    bytes.values.emplace_back(static_cast<double>(step.bytes.value()));
  }
  const bool large = peak.bytes > Count(1 << 20);
  const std::string unit = large ? "MiB" : "KiB";
  return pictures::step_picture(
      {name,
       fmt::format("Bytes of activations alive while each layer of {} runs, in the order of "
                   "execution; the peak is at {}.",
                   network.network.name, network.network.layers[peak.at].name),
       "", unit + " alive"},
      "layer", names, bytes, unit, large ? 0x1p-20 : 0x1p-10);
}

}  // namespace archcost::pages
