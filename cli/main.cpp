// SPDX-License-Identifier: Apache-2.0
// archcost: the command line. The only place that catches errors and turns them into exit statuses.
#include <fmt/core.h>

#include <cstdio>
#include <new>
#include <sstream>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

struct CommandGroup {
  const char* name;  // heading in --help
  std::vector<const Command*> commands;
};

const CommandGroup kGroups[] = {
    {"Costs",
     {&kAnalyzeCommand, &kCompareCommand, &kDiffCommand, &kExplainCommand, &kConventionsCommand,
      &kMemoryCommand, &kVerifyCommand, &kCheckCommand}},
    {"Networks", {&kListCommand, &kParamsCommand, &kShowCommand, &kSchemaCommand, &kImportCommand}},
    {"Time", {&kMeasureCommand, &kPredictCommand, &kProfileCommand, &kDbCommand, &kMachineCommand}},
    {"Choices", {&kSweepCommand, &kMergeCommand, &kSearchCommand, &kAccuracyCommand}},
    {"Reports", {&kReportCommand}}};

// CLI11 would only say that a subcommand is required.
bool is_unknown_command(const CLI::App& app, const std::string& word) {
  if (word.empty() || word[0] == '-') return false;
  std::vector<std::string> known;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (word == sub->get_name()) return false;
    known.push_back(sub->get_name());
  }
  const auto near = nearest(word, known);
  note("error: unknown command '{}'{}; 'archcost --help' shows all", word,
       near ? fmt::format("; did you mean '{}'?", *near) : "");
  return true;
}

int run(int argc, char** argv) {
  CLI::App app("What convolutional networks cost, before anyone trains them.", "archcost");
  app.formatter(help_formatter());
  app.set_version_flag("--version", "archcost " ARCHCOST_VERSION);
  app.require_subcommand(0, 1);
  app.footer(
      "\nExamples:\n  archcost analyze mobilenet_v1 --by kind\n  archcost compare standard_conv "
      "separable_conv\n"
      "\n'archcost COMMAND --help' shows a command's options and examples.\n"
      "Exit status: 0 success, 1 bad input, 2 usage, 3 measurement failed, 4 bug in archcost, 5 "
      "check "
      "failed.");
  std::vector<std::pair<CLI::App*, std::function<int()>>> actions;
  for (const CommandGroup& group : kGroups) {
    for (const Command* command : group.commands) {
      CLI::App* sub = app.add_subcommand(std::string(command->name), std::string(command->help));
      sub->group(group.name);
      sub->footer(fmt::format("\nExamples:\n{}", command->examples));
      actions.emplace_back(sub, command->declare(*sub));
    }
  }
  if (argc > 1 && is_unknown_command(app, argv[1])) return kUsage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help and --version
      std::ostringstream text;
      app.exit(error, text, text);
      write_output(text.str(), "");
      return kFine;
    }
    note("error: {}", error.what());
    for (const auto& [sub, action] : actions) {
      if (sub->parsed()) note("'archcost {} --help' shows its options", sub->get_name());
    }
    return kUsage;
  }
  for (const auto& [sub, action] : actions) {
    if (sub->parsed()) return action();
  }
  write_output(app.help(), "");
  return kFine;
}

int guarded(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    note("{}", error.what());
    return kBadInput;
  } catch (const std::bad_alloc&) {
    note("error: out of memory");
    return kBadInput;
  } catch (const std::exception& error) {
    note("error: bug in archcost, please report it: {}", error.what());
    return kBug;
  }
}

}  // namespace
}  // namespace archcost::cli

int main(int argc, char** argv) { return archcost::cli::guarded(argc, argv); }
