// SPDX-License-Identifier: Apache-2.0
#include "graph/build.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/text.hpp"
#include "graph/bind.hpp"
#include "graph/expand.hpp"
#include "graph/item_values.hpp"
#include "graph/suggest_fix.hpp"
#include "graph/wiring.hpp"

namespace archcost::graph {
namespace {

// Values of the file that do not depend on the input are evaluated first, so that the input may
// use them; the others after it.
void evaluate_lets(const spec::ArchSpec& spec, std::vector<spec::FileValues>& files,
                   const std::optional<TensorShape>& input, DiagnosticList& diagnostics) {
  for (std::size_t f = 0; f < files.size(); ++f) {
    spec::Environment environment;
    environment.file = &files[f];
    environment.in = input;
    for (std::size_t k = 0; k < spec.files[f].lets.size(); ++k) {
      if (files[f].lets[k]) continue;
      const spec::NamedExpression& let = spec.files[f].lets[k];
      files[f].lets[k] =
          spec::evaluate_or_report(let.value, environment, [&](const spec::ExpressionFault& fault) {
            diagnostics.add(fault.where, fmt::format("value '{}': {}", let.name, fault.message));
          });
    }
  }
}

Count input_size(const spec::Expression& expression, std::string_view name,
                 const spec::FileValues& values, DiagnosticList& diagnostics) {
  spec::Environment environment;
  environment.file = &values;
  try {
    const spec::Value value = spec::evaluate(expression, environment);
    if (value.is_number() && value.number().is_whole() && !(value.number() < spec::Number(1))) {
      return value.number().whole();
    }
    const std::string names = show_names(expression, environment);
    diagnostics.add(expression.where,
                    fmt::format("input: {} = {} must be a whole number of at least 1{}", name,
                                shown_value(expression, value),
                                names.empty() ? "" : fmt::format(" ({}); use round()", names)));
  } catch (const spec::ExpressionFault& fault) {
    diagnostics.add(fault.where, fmt::format("input: {}: {}", name, fault.message));
  } catch (const spec::UnknownValue&) {
    diagnostics.add(expression.where,
                    fmt::format("input: {} uses a value that depends on the input itself", name));
  }
  return 1;
}

TensorShape input_shape(const spec::ArchSpec& spec, const spec::FileValues& values,
                        DiagnosticList& diagnostics) {
  const TensorShape shape = {input_size(spec.input.channels, "channels", values, diagnostics),
                             input_size(spec.input.height, "height", values, diagnostics),
                             input_size(spec.input.width, "width", values, diagnostics)};
  diagnostics.throw_if_any();
  return shape;
}

// With the values that don't depend on the input, which are evaluated here.
TensorShape input_of(const spec::ArchSpec& spec, const BuildOptions& options,
                     std::vector<spec::FileValues>& files, DiagnosticList& diagnostics) {
  evaluate_lets(spec, files, std::nullopt, diagnostics);
  diagnostics.throw_if_any();
  return options.input ? *options.input : input_shape(spec, files.front(), diagnostics);
}

void check_preset(const spec::ArchSpec& spec, const std::string& preset) {
  if (preset.empty() || spec.find_preset(preset) != nullptr) return;
  throw Error(fmt::format("'{}' has no preset '{}'{}", spec.name, preset,
                          suggestion(preset, names_of(spec.presets))));
}

// Every output is a layer's, and another one.
void check_outputs(const spec::ArchSpec& spec, const Expansion& expansion,
                   DiagnosticList& diagnostics) {
  for (std::size_t k = 0; k < expansion.outputs.size(); ++k) {
    const LayerId id = expansion.outputs[k];
    const auto earlier = expansion.outputs.begin() + static_cast<std::ptrdiff_t>(k);
    const SourceRef where = k < spec.outputs.size() ? spec.outputs[k].where : spec.main().where;
    if (id == kNetworkInput) {
      diagnostics.add(where, "one of the network's outputs is its input");
    } else if (std::find(expansion.outputs.begin(), earlier, id) != earlier) {
      diagnostics.add(where, fmt::format("'{}' is twice among the network's outputs",
                                         expansion.made.layers[id].name));
    }
  }
}

void check_dangling(const Expansion& expansion, DiagnosticList& diagnostics) {
  for (LayerId id : dangling_layers(expansion.made.layers, expansion.outputs)) {
    const Layer& layer = expansion.made.layers[id];
    diagnostics.add(
        expansion.made.places[id],
        fmt::format("{} '{}': nothing takes its output; join it with add or concat, or take it "
                    "with 'from' or 'outputs'",
                    layer.kind->name, layer.name));
  }
}

}  // namespace

TensorShape input_of(const spec::ArchSpec& spec, const BuildOptions& options) {
  check_preset(spec, options.preset);
  std::vector<spec::FileValues> files = bind_parameters(spec, options);
  DiagnosticList diagnostics(spec.sources);
  return input_of(spec, options, files, diagnostics);
}

TracedNetwork build_traced(const spec::ArchSpec& spec, const BuildOptions& options) {
  check_preset(spec, options.preset);
  if (!spec.rewrites.empty()) throw std::logic_error("a spec's rewrites are applied first");
  std::vector<spec::FileValues> files = bind_parameters(spec, options);
  DiagnosticList diagnostics(spec.sources);
  const TensorShape input = input_of(spec, options, files, diagnostics);
  evaluate_lets(spec, files, input, diagnostics);
  diagnostics.throw_if_any();

  Expansion expansion = expand(spec, files, input, diagnostics);
  if (diagnostics.empty() && expansion.made.layers.empty()) {
    diagnostics.add(spec.main().where, "the network has no layers: all of them are switched off");
  }
  if (diagnostics.empty()) check_outputs(spec, expansion, diagnostics);
  if (diagnostics.empty()) check_dangling(expansion, diagnostics);
  if (expansion.made.fixable) {
    const std::string fix =
        suggest_fix(spec, options, files.front(), static_cast<std::size_t>(expansion.rounds));
    diagnostics.amend(expansion.made.fixable_place,
                      fix.empty() && options.suggest_fix ? expansion.made.fix : fix);
  }
  diagnostics.throw_if_any();

  Network network;
  network.name = spec.name;
  network.source = spec.source;
  network.notes = spec.notes;
  const std::vector<spec::FileValues> defaults = bind_parameters(spec, {});
  for (std::size_t k = 0; k < spec.main().params.size(); ++k) {
    const spec::ParamSpec& param = spec.main().params[k];
    const spec::Value& value = *files.front().params[k];
    const bool varied = spec::is_traced(value);
    const bool is_default = !varied && *defaults.front().params[k] == value;
    network.parameters.push_back(
        {param.name, param.symbol.empty() ? param.name : param.symbol, value, is_default});
  }
  network.input = input;
  network.input_given = options.input.has_value();
  network.batch = options.batch;
  network.layers = std::move(expansion.made.layers);
  network.outputs = expansion.outputs;
  return {std::move(network), std::move(expansion.uses), std::move(expansion.made.uses)};
}

std::map<std::string, spec::Value> set_values(const spec::ArchSpec& spec,
                                              const BuildOptions& options) {
  std::map<std::string, spec::Value> values;
  if (const spec::Preset* preset = spec.find_preset(options.preset)) {
    for (const spec::Setting& setting : preset->settings) values[setting.name] = setting.value;
  }
  for (const ParameterSetting& setting : options.settings) values[setting.name] = setting.value;
  return values;
}

Network build_network(const spec::ArchSpec& spec, const BuildOptions& options) {
  return build_traced(spec, options).network;
}

}  // namespace archcost::graph
