// SPDX-License-Identifier: Apache-2.0
// archcost engines: what networks can be run on here.
#include <fmt/core.h>

#include <memory>

#include "cli/command.hpp"
#include "core/text.hpp"
#include "runner/engine.hpp"

namespace archcost::cli {
namespace {

document::Document engines_report() {
  document::Table table;
  table.columns = {{"engine", "engine"},
                   {"program", "program"},
                   {"version", "version"},
                   {"providers", "providers", document::Format::kText, 2},
                   {"tells", "tells", document::Format::kText, 3},
                   {"data_types", "types", document::Format::kText, 4},
                   {"place", "place", document::Format::kText, 1},
                   {"problem", "problem"}};
  document::Section section;
  for (const runner::Engine& engine : runner::engines()) {
    bool usable = false;
    std::vector<std::string> remedies;
    for (const runner::EngineProgram& way : engine.ways()) {
      const runner::EngineProgram program = engine.ask(way);
      table.rows.push_back({std::string(engine.name), program.way, program.version,
                            join(program.providers, ", "), std::string(engine.tells),
                            std::string(engine.data_types), program.place, program.problem});
      usable |= program.usable();
      if (!program.usable()) remedies.push_back(program.remedy);
    }
    section.notes.push_back(fmt::format("{}: {}{}", engine.name, engine.what,
                                        remedies.empty() ? ""
                                        : usable         ? "; more ways: " + join(remedies, "; or ")
                                                 : "; to install it: " + join(remedies, "; or ")));
  }
  section.table = std::move(table);
  return {"engines", "", {std::move(section)}};
}

std::function<int()> declare_engines(CLI::App& app) {
  auto output = std::make_shared<OutputOptions>();
  declare_output(app, *output);
  return [output] {
    write_document(engines_report(), *output);
    return kFine;
  };
}

}  // namespace

const Command kEnginesCommand = {
    "engines",
    "the engines that networks run on here, with their versions, and how to install others",
    "  archcost engines\n"
    "  archcost measure mobilenet_v1 --engine onnxruntime",
    declare_engines,
};

}  // namespace archcost::cli
