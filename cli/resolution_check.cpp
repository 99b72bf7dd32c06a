// SPDX-License-Identifier: Apache-2.0
#include "cli/resolution_check.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "layers/kinds.hpp"
#include "onnx/reader.hpp"

namespace archcost::cli {
namespace {

constexpr std::size_t kMostNames = 3;

LayerCost total_of(const spec::ArchSpec& spec, const graph::BuildOptions& options) {
  return cost::count(graph::build_network(spec, options)).total.cost;
}

bool same(const LayerCost& a, const LayerCost& b) {
  return a.params == b.params && a.macs == b.macs && a.activations == b.activations;
}

spec::ArchSpec read_at(const std::string& file, const TensorShape& input) {
  onnx::ModelSizes sizes;
  sizes.input = {input.channels.value(), input.height.value(), input.width.value()};
  return onnx::read_model(file, sizes);
}

/// The settings that leave the input as it is: those that hold for the file at another size too.
graph::BuildOptions without_resolution(const spec::ArchSpec& spec, graph::BuildOptions options) {
  std::erase_if(options.settings, [&](const graph::ParameterSetting& setting) {
    return !(graph::input_of(spec, {.settings = {setting}}) == graph::input_of(spec));
  });
  return options;
}

// Layers that state the size of their output, which stays although an input's size changes.
std::vector<std::string> layers_of_fixed_size(const graph::Network& own,
                                              const graph::Network& asked) {
  const auto states_size = [](const graph::Layer& layer) {
    return layer.kind == &layers::kinds::rearrange_kind ||
           layer.kind == &layers::kinds::custom_kind ||
           layer.kind == &layers::kinds::unsupported_kind;
  };
  const auto same_size = [](const TensorShape& a, const TensorShape& b) {
    return a.height == b.height && a.width == b.width;
  };
  std::vector<std::string> names;
  for (std::size_t k = 0; k < own.layers.size() && k < asked.layers.size(); ++k) {
    const graph::Layer &before = own.layers[k], &after = asked.layers[k];
    if (!states_size(before) || before.output.area() == Count(1) ||
        !same_size(before.output, after.output))
      continue;
    const bool moved =
        std::any_of(before.inputs.begin(), before.inputs.end(),
                    [&](graph::LayerId id) { return !same_size(own.shape(id), asked.shape(id)); });
    if (moved) names.push_back("'" + before.name + "'");
  }
  return names;
}

// Of a file that can't be read at another size, as one with such constants.
bool warn_of_layers(const std::string& file, const spec::ArchSpec& spec,
                    const graph::BuildOptions& options) {
  std::vector<std::string> names =
      layers_of_fixed_size(graph::build_network(spec), graph::build_network(spec, options));
  if (names.empty()) return false;
  const std::size_t more = names.size() - std::min(names.size(), kMostNames);
  names.resize(names.size() - more);
  if (more > 0) names.push_back(fmt::format("{} more", more));
  print_note(
      "warning: '{}' at {}: the output of {} keeps the file's size, and what follows with it: "
      "costs may be too large or too small",
      file, to_string(graph::input_of(spec, options)), join(names, ", "));
  return true;
}

// Whether the warning was given.
bool warn(const std::string& file, const spec::ArchSpec& spec, const graph::BuildOptions& options) {
  const TensorShape own = graph::input_of(spec), asked = graph::input_of(spec, options);
  if (asked == own) return false;
  const LayerCost scaled = total_of(spec, options);
  LayerCost there;
  try {
    if (!same(total_of(spec, {}), total_of(read_at(file, own), {}))) return false;
    there = total_of(read_at(file, asked), without_resolution(spec, options));
  } catch (const Error&) {
    return warn_of_layers(file, spec, options);
  }
  if (same(scaled, there)) return false;
  const std::string size = to_string(asked);
  print_note(
      "warning: '{}' at {} has {} macs, and {} where the file is read at that size: layers that "
      "move numbers, as slices, have the file's sizes; --input {} is exact",
      file, size, with_commas(scaled.macs.value()), with_commas(there.macs.value()), size);
  return true;
}

}  // namespace

void warn_of_fixed_sizes(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                         const std::vector<graph::ParameterSetting>& settings) {
  if (spec.files.empty()) return;
  const std::string& file = spec.sources.file(0).name;
  if (!onnx::is_model_file(file)) return;
  for (const graph::ParameterSetting& setting : settings) {
    graph::BuildOptions with = options;
    with.suggest_fix = false;
    with.settings.push_back(setting);
    try {
      if (warn(file, spec, with)) return;
    } catch (const Error&) {
      // A file that is tied to its size, or a setting that doesn't build, has its own message.
    }
  }
}

}  // namespace archcost::cli
