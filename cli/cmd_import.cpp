// SPDX-License-Identifier: Apache-2.0
// archcost import: a network of another tool as a spec.
#include <fmt/core.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/diagnostic.hpp"
#include "graph/build.hpp"
#include "spec/fold_blocks.hpp"
#include "spec/spec_writer.hpp"

namespace archcost::cli {
namespace {

struct ImportArguments {
  std::string spec, file;
  SpecOptions network;
};

// With its settings as defaults, unless it is a spec as it stands in its file.
spec::ArchSpec written_spec(const SpecRequest& request) {
  const bool as_it_is = request.options.settings.empty() && request.options.preset.empty();
  return request.spec.is_text && as_it_is ? request.spec : design_of(request);
}

// Of an ONNX file --input sets symbolic sizes; the input of a spec is part of it.
void check_written_input(const SpecRequest& request) {
  if (!request.options.input) return;
  graph::BuildOptions own = request.options;
  own.input.reset();
  const TensorShape input = graph::build_network(request.spec, own).input;
  if (!(input == *request.options.input))
    throw Error("--input " + to_string(*request.options.input),
                fmt::format("it isn't written into a spec, which has the input {} here; set the "
                            "parameter of the size, or edit 'input'",
                            to_string(input)));
}

int run(const ImportArguments& options) {
  const SpecRequest request = open_spec(options.spec, options.network);
  check_written_input(request);
  const spec::ArchSpec folded = spec::fold_blocks(written_spec(request));
  write_output(spec::write_spec(folded, folded.notes), options.file);
  return kFine;
}

std::function<int()> declare_import(CLI::App& app) {
  auto options = std::make_shared<ImportArguments>();
  app.add_option("MODEL", options->spec, "an ONNX file, or any SPEC with rewrites or settings")
      ->required();
  declare_spec_options(app, options->network);
  declare_output_file(app, options->file, {".yaml"});
  return [options] { return run(*options); };
}

}  // namespace

const Command kImportCommand = {
    "import",
    "write an ONNX file or a rewritten network as a spec",
    "  archcost import model.onnx -o net.yaml\n"
    "  archcost import resnet50+separable+se:reduction=8 -o net.yaml\n"
    "  archcost import model.onnx --input 3x224x224",
    declare_import,
};

}  // namespace archcost::cli
