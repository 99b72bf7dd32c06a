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

namespace archcost {

/// Exit statuses of the program.
enum ExitStatus {
  kFine = 0,
  kBadInput = 1,
  kUsage = 2,
  kMeasurementFailed = 3,
  kBug = 4,
  kAnswerIsNo = 5
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

/// -o FILE; - is standard output, as no file is.
void declare_output_file(CLI::App& app, std::string& file);
/// --format, -o and --exact.
void declare_output(CLI::App& app, OutputOptions& output);
/// SPEC's own options: --set, --input, --batch.
void declare_spec_options(CLI::App& app, SpecOptions& options);

/// Where a file's text really goes: links are followed, so that they stay links. Something special,
/// a device or a FIFO, is no file that another could take the place of: it is written straight.
/// Throws Error for a folder.
struct OutputTarget {
  std::filesystem::path path;
  bool special;
};
OutputTarget output_target(const std::string& file);

/// Text to the file, whole or not at all, or to standard output. Throws Error.
void write_output(const std::string& text, const std::string& file);
/// A document in one of the formats table, markdown and csv.
void write_document(const Document& document, const OutputOptions& output);

}  // namespace archcost
