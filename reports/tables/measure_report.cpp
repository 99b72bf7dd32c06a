// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/statistics.hpp"
#include "reports/tables/kernel_rows.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

double bytes_of(const graph::Network& network, graph::LayerId value) {
  return 4.0 * static_cast<double>(network.batch) *
         static_cast<double>(network.shape(value).elements().value());
}

/// What a kernel moves: inputs from outside the fused layers, weights, the output.
double bytes_moved(const graph::Network& network, const runner::MeasuredRow& row) {
  if (row.label) return 0;
  if (row.reorder) return 2 * bytes_of(network, row.value);
  double bytes = bytes_of(network, row.layers.back());
  const std::set<graph::LayerId> inside(row.layers.begin(), row.layers.end());
  for (const graph::LayerId id : row.layers) {
    bytes += 4.0 * static_cast<double>(network.layers[id].cost.params.value());
    for (const graph::LayerId input : network.layers[id].inputs) {
      if (inside.count(input) == 0) bytes += bytes_of(network, input);
    }
  }
  return bytes;
}

// The time under the roofs of the machine, and which of them bounds it.
void add_roof(KernelRow& row, const latency::Machine& machine, int threads) {
  const std::string level = machine.level_of(row.bytes, threads);
  const double peak = machine.peak_gflops(threads) * 1e9;
  const double bandwidth = machine.bandwidth_gbs(level, threads) * 1e9;
  const double compute = peak > 0 ? 2 * row.macs / peak : 0;
  const double memory = bandwidth > 0 ? row.bytes / bandwidth : 0;
  row.roof_seconds = std::max(compute, memory);
  row.bounds.insert(compute >= memory   ? "compute"
                    : level == "memory" ? "memory bandwidth"
                                        : level + " bandwidth");
}

KernelRow row_of(const graph::Network& network, const runner::MeasuredRow& measured,
                 const runner::MeasureOptions& options,
                 const std::optional<latency::Machine>& machine, cost::Grouping grouping) {
  KernelRow row;
  row.name = kernel_group(network, measured, grouping);
  row.what = kernel_class(network, measured);
  row.kernels = 1;
  row.macs = kernel_macs(network, measured.layers);
  row.bytes = bytes_moved(network, measured);
  row.seconds = measured.seconds;
  row.spread = measured.spread;
  if (!measured.implementation.empty())
    row.implementations.push_back(kernel_text(measured.implementation, measured.origin));
  if (!measured.fault.empty()) row.faults.push_back(measured.fault);
  if (machine && measured.fault.empty() && !measured.label)
    add_roof(row, *machine, options.threads);
  return row;
}

