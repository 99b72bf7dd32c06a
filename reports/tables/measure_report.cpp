// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/measure_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/statistics.hpp"
#include "core/text.hpp"
#include "reports/tables/kernel_rows.hpp"

namespace archcost::tables {
namespace {

/// One line of the report: a kernel, or several summed.
struct Line {
  std::string name, what;
  int kernels = 0;
  double macs = 0, bytes = 0, seconds = 0, spread = 0, roof_seconds = 0;
  std::set<std::string> bounds;
  std::vector<std::string> implementations, faults;
};

double bytes_of(const graph::Network& network, graph::LayerId value) {
  return 4.0 * static_cast<double>(network.batch) *
         static_cast<double>(network.shape(value).elements().value());
}

/// What a kernel moves: inputs from outside the fused layers, weights, the output.
double bytes_moved(const graph::Network& network, const runner::MeasuredRow& row) {
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

Line line_of(const graph::Network& network, const runner::MeasuredRow& row,
             const runner::MeasureOptions& options,
             const std::optional<latency::Machine>& machine) {
  Line line;
  line.name = kernel_name(network, row.main, row.reorder);
  line.what = kernel_class(network, row.main, row.reorder);
  line.kernels = 1;
  line.macs = kernel_macs(network, row.layers);
  line.bytes = bytes_moved(network, row);
  line.seconds = row.seconds;
  line.spread = row.spread;
  if (!row.implementation.empty())
    line.implementations.push_back(kernel_text(row.implementation, row.origin));
  if (!row.fault.empty()) line.faults.push_back(row.fault);
  if (machine && row.fault.empty()) {
    const std::string level = machine->level_of(line.bytes, options.threads);
    const double peak = machine->peak_gflops(options.threads) * 1e9;
    const double bandwidth = machine->bandwidth_gbs(level, options.threads) * 1e9;
    const double compute = peak > 0 ? 2 * line.macs / peak : 0;
    const double memory = bandwidth > 0 ? line.bytes / bandwidth : 0;
    line.roof_seconds = std::max(compute, memory);
    line.bounds.insert(compute >= memory   ? "compute"
                       : level == "memory" ? "memory bandwidth"
                                           : level + " bandwidth");
  }
  return line;
}

void add(Line& sum, const Line& line) {
  sum.kernels += line.kernels;
  sum.macs += line.macs;
  sum.bytes += line.bytes;
  sum.seconds += line.seconds;
  sum.roof_seconds += line.roof_seconds;
  sum.bounds.insert(line.bounds.begin(), line.bounds.end());
  for (const std::string& name : line.implementations) {
    if (std::find(sum.implementations.begin(), sum.implementations.end(), name) ==
        sum.implementations.end()) {
      sum.implementations.push_back(name);
    }
  }
  sum.faults.insert(sum.faults.end(), line.faults.begin(), line.faults.end());
}

std::vector<Line> lines_of(const graph::Network& network, const runner::Measurement& m,
                           const MeasureReportOptions& options) {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> places;
  for (const runner::MeasuredRow& row : m.rows) {
    Line line = line_of(network, row, m.options, options.machine);
    if (options.grouping == cost::Grouping::kLayer) {
      lines.push_back(std::move(line));
      continue;
    }
    const std::string key = kernel_group(network, row.main, row.reorder, options.grouping);
    const auto [place, fresh] = places.emplace(key, lines.size());
    if (fresh) {
      lines.emplace_back();
      lines.back().name = key;
    }
    add(lines[place->second], line);
  }
  return lines;
}

/// Nothing where there is no figure.
document::Cell figure(bool there, double number) {
  if (!there) return {};
  return number;
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
  if (!m.instability().empty())
    return fmt::format("unstable, at most {:.4g} ms", m.fastest_seconds * 1e3);
  return fmt::format("{:.4g} ms{}", m.seconds * 1e3, spread_text(m, m.spread));
}

std::string circumstances(const runner::Measurement& m) {
  std::string text = fmt::format("f32   {}", threads_text(m.options.threads));
  if (m.options.cpu >= 0) text += fmt::format(", processor {}", m.options.cpu);
  return text + fmt::format("   {}   {}   {}", m.library, m.isa, m.cpu);
}

std::vector<std::string> notes_of(const graph::Network& network, const runner::Measurement& m,
                                  const MeasureReportOptions& options) {
  std::vector<std::string> notes;
  notes.push_back(fmt::format(
      "{} passes in {} block{}{}, caches as in the network; without time stamps {:.4g} ms; "
      "reference layer {:.4g} ms{}; activations and scratch {:.2f} MiB, weights {:.2f} "
      "MiB",
      m.passes, m.blocks, m.blocks == 1 ? "" : "s",
      m.options.processes > 1 ? fmt::format(" of {} processes", m.options.processes) : "",
      m.plain_seconds * 1e3, m.reference_seconds * 1e3, spread_text(m, m.reference_spread),
      static_cast<double>(m.arena_bytes) / 0x1p20, static_cast<double>(m.weight_bytes) / 0x1p20));
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
  notes.push_back(origins.note());
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
  for (const std::string& text : {m.instability(), m.warning()}) {
    if (!text.empty()) notes.push_back(text);
  }
  return notes;
}

}  // namespace

document::Document measure_report(const graph::Network& network, const runner::Measurement& m,
                                  const MeasureReportOptions& options) {
  const bool by_layer = options.grouping == cost::Grouping::kLayer;
  const bool roof = options.machine.has_value();
  document::Table table;
  table.last_is_total = true;
  table.columns = {{by_layer                                    ? "layer"
                    : options.grouping == cost::Grouping::kKind ? "kind"
                                                                : "stage",
                    by_layer                                    ? "layer"
                    : options.grouping == cost::Grouping::kKind ? "kind"
                                                                : "stage"}};
  if (by_layer) {
    table.columns.push_back({"kind", "kind", document::Format::kText, 4});
  } else {
    table.columns.push_back({"kernels", "kernels", document::Format::kInteger, 4});
  }
  table.columns.push_back({"macs", "macs", document::Format::kCount, 6});
  table.columns.push_back({"macs_share", "macs %", document::Format::kPercent});
  table.columns.push_back({"seconds", "time", document::Format::kSeconds});
  table.columns.push_back({"seconds_share", "time %", document::Format::kPercent});
  if (by_layer) table.columns.push_back({"spread_percent", "± %", document::Format::kPercent, 5});
  table.columns.push_back({"gflops", "GFLOP/s", document::Format::kNumber});
  if (roof) {
    table.columns.push_back({"intensity", "ops/byte", document::Format::kNumber, 7});
    table.columns.push_back({"roof_share", "of roof %", document::Format::kPercent, 1});
    table.columns.push_back({"bound", "bound by", document::Format::kText, 3});
  }
  table.columns.push_back({"implementation", "kernel", document::Format::kText, 2, 12, true});

  std::vector<Line> lines = lines_of(network, m, options);
  Line total;
  total.name = m.complete() ? "total" : "total (incomplete)";
  for (const Line& line : lines) add(total, line);
  total.spread = m.spread;
  total.bounds.clear();
  total.implementations.clear();
  total.faults.clear();
  total.what.clear();
  lines.push_back(total);
  for (const Line& line : lines) {
    const bool ran = line.seconds > 0 && line.faults.empty(), is_total = &line == &lines.back();
    std::vector<document::Cell> row = {line.name};
    if (by_layer) {
      row.emplace_back(line.what);
    } else {
      row.emplace_back(std::int64_t{line.kernels});
    }
    if (line.macs > 0) {
      row.emplace_back(static_cast<std::int64_t>(line.macs));
    } else {
      row.emplace_back();
    }
    row.push_back(share_of(is_total ? 0 : line.macs, total.macs));
    row.push_back(figure(ran, line.seconds));
    row.push_back(share_of(is_total ? 0 : line.seconds, total.seconds));
    if (by_layer) row.push_back(figure(ran && m.counted_blocks() > 1, 100 * line.spread));
    row.push_back(figure(ran && line.macs > 0, 2 * line.macs / line.seconds / 1e9));
    if (roof) {
      row.push_back(figure(line.macs > 0, 2 * line.macs / line.bytes));
      row.push_back(ran ? share_of(line.roof_seconds, line.seconds) : document::Cell());
      row.emplace_back(joined(line.bounds));
    }
    row.emplace_back(line.faults.empty() ? join(line.implementations, ", ")
                                         : "failed: " + join(line.faults, ", "));
    table.rows.push_back(std::move(row));
  }

  document::Document document;
  document.title = fmt::format("{}   {}   batch {}   {}{}", network.name, to_string(network.input),
                               network.batch, time_text(m), m.complete() ? "" : "   incomplete");
  document.subtitle = circumstances(m);
  document.sections.push_back({"", std::move(table), notes_of(network, m, options)});
  return document;
}

std::string measure_json(const graph::Network& network, const runner::Measurement& m,
                         const MeasureReportOptions& options) {
  const auto spread_json = [&](double spread) {
    return m.counted_blocks() < 2 ? nlohmann::json() : nlohmann::json(spread);
  };
  nlohmann::json rows = nlohmann::json::array();
  for (const runner::MeasuredRow& row : m.rows) {
    const Line line = line_of(network, row, m.options, options.machine);
    std::vector<std::string> layers;
    for (const graph::LayerId id : row.layers) layers.push_back(network.layers[id].name);
    nlohmann::json entry = {{"name", line.name},
                            {"kind", line.what},
                            {"layers", layers},
                            {"seconds", row.seconds},
                            {"spread", spread_json(row.spread)},
                            {"macs", line.macs},
                            {"bytes", line.bytes},
                            {"problem", row.problem},
                            {"option", plan::to_text(row.option)},
                            {"implementation", row.implementation},
                            {"origin", plan::name_of(row.origin)}};
    if (!row.fault.empty()) entry["fault"] = row.fault;
    if (options.machine) {
      entry["roof_seconds"] = line.roof_seconds;
      entry["bound"] = joined(line.bounds);
    }
    rows.push_back(std::move(entry));
  }
  nlohmann::json json = {{"network", network.name},
                         {"input", to_string(network.input)},
                         {"batch", network.batch},
                         {"data_type", "f32"},
                         {"threads", m.options.threads},
                         {"cpu", m.cpu},
                         {"library", m.library},
                         {"isa", m.isa},
                         {"date", m.date},
                         {"complete", m.complete()},
                         {"seconds", m.seconds},
                         {"stable", m.instability().empty()},
                         {"spread", spread_json(m.spread)},
                         {"plain_seconds", m.plain_seconds},
                         {"fastest_seconds", m.fastest_seconds},
                         {"reference_seconds", m.reference_seconds},
                         {"reference_spread", spread_json(m.reference_spread)},
                         {"core_latency_seconds", m.core_latency},
                         {"passes", m.passes},
                         {"blocks", m.blocks},
                         {"rejected_blocks", m.rejected},
                         {"process_seconds", m.process_seconds},
                         {"process_reference_seconds", m.process_references},
                         {"arena_bytes", m.arena_bytes},
                         {"weight_bytes", m.weight_bytes},
                         {"caches", "as in the network"},
                         {"rows", std::move(rows)}};
  if (m.options.cpu >= 0) json["processor"] = m.options.cpu;
  if (m.error) json["error"] = *m.error;
  if (const std::string warning = m.warning(); !warning.empty()) json["warning"] = warning;
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
