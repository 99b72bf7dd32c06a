// archcost params: what can be set in a spec.
#include <fmt/core.h>

#include <memory>

#include "cli/command.hpp"
#include "core/text.hpp"

namespace archcost {
namespace {

std::string joined(const List& values) {
  std::vector<std::string> words;
  for (const Value& value : values) words.push_back(to_string(value));
  return join(words, " ");
}

std::string range_of(const ParamSpec& param) {
  if (!param.choices.empty()) return joined(param.choices);
  if (param.min && param.max) return to_string(*param.min) + " to " + to_string(*param.max);
  if (param.min) return "at least " + to_string(*param.min);
  if (param.max) return "at most " + to_string(*param.max);
  return {};
}

Document params_report(const SpecRequest& request) {
  const Network network = build_network(request.spec, request.options);
  Document document;
  document.title = request.spec.name;
  document.subtitle = request.spec.source;
  Section section;
  section.table.columns = {{"name", "parameter", Format::kText, 0},
                           {"value", "value", Format::kText, 0},
                           {"range", "may be", Format::kText, 0}};
  for (std::size_t k = 0; k < network.parameters.size(); ++k) {
    const ParamSpec& param = request.spec.main().params[k];
    section.table.rows.push_back(
        {param.name, to_string(network.parameters[k].value), range_of(param)});
    if (!param.help.empty())
      section.notes.push_back(fmt::format("- {}: {}", param.name, param.help));
  }
  document.sections.push_back(std::move(section));
  if (request.spec.presets.empty()) return document;
  Section presets;
  presets.heading = "presets";
  for (const Preset& preset : request.spec.presets) {
    std::vector<std::string> settings;
    for (const Setting& setting : preset.settings)
      settings.push_back(setting.name + "=" + to_string(setting.value));
    presets.notes.push_back("- " + preset.name + ": " + join(settings, " "));
  }
  document.sections.push_back(std::move(presets));
  return document;
}

std::function<int()> declare(CLI::App& app) {
  auto spec = std::make_shared<std::string>();
  auto output = std::make_shared<OutputOptions>();
  app.add_option("SPEC", *spec, "a shipped spec, a preset, a file, or - for standard input")
      ->required();
  app.add_option("--format", output->format, "table, markdown or csv")
      ->check(CLI::IsMember({"table", "markdown", "csv"}))
      ->capture_default_str();
  app.add_option("-o,--output", output->file, "write to FILE instead of standard output")
      ->type_name("FILE");
  return [spec, output] {
    write_document(params_report(open_spec(*spec, {})), *output);
    return kFine;
  };
}

}  // namespace

const Command kParamsCommand = {"params", "the parameters and presets of a spec",
                                "  archcost params shufflenet_v1\n  archcost params resnet50",
                                declare};

}  // namespace archcost
