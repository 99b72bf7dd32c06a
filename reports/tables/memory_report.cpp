// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

std::string tensor_name(const graph::Network& network, graph::LayerId id) {
  return id == graph::kNetworkInput ? std::string("input") : network.layers[id].name;
}

Count tensor_bytes(const graph::Network& network, graph::LayerId id, DataType type) {
  return bytes_of(network.shape(id).elements() * Count(network.batch), type);
}

struct Peaks {
  cost::MemoryOptions options;
  cost::PeakMemory own;
  cost::SavingOrder saving;
  cost::PeakMemory saved;
};

Peaks find_peaks(const graph::Network& network, const MemoryReportOptions& options) {
  Peaks peaks;
  peaks.options = {options.types.activations, options.in_place};
  peaks.own = cost::peak_memory(network, cost::own_order(network), peaks.options);
  peaks.saving = cost::memory_saving_order(network, peaks.options, options.progress);
  peaks.saved = cost::peak_memory(network, peaks.saving.order, peaks.options);
  return peaks;
}

Section size_section(const graph::Network& network) {
  Section section = {"model size: parameters and buffers", {}, {}};
  section.table.columns = {{"type", "type"}, {"bytes", "size", kBytes}};
  const cost::CostTable costs = cost::count(network);
  for (const std::string& type : data_type_names())
    section.table.rows.push_back({type, *cost::total_of(network, costs, "size_" + type)});
  return section;
}

Section peak_section(const graph::Network& network, const cost::PeakMemory& peak,
                     const Peaks& peaks, const std::string& heading) {
  Section section;
  section.heading = heading;
  section.table.columns = {{"tensor", "tensor alive", kText, 0, 40},
                           {"shape", "shape", kText, 0},
                           {"bytes", "bytes", kBytes, 0}};
  section.table.last_is_total = true;
  for (graph::LayerId id : peak.alive) {
    section.table.rows.push_back({tensor_name(network, id), to_string(network.shape(id)),
                                  tensor_bytes(network, id, peaks.options.type).value()});
  }
  section.table.rows.push_back({fmt::format("peak, at {}", tensor_name(network, peak.at)),
                                std::string(), peak.bytes.value()});
  return section;
}

Section training_section(const graph::Network& network, const MemoryReportOptions& options) {
  Section section = {fmt::format("training, batch {}", network.batch), {}, {}};
  section.table.columns = {{"part", "kept"}, {"bytes", "bytes", kBytes}};
  const cost::TrainingMemory memory = cost::training_memory(network, options.types);
  section.table.rows = {{"activations for the backward pass", memory.kept_activations},
                        {"weights and buffers", memory.weights},
                        {"gradients", memory.gradients}};
  const cost::CostTable costs = cost::count(network);
  section.notes = {fmt::format(
      "Operations forward {}, forward and backward {}; an optimiser's state is extra.",
      human_count(costs.total.flops.value()), human_count(costs.total.train_flops.value()))};
  return section;
}

Section timeline_section(const graph::Network& network, const cost::PeakMemory& peak) {
  Section section = {"bytes alive while each layer runs", {}, {}};
  section.table.columns = {{"layer", "layer", kText, 0, 34}, {"bytes", "alive", kBytes}};
  for (const cost::MemoryStep& step : peak.timeline)
    section.table.rows.push_back({tensor_name(network, step.layer), step.bytes});
  return section;
}

}  // namespace

Document memory_report(const graph::Network& network, const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  std::vector<Section> sections = {
      size_section(network),
      peak_section(network, peaks.own, peaks, "activations at their peak, the spec's own order")};
  const std::string& method = peaks.saving.method;
  if (peaks.saved.bytes < peaks.own.bytes)
    sections.push_back(
        peak_section(network, peaks.saved, peaks,
                     fmt::format("activations at their peak, saving order ({})", method)));
  else
    sections.back().notes.push_back(fmt::format("{} ({}).",
                                                peaks.saving.exact
                                                    ? "No other order has a lower peak"
                                                    : "No order with a lower peak was found",
                                                method));
  if (!options.in_place)
    sections.back().notes.push_back(
        "With --in-place, activations, batch norms, additions, products and scalings write over an "
        "input that no other layer needs.");
  sections.back().notes.push_back(
      fmt::format("As a column and a limit of sweep, search, compare and check: {}.",
                  options.in_place ? "peak_memory_in_place"
                                   : "peak_memory, with --in-place peak_memory_in_place"));
  sections.push_back(training_section(network, options));
  if (options.timeline) sections.push_back(timeline_section(network, peaks.own));
  return {network.name,
          fmt::format("{}   {}   {}", describe_setting(network), describe(options.types),
                      options.in_place ? "in place" : "not in place"),
          std::move(sections)};
}

Document memory_data(const graph::Network& network, const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  if (options.timeline) return {"", "", {timeline_section(network, peaks.own)}};
  Table table = {.columns = {{"figure"}, {"bytes"}}};
  const cost::CostTable costs = cost::count(network);
  for (const std::string& type : data_type_names())
    table.rows.push_back({"size_" + type, *cost::total_of(network, costs, "size_" + type)});
  const cost::TrainingMemory memory = cost::training_memory(network, options.types);
  table.rows.insert(table.rows.end(),
                    {{"peak_own_order", peaks.own.bytes},
                     {"peak_saving_order", std::min(peaks.saved.bytes, peaks.own.bytes)},
                     {"training_kept_activations", memory.kept_activations},
                     {"training_weights", memory.weights},
                     {"training_gradients", memory.gradients}});
  return data_document(std::move(table));
}

namespace {

Json peak_json(const graph::Network& network, const cost::PeakMemory& peak,
               const std::vector<graph::LayerId>& order, DataType type) {
  Json alive = Json::array(), timeline = Json::array(), names = Json::array();
  for (graph::LayerId id : peak.alive)
    alive.push_back(
        {{"tensor", tensor_name(network, id)}, {"bytes", tensor_bytes(network, id, type)}});
  for (const cost::MemoryStep& step : peak.timeline)
    timeline.push_back({{"layer", tensor_name(network, step.layer)}, {"bytes", step.bytes}});
  for (graph::LayerId id : order) names.push_back(tensor_name(network, id));
  return {{"bytes", peak.bytes},
          {"at", tensor_name(network, peak.at)},
          {"alive", std::move(alive)},
          {"order", std::move(names)},
          {"timeline", std::move(timeline)}};
}

}  // namespace

std::string memory_json(const graph::Network& network, const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  const cost::CostTable costs = cost::count(network);
  const cost::TrainingMemory training = cost::training_memory(network, options.types);
  Json json = {{"spec", network.name},
               {"data_types",
                {{"weights", name_of(options.types.weights)},
                 {"activations", name_of(options.types.activations)}}},
               {"in_place", options.in_place}};
  for (const std::string& type : data_type_names())
    json["model_size"][type] = *cost::total_of(network, costs, "size_" + type);
  json["own_order"] = peak_json(network, peaks.own, cost::own_order(network), peaks.options.type);
  json["saving_order"] = peak_json(network, peaks.saved, peaks.saving.order, peaks.options.type);
  json["saving_order"]["exact"] = peaks.saving.exact;
  json["saving_order"]["method"] = peaks.saving.method;
  json["training"] = {{"kept_activations", training.kept_activations},
                      {"weights", training.weights},
                      {"gradients", training.gradients},
                      {"flops", costs.total.train_flops}};
  return json_text(json);
}

}  // namespace archcost::tables
