// SPDX-License-Identifier: Apache-2.0
// archcost list: the specs that ship with the program.
#include <memory>

#include "cli/command.hpp"
#include "reports/tables/families_report.hpp"
#include "spec/library.hpp"

namespace archcost {
namespace {

std::function<int()> declare(CLI::App& app) {
  auto output = std::make_shared<OutputOptions>();
  auto costs = std::make_shared<bool>(false);
  app.add_flag("--costs", *costs, "every spec and preset with its parameters and multiply-adds");
  declare_output(app, *output);
  return [output, costs] {
    const SpecLibrary library;
    const CommandResult specs = {.report = [&] { return specs_report(library); },
                                 .json = [&] { return specs_json(library); }};
    const CommandResult families = {.report = [&] { return families_report(library); },
                                    .data = [&] { return families_data(library); },
                                    .json = [&] { return families_json(library); }};
    write_result(*costs ? families : specs, *output);
    return kFine;
  };
}

}  // namespace

const Command kListCommand = {
    "list", "the specs that ship with archcost",
    "  archcost list\n  archcost list --costs\n  archcost list --costs --format csv", declare};

}  // namespace archcost
