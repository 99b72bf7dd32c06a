// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/params_report.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/document/json.hpp"

namespace archcost {
namespace {

std::string joined(const List& values) {
  std::vector<std::string> words;
  for (const Value& value : values) words.push_back(to_string(value));
  return join(words, ", ");
}

std::string range_of(const ParamSpec& param) {
  if (!param.choices.empty()) return joined(param.choices);
  if (param.min && param.max) return to_string(*param.min) + " to " + to_string(*param.max);
  if (param.min) return "at least " + to_string(*param.min);
  if (param.max) return "at most " + to_string(*param.max);
  return {};
}

}  // namespace

Document params_report(const ArchSpec& spec, const Network& network) {
  Document document;
  document.title = network.name;
  document.subtitle = spec.source;
  Section section;
  section.table.columns = {{"name", "parameter", Format::kText, 0},
                           {"value", "value", Format::kText, 0},
                           {"range", "may be", Format::kText, 0, 12, false, true}};
  for (std::size_t k = 0; k < network.parameters.size(); ++k) {
    const ParamSpec& param = spec.main().params[k];
    section.table.rows.push_back(
        {param.name, to_string(network.parameters[k].value), range_of(param)});
    if (!param.help.empty())
      section.notes.push_back(fmt::format("- {}: {}", param.name, param.help));
  }
  document.sections.push_back(std::move(section));
  if (spec.presets.empty()) return document;
  Section presets;
  presets.heading = "presets";
  for (const Preset& preset : spec.presets) {
    std::vector<std::string> settings;
    for (const Setting& setting : preset.settings)
      settings.push_back(setting.name + "=" + to_string(setting.value));
    presets.notes.push_back("- " + preset.name + ": " + join(settings, " "));
  }
  document.sections.push_back(std::move(presets));
  return document;
}

std::string params_json(const ArchSpec& spec, const Network& network) {
  Json json;
  json["spec"] = network.name;
  json["source"] = spec.source;
  json["parameters"] = Json::array();
  for (std::size_t k = 0; k < network.parameters.size(); ++k) {
    const ParamSpec& param = spec.main().params[k];
    Json entry = {{"name", param.name},
                  {"symbol", network.parameters[k].symbol},
                  {"value", to_json(network.parameters[k].value)},
                  {"help", param.help}};
    if (!param.choices.empty()) entry["choices"] = to_json(Value(param.choices));
    if (param.min) entry["min"] = to_json(Value(*param.min));
    if (param.max) entry["max"] = to_json(Value(*param.max));
    json["parameters"].push_back(std::move(entry));
  }
  json["presets"] = Json::array();
  for (const Preset& preset : spec.presets) {
    Json settings = Json::object();
    for (const Setting& setting : preset.settings) settings[setting.name] = to_json(setting.value);
    json["presets"].push_back({{"name", preset.name}, {"settings", std::move(settings)}});
  }
  return json.dump(2) + "\n";
}

}  // namespace archcost
