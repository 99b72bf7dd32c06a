// SPDX-License-Identifier: Apache-2.0
// archcost import: a network of another tool as a spec.
#include <memory>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "spec/spec_writer.hpp"

namespace archcost::cli {
namespace {

struct ImportArguments {
  std::string spec, file;
  SpecOptions network;
};

int run(const ImportArguments& options) {
  const SpecRequest request = open_spec(options.spec, options.network);
  write_output(spec::write_spec(request.spec, request.spec.notes), options.file);
  return kFine;
}

std::function<int()> declare_import(CLI::App& app) {
  auto options = std::make_shared<ImportArguments>();
  app.add_option("MODEL", options->spec, "an ONNX file")->required();
  declare_spec_options(app, options->network);
  declare_output_file(app, options->file);
  return [options] { return run(*options); };
}

}  // namespace

const Command kImportCommand = {
    "import",
    "write an ONNX file as a spec",
    "  archcost import model.onnx -o net.yaml\n"
    "  archcost import model.onnx --input 3x224x224",
    declare_import,
};

}  // namespace archcost::cli
