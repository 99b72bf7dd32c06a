// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

std::string joined(const spec::List& values) {
  std::vector<std::string> words;
  for (const spec::Value& value : values) words.push_back(spec::to_string(value));
  return join(words, ", ");
}

std::string range_of(const spec::ParamSpec& param) {
  if (!param.choices.empty()) return joined(param.choices);
  if (param.min && param.max)
    return spec::to_string(*param.min) + " to " + spec::to_string(*param.max);
  if (param.min) return "at least " + spec::to_string(*param.min);
  if (param.max) return "at most " + spec::to_string(*param.max);
  return {};
}

}  // namespace

Document params_report(const spec::ArchSpec& spec, const graph::Network& network) {
  Document document;
  document.title = network.name;
  document.subtitle = spec.source;
  Section section;
  section.table.columns = {{"name", "parameter", kText, 0},
                           {"value", "value", kText, 0},
                           {"range", "may be", kText, 0, 12, false, true}};
  for (std::size_t k = 0; k < network.parameters.size(); ++k) {
    const spec::ParamSpec& param = spec.main().params[k];
    section.table.rows.push_back(
        {param.name, spec::to_string(network.parameters[k].value), range_of(param)});
    if (!param.help.empty())
      section.notes.push_back(fmt::format("- {}: {}", param.name, param.help));
  }
  document.sections.push_back(std::move(section));
  if (spec.presets.empty()) return document;
  Section presets;
  presets.heading = "presets";
  for (const spec::Preset& preset : spec.presets) {
    std::vector<std::string> settings;
    for (const spec::Setting& setting : preset.settings)
      settings.push_back(setting.name + "=" + spec::to_string(setting.value));
    presets.notes.push_back("- " + preset.name + ": " + join(settings, " "));
  }
  document.sections.push_back(std::move(presets));
  return document;
}

std::string params_json(const spec::ArchSpec& spec, const graph::Network& network) {
  Json json;
  json["spec"] = network.name;
  json["source"] = spec.source;
  json["parameters"] = Json::array();
  for (std::size_t k = 0; k < network.parameters.size(); ++k) {
    const spec::ParamSpec& param = spec.main().params[k];
    Json entry = {{"name", param.name},
                  {"symbol", network.parameters[k].symbol},
                  {"value", to_json(network.parameters[k].value)},
                  {"help", param.help}};
    if (!param.choices.empty()) entry["choices"] = to_json(spec::Value(param.choices));
    if (param.min) entry["min"] = to_json(spec::Value(*param.min));
    if (param.max) entry["max"] = to_json(spec::Value(*param.max));
    json["parameters"].push_back(std::move(entry));
  }
  json["presets"] = Json::array();
  for (const spec::Preset& preset : spec.presets) {
    Json settings = Json::object();
    for (const spec::Setting& setting : preset.settings)
      settings[setting.name] = to_json(setting.value);
    json["presets"].push_back({{"name", preset.name}, {"settings", std::move(settings)}});
  }
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
