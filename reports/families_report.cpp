#include "reports/families_report.hpp"

#include <fmt/core.h>

#include "cost/cost_table.hpp"
#include "graph/build.hpp"

namespace archcost {
namespace {

std::vector<Cell> row_of(const ArchSpec& spec, const std::string& preset) {
  BuildOptions options;
  options.preset = preset;
  const Network network = build_network(spec, options);
  const CostTable costs = count(network);
  return {preset.empty() ? spec.name : "  " + preset, costs.total.cost.params.value(),
          costs.total.cost.macs.value(), to_string(network.input),
          preset.empty() ? spec.source : std::string()};
}

}  // namespace

Document families_report(const SpecLibrary& library) {
  Document document;
  Section section;
  section.table.columns = {{"spec", "spec or preset", Format::kText, 0, 22},
                           {"params", "params", Format::kInteger, 0},
                           {"macs", "macs", Format::kInteger, 0},
                           {"input", "input", Format::kNumberText, 0},
                           {"source", "source", Format::kText, 1, 12, true}};
  int specs = 0, presets = 0;
  for (const std::string& name : library.names()) {
    const ArchSpec spec = read_spec(*library.find(name));
    section.table.rows.push_back(row_of(spec, ""));
    ++specs;
    for (const Preset& preset : spec.presets) {
      section.table.rows.push_back(row_of(spec, preset.name));
      ++presets;
    }
  }
  document.title = "families of networks";
  document.subtitle =
      fmt::format("{} specs and {} presets at their default settings", specs, presets);
  section.notes.push_back("Made by: archcost list --costs --format markdown");
  document.sections.push_back(std::move(section));
  return document;
}

}  // namespace archcost
