// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kNames = 30;     // columns of the options' names
const std::string kContinued(6, ' ');  // before the second line of a command

// Parts of a command that stay together: words, quoted text, options with their values.
std::vector<std::string> command_parts(std::string_view line) {
  std::vector<std::string> parts(1);
  char quote = 0;
  for (std::size_t k = 0; k < line.size(); ++k) {
    const char c = line[k];
    if (c == '"' || c == '\'') quote = quote == c ? '\0' : quote != '\0' ? quote : c;
    const std::string& part = parts.back();
    const bool value = part.starts_with("-") && part.find(' ') == std::string::npos &&
                       !line.substr(k).starts_with(" -");
    if (c == ' ' && quote == 0 && !value)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// Breaks a line at blanks; `end` stands at the end of each part but the last, `indent` before each
// but the first. `width` is without the indent.
std::string broken_line(const std::vector<std::string>& words, std::size_t width,
                        const std::string& end, const std::string& indent) {
  std::string out, part;
  for (const std::string& word : words) {
    const std::size_t length = display_width(part) + 1 + display_width(word + end);
    if (!part.empty() && length > width) {
      out += fmt::format("{}{}\n{}", part, end, indent);
      part.clear();
    }
    part += (part.empty() ? "" : " ") + word;
  }
  return out + part;
}

// Breaks every line of the text at blanks.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    if (!out.empty()) out += "\n" + std::string(indent, ' ');
    out += broken_line(split(line, ' '), width, "", std::string(indent, ' '));
  }
  out.erase(out.find_last_not_of(" \n") + 1);
  return out;
}

// A command that can be copied: a backslash where it is broken, a long remark on a line above it.
std::string example(const std::string& line) {
  if (display_width(line) <= kWidth) return line;
  const std::size_t remark = line.find("   # ");
  if (remark != std::string::npos)
    return "  " + line.substr(remark + 3) + "\n" + example(line.substr(0, remark));
  return "  " +
         broken_line(command_parts(trim(line)), kWidth - kContinued.size(), " \\", kContinued);
}

std::string two_columns(const std::string& name, const std::string& description) {
  std::string line = "  " + name;
  if (display_width(line) + 1 > kNames)
    line += "\n" + std::string(kNames, ' ');
  else
    line += std::string(kNames - display_width(line), ' ');
  return line + wrapped(description, kWidth - kNames, kNames) + "\n";
}

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    return two_columns(make_option_name(option, is_positional) + make_option_opts(option),
                       make_option_desc(option));
  }
  std::string make_option_usage(const CLI::Option* option) const override {
    const std::string name =
        make_option_name(option, true) + (option->get_expected_max() > 1 ? "..." : "");
    return option->get_required() ? name : "[" + name + "]";
  }
  std::string make_subcommand(const CLI::App* command) const override {
    return two_columns(command->get_name(), command->get_description());
  }
  std::string make_footer(const CLI::App* app) const override {
    std::string out;
    for (const std::string& line : split(app->get_footer(), '\n'))  // commands are indented
      out += (line.starts_with("  ") ? example(line) : wrapped(line, kWidth, 0)) + "\n";
    return app->get_footer().empty() ? "" : out;
  }
};

}  // namespace

std::string meant_option(const CLI::App& command, const std::string& option,
                         const std::vector<std::string>& arguments) {
  const auto at = std::find(arguments.begin(), arguments.end(), option);
  const std::size_t equals = option.find('=');
  const std::string name = option.substr(0, equals);
  std::string value = equals != std::string::npos ? option.substr(equals + 1) : "VALUE";
  if (equals == std::string::npos && at != arguments.end() && at + 1 != arguments.end() &&
      !(at + 1)->starts_with("--"))
    value = *(at + 1);
  if (find_option(command, "--set") != nullptr && name.size() > 2) {
    for (const std::string& argument : arguments) {
      if (argument.starts_with("-") || argument == value || argument == command.get_name())
        continue;
      try {
        const spec::ArchSpec spec = open_spec(argument, {}).spec;
        const std::string param = with_param_name(spec, name.substr(2));
        if (spec.find_param(param) != nullptr) return fmt::format("--set {}={}", param, value);
      } catch (const Error&) {  // another argument
      }
    }
  }
  std::vector<std::string> known;
  for (const CLI::Option* each : command.get_options()) {
    if (each->get_group().empty()) continue;  // an old name
    for (const std::string& long_name : each->get_lnames()) known.push_back("--" + long_name);
  }
  return nearest(name, known).value_or("");
}

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace archcost::cli
