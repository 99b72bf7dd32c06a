// archcost list: the specs that ship with the program.
#include <fmt/core.h>

#include <memory>

#include "cli/command.hpp"
#include "core/text.hpp"
#include "spec/library.hpp"

namespace archcost {
namespace {

Document spec_list(const SpecLibrary& library) {
  Document document;
  Section section;
  section.table.columns = {{"spec", "spec", Format::kText, 0},
                           {"parameters", "parameters", Format::kText, 0},
                           {"presets", "presets", Format::kText, 1},
                           {"source", "source", Format::kText, 2}};
  for (const std::string& name : library.names()) {
    const ArchSpec spec = read_spec(*library.find(name));
    std::vector<std::string> params, presets;
    for (const ParamSpec& param : spec.main().params) params.push_back(param.name);
    for (const Preset& preset : spec.presets) presets.push_back(preset.name);
    section.table.rows.push_back({name, join(params, " "), join(presets, " "), spec.source});
  }
  document.title = fmt::format("{} specs in {}", section.table.rows.size(), library.folder().string());
  section.notes.push_back("A preset is used like a spec: archcost analyze PRESET. What a spec computes: archcost show SPEC.");
  document.sections.push_back(std::move(section));
  return document;
}

std::function<int()> declare(CLI::App& app) {
  auto output = std::make_shared<OutputOptions>();
  app.add_option("--format", output->format, "table, markdown or csv")->check(CLI::IsMember({"table", "markdown", "csv"}))->capture_default_str();
  app.add_option("-o,--output", output->file, "write to FILE instead of standard output")->type_name("FILE");
  return [output] {
    write_document(spec_list(SpecLibrary()), *output);
    return kFine;
  };
}

}  // namespace

const Command kListCommand = {"list", "the specs that ship with archcost", "  archcost list\n  archcost list --format csv", declare};

}  // namespace archcost
