// SPDX-License-Identifier: Apache-2.0
#include "cli/resolution_check.hpp"

#include <fmt/core.h>

#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "onnx/reader.hpp"

namespace archcost::cli {
namespace {

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

// Whether the warning was given.
bool warn(const std::string& file, const spec::ArchSpec& spec, const graph::BuildOptions& options) {
  const TensorShape own = graph::input_of(spec), asked = graph::input_of(spec, options);
  if (asked == own || !same(total_of(spec, {}), total_of(read_at(file, own), {}))) return false;
  const LayerCost scaled = total_of(spec, options),
                  there = total_of(read_at(file, asked), without_resolution(spec, options));
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
