// SPDX-License-Identifier: Apache-2.0
// Completion of command lines, from the same tables as parsing.
#include <algorithm>
#include <optional>

#include "cli/application.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/rewrite_argument.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/templates/report_template.hpp"
#include "rewrite/rewrite.hpp"
#include "spec/library.hpp"

namespace archcost::cli {
namespace {

using Candidates = std::vector<Candidate>;

// The words of a shell, without quotes and backslashes. The last one may be empty or unfinished.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words(1);
  char quote = 0;
  bool inside = false;
  for (std::size_t k = 0; k < line.size(); ++k) {
    const char c = line[k];
    if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? '\0' : c;
      inside = true;
    } else if (c == '\\' && quote != '\'' && k + 1 < line.size()) {
      words.back() += line[++k];
    } else if ((c == ' ' || c == '\t') && quote == 0) {
      if (inside || !words.back().empty()) words.emplace_back();
      inside = false;
    } else {
      words.back() += c;
    }
  }
  return words;
}

void add_files(Candidates& all) { all.push_back({kFilesCandidate, ""}); }

std::optional<spec::ArchSpec> spec_of(const std::string& argument) {
  if (argument == "-") return {};
  try {
    return open_spec(argument, {}).spec;
  } catch (const std::exception&) {
    return {};
  }
}

// "alpha=" for each parameter, or its values after "alpha=". `before` is the text in front.
void add_settings(Candidates& all, const spec::ArchSpec& spec, const std::string& before,
                  const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    for (const spec::ParamSpec& param : spec.main().params)
      all.push_back({before + param.name + "=", param.help});
    if (!spec.presets.empty() && spec.find_param("preset") == nullptr)
      all.push_back({before + "preset=", "a named set of values"});
    return;
  }
  const std::string name = text.substr(0, equals), values = text.substr(equals + 1);
  const std::size_t comma = values.rfind(',');
  const std::string front =
      before + name + "=" + (comma == std::string::npos ? "" : values.substr(0, comma + 1));
  if (name == "preset") {
    for (const auto& preset : spec.presets) all.push_back({front + preset.name, ""});
    return;
  }
  const spec::ParamSpec* param = spec.find_param(name);
  if (param == nullptr) return;
  for (const spec::Value& value : param->choices.empty() ? param->sweep : param->choices)
    all.push_back({front + spec::to_string(value), param->help});
}

// "se:reduction=": the rewrites, and what they take.
void add_rewrites(Candidates& all, const std::string& before, const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    for (const rewrite::Rewrite& row : rewrite::rewrites())
      all.push_back({before + std::string(row.name), std::string(row.help)});
    return;
  }
  const rewrite::Rewrite* row = rewrite::find_rewrite(text.substr(0, colon));
  if (row == nullptr) return;
  const std::size_t start = std::max(text.rfind(','), colon);
  const std::string setting = text.substr(start == std::string::npos ? colon + 1 : start + 1);
  const std::string front = before + text.substr(0, text.size() - setting.size());
  for (const rewrite::OptionRow& option : row->options) {
    if (!setting.starts_with(std::string(option.name) + "="))
      all.push_back({front + std::string(option.name) + "=", std::string(option.help)});
    else
      for (const std::string_view value : option.values)
        all.push_back({front + std::string(option.name) + "=" + std::string(value), ""});
  }
  for (const rewrite::ParameterRow& param : row->parameters)
    all.push_back({front + std::string(param.name) + "=", std::string(param.help)});
}

// A shipped name, a preset, a file; settings after a colon, rewrites after a plus.
void add_specs(Candidates& all, const std::string& word) {
  const std::size_t plus = word.rfind('+'), colon = word.find(':');
  if (plus != std::string::npos && plus > 0) {
    add_rewrites(all, word.substr(0, plus + 1), word.substr(plus + 1));
    return;
  }
  if (colon != std::string::npos && colon > 0) {
    const std::size_t start =
        std::max(colon, word.rfind(',') == std::string::npos ? 0 : word.rfind(','));
    if (const auto spec = spec_of(word.substr(0, colon)))
      add_settings(all, *spec, word.substr(0, start + 1), word.substr(start + 1));
    return;
  }
  const spec::SpecLibrary library;
  for (const std::string& name : library.names()) all.push_back({name, "shipped spec"});
  for (const std::string& name : library.preset_names()) all.push_back({name, "preset"});
  add_files(all);
}

// Names of costs, the last of a list joined by commas.
void add_costs(Candidates& all, const CLI::App& command, const std::string& word) {
  const std::size_t comma = word.rfind(',');
  const std::string front = comma == std::string::npos ? "" : word.substr(0, comma + 1);
  if (command.get_name() == "analyze" || command.get_name() == "compare") {
    for (const tables::CostColumn& column : tables::cost_columns())
      all.push_back({front + std::string(column.name), std::string(column.help)});
    return;
  }
  for (const std::string& name : cost::named_costs()) all.push_back({front + name, "cost"});
  for (const char* name : {"accuracy", "latency"}) all.push_back({front + name, ""});
}

struct Position {
  const CLI::App* command;
  const CLI::Option* pending = nullptr;  ///< the option whose value is the last word
  std::vector<std::string> arguments;    ///< of the command, before the last word
};

