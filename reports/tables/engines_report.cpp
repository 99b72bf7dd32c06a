// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/engines_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/statistics.hpp"
#include "core/text.hpp"

namespace archcost::tables {
namespace {

/// The kinds of all engines, in the order in which the first engine that has them runs them.
std::vector<std::string> kinds_of(const NetworkOnEngines& network) {
  std::vector<std::string> kinds;
  for (const EngineTimes& engine : network.engines) {
    for (const EngineKernel& kernel : engine.kernels) {
      if (!is_one_of(kernel.kind, kinds)) kinds.push_back(kernel.kind);
    }
  }
  return kinds;
}

EngineKernel sum_of(const EngineTimes& engine, const std::string& kind) {
  EngineKernel sum{kind};
  for (const EngineKernel& kernel : engine.kernels) {
    if (kernel.kind != kind) continue;
    sum.macs += kernel.macs;
    sum.seconds += kernel.seconds;
  }
  return sum;
}

Cell share_cell(double part, double whole) {
  return whole > 0 && part > 0 ? Cell(100 * part / whole) : Cell();
}
Cell seconds_cell(double seconds) { return seconds > 0 ? Cell(seconds) : Cell(); }
Cell ratio_cell(double a, double b) { return a > 0 && b > 0 ? Cell(a / b) : Cell(); }

}  // namespace

NetworkOnEngines on_engines(const std::string& label, const graph::Network& network) {
  Count macs = 0;
  for (const graph::Layer& layer : network.layers) macs = macs + layer.cost.macs;
  return {label, static_cast<double>((macs * Count(network.batch)).value()), {}};
}

EngineTimes engine_times(const graph::Network& network, const runner::Measurement& m) {
  EngineTimes times{m.machine.engine, m.machine.library(), m.plain_seconds, m.complete()};
  for (const runner::MeasuredRow& row : m.rows)
    times.kernels.push_back(
        {kernel_class(network, row), kernel_macs(network, row.layers), row.seconds});
  return times;
}

EngineTimes engine_times(const graph::Network& network, const latency::Predicted& predicted,
                         const latency::MachineId& machine) {
  EngineTimes times{machine.engine, machine.library(), predicted.seconds, predicted.complete()};
  for (const latency::PredictedRow& row : predicted.rows)
    times.kernels.push_back(
        {kernel_class(network, row), kernel_macs(network, row.layers), row.seconds});
  return times;
}

Table engine_kinds_table(const NetworkOnEngines& network) {
  Table table = {.columns = {{"kind", "kind"}, {"macs_share", "macs %", kPercent}},
                 .last_is_total = true};
  for (const EngineTimes& engine : network.engines) {
    table.columns.push_back({engine.engine + "_seconds", engine.engine, kSeconds, 1});
    table.columns.push_back({engine.engine + "_share", "time %", kPercent});
  }
  for (std::size_t e = 1; e < network.engines.size(); ++e) {
    const std::string name = network.engines[e].engine + "/" + network.engines[0].engine;
    table.columns.push_back({name, name, kRatio});
  }
  std::vector<double> sums(network.engines.size());
  for (std::size_t e = 0; e < sums.size(); ++e) {
    for (const EngineKernel& kernel : network.engines[e].kernels) sums[e] += kernel.seconds;
  }
  for (const std::string& kind : kinds_of(network)) {
    std::vector<EngineKernel> on;
    for (const EngineTimes& engine : network.engines) on.push_back(sum_of(engine, kind));
    std::vector<Cell> row = {kind, share_cell(on[0].macs, network.macs)};
    for (std::size_t e = 0; e < on.size(); ++e) {
      row.push_back(seconds_cell(on[e].seconds));
      row.push_back(share_cell(on[e].seconds, sums[e]));
    }
    for (std::size_t e = 1; e < on.size(); ++e)
      row.push_back(ratio_cell(on[e].seconds, on[0].seconds));
    table.rows.push_back(std::move(row));
  }
  std::vector<Cell> total = {"total", Cell()};
  for (const double sum : sums) {
    total.push_back(seconds_cell(sum));
    total.emplace_back();
  }
  for (std::size_t e = 1; e < sums.size(); ++e) total.push_back(ratio_cell(sums[e], sums[0]));
  table.rows.push_back(std::move(total));
  return table;
}

Table engine_totals_table(const std::vector<NetworkOnEngines>& networks) {
  Table table = {.columns = {{"network", "network"}, {"macs", "macs", kCount}}};
  for (const EngineTimes& engine : networks.front().engines)
    table.columns.push_back({engine.engine + "_seconds", engine.engine, kSeconds});
  for (std::size_t e = 1; e < networks.front().engines.size(); ++e) {
    const std::string name =
        networks.front().engines[e].engine + "/" + networks.front().engines[0].engine;
    table.columns.push_back({name, name, kRatio});
  }
  for (const NetworkOnEngines& network : networks) {
    std::vector<Cell> row = {network.label, static_cast<std::int64_t>(network.macs)};
    for (const EngineTimes& engine : network.engines) row.push_back(seconds_cell(engine.seconds));
    for (std::size_t e = 1; e < network.engines.size(); ++e)
      row.push_back(ratio_cell(network.engines[e].seconds, network.engines[0].seconds));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table engine_ranks_table(const std::vector<NetworkOnEngines>& networks) {
  constexpr std::size_t kLeastNetworks = 3;
  if (networks.empty()) return {};
  std::vector<std::pair<std::string, std::vector<double>>> lists = {{"macs", {}}};
  for (const EngineTimes& engine : networks.front().engines) lists.push_back({engine.engine, {}});
  for (const NetworkOnEngines& network : networks) {
    const bool all_known =
        std::all_of(network.engines.begin(), network.engines.end(),
                    [](const EngineTimes& engine) { return engine.seconds > 0; });
    if (!all_known) continue;
    lists[0].second.push_back(network.macs);
    for (std::size_t e = 0; e < network.engines.size(); ++e)
      lists[e + 1].second.push_back(network.engines[e].seconds);
  }
  if (lists[0].second.size() < kLeastNetworks) return {};
  Table table = {.columns = {{"ranked_by", "ranked by"},
                             {"and_by", "and by"},
                             {"spearman", "Spearman", kRatio}}};
  for (std::size_t a = 0; a < lists.size(); ++a) {
    for (std::size_t b = a + 1; b < lists.size(); ++b) {
      const auto rank = spearman(lists[a].second, lists[b].second);
      table.rows.push_back({lists[a].first, lists[b].first, rank ? Cell(*rank) : Cell()});
    }
  }
  return table;
}

std::vector<std::string> engine_findings(const std::vector<NetworkOnEngines>& networks) {
  // Shares below this are not worth a sentence.
  constexpr double kLeastShare = 0.03, kClear = 1.15;
  std::vector<std::string> findings;
  for (const NetworkOnEngines& network : networks) {
    const EngineTimes& first = network.engines.front();
    for (std::size_t e = 1; e < network.engines.size(); ++e) {
      const EngineTimes& other = network.engines[e];
      if (first.seconds <= 0 || other.seconds <= 0) continue;
      std::vector<std::string> slower, faster;
      for (const std::string& kind : kinds_of(network)) {
        const double a = sum_of(first, kind).seconds, b = sum_of(other, kind).seconds;
        if (a <= 0 || b <= 0) continue;
        if (std::max(a / first.seconds, b / other.seconds) < kLeastShare) continue;
        if (b > kClear * a) slower.push_back(fmt::format("{} ({:.2f} times)", kind, b / a));
        if (a > kClear * b) faster.push_back(fmt::format("{} ({:.2f} times)", kind, a / b));
      }
      if (slower.empty() && faster.empty()) continue;
      std::string text = network.label + ": ";
      if (!faster.empty())
        text += fmt::format("{} is faster at {}", other.library, join(faster, ", "));
      if (!slower.empty())
        text += fmt::format("{}{} is faster at {}", faster.empty() ? "" : "; ", first.library,
                            join(slower, ", "));
      findings.push_back(std::move(text));
    }
  }
  return findings;
}

Document engines_report(const std::vector<NetworkOnEngines>& networks, const std::string& how) {
  Document document;
  document.title = "engines side by side";
  document.subtitle = how;
  document.sections.push_back({"", engine_totals_table(networks), {}});
  if (Table ranks = engine_ranks_table(networks); !ranks.rows.empty())
    document.sections.push_back({"rank correlations", std::move(ranks), {}});
  for (const NetworkOnEngines& network : networks)
    document.sections.push_back({network.label, engine_kinds_table(network), {}});
  document.sections.back().notes = engine_findings(networks);
  for (const NetworkOnEngines& network : networks) {
    for (const EngineTimes& engine : network.engines) {
      if (!engine.complete)
        document.sections.back().notes.push_back(fmt::format(
            "{} on {} is incomplete: kernels without a figure; 'archcost profile --engine {}' "
            "measures them, --estimate estimates them",
            network.label, engine.engine, engine.engine));
    }
  }
  return document;
}

}  // namespace archcost::tables
