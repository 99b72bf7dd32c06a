// SPDX-License-Identifier: Apache-2.0
#include "cli/export.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text_file.hpp"
#include "cost/cost_table.hpp"
#include "exporter/export_torch.hpp"
#include "exporter/refusals.hpp"
#include "graph/build.hpp"
#include "interpreter/reference.hpp"
#include "layers/kinds.hpp"
#include "reports/tables/layer_values.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::cli {
namespace {

std::vector<std::pair<std::string, std::string>> metadata_of(const graph::Network& network,
                                                             const std::string& command) {
  const cost::CostTable costs = cost::count(network);
  return {{"network", network.name},
          {"source", network.source},
          {"params", std::to_string(costs.total.cost.params.value())},
          {"macs", std::to_string(costs.total.cost.macs.value())},
          {"command", command}};
}

// A spec doesn't say which function some kinds are.
void note_stand_ins(const graph::Network& network) {
  for (const std::string& line : exporter::stand_ins(network)) print_note("note: {}", line);
}

void write_graph(const ExportRequest& request, const exporter::OnnxGraph& graph,
                 exporter::OnnxFile file, const std::vector<interpreter::LayerWeights>& weights) {
  const bool none = file.weights == exporter::WeightMode::kNone;
  const bool large = !none && exporter::weight_bytes(graph) > exporter::kMostInside;
  if (large && request.file.empty())
    throw Error(
        "the weights don't fit into one ONNX file; write it with -o FILE, with a second "
        "file for the weights, or take --weights none");
  const std::string name = request.file.empty() ? graph.name : request.file;
  if (none || large) file.external = std::filesystem::path(name).filename().string() + ".data";
  file.producer_version = ARCHCOST_VERSION;
  if (large)
    write_pieces(
        [&](const exporter::Sink& sink) {
          exporter::write_external_weights(graph, file.weights, weights, sink);
        },
        request.file + ".data");
  write_pieces(
      [&](const exporter::Sink& sink) { exporter::write_onnx(graph, file, weights, sink); },
      request.file);
}

void write_onnx_file(const ExportRequest& request) {
  const ExportOptions& options = request.options;
  const graph::Network network = build_network(request.spec);
  std::vector<graph::LayerId> folded;
  if (options.fold) folded = exporter::folded_layers(network);
  const exporter::OnnxGraph graph = exporter::onnx_graph(network, options.opset, folded);
  note_stand_ins(network);
  std::vector<interpreter::LayerWeights> weights;
  if (options.weights == exporter::WeightMode::kRandom) {
    weights = interpreter::random_weights(network, options.seed);
    if (options.fold) exporter::fold_weights(network, folded, weights);
  }
  write_graph(request, graph,
              {.opset = options.opset,
               .weights = options.weights,
               .metadata = metadata_of(network, request.command)},
              weights);
}

void write_netron_file(const ExportRequest& request) {
  const graph::Network network = build_network(request.spec);
  exporter::OnnxGraph graph = exporter::onnx_graph(network, request.options.opset);
  exporter::add_cost_attributes(network, graph);
  write_graph(request, graph,
              {.opset = request.options.opset,
               .weights = exporter::WeightMode::kNone,
               .metadata = metadata_of(network, request.command)},
              {});
}

void write_torch_file(const ExportRequest& request) {
  const graph::Network network = build_network(request.spec);
  const exporter::TorchCode code =
      exporter::torch_code(request.spec.spec, request.spec.options, network, request.command);
  if (!code.flat_because.empty())
    print_note("note: the file has the layers one by one, without blocks and parameters: {}",
               code.flat_because);
  note_stand_ins(network);
  write_output(code.text, request.file);
}

// --- figures of layers -------------------------------------------------------------------------

tables::LayerValues values_of(const ExportRequest& request, const graph::Network& network) {
  const ValueOptions& values = request.values;
  if (!values.cost.empty() && !values.measured.empty())
    throw Error("--cost and --measured are two sorts of figures; give one of them");
  if (values.measured.empty())
    return tables::counted_values(network, values.cost.empty() ? "macs" : values.cost);
  return tables::measured_values(network, read_text_file(values.measured), values.measured);
}

void write_node_data(const ExportRequest& request) {
  const graph::Network network = build_network(request.spec);
  write_output(tables::model_explorer_json(network, values_of(request, network)), request.file);
}

void write_stacks(const ExportRequest& request) {
  const graph::Network network = build_network(request.spec);
  write_output(tables::collapsed_stacks(network, values_of(request, network)), request.file);
}

void write_trace(const ExportRequest& request) {
  const std::string& measured = request.values.measured;
  if (measured.empty())
    throw Error(
        "a trace is of a measurement: archcost measure SPEC --format json -o times.json, "
        "then --measured times.json");
  const graph::Network network = build_network(request.spec);
  write_output(tables::trace_events(network, read_text_file(measured), measured), request.file);
}

constexpr ExportFormat kFormats[] = {
    {"onnx", ".onnx", true, write_onnx_file}, {"pytorch", ".py", false, write_torch_file},
    {"netron", "", true, write_netron_file},  {"model-explorer", "", false, write_node_data},
    {"trace", "", false, write_trace},        {"stacks", "", false, write_stacks},
};

}  // namespace

std::span<const ExportFormat> export_formats() { return kFormats; }

const ExportFormat* export_format_of_file(std::string_view file) {
  for (const ExportFormat& format : kFormats) {
    if (!format.extension.empty() && file.ends_with(format.extension)) return &format;
  }
  return nullptr;
}

bool is_network_file(std::string_view file) {
  return file.ends_with(".yaml") || file.ends_with(".yml") ||
         export_format_of_file(file) != nullptr;
}

void write_spec_file(const std::string& text, const std::string& file) {
  graph::build_network(spec::read_spec_text(file, text, "."));
  write_output(text, file);
}

void write_test_data(const ExportRequest& request, const std::string& folder) {
  const graph::Network network = build_network(request.spec);
  const exporter::OnnxGraph graph = exporter::onnx_graph(network, request.options.opset);
  std::vector<interpreter::LayerWeights> weights =
      interpreter::random_weights(network, request.options.seed);
  const std::vector<float> input = interpreter::random_input(network, request.options.seed);
  const std::vector<interpreter::Tensor> values =
      interpreter::run_reference(network, weights, input);
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  const auto write = [&](const char* name, std::size_t number, const exporter::OnnxValue& value,
                         const interpreter::Tensor& numbers) {
    write_output(exporter::encode_tensor(value, numbers),
                 fmt::format("{}/{}_{}.pb", folder, name, number));
  };
  write("input", 0, graph.inputs[0], input);
  std::size_t further = 0;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    if (!network.layers[k].is(layers::kinds::input_kind)) continue;
    ++further;
    write("input", further, graph.inputs[further], values[k]);
  }
  for (std::size_t k = 0; k < network.outputs.size(); ++k)
    write("output", k, graph.outputs[k], values[static_cast<std::size_t>(network.outputs[k])]);
}

}  // namespace archcost::cli
