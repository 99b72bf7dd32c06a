// archcost list: the specs that ship with the program.
#include <memory>

#include "cli/command.hpp"
#include "reports/tables/families_report.hpp"
#include "spec/library.hpp"

namespace archcost {
namespace {

std::string json_of(const SpecLibrary& library, bool costs) {
  return costs ? families_json(library) : specs_json(library);
}

Document document_of(const SpecLibrary& library, bool costs, bool csv) {
  if (!costs) return specs_report(library);
  return csv ? families_data(library) : families_report(library);
}

std::function<int()> declare(CLI::App& app) {
  auto output = std::make_shared<OutputOptions>();
  auto costs = std::make_shared<bool>(false);
  app.add_flag("--costs", *costs, "every spec and preset with its parameters and multiply-adds");
  declare_output(app, *output);
  return [output, costs] {
    const SpecLibrary library;
    if (output->format == "json")
      write_output(json_of(library, *costs), output->file);
    else
      write_document(document_of(library, *costs, output->format == "csv"), *output);
    return kFine;
  };
}

}  // namespace

const Command kListCommand = {
    "list", "the specs that ship with archcost",
    "  archcost list\n  archcost list --costs\n  archcost list --costs --format csv", declare};

}  // namespace archcost