std::string threads_text(int threads) {
  return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

/// " ± 1.2 %"; nothing for a single block.
std::string spread_text(const runner::Measurement& m, double spread) {
  return m.counted_blocks() < 2 ? "" : fmt::format(" ± {:.1f} %", spread * 100);
}

/// The headline: no figure of a busy machine.
std::string time_text(const runner::Measurement& m) {
  if (m.unstable()) return fmt::format("unstable, at most {:.4g} ms", m.fastest_seconds * 1e3);
  return fmt::format("{:.4g} ms{}", m.seconds * 1e3, spread_text(m, m.spread));
}

std::string circumstances(const runner::Measurement& m) {
  std::string text = fmt::format("f32   {}", threads_text(m.options.threads));
  if (m.options.cpu >= 0) text += fmt::format(", processor {}", m.options.cpu);
  return text + fmt::format("   {}   {}   {}", m.library, m.isa, m.cpu);
}

std::string passes_text(const runner::Measurement& m) {
  const int left_out = m.rejected.sum(), all = m.blocks + left_out;
  std::string text = fmt::format(
      "{} passes in {} block{}{}{}, caches as in the network; ", m.passes, all, all == 1 ? "" : "s",
      m.options.processes > 1 ? fmt::format(" of {} processes", m.options.processes) : "",
      left_out == 0
          ? ""
          : fmt::format(", {} of them good", m.blocks == 0 ? "none" : std::to_string(m.blocks)));
  if (m.profiled_seconds <= 0 && !m.unstable())
    text += fmt::format("without time stamps {:.4g} ms; ", m.plain_seconds * 1e3);
  text += fmt::format("reference layer {:.4g} ms{}; ", m.reference_seconds * 1e3,
                      spread_text(m, m.reference_spread));
  if (m.arena_bytes > 0)
    text += fmt::format("activations and scratch {:.2f} MiB, ",
                        static_cast<double>(m.arena_bytes) / 0x1p20);
  return text + fmt::format("weights {:.2f} MiB", static_cast<double>(m.weight_bytes) / 0x1p20);
}

/// What the rows are: times of the engine's profiler, and what that costs.
std::string profiler_text(const runner::Measurement& m) {
  const double total = m.plain_seconds;
  std::string text = fmt::format(
      "rows are of the engine's profiler: kernels {:.4g} ms; a pass takes {:.4g} ms with it "
      "({:+.1f} "
      "%) and {:.4g} ms without, which is the total",
      m.kernel_seconds * 1e3, m.profiled_seconds * 1e3,
      total > 0 ? 100 * (m.profiled_seconds / total - 1) : 0, total * 1e3);
  if (m.kernel_seconds > total)
    text += "; kernels took longer than that, so all rows are scaled to it";
  return text;
}

std::vector<std::string> notes_of(const graph::Network& network, const runner::Measurement& m,
                                  const MeasureReportOptions& options) {
  std::vector<std::string> notes;
  if (m.unstable())
    notes.push_back(
        "unstable: the total is the fastest pass, an upper bound of the time on a quiet machine; "
        "rows share it out as the mean over the blocks does");
  notes.push_back(passes_text(m));
  if (m.profiled_seconds > 0) notes.push_back(profiler_text(m));
  if (m.core_latency > 0) {
    notes.push_back(fmt::format("core-to-core latency {:.0f} ns", m.core_latency * 1e9));
  }
  if (m.process_seconds.size() > 1) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < m.process_seconds.size(); ++i) {
      ratios.push_back(m.process_seconds[i] / m.process_references[i]);
    }
    notes.push_back(fmt::format(
        "between {} processes the time varies by {:.2f} %, as a ratio to the reference layer by "
        "{:.2f} % (standard deviation)",
        m.process_seconds.size(), 100 * variation(m.process_seconds), 100 * variation(ratios)));
  }
  bool winograd = false;
  OriginSeconds origins;
  for (const runner::MeasuredRow& row : m.rows) {
    winograd |= row.option.method == plan::Method::kWinograd;
    origins.add(row.origin, row.seconds);
  }
  if (m.machine.engine == "onednn") notes.push_back(origins.note());
  if (winograd) {
    notes.push_back(
        "some 3x3 convolutions use the library's Winograd algorithm, with 2.25 to 4 times fewer "
        "multiplications than are counted, so they may exceed the roof; its rounding error is "
        "larger "
        "(up to 1e-3 of the largest output); --no-winograd excludes it");
  }
  if (m.error) {
    notes.push_back(fmt::format(
        "checked against plain loops: largest error {:.1e} of the largest output", *m.error));
  }
  if (!options.machine) {
    notes.push_back("no roof: archcost machine measures what this machine can do");
  }
  for (const runner::MeasuredRow& row : m.rows) {
    if (row.fault.empty()) continue;
    notes.push_back(fmt::format("'{}' did not run ({}): the total is incomplete",
                                network.layers[row.main].name, row.fault));
  }
  if (options.machine && !options.machine->stable)
    notes.push_back("the roofs were measured on a busy machine: 'archcost machine' measures again");
  if (const std::string warning = m.warning(); !warning.empty()) notes.push_back(warning);
  return notes;
}

}  // namespace

Document measure_report(const graph::Network& network, const runner::Measurement& m,
                        const MeasureReportOptions& options) {
  std::vector<KernelRow> rows;
  for (const runner::MeasuredRow& row : m.rows)
    rows.push_back(row_of(network, row, m.options, options.machine, options.grouping));
  if (options.grouping != cost::Grouping::kLayer) rows = sum_by_name(rows);
  KernelRow total = total_of(rows, m.complete());
  total.spread = m.spread;
  rows = ordered_rows(std::move(rows), options.order);
  std::vector<ShownColumn> columns = {
      {"kind", 4}, {"macs", 6}, {"macs_share"}, {"seconds"}, {"seconds_share"}};
  if (m.counted_blocks() > 1) columns.push_back({"spread_percent", 5});
  columns.push_back({"gflops"});
  if (options.machine)
    columns.insert(columns.end(), {{"intensity", 7}, {"roof_share", 2}, {"bound", 1}});
  // A row of several kernels has a list of names, which tells least.
  columns.push_back({"implementation", options.grouping == cost::Grouping::kLayer ? 3 : 8});
  return {fmt::format("{}   {}   {}{}", network.name, describe_setting(network), time_text(m),
                      m.complete() ? "" : "   incomplete"),
          circumstances(m),
          {{"", kernel_table(std::move(rows), std::move(total), options.grouping, columns),
            notes_of(network, m, options)}}};
}

