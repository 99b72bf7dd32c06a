// SPDX-License-Identifier: Apache-2.0
#include "cli/application.hpp"

#include <fmt/core.h>

#include "cli/command.hpp"

namespace archcost::cli {
namespace {

struct CommandGroup {
  const char* name;  // heading in --help; empty: not shown
  std::vector<const Command*> commands;
};

const CommandGroup kGroups[] = {
    {"Costs",
     {&kAnalyzeCommand, &kCompareCommand, &kDiffCommand, &kExplainCommand, &kConventionsCommand,
      &kMemoryCommand, &kVerifyCommand, &kCheckCommand}},
    {"Networks",
     {&kListCommand, &kParamsCommand, &kShowCommand, &kSchemaCommand, &kImportCommand,
      &kExportCommand}},
    {"Time",
     {&kMeasureCommand, &kPredictCommand, &kProfileCommand, &kDbCommand, &kMachineCommand,
      &kEnginesCommand}},
    {"Choices",
     {&kLightenCommand, &kSweepCommand, &kSearchCommand, &kAccuracyCommand, &kJoinCommand,
      &kBatchCommand}},
    {"Reports", {&kReportCommand}},
    {"Shells", {&kCompletionCommand}},
    {"", {&kMergeCommand, &kCompleteCommand, &kManualCommand}}};

}  // namespace

std::unique_ptr<Application> make_application() {
  auto application = std::make_unique<Application>();
  CLI::App& app = application->app;
  app.formatter(help_formatter());
  app.set_version_flag("--version", "archcost " ARCHCOST_VERSION);
  app.require_subcommand(0, 1);
  app.footer(
      "\nExamples:\n  archcost analyze mobilenet_v1 --by kind\n  archcost compare standard_conv "
      "separable_conv\n"
      "\n'archcost COMMAND --help' shows a command's options and examples.\n" +
      fmt::format("Exit status: {}", kExitStatuses));
  for (const CommandGroup& group : kGroups) {
    for (const Command* command : group.commands) {
      CLI::App* sub = app.add_subcommand(std::string(command->name), std::string(command->help));
      sub->group(group.name);
      sub->footer(fmt::format("\nExamples:\n{}", command->examples));
      application->actions.emplace_back(sub, command->declare(*sub));
    }
  }
  return application;
}

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
}

std::vector<const CLI::Option*> shown_options(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) {
    return !option->get_group().empty() && !option->check_lname("help");
  });
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

}  // namespace archcost::cli
