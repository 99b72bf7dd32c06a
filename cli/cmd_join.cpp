// SPDX-License-Identifier: Apache-2.0
// archcost join: the parts of a work that was divided by --shard, as the result of one run.
#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "cli/command.hpp"
#include "cli/join.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"

namespace archcost::cli {
namespace {

struct JoinArguments {
  std::vector<std::string> files;
  std::string output;
};

// The kind of the first part that has one: the others are checked when they are read.
PartKind kind_of(const std::vector<std::string>& files) {
  std::error_code status;
  for (const std::string& file : files) {
    if (!std::filesystem::exists(file, status)) continue;
    if (const auto kind = part_kind(file)) return *kind;
  }
  for (const std::string& file : files) {
    if (!std::filesystem::exists(file, status)) throw Error(file, "there is no such file");
  }
  throw Error(
      files.front(),
      "no part of an archcost run: --shard of sweep, search, accuracy, profile and db check "
      "writes them");
}

int run(const JoinArguments& options) {
  const PartKind kind = kind_of(options.files);
  if (kind == PartKind::kSearch)
    return join_search(options.files, options.output == "-" ? "" : options.output);
  if (options.output == "-" || options.output.empty())
    throw Error("-o: join writes a file, so that a damaged part leaves nothing; name one");
  if (kind == PartKind::kDatabase) {
    join_databases(options.files, options.output);
    return kFine;
  }
  if (kind == PartKind::kColumns) {
    join_columns(options.files, options.output);
    return kFine;
  }
  if (output_target(options.output).special)
    throw Error(fmt::format("'{}' is a device or a FIFO: join writes a file", options.output));
  (kind == PartKind::kRows ? join_rows : join_figures)(options.files, options.output);
  return kFine;
}

std::function<int()> declare_join(CLI::App& app) {
  auto options = std::make_shared<JoinArguments>();
  app.add_option("PART", options->files, "the files of all parts, in any order")
      ->required()
      ->expected(1, -1)
      ->each(protect_input);
  add_value(app, "-o,--output", options->output, "FILE",
            "what one run would have written; a database is added to");
  return [options] { return run(*options); };
}

std::function<int()> declare_merge(CLI::App& app) {
  std::function<int()> join = declare_join(app);
  return [join] {
    note_renamed("merge", "join");
    return join();
  };
}

}  // namespace

const Command kJoinCommand = {
    "join",
    "the parts of a work as one result: rows, columns, searches, databases",
    "  archcost sweep mobilenet_v1 --shard 1/2 -o part1.csv\n"
    "  archcost sweep mobilenet_v1 --shard 2/2 -o part2.csv\n"
    "  archcost join part*.csv -o rows.csv\n"
    "  archcost join part*.db -o latency.db",
    declare_join,
};

const Command kMergeCommand = {
    "merge",
    "an older name of join",
    "  archcost join part*.csv -o rows.csv",
    declare_merge,
};

}  // namespace archcost::cli
