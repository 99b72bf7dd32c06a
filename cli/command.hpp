// SPDX-License-Identifier: Apache-2.0
// The subcommands as a table: main reads the rows, each file cmd_*.cpp gives one.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "cli/exit_status.hpp"
#include "cli/options.hpp"
#include "reports/document/table.hpp"

namespace archcost::cli {

struct Command {
  std::string_view name;
  std::string_view help;
  std::string_view examples;
  /// Declares the command's options; the result is run after parsing and gives the exit status.
  std::function<int()> (*declare)(CLI::App& app);
};

// By their groups in --help.
extern const Command kAnalyzeCommand, kCompareCommand, kListCommand, kShowCommand, kSchemaCommand,
    kVerifyCommand, kConventionsCommand, kMemoryCommand, kParamsCommand, kDiffCommand,
    kExplainCommand, kMeasureCommand, kMachineCommand, kSweepCommand, kJoinCommand, kMergeCommand,
    kBatchCommand, kSearchCommand, kAccuracyCommand, kProfileCommand, kPredictCommand, kDbCommand,
    kReportCommand, kImportCommand, kCheckCommand, kExportCommand, kLightenCommand, kEnginesCommand,
    kCompletionCommand, kCompleteCommand, kManualCommand;

/// The arguments of this run, after the program's name.
const std::vector<std::string>& arguments_of_run();
/// Runs the program with these arguments; its exit status.
int run_arguments(const std::vector<std::string>& arguments);

/// Lays out --help: two columns, no line longer than 80.
std::shared_ptr<CLI::FormatterBase> help_formatter();
/// What was perhaps meant by an option that the command doesn't have: one with a similar name, or,
/// for "--alpha 0.5" of a spec with such a parameter, "--set alpha=0.5"; else empty.
std::string meant_option(const CLI::App& command, const std::string& option,
                         const std::vector<std::string>& arguments);

/// The file that is written: links are followed, so that they stay links. `special` is a device or
/// a FIFO, which is written directly instead of being replaced. Throws Error for a folder and for
/// an input of this command.
struct OutputTarget {
  std::filesystem::path path;
  bool special;
};
OutputTarget output_target(const std::string& file);

/// Writes text to the file, whole or not at all, or to standard output. Throws Error.
void write_output(const std::string& text, const std::string& file);
/// The same piece by piece, for files that aren't kept in memory: `write` is given what takes a
/// piece.
using WritePieces = std::function<void(const std::function<void(std::string_view)>&)>;
void write_pieces(const WritePieces& write, const std::string& file);
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
