// SPDX-License-Identifier: Apache-2.0
// archcost accuracy: published accuracies, what they predict, and what costs say of them.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/part_output.hpp"
#include "cli/work_estimate.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "reports/tables/accuracy_report.hpp"
#include "reports/writers/writers.hpp"
#include "search/accuracy/own_tables.hpp"
#include "search/space/spec_text.hpp"
#include "search/sweep/journal.hpp"
#include "spec/library.hpp"

namespace archcost::cli {
namespace {

struct AccuracyArguments {
  std::vector<std::string> specs, recipes;
  std::string file, shard;
  SpecOptions network;
  OutputOptions output;
};

// Tables of one's own by SPEC; none without --accuracy.
using OwnTables = std::map<std::string, accuracy::AccuracyTable>;

OwnTables read_own(const AccuracyArguments& options) {
  OwnTables own;
  if (options.file.empty()) return own;
  std::vector<SpecRequest> requests;
  for (const std::string& spec : options.specs)
    requests.push_back(open_spec(spec, options.network));
  std::vector<accuracy::TableUser> users;
  for (std::size_t k = 0; k < requests.size(); ++k)
    users.push_back({options.specs[k], &requests[k].spec, &requests[k].options});
  accuracy::OwnTables read = accuracy::read_own_tables(users, options.file);
  for (std::size_t k = 0; k < users.size(); ++k) {
    if (!read.tables[k])
      throw Error(options.file, fmt::format("no row is for '{}'", users[k].label));
    own.emplace(users[k].label, std::move(*read.tables[k]));
  }
  return own;
}

// The tables of --recipe that are for this spec; all without one.
std::vector<accuracy::AccuracyTable> chosen_tables(const AccuracyArguments& options,
                                                   const std::string& argument,
                                                   std::vector<accuracy::AccuracyTable> tables) {
  std::vector<accuracy::AccuracyTable> chosen;
  for (const std::string& text : options.recipes) {
    const space::SpecText split = space::split_spec_text("--recipe", text, options.specs);
    if (!split.spec || *split.spec == argument)
      chosen.push_back(accuracy::table_of(tables, split.rest));
  }
  return chosen.empty() ? std::move(tables) : chosen;
}

void add_tables(const AccuracyArguments& options, const std::string& argument, const OwnTables& own,
                std::vector<tables::JudgedTable>& judged) {
  SpecRequest request = open_spec(argument, options.network);
  const auto spec = std::make_shared<const spec::ArchSpec>(std::move(request.spec));
  std::vector<accuracy::AccuracyTable> tables;
  if (options.file.empty())
    tables = accuracy::accuracy_tables(*spec);
  else
    tables.push_back(own.at(argument));
  if (!options.specs.empty() && tables.empty()) {
    throw Error(fmt::format(
        "'{}' has no accuracies; they stand in rows with top1 under 'published' or 'accuracy', or "
        "in a table of yours: --accuracy FILE",
        argument));
  }
  tables = chosen_tables(options, argument, std::move(tables));
  for (accuracy::AccuracyTable& table : tables) {
    std::vector<accuracy::RankCorrelation> ranks =
        accuracy::rank_correlations(*spec, table, tables::judged_costs());
    judged.push_back(
        {spec, accuracy::AccuracyModel(*spec, std::move(table)), std::move(ranks), "", {}});
    if (options.specs.empty()) continue;
    judged.back().asked = argument;
    judged.back().estimate = judged.back().model.estimate(request.options);
  }
}

// The specs of one part, with as many as the others.
std::vector<std::string> specs_of_part(const sweep::Shard& shard,
                                       const std::vector<std::string>& specs) {
  const sweep::SweepRange range = shard.range(specs.size());
  return {specs.begin() + static_cast<std::ptrdiff_t>(range.first),
          specs.begin() + static_cast<std::ptrdiff_t>(range.last)};
}

// All that the rows depend on.
std::string accuracy_fingerprint(const AccuracyArguments& options,
                                 const std::vector<std::string>& specs) {
  std::string text = fmt::format("{} {} {} {} {}\n", ARCHCOST_VERSION, options.output.format,
                                 join(options.recipes, "\n"), options.file, options.network.input);
  for (const auto* list : {&specs, &options.network.settings})
    for (const std::string& one : *list) text += one + "\n";
  return sweep::fingerprint(text);
}

// Rows of one part, which join joins.
void write_accuracy_part(const AccuracyArguments& options, const std::vector<std::string>& specs,
                         const std::vector<tables::JudgedTable>& judged) {
  const sweep::PartFormat format = part_format(options.output.format);
  if (options.output.file.empty()) throw Error("--shard needs -o FILE");
  const document::Document data = tables::accuracy_data(judged);
  const std::string rows =
      writers::find_output_format(options.output.format)->write(data, writers::TextOptions());
  const auto lines = static_cast<std::uint64_t>(std::count(rows.begin(), rows.end(), '\n'));
  const sweep::PartHead head =
      part_head_of_run("accuracy", accuracy_fingerprint(options, specs),
                       sweep::parse_shard(options.shard), options.output.format);
  write_output(
      sweep::part_text(head, format, rows, format == sweep::PartFormat::kCsv ? lines - 1 : lines),
      options.output.file);
}

int run(const AccuracyArguments& options) {
  if (options.specs.empty() && !(options.recipes.empty() && options.file.empty()))
    throw Error("--recipe and --accuracy are for one SPEC; name it");
  std::vector<tables::JudgedTable> judged;
  const std::vector<std::string> specs =
      options.specs.empty() ? spec::SpecLibrary().names() : options.specs;
  if (wanted_estimate() != nullptr) {
    constexpr double kSecondsEach = 0.05;
    *wanted_estimate() = WorkEstimate{kSecondsEach * static_cast<double>(specs.size()),
                                      specs.size(), fmt::format("{} specs", specs.size())};
    return kFine;
  }
  const OwnTables own = read_own(options);
  for (const std::string& spec : specs_of_part(sweep::parse_shard(options.shard), specs))
    add_tables(options, spec, own, judged);
  if (!options.shard.empty()) {
    write_accuracy_part(options, specs, judged);
    return kFine;
  }
  write_result({.report = [&] { return tables::accuracy_report(judged); },
                .data = [&] { return tables::accuracy_data(judged); },
                .json = [&] { return tables::accuracy_json(judged); }},
               options.output);
  return kFine;
}

std::function<int()> declare_accuracy(CLI::App& app) {
  auto options = std::make_shared<AccuracyArguments>();
  app.add_option("SPEC", options->specs,
                 "specs, settings may follow a colon: the accuracy of each network, and the tables "
                 "of its family; all shipped families when none is given");
  add_value(app, "--recipe", options->recipes, "NAME",
            "only the table of this recipe; SPEC:NAME for one of several specs");
  add_input(app, "--accuracy", options->file,
            "a table of your own, CSV: columns are parameters of SPEC, and accuracy or top1 in "
            "percent; with several specs its column 'spec' names them");
  declare_spec_options(app, options->network);
  declare_shard(app, options->shard,
                "only the specs of the I-th of N parts; 'archcost join' joins their rows");
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kAccuracyCommand = {
    "accuracy",
    "published accuracies, what they predict, and what costs say of them",
    "  archcost accuracy\n"
    "  archcost accuracy mobilenet_v1:alpha=0.6,rho=5/7\n"
    "  archcost accuracy shufflenet_v1 --recipe paper --format json\n"
    "  archcost accuracy my_net.yaml --accuracy trained.csv --set alpha=0.6",
    declare_accuracy,
};

}  // namespace archcost::cli
