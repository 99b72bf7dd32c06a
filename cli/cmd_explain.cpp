// archcost explain: where a network's costs come from.
#include <memory>

#include "cli/command.hpp"
#include "reports/explain_report.hpp"

namespace archcost {
namespace {

struct Options {
  std::string spec;
  SpecOptions network;
  OutputOptions output;
};

std::function<int()> declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("SPEC", options->spec, "a shipped spec, a preset, a file, or - for standard input")
      ->required();
  declare_spec_options(app, options->network);
  app.add_option("--format", options->output.format, "table, markdown or csv")
      ->check(CLI::IsMember({"table", "markdown", "csv"}))
      ->capture_default_str();
  app.add_option("-o,--output", options->output.file, "write to FILE instead of standard output")
      ->type_name("FILE");
  return [options] {
    const Network network = open_network(options->spec, options->network);
    write_document(explain_report(network, count(network)), options->output);
    return kFine;
  };
}

}  // namespace

const Command kExplainCommand = {
    "explain",
    "where the costs come from: formulas with their numbers, shares, conclusions",
    "  archcost explain mobilenet_v1\n"
    "  archcost explain shufflenet_v1 --set g=8\n"
    "  archcost explain se_resnet50 --format markdown",
    declare,
};

}  // namespace archcost
