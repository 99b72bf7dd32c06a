// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/memory_report.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/document/json.hpp"
#include "reports/tables/cost_report.hpp"

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

document::Section size_section(const graph::Network& network) {
  document::Section section;
  section.heading = "model size: parameters and buffers";
  section.table.columns = {{"type", "type", document::Format::kText, 0},
                           {"bytes", "size", document::Format::kBytes, 0}};
  const cost::CostTable costs = cost::count(network);
  for (const std::string& type : data_type_names()) {
    section.table.rows.push_back({type, cost::total_of(network, costs, "size_" + type)->value()});
  }
  return section;
}

document::Section peak_section(const graph::Network& network, const cost::PeakMemory& peak,
                               const Peaks& peaks, const std::string& heading) {
  document::Section section;
  section.heading = heading;
  section.table.columns = {{"tensor", "tensor alive", document::Format::kText, 0, 40},
                           {"shape", "shape", document::Format::kText, 0},
                           {"bytes", "bytes", document::Format::kBytes, 0}};
  section.table.last_is_total = true;
  for (graph::LayerId id : peak.alive) {
    section.table.rows.push_back({tensor_name(network, id), to_string(network.shape(id)),
                                  tensor_bytes(network, id, peaks.options.type).value()});
  }
  section.table.rows.push_back({fmt::format("peak, at {}", tensor_name(network, peak.at)),
                                std::string(), peak.bytes.value()});
  return section;
}

document::Section training_section(const graph::Network& network,
                                   const MemoryReportOptions& options) {
  document::Section section;
  section.heading = fmt::format("training, batch {}", network.batch);
  section.table.columns = {{"part", "kept", document::Format::kText, 0},
                           {"bytes", "bytes", document::Format::kBytes, 0}};
  const cost::TrainingMemory memory = cost::training_memory(network, options.types);
  section.table.rows = {
      {std::string("activations for the backward pass"), memory.kept_activations.value()},
      {std::string("weights and buffers"), memory.weights.value()},
      {std::string("gradients"), memory.gradients.value()}};
  const cost::CostTable costs = cost::count(network);
  section.notes.push_back(fmt::format(
      "Operations forward {}, forward and backward {}; an optimiser's state is extra.",
      human_count(costs.total.flops.value()), human_count(costs.total.train_flops.value())));
  return section;
}

document::Section timeline_section(const graph::Network& network, const cost::PeakMemory& peak) {
  document::Section section;
  section.heading = "bytes alive while each layer runs";
  section.table.columns = {{"layer", "layer", document::Format::kText, 0, 34},
                           {"bytes", "alive", document::Format::kBytes, 0}};
  for (const cost::MemoryStep& step : peak.timeline)
    section.table.rows.push_back({tensor_name(network, step.layer), step.bytes.value()});
  return section;
}

}  // namespace

document::Document memory_report(const graph::Network& network,
                                 const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  document::Document document;
  document.title = network.name;
  document.subtitle =
      describe_setting(network) + fmt::format("   {}   {}", describe(options.types),
                                              options.in_place ? "in place" : "not in place");
  document.sections.push_back(size_section(network));
  document.sections.push_back(
      peak_section(network, peaks.own, peaks, "activations at their peak, the spec's own order"));
  if (peaks.saved.bytes < peaks.own.bytes) {
    document.sections.push_back(peak_section(
        network, peaks.saved, peaks,
        fmt::format("activations at their peak, saving order ({})", peaks.saving.method)));
  } else {
    document.sections.back().notes.push_back(
        peaks.saving.exact ? "No other order has a lower peak (" + peaks.saving.method + ")."
                           : "No order with a lower peak was found (" + peaks.saving.method + ").");
  }
  if (!options.in_place)
    document.sections.back().notes.push_back(
        "With --in-place, activations, batch norms, additions, products and scalings write over an "
        "input that nobody else needs.");
  document.sections.push_back(training_section(network, options));
  if (options.timeline) document.sections.push_back(timeline_section(network, peaks.own));
  return document;
}

document::Document memory_data(const graph::Network& network, const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  if (options.timeline) return {"", "", {timeline_section(network, peaks.own)}};
  document::Section section;
  section.table.columns = {{"figure"}, {"bytes", "", document::Format::kBytes}};
  const auto add = [&](const std::string& figure, Count bytes) {
    section.table.rows.push_back({figure, bytes.value()});
  };
  const cost::CostTable costs = cost::count(network);
  for (const std::string& type : data_type_names())
    add("size_" + type, *cost::total_of(network, costs, "size_" + type));
  add("peak_own_order", peaks.own.bytes);
  add("peak_saving_order", std::min(peaks.saved.bytes, peaks.own.bytes));
  const cost::TrainingMemory memory = cost::training_memory(network, options.types);
  add("training_kept_activations", memory.kept_activations);
  add("training_weights", memory.weights);
  add("training_gradients", memory.gradients);
  return {"", "", {std::move(section)}};
}

namespace {

document::Json peak_json(const graph::Network& network, const cost::PeakMemory& peak,
                         const std::vector<graph::LayerId>& order, DataType type) {
  document::Json alive = document::Json::array(), timeline = document::Json::array(),
                 names = document::Json::array();
  for (graph::LayerId id : peak.alive)
    alive.push_back(
        {{"tensor", tensor_name(network, id)}, {"bytes", tensor_bytes(network, id, type).value()}});
  for (const cost::MemoryStep& step : peak.timeline)
    timeline.push_back(
        {{"layer", tensor_name(network, step.layer)}, {"bytes", step.bytes.value()}});
  for (graph::LayerId id : order) names.push_back(tensor_name(network, id));
  return {{"bytes", peak.bytes.value()},
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
  document::Json json;
  json["spec"] = network.name;
  json["data_types"] = {{"weights", std::string(name_of(options.types.weights))},
                        {"activations", std::string(name_of(options.types.activations))}};
  json["in_place"] = options.in_place;
  for (const std::string& type : data_type_names())
    json["model_size"][type] = cost::total_of(network, costs, "size_" + type)->value();
  json["own_order"] = peak_json(network, peaks.own, cost::own_order(network), peaks.options.type);
  json["saving_order"] = peak_json(network, peaks.saved, peaks.saving.order, peaks.options.type);
  json["saving_order"]["exact"] = peaks.saving.exact;
  json["saving_order"]["method"] = peaks.saving.method;
  json["training"] = {{"kept_activations", training.kept_activations.value()},
                      {"weights", training.weights.value()},
                      {"gradients", training.gradients.value()},
                      {"flops", costs.total.train_flops.value()}};
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
