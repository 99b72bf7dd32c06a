// SPDX-License-Identifier: Apache-2.0
// Figures as lines of JSON, and the merge of two databases.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <istream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <type_traits>

#include "core/diagnostic.hpp"
#include "core/json_line.hpp"
#include "latency/figure_fields.hpp"
#include "latency/latency_schema.hpp"
#include "latency/remainder.hpp"

namespace archcost::latency {

namespace {

using nlohmann::json;

json json_of_machine(const MachineId& machine) {
  json j;
  visit_fields(machine, [&](const char* name, const auto& field) { j[name] = field; });
  return j;
}

MachineId machine_from(const json& j) {
  MachineId machine;
  if (j.contains("library")) {  // of an earlier version, which had oneDNN alone
    machine.cpu = j.at("cpu");
    machine.isa = j.at("isa");
    machine.version = j.at("library");
    constexpr std::string_view kTitle = "oneDNN ";
    if (machine.version.starts_with(kTitle)) machine.version.erase(0, kTitle.size());
    return machine;
  }
  visit_fields(machine, [&](const char* name, auto& field) { j.at(name).get_to(field); });
  return machine;
}

/// A figure of an earlier version, without an origin, that its own kernels determined.
bool is_of_removed_kernel(const json& figure) {
  if (figure.contains("origin")) return false;
  const auto implementation = figure.at("implementation").get<std::string>();
  return implementation.starts_with("archcost:") || implementation.starts_with("sgemm:") ||
         figure.value("fault", "") == "reference kernel";
}

template <class Figure>
json json_of(const Figure& figure) {
  json j;
  visit_fields(figure, [&](const char* name, const auto& field) { j[name] = field; });
  return j;
}

/// A time that isn't above 0, a number that is none.
struct ImpossibleFigure {};

/// A count of threads or passes; -1 for what is none.
int small_number(const json& j) {
  const double number = j.get<double>();
  return number >= 0 && number <= 1e9 ? static_cast<int>(number) : -1;
}

// A damaged database may hold any numbers, and lines of strangers too.
bool is_time(double seconds) { return std::isfinite(seconds) && seconds > 0; }
bool is_possible(const LayerFigure& f) {
  // What is left of a network's time may be nothing, or less where single kernels were timed
  // slower.
  const bool rest = remainder_from_text(f.problem).has_value();
  const auto fits = [&](double seconds) {
    return rest ? std::isfinite(seconds) : is_time(seconds);
  };
  return fits(f.seconds) && f.threads >= 1 && f.passes >= 0 && std::isfinite(f.spread) &&
         std::isfinite(f.reference) && std::isfinite(f.core_latency) &&
         std::all_of(f.samples.begin(), f.samples.end(), fits) &&
         std::all_of(f.footprints.begin(), f.footprints.end(),
                     [](double bytes) { return std::isfinite(bytes) && bytes >= 0; });
}
bool is_possible(const NetworkCheck& c) {
  return is_time(c.seconds) && c.threads >= 1 && std::isfinite(c.macs) && std::isfinite(c.spread) &&
         std::isfinite(c.reference) && std::isfinite(c.composed) && std::isfinite(c.unseen) &&
         std::isfinite(c.core_latency);
}

template <class Figure>
Figure figure_from(const json& j) {
  Figure figure;
  visit_fields(figure, [&](const char* name, auto& field) {
    // Earlier versions wrote none of these.
    const std::string_view key = name;
    if (!j.contains(name) && (key == "core_latency" || key == "origin" || key == "footprints"))
      return;
    if constexpr (std::is_same_v<decltype(field), int&>)
      field = small_number(j.at(name));
    else
      j.at(name).get_to(field);
  });
  if (!is_possible(figure)) throw ImpossibleFigure{};
  return figure;
}

/// Adds a line's figure, unless this version doesn't know its option or its kernel is gone.
void add_figure(const json& figure, MachineContents& to) {
  const std::string kind = figure.at("figure");
  if (kind == "check") return to.checks.push_back(figure_from<NetworkCheck>(figure));
  if (kind != "kernel" && kind != "layer") return;
  if (!plan::option_from_text(figure.at("option").get<std::string>()) ||
      is_of_removed_kernel(figure))
    return;
  if (kind == "kernel") return plan::add_trial(figure, to.kernels);
  to.layers.push_back(figure_from<LayerFigure>(figure));
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

bool LatencyDb::has_gaps() const { return connection_->gaps; }

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

std::int64_t write_lines(const std::vector<MachineContents>& contents, std::ostream& out) {
  std::int64_t lines = 0;
  for (const MachineContents& of : contents) {
    const json machine = json_of_machine(of.machine);
    const auto put = [&](const char* kind, json figure) {
      figure["machine"] = machine;
      figure["figure"] = kind;
      out << json_line(figure) << '\n';
      ++lines;
    };
    for (const auto& [problem, options] : of.kernels) {
      for (const auto& [option, trial] : options) {
        if (std::isfinite(trial.seconds) && trial.seconds >= 0)
          put("kernel", plan::trial_json(problem, option, trial));
      }
    }
    for (const LayerFigure& f : of.layers) {
      if (is_possible(f)) put("layer", json_of(f));
    }
    for (const NetworkCheck& c : of.checks) {
      if (is_possible(c)) put("check", json_of(c));
    }
  }
  return lines;
}

std::vector<MachineContents> read_lines(std::istream& in, const std::string& name) {
  std::vector<MachineContents> all;
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    try {
      const json figure = json::parse(line);
      const MachineId id = machine_from(figure.at("machine"));
      auto of = std::find_if(all.begin(), all.end(),
                             [&](const MachineContents& known) { return known.machine == id; });
      if (of == all.end()) of = all.insert(all.end(), MachineContents{id, {}, {}, {}});
      add_figure(figure, *of);
    } catch (const json::exception&) {
      throw Error(fmt::format("{}:{}: not a line that 'archcost db export' writes", name, number));
    } catch (const ImpossibleFigure&) {
      throw Error(
          fmt::format("{}:{}: a time that isn't above 0, or a number that is none; remove "
                      "the line",
                      name, number));
    }
  }
  return all;
}

}  // namespace archcost::latency
