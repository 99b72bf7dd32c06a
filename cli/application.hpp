// SPDX-License-Identifier: Apache-2.0
// The command line as a value: all commands with their options. Parsing, --help, completions, man
// pages and the command reference read it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace archcost::cli {

struct Application {
  CLI::App app{"What convolutional networks cost, before anyone trains them.", "archcost"};
  std::vector<std::pair<CLI::App*, std::function<int()>>> actions;
};
std::unique_ptr<Application> make_application();

/// The commands that --help shows.
std::vector<const CLI::App*> shown_commands(const CLI::App& app);
/// The options and arguments that --help shows, without --help itself.
std::vector<const CLI::Option*> shown_options(const CLI::App& command);
bool takes_value(const CLI::Option& option);

/// What may follow a part of a command line.
struct Candidate {
  std::string text;  ///< the whole word; kFilesCandidate: names of files
  std::string help;
};
inline constexpr const char* kFilesCandidate = ":files";
/// For the last word of `line`, which begins with the program's name and is cut at the cursor.
/// Empty where nothing is known. Throws nothing.
std::vector<Candidate> complete(const CLI::App& app, const std::string& line);

/// The man page of a command, in roff; of the program, of no command.
std::string man_page(const CLI::App& app, const CLI::App* command);
/// archcost-kernels(1).
std::string kernels_man_page();
/// All commands in Markdown.
std::string command_reference(const CLI::App& app);

}  // namespace archcost::cli
