// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <set>

#include "reports/tables/kernel_tables.hpp"

namespace archcost::tables {

Document machine_report(const latency::Machine& machine, const std::string& saved) {
  std::set<int> threads;
  for (const latency::PeakRate& peak : machine.peaks) threads.insert(peak.threads);
  for (const latency::Bandwidth& bandwidth : machine.bandwidths) threads.insert(bandwidth.threads);
  const auto table = [&](const char* key, const char* title) {
    Table result;
    result.columns = {{key, title}};
    for (const int count : threads) {
      result.columns.push_back({fmt::format("threads_{}", count),
                                fmt::format("{} thread{}", count, count == 1 ? "" : "s"), kNumber});
    }
    return result;
  };
  const auto add_row = [&](Table& result, const std::string& name, const auto& figure) {
    for (const std::vector<Cell>& row : result.rows) {
      if (std::get<std::string>(row[0]) == name) return;
    }
    std::vector<Cell> row = {name};
    for (const int count : threads) row.push_back(value_if(figure(count) > 0, figure(count)));
    result.rows.push_back(std::move(row));
  };
  Section peaks{"peak rate of multiply-adds, 10^9 operations a second (a multiply-add is two)",
                table("type", "type"),
                {}};
  for (const latency::PeakRate& peak : machine.peaks) {
    add_row(peaks.table, peak.type,
            [&](int count) { return machine.peak_gflops(count, peak.type); });
  }
  Section bandwidths{"bandwidth, 10^9 bytes a second", table("level", "level"), {}};
  for (const latency::Bandwidth& bandwidth : machine.bandwidths) {
    add_row(bandwidths.table, bandwidth.level,
            [&](int count) { return machine.bandwidth_gbs(bandwidth.level, count); });
  }
  if (!saved.empty()) {
    bandwidths.notes.push_back("saved in " + saved +
                               ": archcost measure takes its roofs from there, archcost analyze by "
                               "--machine");
  }
  return {machine.cpu + (machine.stable ? "" : "   unstable, at least these rates"),
          fmt::format("{} processors   {}   {}   measured {}", machine.threads, machine.isa,
                      machine.library, machine.measured),
          {std::move(peaks), std::move(bandwidths)}};
}

}  // namespace archcost::tables
