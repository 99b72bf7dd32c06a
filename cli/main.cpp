// SPDX-License-Identifier: Apache-2.0
// archcost: the command line. The only place that catches errors and turns them into exit statuses.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <optional>
#include <sstream>

#include "cli/application.hpp"
#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/count.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "runner/child_process.hpp"
#include "spec/expression.hpp"

namespace archcost::cli {
namespace {

// CLI11 would only say that a subcommand is required.
bool is_unknown_command(const CLI::App& app, const std::string& word) {
  if (word.empty() || word[0] == '-') return false;
  std::vector<std::string> known;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (word == sub->get_name()) return false;
    if (!sub->get_group().empty()) known.push_back(sub->get_name());
  }
  const auto near = nearest(word, known);
  print_note("error: unknown command '{}'{}; 'archcost --help' shows all", word,
             near ? fmt::format("; did you mean '{}'?", *near) : "");
  return true;
}

// The arguments after the program's name. `help COMMAND` is `COMMAND --help`; British spellings are
// those of the options.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  for (std::string& word : arguments) {
    for (const std::string british : {"--maximise", "--minimise"}) {
      if (word.starts_with(british)) word[british.size() - 2] = 'z';
    }
  }
  return arguments;
}

// The first argument that the command doesn't have, and what was perhaps meant.
std::string unexpected_argument(const CLI::App& command,
                                const std::vector<std::string>& arguments) {
  const std::vector<std::string> extra = command.remaining(true);
  const auto option = std::find_if(extra.begin(), extra.end(),
                                   [](const std::string& word) { return word.starts_with("-"); });
  if (option == extra.end())
    return fmt::format("unexpected argument '{}'", extra.empty() ? "" : extra.front());
  const std::string hint = meant_option(command, *option, arguments);
  return fmt::format("unknown option '{}'{}", *option,
                     hint.empty() ? "" : fmt::format("; did you mean '{}'?", hint));
}

// CLI11's sentences about how many values an option has, as this program writes them.
std::string plain_message(const std::string& message) {
  // What stands before, between and behind the two texts that mark a form.
  const auto cut = [&](std::string_view first,
                       std::string_view second) -> std::optional<std::array<std::string, 3>> {
    const std::size_t one = message.find(first);
    if (one == std::string::npos) return std::nullopt;
    const std::size_t from = one + first.size(), two = message.find(second, from);
    if (two == std::string::npos) return std::nullopt;
    return {{message.substr(0, one), message.substr(from, two - from),
             message.substr(two + second.size())}};
  };
  constexpr std::string_view kReceived = " required but received ";
  if (const auto most = cut(": At Most ", kReceived))
    return fmt::format("{} takes at most {}, and here are {}", (*most)[0], (*most)[1], (*most)[2]);
  if (const auto least = cut(": At least ", kReceived))
    return fmt::format("{}: at least {} are needed, and here is {}", (*least)[0], (*least)[1],
                       (*least)[2]);
  if (const auto missing = cut(" required ", " missing"))
    return fmt::format("{} needs a value: {}", (*missing)[0].substr(0, (*missing)[0].rfind(':')),
                       (*missing)[1]);
  return message;
}

std::vector<std::string>& remembered_arguments() {
  static std::vector<std::string> arguments;
  return arguments;
}

int run(const std::vector<std::string>& arguments) {
  const std::unique_ptr<Application> application = make_application();
  CLI::App& app = application->app;
  const auto& actions = application->actions;
  if (!arguments.empty() && is_unknown_command(app, arguments[0])) return kUsage;
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help and --version
      std::ostringstream text;
      app.exit(error, text, text);
      write_output(text.str(), "");
      return kFine;
    }
    std::string message = plain_message(error.what()), command = "COMMAND";
    for (const auto& [sub, action] : actions) {
      if (!sub->parsed()) continue;
      command = sub->get_name();
      for (const CLI::App* inner : sub->get_subcommands()) command += " " + inner->get_name();
      if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError))
        message = unexpected_argument(*sub, arguments);
    }
    print_note("error: {}", message);
    if (command != "COMMAND") print_note("'archcost {} --help' shows its options", command);
    return kUsage;
  }
  for (const auto& [sub, action] : actions) {
    if (sub->parsed()) return action();
  }
  write_output(app.help(), "");
  return kFine;
}

int guarded(int argc, char** argv) {
  prepare_standard_streams();
  try {
    remembered_arguments() = arguments_of(argc, argv);
    return run(remembered_arguments());
  } catch (const runner::EngineError& error) {
    print_note("{}", error.what());
    return kMeasurementFailed;
  } catch (const Error& error) {
    print_note("{}", error.what());
    return kBadInput;
  } catch (const OutputClosed&) {
    return kOutputClosed;
  } catch (const CountOverflow& error) {  // without a better place
    print_note("error: {}", error.what());
    return kBadInput;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    print_note("error: bug in archcost, please report it: {}", error.what());
    return kBug;
  } catch (const spec::ExpressionFault& fault) {  // its place is not known here
    print_note("error: bug in archcost, please report it: {}", fault.message);
    return kBug;
  } catch (const spec::UnknownValue&) {
    print_note("error: bug in archcost, please report it: an unknown value was read");
    return kBug;
  }
}

}  // namespace

const std::vector<std::string>& arguments_of_run() { return remembered_arguments(); }

int run_arguments(const std::vector<std::string>& arguments) { return run(arguments); }

}  // namespace archcost::cli

int main(int argc, char** argv) {
  try {
    return archcost::cli::guarded(argc, argv);
  } catch (const std::bad_alloc&) {  // of a message of guarded() too
    std::fputs("error: out of memory\n", stderr);
    return archcost::cli::kBadInput;
  }
}
