// SPDX-License-Identifier: Apache-2.0
#include "cli/db_import.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <ctime>
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "runner/import_profile.hpp"

namespace archcost::cli {
namespace {

struct ImportedFileArguments {
  std::string file, network_spec, db;
  SpecOptions network;
  latency::MachineId machine = {.engine = {}, .provider = {}};
  int threads = 1;
};

void check_names(const ImportedFileArguments& options) {
  for (const auto& [option, text] :
       {std::pair("--machine", &options.machine.name), {"--engine", &options.machine.engine}}) {
    const bool number = !text->empty() && text->find_first_not_of("0123456789") == text->npos;
    if (number || text->find_first_of(" \t\n,") != text->npos)
      throw Error(fmt::format("{} '{}': a name has no blanks or commas, and isn't a number", option,
                              printable(*text)));
  }
}

void store_check(latency::LatencyDb& db, int machine, const std::string& label,
                 const graph::Network& network, double seconds,
                 const latency::NetworkFigures& figures) {
  latency::NetworkCheck check;
  check.network = label;
  check.threads = figures.threads;
  Count macs(0);
  for (const graph::Layer& layer : network.layers) macs += layer.cost.macs;
  check.macs = static_cast<double>((macs * Count(network.batch)).value());
  check.seconds = seconds;
  check.how = figures.how;
  check.date = figures.date;
  db.save_check(machine, check);
}

void list(const char* what, const std::vector<std::string>& rows) {
  if (rows.empty()) return;
  print_note("{}: {}", what, rows.size());
  for (const std::string& row : rows) print_note("  {}", row);
}

int import_file(ImportedFileArguments options) {
  check_names(options);
  NetworkListArguments wanted;
  wanted.specs = {options.network_spec};
  wanted.network = options.network;
  const auto [label, family, network] = list_networks(wanted).networks.front();
  const runner::ImportedProfile profile =
      runner::read_profile(read_text_file(options.file), options.file, network.name);
  if (options.machine.engine.empty()) options.machine.engine = profile.engine;
  if (options.machine.engine.empty())
    throw Error(fmt::format("{}: the file doesn't say which engine it is of; name it with --engine",
                            options.file));
  if (options.machine.provider.empty())
    options.machine.provider = profile.provider.empty() ? "cpu" : profile.provider;
  runner::ImportedFigures imported = runner::figures_of_profile(network, profile, options.threads);
  latency::NetworkFigures& figures = imported.figures;
  figures.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  if (!profile.rows.empty() && imported.matched == 0)
    throw Error(fmt::format("{}: no row has the name of a layer of '{}'; its first row is '{}'",
                            options.file, network.name, printable(profile.rows.front().node.name)));
  latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kWrite);
  const int machine = db.add_machine(options.machine);
  const std::int64_t stored =
      profile.rows.empty() ? 0 : latency::store_figures(db, machine, figures);
  if (profile.total) store_check(db, machine, label, network, *profile.total, figures);
  write_standard_output(fmt::format(
      "{}: {} rows, {} of layers of {}; {} new figures of {} in {}{}\n", profile.format,
      profile.rows.size(), imported.matched, label, stored, options.machine.text(), options.db,
      profile.total ? fmt::format("; the whole network takes {}", human_seconds(*profile.total))
                    : ""));
  list("rows that match no layer, counted as time beside the kernels", imported.unmatched);
  list("rows of several layers that are no kernel, counted as time beside the kernels",
       imported.combined);
  return kFine;
}

}  // namespace

std::function<int()> declare_db_import(CLI::App& app, const std::string& db) {
  auto options = std::make_shared<ImportedFileArguments>();
  app.add_option("FILE", options->file,
                 "ONNX Runtime's profile, TensorFlow Lite's benchmark_model, ncnn's or MNN's "
                 "tables, or a CSV with the columns layer,us,run")
      ->required()
      ->each(protect_input);
  add_value(app, "--network", options->network_spec, "SPEC", "the network that was run")
      ->required();
  add_value(app, "--machine", options->machine.name, "NAME", "the device: pixel7")->required();
  add_value(app, "--engine", options->machine.engine, "NAME",
            "what ran it (default: what writes such files)");
  add_value(app, "--engine-version", options->machine.version, "TEXT", "of the engine");
  add_value(app, "--provider", options->machine.provider, "NAME",
            "what the engine ran on: gpu, nnapi (default: what the file says, else cpu)");
  add_choice(app, "--dtype", options->machine.data_type, {"f32", "f16", "bf16", "int8"}, "TYPE",
             "data type of the computation (default: f32)");
  declare_spec_options(app, options->network);
  declare_kernel_threads(app, options->threads);
  return [options, &db] {
    options->db = db;
    return import_file(*options);
  };
}

}  // namespace archcost::cli
