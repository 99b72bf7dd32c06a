// SPDX-License-Identifier: Apache-2.0
// archcost schema: the JSON schema of the spec language.
#include <memory>

#include "cli/command.hpp"
#include "spec/schema.hpp"

namespace archcost::cli {
namespace {

std::function<int()> declare_schema(CLI::App& app) {
  auto file = std::make_shared<std::string>();
  declare_output_file(app, *file);
  return [file] {
    write_output(spec::spec_schema(), *file);
    return kFine;
  };
}

}  // namespace

const Command kSchemaCommand = {"schema", "a JSON schema of the spec language, for editors",
                                "  archcost schema -o archcost.schema.json", declare_schema};

}  // namespace archcost::cli
