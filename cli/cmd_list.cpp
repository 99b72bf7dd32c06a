// SPDX-License-Identifier: Apache-2.0
// archcost list: the specs that ship with the program.
#include <memory>

#include "cli/command.hpp"
#include "reports/tables/families_report.hpp"
#include "spec/library.hpp"

namespace archcost::cli {
namespace {

std::function<int()> declare_list(CLI::App& app) {
  auto output = std::make_shared<OutputOptions>();
  auto costs = std::make_shared<bool>(false);
  app.add_flag("--costs", *costs, "every spec and preset with its parameters and multiply-adds");
  declare_output(app, *output);
  return [output, costs] {
    const spec::SpecLibrary library;
    const CommandResult specs = {.report = [&] { return tables::specs_report(library); },
                                 .json = [&] { return tables::specs_json(library); }};
    const CommandResult families = {.report = [&] { return tables::families_report(library); },
                                    .data = [&] { return tables::families_data(library); },
                                    .json = [&] { return tables::families_json(library); }};
    write_result(*costs ? families : specs, *output);
    return kFine;
  };
}

}  // namespace

const Command kListCommand = {
    "list", "the specs that ship with archcost",
    "  archcost list\n  archcost list --costs\n  archcost list --costs --format csv", declare_list};

}  // namespace archcost::cli
