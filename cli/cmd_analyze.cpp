// archcost analyze: the cost table of one network.
#include <memory>

#include "cli/command.hpp"
#include "cost/cost_table.hpp"
#include "reports/cost_report.hpp"

namespace archcost {
namespace {

struct Options {
  std::string spec;
  SpecOptions network;
  OutputOptions output;
  Grouping by = Grouping::kLayer;
};

int run(const Options& options) {
  const Network network = open_network(options.spec, options.network);
  const CostTable costs = count(network);
  if (options.output.format == "json") {
    write_output(cost_json(network, costs, options.by), options.output.file);
    return kFine;
  }
  const Detail detail = options.output.format == "csv" ? Detail::kData : Detail::kPeople;
  write_document(cost_report(network, costs, options.by, detail), options.output);
  return kFine;
}

std::function<int()> declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("SPEC", options->spec, "a shipped spec, a preset, a file, or - for standard input")->required();
  declare_spec_options(app, options->network);
  app.add_option("--by", options->by, "sum by layer, kind or stage")
      ->transform(CLI::Transformer(std::map<std::string, Grouping>{
          {"layer", Grouping::kLayer}, {"kind", Grouping::kKind}, {"stage", Grouping::kStage}}))
      ->type_name("layer|kind|stage");
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kAnalyzeCommand = {
    "analyze",
    "what every layer of a network costs",
    "  archcost analyze mobilenet_v1\n"
    "  archcost analyze mobilenet_v1 --by kind --set alpha=0.5 --set rho=4/7\n"
    "  archcost analyze my_net.yaml --input 3x160x160 --format json -o costs.json\n"
    "  cat my_net.yaml | archcost analyze - --format csv",
    declare,
};

}  // namespace archcost
