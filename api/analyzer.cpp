// SPDX-License-Identifier: Apache-2.0
#include "api/archcost/analyzer.hpp"

#include <filesystem>

#include "api/open.hpp"
#include "core/diagnostic.hpp"
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

spec::ArchSpec find(const std::string& name, std::string& preset) {
  const spec::SpecLibrary specs = library();
  if (const auto path = specs.find(name)) return spec::read_spec(*path);
  if (const auto path = specs.find_with_preset(name)) {
    preset = name;
    return spec::read_spec(*path);
  }
  std::error_code status;
  if (fs::exists(name, status)) return onnx::read_architecture(name);
  std::vector<std::string> known = specs.names();
  for (const std::string& each : specs.preset_names()) known.push_back(each);
  throw archcost::Error("no spec, preset or file '" + name + "'" + suggestion(name, known));
}

// "se:reduction=8,position=pre".
rewrite::Call call_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  std::vector<spec::RewriteSetting> settings;
  for (const std::string& each :
       split(colon == std::string::npos ? "" : text.substr(colon + 1), ',')) {
    const std::size_t equals = each.find('=');
    if (equals != std::string::npos)
      settings.push_back({each.substr(0, equals), each.substr(equals + 1)});
  }
  return rewrite::make_call(text.substr(0, colon), std::move(settings), "+" + text);
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
  opened.spec = find(request.spec, opened.options.preset);
  opened.options.batch = request.batch;
  if (request.input[0] > 0)
    opened.options.input = TensorShape{request.input[0], request.input[1], request.input[2]};
  if (!opened.spec.rewrites.empty()) opened.spec = rewrite::apply_own(opened.spec, opened.options);
  for (const std::string& text : request.rewrites)
    opened.spec = rewrite::apply(opened.spec, opened.options, call_of(text));
  for (const std::string& text : request.settings)
    opened.options.settings.push_back(graph::parse_setting(opened.spec, text, request.spec + ":"));
  return opened;
}

NetworkCosts costs_of(const NetworkRequest& request) {
  try {
    return counted(request);
  } catch (const archcost::Error& error) {
    throw Error(error.what());
  }
}

std::vector<std::string> spec_names() {
  const spec::SpecLibrary specs = library();
  std::vector<std::string> names = specs.names();
  if (names.empty()) throw Error("no specs in '" + specs.folder().string() + "'");
  return names;
}

void use_specs(const std::string& folder) { specs_folder() = folder; }

}  // namespace archcost::api
