// archcost list: the specs that ship with the program.
#include <fmt/core.h>

#include <memory>

#include "cli/command.hpp"
#include "core/text.hpp"
#include "reports/families_report.hpp"
#include "spec/library.hpp"

namespace archcost {
namespace {

Document spec_list(const SpecLibrary& library) {
  Document document;
  Section section;
  section.table.columns = {{"spec", "spec", Format::kText, 0, 20},
                           {"source", "source", Format::kText, 1, 20, true}};
  Section presets_section;
  presets_section.heading = "presets, used like specs";
  for (const std::string& name : library.names()) {
    const ArchSpec spec = read_spec(*library.find(name));
    std::vector<std::string> presets;
    for (const Preset& preset : spec.presets) presets.push_back(preset.name);
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

std::function<int()> declare(CLI::App& app) {
  auto output = std::make_shared<OutputOptions>();
  auto costs = std::make_shared<bool>(false);
  app.add_flag("--costs", *costs, "every spec and preset with its parameters and multiply-adds");
  app.add_option("--format", output->format, "table, markdown or csv")
      ->check(CLI::IsMember({"table", "markdown", "csv"}))
      ->capture_default_str();
  app.add_option("-o,--output", output->file, "write to FILE instead of standard output")
      ->type_name("FILE");
  return [output, costs] {
    write_document(*costs ? families_report(SpecLibrary()) : spec_list(SpecLibrary()), *output);
    return kFine;
  };
}

}  // namespace

const Command kListCommand = {
    "list", "the specs that ship with archcost",
    "  archcost list\n  archcost list --costs\n  archcost list --format csv", declare};

}  // namespace archcost
