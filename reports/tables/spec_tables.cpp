// SPDX-License-Identifier: Apache-2.0
// The shipped specs and their costs; the parameters of a spec.
#include <fmt/core.h>

#include "core/text.hpp"
#include "graph/build.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

struct Member {
  std::string name;    // a spec or one of its presets
  std::string family;  // the spec
  std::string source;
  Count params, macs;
  TensorShape input;
};

// Each spec with its presets behind it.
std::vector<Member> members(const spec::SpecLibrary& library) {
  std::vector<Member> all;
  for (const std::string& name : library.names()) {
    const spec::ArchSpec spec = spec::read_spec(*library.find(name));
    const auto add = [&](const std::string& preset) {
      graph::BuildOptions options;
      options.preset = preset;
      const graph::Network network = graph::build_network(spec, options);
      const LayerCost total = cost::count(network).total.cost;
      all.push_back({preset.empty() ? spec.name : preset, spec.name, spec.source, total.params,
                     total.macs, network.input});
    };
    add("");
    for (const spec::Preset& preset : spec.presets) add(preset.name);
  }
  return all;
}

std::vector<std::string> preset_names(const spec::ArchSpec& spec) {
  std::vector<std::string> names;
  for (const spec::Preset& preset : spec.presets) names.push_back(preset.name);
  return names;
}

std::string range_of(const spec::ParamSpec& param) {
  std::vector<std::string> choices;
  for (const spec::Value& choice : param.choices) choices.push_back(spec::to_string(choice));
  if (!choices.empty()) return join(choices, ", ");
  if (param.min && param.max)
    return spec::to_string(*param.min) + " to " + spec::to_string(*param.max);
  if (param.min) return "at least " + spec::to_string(*param.min);
  if (param.max) return "at most " + spec::to_string(*param.max);
  return {};
}

}  // namespace

Document families_report(const spec::SpecLibrary& library) {
  Section section;
  section.table.columns = {{"spec", "spec or preset", kText, 0, 22},
                           {"params", "params", kInteger},
                           {"macs", "macs", kInteger},
                           {"input", "input", kNumberText},
                           {"source", "source", kText, 1, 12, true}};
  int specs = 0, presets = 0;
  for (const Member& f : members(library)) {
    const bool preset = f.name != f.family;
    ++(preset ? presets : specs);
    section.table.rows.push_back({preset ? "  " + f.name : f.name, f.params, f.macs,
                                  to_string(f.input), preset ? "" : f.source});
  }
  section.notes = {"Made by: archcost list --costs --format markdown"};
  return {"families of networks",
          fmt::format("{} specs and {} presets at their default settings", specs, presets),
          {std::move(section)}};
}

Document families_data(const spec::SpecLibrary& library) {
  Table table = {.columns = {{"spec"}, {"family"}, {"params"}, {"macs"}, {"input"}, {"source"}}};
  for (const Member& f : members(library))
    table.rows.push_back({f.name, f.family, f.params, f.macs, to_string(f.input), f.source});
  return data_document(std::move(table));
}

std::string families_json(const spec::SpecLibrary& library) {
  Json specs = Json::array();
  for (const Member& f : members(library))
    specs.push_back({{"spec", f.name},
                     {"family", f.family},
                     {"params", f.params},
                     {"macs", f.macs},
                     {"input", shape_json(f.input)},
                     {"source", f.source}});
  return json_text({{"specs", std::move(specs)}});
}

Document specs_report(const spec::SpecLibrary& library) {
  Section specs, presets = {"presets, used like specs", {}, {}};
  specs.table.columns = {{"spec", "spec", kText, 0, 20}, {"source", "source", kText, 1, 20, true}};
  for (const std::string& name : library.names()) {
    const spec::ArchSpec spec = spec::read_spec(*library.find(name));
    specs.table.rows.push_back({name, spec.source});
    if (!spec.presets.empty())
      presets.notes.push_back(fmt::format("{}: {}", name, join(preset_names(spec), " ")));
  }
  presets.notes.push_back(
      "A spec's parameters: archcost params SPEC. What everything costs: archcost list --costs.");
  return {fmt::format("{} specs in {}", specs.table.rows.size(), library.folder().string()),
          "",
          {std::move(specs), std::move(presets)}};
}

std::string specs_json(const spec::SpecLibrary& library) {
  Json specs = Json::array();
  for (const std::string& name : library.names()) {
    const spec::ArchSpec spec = spec::read_spec(*library.find(name));
    specs.push_back({{"spec", name}, {"source", spec.source}, {"presets", preset_names(spec)}});
  }
  return json_text({{"specs", std::move(specs)}});
}

Document params_report(const spec::ArchSpec& spec, const graph::Network& network) {
  Section section;
  section.table.columns = {
      {"name", "parameter"}, {"value", "value"}, {"range", "may be", kText, 0, 12, false, true}};
  for (std::size_t k = 0; k < network.parameters.size(); ++k) {
    const spec::ParamSpec& param = spec.main().params[k];
    section.table.rows.push_back(
        {param.name, document::value_cell(network.parameters[k].value), range_of(param)});
    if (!param.help.empty())
      section.notes.push_back(fmt::format("- {}: {}", param.name, param.help));
  }
  Document document = {network.name, spec.source, {std::move(section)}};
  if (spec.presets.empty()) return document;
  Section& presets = document.sections.emplace_back();
  presets.heading = "presets";
  for (const spec::Preset& preset : spec.presets) {
    std::vector<std::string> settings;
    for (const spec::Setting& setting : preset.settings)
      settings.push_back(setting.name + "=" + spec::to_string(setting.value));
    presets.notes.push_back("- " + preset.name + ": " + join(settings, " "));
  }
  return document;
}

std::string params_json(const spec::ArchSpec& spec, const graph::Network& network) {
  Json parameters = Json::array(), presets = Json::array();
  for (std::size_t k = 0; k < network.parameters.size(); ++k) {
    const spec::ParamSpec& param = spec.main().params[k];
    Json& entry = parameters.emplace_back(Json{{"name", param.name},
                                               {"symbol", network.parameters[k].symbol},
                                               {"value", to_json(network.parameters[k].value)},
                                               {"help", param.help}});
    if (!param.choices.empty()) entry["choices"] = to_json(spec::Value(param.choices));
    if (param.min) entry["min"] = to_json(spec::Value(*param.min));
    if (param.max) entry["max"] = to_json(spec::Value(*param.max));
  }
  for (const spec::Preset& preset : spec.presets) {
    Json settings = Json::object();
    for (const spec::Setting& setting : preset.settings)
      settings[setting.name] = to_json(setting.value);
    presets.push_back({{"name", preset.name}, {"settings", std::move(settings)}});
  }
  return json_text({{"spec", network.name},
                    {"source", spec.source},
                    {"parameters", std::move(parameters)},
                    {"presets", std::move(presets)}});
}

}  // namespace archcost::tables