namespace {

/// Nothing for a single block.
nlohmann::json spread_json(const runner::Measurement& m, double spread) {
  return m.counted_blocks() < 2 ? nlohmann::json() : nlohmann::json(spread);
}

/// `line`: the same row as in the table.
nlohmann::json measured_row_json(const graph::Network& network, const runner::Measurement& m,
                                 const runner::MeasuredRow& row, const KernelRow& line,
                                 bool has_roof) {
  std::vector<std::string> layers;
  for (const graph::LayerId id : row.layers) layers.push_back(network.layers[id].name);
  nlohmann::json entry = {{"name", line.name},
                          {"kind", line.what},
                          {"layers", layers},
                          {"seconds", row.seconds},
                          {"spread", spread_json(m, row.spread)},
                          {"macs", line.macs},
                          {"bytes", line.bytes},
                          {"problem", row.problem},
                          {"option", plan::to_text(row.option)},
                          {"implementation", row.implementation},
                          {"origin", plan::name_of(row.origin)}};
  if (!row.fault.empty()) entry["fault"] = row.fault;
  if (has_roof) {
    entry["roof_seconds"] = line.roof_seconds;
    entry["bound"] = line.bounds.empty() ? "" : *line.bounds.begin();
  }
  return entry;
}

nlohmann::json measured_rows_json(const graph::Network& network, const runner::Measurement& m,
                                  const MeasureReportOptions& options) {
  std::vector<KernelRow> lines;
  for (const runner::MeasuredRow& row : m.rows)
    lines.push_back(row_of(network, row, m.options, options.machine, cost::Grouping::kLayer));
  nlohmann::json rows = nlohmann::json::array();
  for (const std::size_t place : order_of_rows(lines, options.order))
    rows.push_back(
        measured_row_json(network, m, m.rows[place], lines[place], options.machine.has_value()));
  return rows;
}

}  // namespace

std::string measure_json(const graph::Network& network, const runner::Measurement& m,
                         const MeasureReportOptions& options) {
  nlohmann::json json = {{"network", network.name},
                         {"input", to_string(network.input)},
                         {"batch", network.batch},
                         {"data_type", "f32"},
                         {"threads", m.options.threads},
                         {"cpu", m.cpu},
                         {"library", m.library},
                         {"engine", m.machine.engine},
                         {"version", m.machine.version},
                         {"provider", m.machine.provider},
                         {"isa", m.isa},
                         {"date", m.date},
                         {"complete", m.complete()},
                         {"seconds", m.seconds},
                         {"stable", !m.unstable()},
                         {"spread", spread_json(m, m.spread)},
                         {"plain_seconds", m.plain_seconds},
                         {"fastest_seconds", m.fastest_seconds},
                         {"reference_seconds", m.reference_seconds},
                         {"reference_spread", spread_json(m, m.reference_spread)},
                         {"core_latency_seconds", m.core_latency},
                         {"passes", m.passes},
                         {"blocks", m.blocks},
                         {"rejected_blocks", m.rejected.sum()},
                         {"process_seconds", m.process_seconds},
                         {"process_reference_seconds", m.process_references},
                         {"arena_bytes", m.arena_bytes},
                         {"weight_bytes", m.weight_bytes},
                         {"caches", "as in the network"},
                         {"rows", measured_rows_json(network, m, options)}};
  if (m.profiled_seconds > 0) {
    json["profiled_seconds"] = m.profiled_seconds;
    json["kernel_seconds"] = m.kernel_seconds;
  }
  if (m.options.cpu >= 0) json["processor"] = m.options.cpu;
  if (m.error) json["error"] = *m.error;
  for (const std::string& warning : {m.warning(), m.instability()}) {
    if (!warning.empty()) json["warning"] = warning;
  }
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
