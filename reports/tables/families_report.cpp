// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "graph/build.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

struct Member {
  std::string name;    // a spec or one of its presets
  std::string family;  // the spec
  std::string source;
  Count params, macs;
  TensorShape input;
};

Member member_of(const spec::ArchSpec& spec, const std::string& preset) {
  graph::BuildOptions options;
  options.preset = preset;
  const graph::Network network = graph::build_network(spec, options);
  const cost::CostTable costs = cost::count(network);
  return {preset.empty() ? spec.name : preset,
          spec.name,
          spec.source,
          costs.total.cost.params,
          costs.total.cost.macs,
          network.input};
}

// Each spec with its presets behind it.
std::vector<Member> members(const spec::SpecLibrary& library) {
  std::vector<Member> all;
  for (const std::string& name : library.names()) {
    const spec::ArchSpec spec = spec::read_spec(*library.find(name));
    all.push_back(member_of(spec, ""));
    for (const spec::Preset& preset : spec.presets) all.push_back(member_of(spec, preset.name));
  }
  return all;
}

}  // namespace

Document families_report(const spec::SpecLibrary& library) {
  Document document;
  Section section;
  section.table.columns = {{"spec", "spec or preset", kText, 0, 22},
                           {"params", "params", kInteger, 0},
                           {"macs", "macs", kInteger, 0},
                           {"input", "input", kNumberText, 0},
                           {"source", "source", kText, 1, 12, true}};
  int specs = 0, presets = 0;
  for (const Member& f : members(library)) {
    const bool preset = f.name != f.family;
    ++(preset ? presets : specs);
    section.table.rows.push_back({preset ? "  " + f.name : f.name, f.params.value(), f.macs.value(),
                                  to_string(f.input), preset ? std::string() : f.source});
  }
  document.title = "families of networks";
  document.subtitle =
      fmt::format("{} specs and {} presets at their default settings", specs, presets);
  section.notes.push_back("Made by: archcost list --costs --format markdown");
  document.sections.push_back(std::move(section));
  return document;
}

Document families_data(const spec::SpecLibrary& library) {
  Section section;
  section.table.columns = {{"spec"},  {"family"}, {"params", "", kInteger}, {"macs", "", kInteger},
                           {"input"}, {"source"}};
  for (const Member& f : members(library))
    section.table.rows.push_back(
        {f.name, f.family, f.params.value(), f.macs.value(), to_string(f.input), f.source});
  return {"", "", {std::move(section)}};
}

std::string families_json(const spec::SpecLibrary& library) {
  Json json = Json::array();
  for (const Member& f : members(library)) {
    json.push_back({{"spec", f.name},
                    {"family", f.family},
                    {"params", f.params.value()},
                    {"macs", f.macs.value()},
                    {"input",
                     {{"channels", f.input.channels.value()},
                      {"height", f.input.height.value()},
                      {"width", f.input.width.value()}}},
                    {"source", f.source}});
  }
  return Json{{"specs", std::move(json)}}.dump(2) + "\n";
}

Document specs_report(const spec::SpecLibrary& library) {
  Document document;
  Section section;
  section.table.columns = {{"spec", "spec", kText, 0, 20},
                           {"source", "source", kText, 1, 20, true}};
  Section presets_section;
  presets_section.heading = "presets, used like specs";
  for (const std::string& name : library.names()) {
    const spec::ArchSpec spec = spec::read_spec(*library.find(name));
    std::vector<std::string> presets;
    for (const spec::Preset& preset : spec.presets) presets.push_back(preset.name);
    section.table.rows.push_back({name, spec.source});
    if (!presets.empty())
      presets_section.notes.push_back(fmt::format("{}: {}", name, join(presets, " ")));
  }
  document.title =
      fmt::format("{} specs in {}", section.table.rows.size(), library.folder().string());
  document.sections.push_back(std::move(section));
  presets_section.notes.push_back(
      "A spec's parameters: archcost params SPEC. What everything costs: archcost list --costs.");
  document.sections.push_back(std::move(presets_section));
  return document;
}

std::string specs_json(const spec::SpecLibrary& library) {
  Json json = Json::array();
  for (const std::string& name : library.names()) {
    const spec::ArchSpec spec = spec::read_spec(*library.find(name));
    Json presets = Json::array();
    for (const spec::Preset& preset : spec.presets) presets.push_back(preset.name);
    json.push_back({{"spec", name}, {"source", spec.source}, {"presets", std::move(presets)}});
  }
  return Json{{"specs", std::move(json)}}.dump(2) + "\n";
}

}  // namespace archcost::tables
