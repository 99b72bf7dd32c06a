// SPDX-License-Identifier: Apache-2.0
// Man pages and the command reference.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "cli/application.hpp"
#include "cli/exit_status.hpp"
#include "core/text.hpp"
#include "runner/this_machine.hpp"

namespace archcost::cli {
namespace {

struct Variable {
  const char *name, *help;
};
constexpr Variable kVariables[] = {
    {"ARCHCOST_SPECS", "the folder of shipped specs"},
    {"ARCHCOST_TEMPLATES", "the folder of shipped report templates"},
    {"ARCHCOST_BATCH", "the folder of shipped templates of batch scripts"},
    {"ARCHCOST_GNUPLOT", "the gnuplot program that draws the pictures of Markdown reports"},
    {"ARCHCOST_KERNELS", "the program archcost-kernels"},
    {"ARCHCOST_CACHE, XDG_CACHE_HOME", "the folder of the latency database and of machine files"},
    {"NO_COLOR", "no bold text on a terminal"},
};

// Text of roff: no line begins with a control character, backslashes and hyphens are literal.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += std::string("\\&") + c;
    else
      out += c;
  }
  return out;
}

std::string names_text(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return option.get_positional() && names.empty() ? option.get_name(true) : join(names, ", ");
}

// "NAME=VALUE", or empty for flags and arguments.
std::string value_text(const CLI::Option& option) {
  return takes_value(option) && !option.get_lnames().empty() ? option.get_type_name() : "";
}

bool repeats(const CLI::Option& option) { return option.get_expected_max() > 1; }

std::string help_text(const CLI::Option& option) {
  std::string text = option.get_description();
  // The same on every machine.
  const std::string db = runner::default_latency_db();
  if (const std::size_t at = text.find(db); at != std::string::npos)
    text.replace(at, db.size(), "~/.cache/archcost/latency.db");
  if (!option.get_default_str().empty() && takes_value(option))
    text += fmt::format(" (default: {})", option.get_default_str());
  if (option.get_required() && !option.get_lnames().empty()) text += "; required";
  if (repeats(option) && !option.get_lnames().empty()) text += "; may be repeated";
  return text;
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : full_name(*parent) + " ") + command.get_name();
}

std::string usage(const CLI::App& command) {
  std::string text = full_name(command);
  if (!shown_commands(command).empty()) return text + " COMMAND";
  for (const CLI::Option* option : shown_options(command)) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true) + (repeats(*option) ? " ..." : "");
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text + " [OPTIONS]";
}

std::vector<std::string> example_lines(const CLI::App& command) {
  std::vector<std::string> lines;
  for (const std::string& line : split(command.get_footer(), '\n')) {
    if (line.starts_with("  ")) lines.emplace_back(trim(line));
  }
  return lines;
}

std::string roff_options(const CLI::App& command) {
  std::string text;
  for (const CLI::Option* option : shown_options(command)) {
    const std::string value = value_text(*option);
    text +=
        fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(names_text(*option)),
                    value.empty() ? "" : " \\fI" + roff(value) + "\\fR", roff(help_text(*option)));
  }
  return text;
}

std::string roff_commands(const CLI::App& app) {
  std::string text;
  for (const CLI::App* sub : shown_commands(app))
    text +=
        fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(sub->get_name()), roff(sub->get_description()));
  return text;
}

std::string roff_head(const std::string& name, const std::string& help) {
  return fmt::format(".TH {} 1 \"\" \"archcost " ARCHCOST_VERSION
                     "\" \"User Commands\"\n.SH NAME\n{} \\- {}\n",
                     roff(name), roff(name), roff(help));
}

std::string roff_variables() {
  std::string text = ".SH ENVIRONMENT\n";
  for (const Variable& variable : kVariables)
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(variable.name), roff(variable.help));
  return text;
}

std::string markdown_text(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '|' || c == '<' || c == '*' ? std::string("\\") + c : std::string(1, c);
  return out;
}

void add_reference(std::string& text, const CLI::App& command) {
  std::string help = command.get_description();
  help[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(help[0])));
  text += fmt::format("\n## {}\n\n{}.\n\n```text\n{}\n```\n", full_name(command),
                      markdown_text(help), usage(command));
  const auto options = shown_options(command);
  if (!options.empty() && shown_commands(command).empty()) {
    text += "\n| option | what it does |\n|---|---|\n";
    for (const CLI::Option* option : options) {
      const std::string value = value_text(*option);
      text += fmt::format("| `{}{}` | {} |\n", names_text(*option),
                          value.empty() ? "" : " " + value, markdown_text(help_text(*option)));
    }
  }
  std::vector<std::string> examples = example_lines(command);
  const std::string name = "archcost " + full_name(command);
  if (command.get_parent()->get_parent() != nullptr) {  // it has the examples of its command
    std::erase_if(examples, [&](const std::string& line) { return !line.starts_with(name); });
  }
  if (!examples.empty()) text += "\n```text\n" + join(examples, "\n") + "\n```\n";
  for (const CLI::App* sub : shown_commands(command)) add_reference(text, *sub);
}

}  // namespace

std::string man_page(const CLI::App& app, const CLI::App* command) {
  const CLI::App& page = command == nullptr ? app : *command;
  const std::string name = command == nullptr ? "archcost" : "archcost-" + page.get_name();
  std::string text = roff_head(
      name, command == nullptr ? "costs of convolutional networks" : page.get_description());
  text += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(usage(page)));
  if (command == nullptr) text += ".SH DESCRIPTION\n" + roff(app.get_description()) + "\n";
  if (!shown_commands(page).empty()) text += ".SH COMMANDS\n" + roff_commands(page);
  for (const CLI::App* sub :
       command == nullptr ? std::vector<const CLI::App*>() : shown_commands(page))
    text += fmt::format(".SS {}\n{}", roff(usage(*sub)), roff_options(*sub));
  if (command != nullptr && shown_commands(page).empty())
    text += ".SH OPTIONS\n" + roff_options(page);
  const std::vector<std::string> examples = example_lines(page);
  if (!examples.empty()) text += ".SH EXAMPLES\n.nf\n" + roff(join(examples, "\n")) + "\n.fi\n";
  if (command == nullptr) {
    text += fmt::format(".SH EXIT STATUS\n{}\n{}.SH SEE ALSO\n", kExitStatuses, roff_variables());
    std::vector<std::string> pages;
    for (const CLI::App* sub : shown_commands(app))
      pages.push_back(fmt::format("\\fBarchcost\\-{}\\fR(1)", roff(sub->get_name())));
    return text + join(pages, ",\n") + "\n";
  }
  return text + ".SH SEE ALSO\n\\fBarchcost\\fR(1)\n";
}

std::string kernels_man_page() {
  return roff_head("archcost-kernels", "runs the kernels that archcost measures") +
         ".SH DESCRIPTION\nThe commands \\fBarchcost measure\\fR, \\fBprofile\\fR, \\fBmachine\\fR "
         "and \\fBdb check\\fR start this program. It loads oneDNN. A kernel that crashes or hangs "
         "ends this program, and \\fBarchcost\\fR goes on with the next one. It is not started by "
         "hand.\n.SH SEE ALSO\n\\fBarchcost\\-measure\\fR(1)\n";
}

std::string command_reference(const CLI::App& app) {
  std::string text =
      "# Commands\n\nMade by `archcost manual --reference docs/COMMANDS.md` from the tables that "
      "parse the command line; a test compares it.\n`--help` of each command and `man "
      "archcost-COMMAND` say the same.\n";
  for (const CLI::App* command : shown_commands(app)) add_reference(text, *command);
  return text;
}

}  // namespace archcost::cli
