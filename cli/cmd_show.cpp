// SPDX-License-Identifier: Apache-2.0
// archcost show: the expanded graph of a network.
#include <memory>

#include "cli/command.hpp"
#include "reports/tables/graph_report.hpp"

namespace archcost::cli {
namespace {

struct ShowArguments {
  std::string spec;
  SpecOptions network;
  OutputOptions output;
};

int run(const ShowArguments& options) {
  const graph::Network network = open_network(options.spec, options.network);
  if (options.output.format == "dot") {
    write_output(tables::write_dot(network), options.output.file);
  } else if (options.output.format == "mermaid") {
    write_output(tables::write_mermaid(network), options.output.file);
  } else {
    write_document(tables::graph_report(network), options.output);
  }
  return kFine;
}

std::function<int()> declare_show(CLI::App& app) {
  auto options = std::make_shared<ShowArguments>();
  app.add_option("SPEC", options->spec, "a shipped spec, a preset, a file, or - for standard input")
      ->required();
  declare_spec_options(app, options->network);
  declare_output(app, options->output, {"dot", "mermaid"});
  app.get_option("--format")->transform([](std::string format) {
    if (format != "text") return format;
    note_renamed("--format text", "--format table");
    return std::string("table");
  });
  return [options] { return run(*options); };
}

}  // namespace

const Command kShowCommand = {
    "show",
    "the layers of a network and their connections",
    "  archcost show mobilenet_v1\n"
    "  archcost show mobilenet_v1 --format dot | dot -Tsvg > mobilenet_v1.svg",
    declare_show,
};

}  // namespace archcost::cli