const CLI::Option* option_named(const CLI::App& command, const std::string& word) {
  return word.starts_with("-") ? find_option(command, word) : nullptr;
}

const CLI::App* subcommand_named(const CLI::App& command, const std::string& name) {
  for (const CLI::App* sub : shown_commands(command)) {
    if (sub->get_name() == name) return sub;
  }
  return nullptr;
}

Position position_of(const CLI::App& app, const std::vector<std::string>& words) {
  Position at = {&app, nullptr, {}};
  for (std::size_t k = 1; k + 1 < words.size(); ++k) {
    if (at.pending != nullptr) {
      at.pending = nullptr;
    } else if (const CLI::Option* option = option_named(*at.command, words[k])) {
      if (takes_value(*option)) at.pending = option;
    } else if (!words[k].starts_with("-") || words[k] == "-") {
      const CLI::App* sub =
          at.arguments.empty() ? subcommand_named(*at.command, words[k]) : nullptr;
      if (sub != nullptr)
        at.command = sub;
      else
        at.arguments.push_back(words[k]);
    }
  }
  return at;
}

void add_values(Candidates& all, const Position& at, const CLI::Option& option,
                const std::string& word) {
  const std::string type = option.get_type_name(), name = option.get_name(false, true);
  const auto is = [&](const char* wanted) { return option.check_lname(wanted); };
  if (const std::vector<std::string>* words = choices_of(option)) {
    for (const std::string& each : *words) all.push_back({each, ""});
  } else if (is("set") || is("vary") || is("sweep")) {
    for (const std::string& argument : at.arguments) {
      if (const auto spec = spec_of(argument)) add_settings(all, *spec, "", word);
    }
    if (is("sweep") && word.find('=') == std::string::npos) all.push_back({"all", ""});
  } else if (is("where") || is("limit") || is("columns") || is("sort") || is("maximize") ||
             is("minimize")) {
    add_costs(all, *at.command, word);
  } else if (is("try")) {
    add_rewrites(all, "", word);
  } else if (is("beside")) {
    add_specs(all, word);
  } else if (is("template")) {
    for (const std::string& each : templates::template_names()) all.push_back({each, "shipped"});
    add_files(all);
  } else if (type.find("FILE") != std::string::npos || type.find("DIR") != std::string::npos ||
             is("join")) {
    add_files(all);
  }
}

void add_options(Candidates& all, const CLI::App& command) {
  for (const CLI::Option* option : shown_options(command)) {
    for (const std::string& name : option->get_lnames())
      all.push_back({"--" + name, option->get_description()});
    for (const std::string& name : option->get_snames())
      all.push_back({"-" + name, option->get_description()});
  }
  all.push_back({"--help", "options and examples"});
}

void add_arguments(Candidates& all, const Position& at, const std::string& word) {
  std::vector<const CLI::Option*> positionals;
  for (const CLI::Option* option : shown_options(*at.command)) {
    if (option->get_positional()) positionals.push_back(option);
  }
  if (positionals.empty()) return;
  const CLI::Option& option = *positionals[std::min(at.arguments.size(), positionals.size() - 1)];
  if (at.arguments.size() >= positionals.size() && option.get_items_expected_max() <= 1) return;
  const std::string name = option.get_name(true);
  if (const std::vector<std::string>* words = choices_of(option)) {
    for (const std::string& each : *words) all.push_back({each, ""});
  } else if (name == "FILE") {
    add_files(all);
  } else if (name != "TEXT" && name != "LINE") {
    add_specs(all, word);
  }
}

Candidates all_candidates(const CLI::App& app, const std::vector<std::string>& words) {
  Candidates all;
  const Position at = position_of(app, words);
  const std::string& word = words.back();
  const std::size_t equals = word.find('=');
  if (at.pending != nullptr) {
    add_values(all, at, *at.pending, word);
  } else if (word.starts_with("--") && equals != std::string::npos) {
    const std::string name = word.substr(0, equals);
    if (const CLI::Option* option = option_named(*at.command, name))
      add_values(all, at, *option, word.substr(equals + 1));
    for (Candidate& each : all) {
      if (each.text != kFilesCandidate) each.text = name + "=" + each.text;
    }
  } else if (word.starts_with("-") && word != "-") {
    add_options(all, *at.command);
  } else if (const auto commands = shown_commands(*at.command); !commands.empty()) {
    for (const CLI::App* command : at.arguments.empty() ? commands : decltype(commands)())
      all.push_back({command->get_name(), command->get_description()});
  } else {
    add_arguments(all, at, word);
    if (word.empty() && all.empty()) add_options(all, *at.command);
  }
  return all;
}

}  // namespace

std::vector<Candidate> complete(const CLI::App& app, const std::string& line) {
  const std::vector<std::string> words = shell_words(line);
  if (words.size() < 2) return {};
  Candidates fitting;
  try {
    for (Candidate& each : all_candidates(app, words)) {
      const bool known = std::ranges::any_of(
          fitting, [&](const Candidate& other) { return other.text == each.text; });
      if (!known && (each.text == kFilesCandidate || each.text.starts_with(words.back())))
        fitting.push_back(std::move(each));
    }
  } catch (const std::exception&) {  // a broken spec: no candidates
  }
  return fitting;
}

}  // namespace archcost::cli
