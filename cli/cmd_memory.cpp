// SPDX-License-Identifier: Apache-2.0
// archcost memory: model size, peak activation memory, training memory.
#include <memory>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::cli {
namespace {

struct MemoryArguments : NetworkArguments {
  CostArguments types;
  tables::MemoryReportOptions report;
};

int run(MemoryArguments options) {
  const graph::Network network = open_network(options.spec, options.network);
  options.report.types = data_types(options.types);
  const auto progress = progress_line();
  options.report.progress = progress;
  write_result({.report = [&] { return tables::memory_report(network, options.report); },
                .data = [&] { return tables::memory_data(network, options.report); },
                .json = [&] { return tables::memory_json(network, options.report); }},
               options.output);
  progress("");
  return kFine;
}

std::function<int()> declare_memory(CLI::App& app) {
  auto options = std::make_shared<MemoryArguments>();
  declare_network(app, *options);
  declare_data_types(app, options->types);
  app.add_flag("--in-place", options->report.in_place,
               "activations, batch norms, additions, products and scalings write over a dead input "
               "of their size");
  app.add_flag(
      "--timeline", options->report.timeline,
      "the bytes alive while each layer runs; csv and jsonl have these instead of the figures");
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kMemoryCommand = {
    "memory",
    "model size, peak memory of the activations and training memory",
    "  archcost memory mobilenet_v2\n"
    "  archcost memory resnet50 --in-place --dtype int8\n"
    "  archcost memory densenet121 --timeline --format csv",
    declare_memory,
};

}  // namespace archcost::cli
