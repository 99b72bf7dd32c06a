// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/memory_report.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/document/json.hpp"
#include "reports/tables/cost_report.hpp"

namespace archcost {
namespace {

std::string tensor_name(const Network& network, LayerId id) {
  return id == kNetworkInput ? std::string("input") : network.layers[id].name;
}

Count tensor_bytes(const Network& network, LayerId id, DataType type) {
  return bytes_of(network.shape(id).elements() * Count(network.batch), type);
}

struct Peaks {
  MemoryOptions options;
  PeakMemory own;
  SavingOrder saving;
  PeakMemory saved;
};

Peaks find_peaks(const Network& network, const MemoryReportOptions& options) {
  Peaks peaks;
  peaks.options = {options.types.activations, options.in_place};
  peaks.own = peak_memory(network, own_order(network), peaks.options);
  peaks.saving = memory_saving_order(network, peaks.options);
  peaks.saved = peak_memory(network, peaks.saving.order, peaks.options);
  return peaks;
}

Section size_section(const Network& network) {
  Section section;
  section.heading = "model size: parameters and buffers";
  section.table.columns = {{"type", "type", Format::kText, 0},
                           {"bytes", "size", Format::kBytes, 0}};
  const CostTable costs = count(network);
  for (const std::string& type : data_type_names()) {
    section.table.rows.push_back({type, total_of(network, costs, "size_" + type)->value()});
  }
  return section;
}

Section peak_section(const Network& network, const PeakMemory& peak, const Peaks& peaks,
                     const std::string& heading) {
  Section section;
  section.heading = heading;
  section.table.columns = {{"tensor", "tensor alive", Format::kText, 0, 40},
                           {"shape", "shape", Format::kText, 0},
                           {"bytes", "bytes", Format::kBytes, 0}};
  section.table.last_is_total = true;
  for (LayerId id : peak.alive) {
    section.table.rows.push_back({tensor_name(network, id), to_string(network.shape(id)),
                                  tensor_bytes(network, id, peaks.options.type).value()});
  }
  section.table.rows.push_back({fmt::format("peak, at {}", tensor_name(network, peak.at)),
                                std::string(), peak.bytes.value()});
  return section;
}

Section training_section(const Network& network, const MemoryReportOptions& options) {
  Section section;
  section.heading = fmt::format("training, batch {}", network.batch);
  section.table.columns = {{"part", "kept", Format::kText, 0},
                           {"bytes", "bytes", Format::kBytes, 0}};
  const TrainingMemory memory = training_memory(network, options.types);
  section.table.rows = {
      {std::string("activations for the backward pass"), memory.kept_activations.value()},
      {std::string("weights and buffers"), memory.weights.value()},
      {std::string("gradients"), memory.gradients.value()}};
  const CostTable costs = count(network);
  section.notes.push_back(fmt::format(
      "Operations forward {}, forward and backward {}; an optimiser's state is extra.",
      human_count(costs.total.flops.value()), human_count(costs.total.train_flops.value())));
  return section;
}

Section timeline_section(const Network& network, const PeakMemory& peak) {
  Section section;
  section.heading = "bytes alive while each layer runs";
  section.table.columns = {{"layer", "layer", Format::kText, 0, 34},
                           {"bytes", "alive", Format::kBytes, 0}};
  for (const MemoryStep& step : peak.timeline)
    section.table.rows.push_back({tensor_name(network, step.layer), step.bytes.value()});
  return section;
}

}  // namespace

Document memory_report(const Network& network, const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  Document document;
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

Document memory_data(const Network& network, const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  if (options.timeline) return {"", "", {timeline_section(network, peaks.own)}};
  Section section;
  section.table.columns = {{"figure"}, {"bytes", "", Format::kBytes}};
  const auto add = [&](const std::string& figure, Count bytes) {
    section.table.rows.push_back({figure, bytes.value()});
  };
  const CostTable costs = count(network);
  for (const std::string& type : data_type_names())
    add("size_" + type, *total_of(network, costs, "size_" + type));
  add("peak_own_order", peaks.own.bytes);
  add("peak_saving_order", std::min(peaks.saved.bytes, peaks.own.bytes));
  const TrainingMemory memory = training_memory(network, options.types);
  add("training_kept_activations", memory.kept_activations);
  add("training_weights", memory.weights);
  add("training_gradients", memory.gradients);
  return {"", "", {std::move(section)}};
}

namespace {

Json peak_json(const Network& network, const PeakMemory& peak, const std::vector<LayerId>& order,
               DataType type) {
  Json alive = Json::array(), timeline = Json::array(), names = Json::array();
  for (LayerId id : peak.alive)
    alive.push_back(
        {{"tensor", tensor_name(network, id)}, {"bytes", tensor_bytes(network, id, type).value()}});
  for (const MemoryStep& step : peak.timeline)
    timeline.push_back(
        {{"layer", tensor_name(network, step.layer)}, {"bytes", step.bytes.value()}});
  for (LayerId id : order) names.push_back(tensor_name(network, id));
  return {{"bytes", peak.bytes.value()},
          {"at", tensor_name(network, peak.at)},
          {"alive", std::move(alive)},
          {"order", std::move(names)},
          {"timeline", std::move(timeline)}};
}

}  // namespace

std::string memory_json(const Network& network, const MemoryReportOptions& options) {
  const Peaks peaks = find_peaks(network, options);
  const CostTable costs = count(network);
  const TrainingMemory training = training_memory(network, options.types);
  Json json;
  json["spec"] = network.name;
  json["data_types"] = {{"weights", std::string(name_of(options.types.weights))},
                        {"activations", std::string(name_of(options.types.activations))}};
  json["in_place"] = options.in_place;
  for (const std::string& type : data_type_names())
    json["model_size"][type] = total_of(network, costs, "size_" + type)->value();
  json["own_order"] = peak_json(network, peaks.own, own_order(network), peaks.options.type);
  json["saving_order"] = peak_json(network, peaks.saved, peaks.saving.order, peaks.options.type);
  json["saving_order"]["exact"] = peaks.saving.exact;
  json["saving_order"]["method"] = peaks.saving.method;
  json["training"] = {{"kept_activations", training.kept_activations.value()},
                      {"weights", training.weights.value()},
                      {"gradients", training.gradients.value()},
                      {"flops", costs.total.train_flops.value()}};
  return json.dump(2) + "\n";
}

}  // namespace archcost
