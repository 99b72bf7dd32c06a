// SPDX-License-Identifier: Apache-2.0
#include "api/archcost/analyzer.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "api/open.hpp"
#include "core/glossary.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "cost/memory.hpp"
#include "onnx/reader.hpp"
#include "rewrite/rewrite.hpp"
#include "spec/library.hpp"

namespace archcost::api {
namespace {

namespace fs = std::filesystem;

std::string& specs_folder() {
  static std::string folder;
  return folder;
}

spec::SpecLibrary library() {
  if (std::getenv("ARCHCOST_SPECS") == nullptr && !specs_folder().empty())
    return spec::SpecLibrary(specs_folder());
  return {};
}

spec::ArchSpec find(const std::string& name, const onnx::ModelSizes& sizes, std::string& preset) {
  const spec::SpecLibrary specs = library();
  if (const auto path = specs.find(name)) return spec::read_spec(*path);
  if (const auto path = specs.find_with_preset(name)) {
    preset = name;
    return spec::read_spec(*path);
  }
  std::error_code status;
  if (fs::exists(name, status)) return onnx::read_architecture(name, sizes);
  std::vector<std::string> known = specs.names();
  for (const std::string& each : specs.preset_names()) known.push_back(each);
  throw archcost::Error("no spec, preset or file '" + name + "'" + suggestion(name, known));
}

Costs costs_in(const LayerCost& cost) {
  Costs costs;
  for (const CostName& name : glossary()) {
    if (name.counter != nullptr) costs[std::string(name.name)] = (cost.*name.counter).value();
  }
  return costs;
}

std::array<std::int64_t, 3> sizes_of(const TensorShape& shape) {
  return {shape.channels.value(), shape.height.value(), shape.width.value()};
}

NetworkCosts counted(const NetworkRequest& request) {
  const OpenedNetwork opened = open(request);
  const graph::Network network = graph::build_network(opened.spec, opened.options);
  const cost::CostTable table = cost::count(network);
  NetworkCosts costs = {network.name, sizes_of(network.input), costs_in(table.total.cost), {}};
  if (!opened.options.preset.empty()) costs.name = opened.options.preset;
  costs.totals["flops"] = table.total.flops.value();
  costs.totals["weight_bytes"] = table.total.weight_bytes.value();
  costs.totals["peak_memory"] = cost::peak_bytes(network, {DataType::kF32, false}).value();
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    costs.layers.push_back({layer.name, std::string(layer.kind->name), sizes_of(layer.output),
                            costs_in(table.layers[k].cost)});
  }
  return costs;
}

}  // namespace

OpenedNetwork open(const NetworkRequest& request) {
  OpenedNetwork opened;
  onnx::ModelSizes sizes;
  const auto& input = request.input;
  if (input != std::array<std::int64_t, 3>{}) {
    if (*std::min_element(input.begin(), input.end()) < 1)
      throw archcost::Error("input", "channels, height and width are at least 1, or all 0");
    sizes.input = onnx::Shape(input.begin(), input.end());
    opened.options.input = TensorShape{input[0], input[1], input[2]};
  }
  if (request.batch < 1) throw archcost::Error("batch", "a batch has at least one image");
  opened.options.batch = request.batch;
  opened.spec = find(request.spec, sizes, opened.options.preset);
  if (!opened.spec.rewrites.empty()) opened.spec = rewrite::apply_own(opened.spec, opened.options);
  for (const std::string& text : request.rewrites)
    opened.spec = rewrite::apply(opened.spec, opened.options, rewrite::parse_call(text));
  for (const std::string& text : request.settings)
    opened.options.settings.push_back(graph::parse_setting(opened.spec, text, request.spec + ":"));
  return opened;
}

NetworkCosts costs_of(const NetworkRequest& request) {
  return with_errors_of_library([&] { return counted(request); });
}

std::vector<std::string> spec_names() {
  const spec::SpecLibrary specs = library();
  std::vector<std::string> names = specs.names();
  if (names.empty()) throw Error("no specs in '" + specs.folder().string() + "'");
  return names;
}

void use_specs(const std::string& folder) { specs_folder() = folder; }

}  // namespace archcost::api
