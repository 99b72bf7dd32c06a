// SPDX-License-Identifier: Apache-2.0
// Figures as lines of JSON, and the merge of two databases.
#include <fmt/core.h>

#include <algorithm>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "core/diagnostic.hpp"
#include "latency/latency_db.hpp"

namespace archcost::latency {
namespace {

using nlohmann::json;

json machine_json(const MachineId& m) {
  return {{"cpu", m.cpu}, {"isa", m.isa}, {"library", m.library}};
}

json layer_json(const LayerFigure& f) {
  return {{"problem", f.problem},
          {"option", plan::to_text(f.option)},
          {"origin", plan::name_of(f.origin)},
          {"implementation", f.implementation},
          {"threads", f.threads},
          {"seconds", f.seconds},
          {"spread", f.spread},
          {"reference", f.reference},
          {"samples", f.samples},
          {"passes", f.passes},
          {"how", f.how},
          {"date", f.date},
          {"core_latency", f.core_latency}};
}

json check_json(const NetworkCheck& c) {
  return {{"network", c.network},
          {"threads", c.threads},
          {"macs", c.macs},
          {"seconds", c.seconds},
          {"spread", c.spread},
          {"reference", c.reference},
          {"composed", c.composed},
          {"unseen", c.unseen},
          {"how", c.how},
          {"date", c.date},
          {"core_latency", c.core_latency}};
}

/// A figure of an earlier version, without an origin, that its own kernels determined.
bool is_of_removed_kernel(const json& figure) {
  if (figure.contains("origin")) return false;
  const auto implementation = figure.at("implementation").get<std::string>();
  return implementation.starts_with("archcost:") || implementation.starts_with("sgemm:") ||
         figure.value("fault", "") == "reference kernel";
}

/// Nothing for a figure whose option this version doesn't know.
std::optional<LayerFigure> layer_from(const json& j) {
  const auto option = plan::option_from_text(j.at("option").get<std::string>());
  if (!option || is_of_removed_kernel(j)) return {};
  return LayerFigure{j.at("problem"),
                     *option,
                     j.at("implementation"),
                     plan::origin_from_name(j.value("origin", "")),
                     j.at("threads"),
                     j.at("seconds"),
                     j.at("spread"),
                     j.at("reference"),
                     j.at("samples"),
                     j.at("passes"),
                     j.at("how"),
                     j.at("date"),
                     j.value("core_latency", 0.0)};
}

NetworkCheck check_from(const json& j) {
  return {j.at("network"),
          j.at("threads"),
          j.at("macs"),
          j.at("seconds"),
          j.at("spread"),
          j.at("reference"),
          j.at("composed"),
          j.at("unseen"),
          j.at("how"),
          j.at("date"),
          j.value("core_latency", 0.0)};
}

/// Counts incoming figures as new, known or later; returns those to be written.
template <class Figure, class Key>
std::vector<Figure> to_take(const std::vector<Figure>& incoming, const std::vector<Figure>& there,
                            const Key& key, MergeCounts& counts) {
  std::map<std::string, std::string> dates;
  for (const Figure& f : there) dates[key(f)] = f.date;
  std::vector<Figure> taken;
  for (const Figure& f : incoming) {
    const auto known = dates.find(key(f));
    if (known == dates.end()) {
      ++counts.added;
    } else if (known->second < f.date) {
      ++counts.replaced;
    } else {
      ++counts.known;
      continue;
    }
    taken.push_back(f);
  }
  return taken;
}

}  // namespace

std::vector<MachineContents> LatencyDb::contents() const {
  std::vector<MachineContents> all;
  for (const MachineRow& row : machines()) {
    all.push_back({row.machine, choices(row.id), layers(row.id, 0), checks(row.id, 0)});
  }
  return all;
}

MergeCounts LatencyDb::merge(const std::vector<MachineContents>& others) {
  MergeCounts counts;
  for (const MachineContents& other : others) {
    const int machine = add_machine(other.machine);
    // A kernel that was tried here keeps its time, so that existing plans do not change.
    plan::KernelChoices kernels = other.kernels;
    for (const auto& [problem, options] : choices(machine)) {
      for (const auto& [option, trial] : options) kernels[problem][option] = trial;
    }
    save_choices(machine, kernels);
    const auto layer_key = [](const LayerFigure& f) {
      return fmt::format("{}\t{}\t{}", f.threads, f.problem, plan::to_text(f.option));
    };
    save_layers(machine, to_take(other.layers, layers(machine, 0), layer_key, counts), true);
    const auto check_key = [](const NetworkCheck& c) {
      return fmt::format("{}\t{}", c.threads, c.network);
    };
    for (const NetworkCheck& check : to_take(other.checks, checks(machine, 0), check_key, counts)) {
      save_check(machine, check);
    }
  }
  return counts;
}

std::int64_t MachineContents::size() const {
  std::int64_t figures = static_cast<std::int64_t>(layers.size() + checks.size());
  for (const auto& [problem, options] : kernels) {
    figures += static_cast<std::int64_t>(options.size());
  }
  return figures;
}

void write_lines(const std::vector<MachineContents>& contents, std::ostream& out) {
  for (const MachineContents& of : contents) {
    const json machine = machine_json(of.machine);
    const auto put = [&](const char* kind, json figure) {
      figure["machine"] = machine;
      figure["figure"] = kind;
      out << figure.dump() << '\n';
    };
    for (const auto& [problem, options] : of.kernels) {
      for (const auto& [option, trial] : options) {
        put("kernel", {{"problem", problem},
                       {"option", plan::to_text(option)},
                       {"origin", plan::name_of(trial.origin)},
                       {"seconds", trial.seconds},
                       {"implementation", trial.implementation},
                       {"fault", trial.fault}});
      }
    }
    for (const LayerFigure& f : of.layers) put("layer", layer_json(f));
    for (const NetworkCheck& c : of.checks) put("check", check_json(c));
  }
}

std::vector<MachineContents> read_lines(std::istream& in, const std::string& name) {
  std::vector<MachineContents> all;
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    try {
      const json figure = json::parse(line);
      const json& m = figure.at("machine");
      const MachineId id{m.at("cpu"), m.at("isa"), m.at("library")};
      auto of = std::find_if(all.begin(), all.end(),
                             [&](const MachineContents& known) { return known.machine == id; });
      if (of == all.end()) of = all.insert(all.end(), MachineContents{id, {}, {}, {}});
      const std::string kind = figure.at("figure");
      if (kind == "kernel") {
        const auto option = plan::option_from_text(figure.at("option").get<std::string>());
        if (!option || is_of_removed_kernel(figure)) continue;
        of->kernels[figure.at("problem")][*option] = {
            figure.at("seconds"), figure.at("implementation"), figure.at("fault"),
            plan::origin_from_name(figure.value("origin", ""))};
      } else if (kind == "layer") {
        if (auto layer = layer_from(figure)) of->layers.push_back(std::move(*layer));
      } else if (kind == "check") {
        of->checks.push_back(check_from(figure));
      }
    } catch (const json::exception&) {
      throw Error(fmt::format("{}:{}: not a line that 'archcost db export' writes", name, number));
    }
  }
  return all;
}

}  // namespace archcost::latency
