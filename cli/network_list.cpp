// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "cli/rewrite_argument.hpp"
#include "cli/spec_argument.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "search/space/sweep_space.hpp"

namespace archcost::cli {
namespace {

constexpr std::uint64_t kMostNetworks = 10'000;

std::string name_of_spec(const std::string& argument) {
  return argument.substr(0, argument.find(':'));
}

// With what --set sets, so that the label alone says which network it is. An argument's own
// settings go before these.
std::string with_settings(const std::string& argument, const std::vector<std::string>& settings) {
  std::string label = argument;
  for (const std::string& setting : settings) {
    const std::string name(trim(std::string_view(setting).substr(0, setting.find('='))));
    const bool own = argument.find(":" + name + "=") != std::string::npos ||
                     argument.find("," + name + "=") != std::string::npos;
    if (!own) label = with_setting(label, setting);
  }
  return label;
}

// What --input and --batch change of every network, in the words of the command line.
std::string sizes(const SpecOptions& options) {
  std::string text;
  if (!options.input.empty()) text += " --input " + options.input;
  if (options.batch != 1) text += fmt::format(" --batch {}", options.batch);
  return text;
}

void add_grid(const std::string& argument, const std::vector<std::string>& vary,
              const SpecOptions& options, NetworkList& list) {
  const SpecRequest request = open_spec(argument, options);
  const space::SweepSpace space =
      space::sweep_space(request.spec, with_param_names(request.spec, vary), request.options);
  if (space.points() > kMostNetworks) {
    throw Error(fmt::format("'{}': {} combinations; at most {} networks are taken at once",
                            argument, space.points(), kMostNetworks));
  }
  for (std::uint64_t point = 0; point < space.points(); ++point) {
    std::string label = with_settings(argument, options.settings);
    for (const graph::ParameterSetting& setting : space.settings(space.indices(point))) {
      label = with_setting(label, setting.name + "=" + spec::to_string(setting.value));
    }
    try {
      list.networks.push_back({label, name_of_spec(argument), open_network(label, options)});
    } catch (const Error& error) {
      list.unbuildable.push_back(label + ": " + error.diagnostics().front().message);
    }
  }
}

std::string unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

void add_list(const std::string& file, const SpecOptions& options, NetworkList& list) {
  const std::vector<std::string> lines = split(read_text_file(file), '\n');
  if (trim(lines.front()) != "family,network")
    throw Error(fmt::format("{}:1: the first line must be 'family,network'", file));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = trim(lines[i]);
    if (line.empty() || line[0] == '#') continue;
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos)
      throw Error(fmt::format("{}:{}: write FAMILY,NETWORK", file, i + 1));
    const std::string label = unquoted(line.substr(comma + 1));
    list.networks.push_back(
        {label, std::string(trim(line.substr(0, comma))), open_network(label, options)});
  }
}

}  // namespace

NetworkList list_networks(const NetworkListArguments& arguments) {
  NetworkList list;
  for (const std::string& spec : arguments.specs) {
    if (!arguments.vary.empty()) {
      add_grid(spec, vary_of_spec(spec, arguments.specs, arguments.vary), arguments.network, list);
      continue;
    }
    list.networks.push_back({with_settings(spec, arguments.network.settings), name_of_spec(spec),
                             open_network(spec, arguments.network)});
  }
  if (!arguments.list.empty()) add_list(arguments.list, arguments.network, list);
  for (ListedNetwork& network : list.networks) network.label += sizes(arguments.network);
  if (list.networks.empty() && !list.unbuildable.empty()) {
    throw Error(fmt::format("none of the {} combinations can be built: {}", list.unbuildable.size(),
                            list.unbuildable.front()));
  }
  if (list.networks.empty() && !arguments.list.empty())
    throw Error(fmt::format("'{}' lists no network", arguments.list));
  return list;
}

}  // namespace archcost::cli
