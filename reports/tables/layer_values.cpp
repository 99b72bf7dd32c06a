// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/layer_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/tables/json.hpp"

namespace archcost::tables {
namespace {

constexpr double kNanoseconds = 1e9;

struct CounterRow {
  std::string_view name;
  Count LayerCost::*counter;
};
constexpr CounterRow kCounters[] = {
    {"params", &LayerCost::params},       {"weights", &LayerCost::weights},
    {"buffers", &LayerCost::buffers},     {"macs", &LayerCost::macs},
    {"bias_adds", &LayerCost::bias_adds}, {"elementwise", &LayerCost::elementwise},
    {"compares", &LayerCost::compares},   {"transcendentals", &LayerCost::transcendentals},
    {"pool_ops", &LayerCost::pool_ops},   {"activations", &LayerCost::activations},
};

/// A kernel of a measurement.
struct TimedKernel {
  std::string name, kind, implementation;
  std::vector<std::string> layers;  ///< empty for a reorder
  double seconds = 0, macs = 0;
};

std::vector<TimedKernel> read_kernels(const std::string& text, const std::string& place) {
  try {
    const Json json = Json::parse(text);
    std::vector<TimedKernel> kernels;
    for (const Json& row : json.at("rows"))
      kernels.push_back({row.at("name").get<std::string>(), row.at("kind").get<std::string>(),
                         row.at("implementation").get<std::string>(),
                         row.at("layers").get<std::vector<std::string>>(),
                         row.at("seconds").get<double>(), row.at("macs").get<double>()});
    return kernels;
  } catch (const nlohmann::json::exception&) {
    throw Error(place,
                "it is no measurement; write one with 'archcost measure SPEC --format json'");
  }
}

// A name in a line of frames that ';' separates.
std::string frame_text(std::string_view name) {
  std::string text = printable(name);
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), ';', ',');
  return text;
}

// The layer that a kernel is named after: of a reorder the one that needs it.
std::string layer_of(const TimedKernel& kernel) {
  constexpr std::string_view kReorder = "reorder for ";
  return kernel.name.starts_with(kReorder) ? kernel.name.substr(kReorder.size()) : kernel.name;
}

Error other_network(const graph::Network& network, const std::string& place,
                    const std::string& layer) {
  return {place, fmt::format("{} has no layer '{}': it is a measurement of another network or of "
                             "other settings",
                             network.name, layer)};
}

std::unordered_map<std::string, std::size_t> layers_by_name(const graph::Network& network) {
  std::unordered_map<std::string, std::size_t> ids;
  for (std::size_t k = 0; k < network.layers.size(); ++k) ids.emplace(network.layers[k].name, k);
  return ids;
}

}  // namespace

std::vector<std::string> layer_cost_names() {
  std::vector<std::string> names;
  for (const CounterRow& row : kCounters) names.emplace_back(row.name);
  return names;
}

LayerValues counted_values(const graph::Network& network, const std::string& cost) {
  const CounterRow* row = find_named(kCounters, cost);
  if (row == nullptr)
    throw Error("--cost " + cost, "it is no cost" + suggestion(cost, layer_cost_names()));
  const cost::CostTable table = cost::count(network);
  LayerValues values = {cost, {}};
  for (const cost::CostRow& layer : table.layers)
    values.of.push_back(static_cast<double>((layer.cost.*(row->counter)).value()));
  return values;
}

LayerValues measured_values(const graph::Network& network, const std::string& measurement,
                            const std::string& place) {
  const auto ids = layers_by_name(network);
  LayerValues values = {"nanoseconds", std::vector<double>(network.layers.size())};
  for (const TimedKernel& kernel : read_kernels(measurement, place)) {
    const auto found = ids.find(layer_of(kernel));
    if (found == ids.end()) throw other_network(network, place, layer_of(kernel));
    values.of[found->second] += std::round(kernel.seconds * kNanoseconds);
  }
  return values;
}

std::string model_explorer_json(const graph::Network& network, const LayerValues& values) {
  Json results = Json::object();
  for (std::size_t k = 0; k < network.layers.size(); ++k)
    results[network.layers[k].name] = {{"value", values.of[k]}};
  const Json gradient = Json::array({{{"stop", 0}, {"bgColor", "#ffffff"}},
                                     {{"stop", 0.5}, {"bgColor", "#fdbb84"}},
                                     {{"stop", 1}, {"bgColor", "#e34a33"}}});
  return json_text(Json({{"results", std::move(results)}, {"gradient", gradient}}));
}

std::string collapsed_stacks(const graph::Network& network, const LayerValues& values) {
  std::string lines;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    if (values.of[k] <= 0) continue;
    std::string path = frame_text(network.layers[k].name);
    std::replace(path.begin(), path.end(), '.', ';');
    lines += fmt::format("{};{} {:.0f}\n", frame_text(network.name), path, values.of[k]);
  }
  return lines;
}

std::string trace_events(const graph::Network& network, const std::string& measurement,
                         const std::string& place) {
  const auto ids = layers_by_name(network);
  Json events = Json::array();
  const auto named = [&](const char* what, const std::string& name) {
    events.push_back(
        {{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"args", {{"name", name}}}});
  };
  named("process_name", "archcost measure " + network.name);
  named("thread_name", "kernels");
  // Whole nanoseconds, and each block before what is in it: viewers nest events by their numbers,
  // and those of the same extent by their order.
  struct Open {
    std::string label;
    std::int64_t begin = 0;
    std::size_t event = 0;  // its index
  };
  std::vector<Open> open;  // the stages and blocks around
  double seconds = 0;
  std::int64_t now = 0;
  const auto microseconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1000; };
  const auto add = [&](const std::string& name, const std::string& category, std::int64_t begin) {
    events.push_back({{"name", name},
                      {"cat", category},
                      {"ph", "X"},
                      {"pid", 1},
                      {"tid", 1},
                      {"ts", microseconds(begin)},
                      {"dur", 0}});
  };
  const auto close_to = [&](std::size_t depth) {
    for (; open.size() > depth; open.pop_back())
      events[open.back().event]["dur"] = microseconds(now - open.back().begin);
  };
  for (const TimedKernel& kernel : read_kernels(measurement, place)) {
    if (!ids.contains(layer_of(kernel))) throw other_network(network, place, layer_of(kernel));
    std::vector<std::string> path = split(layer_of(kernel), '.');
    const std::string label = kernel.layers.empty() ? "reorder" : path.back();
    path.pop_back();
    std::size_t common = 0;
    while (common < open.size() && common < path.size() && open[common].label == path[common])
      ++common;
    close_to(common);
    for (std::size_t k = common; k < path.size(); ++k) {
      open.push_back({path[k], now, events.size()});
      add(path[k], "block", now);
    }
    add(label, kernel.kind, now);
    seconds += kernel.seconds;
    const std::int64_t end = std::llround(seconds * kNanoseconds);
    events.back()["dur"] = microseconds(end - now);
    events.back()["args"] = {{"layers", kernel.layers},
                             {"kind", kernel.kind},
                             {"macs", kernel.macs},
                             {"implementation", kernel.implementation}};
    now = end;
  }
  close_to(0);
  return json_text(Json({{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}}));
}

}  // namespace archcost::tables
