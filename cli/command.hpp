// SPDX-License-Identifier: Apache-2.0
// The subcommands as a table: main reads the rows, each file cmd_*.cpp gives one.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "cli/spec_argument.hpp"
#include "reports/document/table.hpp"

namespace archcost::cli {

/// Exit statuses of the program.
enum ExitStatus {
  kFine = 0,
  kBadInput = 1,
  kUsage = 2,
  kMeasurementFailed = 3,
  kBug = 4,
  kCheckFailed = 5
};

struct Command {
  std::string_view name;
  std::string_view help;
  std::string_view examples;
  /// Declares the command's options; the result is run after parsing and gives the exit status.
  std::function<int()> (*declare)(CLI::App& app);
};

extern const Command kAnalyzeCommand;
extern const Command kCompareCommand;
extern const Command kListCommand;
extern const Command kShowCommand;
extern const Command kSchemaCommand;
extern const Command kVerifyCommand;
extern const Command kConventionsCommand;
extern const Command kMemoryCommand;
extern const Command kParamsCommand;
extern const Command kDiffCommand;
extern const Command kExplainCommand;
extern const Command kMeasureCommand;
extern const Command kMachineCommand;
extern const Command kSweepCommand;
extern const Command kMergeCommand;
extern const Command kSearchCommand;
extern const Command kAccuracyCommand;
extern const Command kProfileCommand;
extern const Command kPredictCommand;
extern const Command kDbCommand;
extern const Command kReportCommand;

/// How a document leaves the program.
struct OutputOptions {
  std::string format = "table";
  std::string file;  ///< empty: standard output
  bool exact = false;
};

/// -o FILE; - means standard output, which is the default.
CLI::Option* declare_output_file(CLI::App& app, std::string& file);
/// --format, -o and --exact, the same for every command. `more` are formats of this command alone.
/// Without --format the extension of -o FILE sets the format.
void declare_output(CLI::App& app, OutputOptions& output,
                    const std::vector<std::string>& more = {});
/// A note on standard error: an old name works for one more version.
void note_renamed(std::string_view old_name, std::string_view new_name);
/// SPEC's own options: --set, --input, --batch.
void declare_spec_options(CLI::App& app, SpecOptions& options);

/// The file that is written: links are followed, so that they stay links. `special` is a device or
/// a FIFO, which is written directly instead of being replaced. Throws Error for a folder.
struct OutputTarget {
  std::filesystem::path path;
  bool special;
};
OutputTarget output_target(const std::string& file);

/// Writes text to the file, whole or not at all, or to standard output. Throws Error.
void write_output(const std::string& text, const std::string& file);
/// A document in one of the formats of output_formats().
void write_document(const document::Document& document, const OutputOptions& output);
/// What a command can print; only what the format asks for is built.
struct CommandResult {
  std::function<document::Document()> report;  ///< for people
  std::function<document::Document()> data =
      {};                                  ///< one raw table, for csv and jsonl; default: report
  std::function<std::string()> json = {};  ///< default: the report's tables
};
void write_result(const CommandResult& result, const OutputOptions& output);

}  // namespace archcost::cli
