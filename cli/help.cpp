// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kNames = 30;  // columns of the options' names

// Breaks every line of the text at blanks; lines that fit, as examples, stay as they are.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    std::string part;
    const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
    for (const std::string& word : split(line.substr(first), ' ')) {
      if (!part.empty() && display_width(part) + 1 + display_width(word) + first > width) {
        out += std::string(first, ' ') + part + "\n" + std::string(indent, ' ');
        part.clear();
      }
      part += (part.empty() ? "" : " ") + word;
    }
    out += (part.empty() ? "" : std::string(first, ' ') + part) + "\n" + std::string(indent, ' ');
  }
  out.erase(out.find_last_not_of(" \n") + 1);
  return out;
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
  std::string make_subcommand(const CLI::App* command) const override {
    return two_columns(command->get_name(), command->get_description());
  }
  std::string make_footer(const CLI::App* app) const override {
    return app->get_footer().empty() ? "" : wrapped(app->get_footer(), kWidth, 0) + "\n";
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace archcost::cli
