// SPDX-License-Identifier: Apache-2.0
#include "exporter/graph_text.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <map>

#include "core/text.hpp"
#include "graph/build.hpp"
#include "spec/arch_spec.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

namespace archcost::test {
namespace {

using namespace exporter;

std::string attribute_value(const OnnxAttribute& attribute) {
  if (const auto* whole = std::get_if<std::int64_t>(&attribute.value))
    return std::to_string(*whole);
  if (const auto* real = std::get_if<float>(&attribute.value)) return fmt::format("{}f", *real);
  if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
  return fmt::format("[{}]", fmt::join(std::get<Numbers>(attribute.value), ", "));
}

std::string vector_name(WeightVector vector) {
  return vector == kKernel  ? "kernel"
         : vector == kBias  ? "bias"
         : vector == kScale ? "scale"
         : vector == kShift ? "shift"
         : vector == kMean  ? "mean"
                            : "variance";
}

std::string numbers_text(const OnnxTensor& tensor) {
  if (const auto* part = std::get_if<WeightPart>(&tensor.numbers))
    return fmt::format("{} of layer {} from {}", vector_name(part->vector), part->layer,
                       part->first);
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&tensor.numbers))
    return fmt::format("{}", fmt::join(*whole, " "));
  return fmt::format("{}f", fmt::join(std::get<std::vector<float>>(tensor.numbers), "f "));
}

std::string value_line(std::string_view what, const OnnxValue& value) {
  return fmt::format("{} {} [{}]{}\n", what, value.name, fmt::join(value.sizes, ", "),
                     value.doc.empty() ? "" : "  # " + value.doc);
}

}  // namespace

std::string graph_text(const OnnxGraph& graph) {
  std::map<std::string, Sizes> sizes;
  for (const auto* values : {&graph.values, &graph.outputs}) {
    for (const OnnxValue& value : *values) {
      CHECK(sizes.emplace(value.name, value.sizes).second);
    }
  }
  std::string text;
  for (const OnnxValue& value : graph.inputs) text += value_line("input", value);
  for (const OnnxNode& node : graph.nodes) {
    text += fmt::format("{}: {}({})", node.name, node.type, join(node.inputs, ", "));
    for (const OnnxAttribute& attribute : node.attributes)
      text += fmt::format(" {}={}", attribute.name, attribute_value(attribute));
    if (node.output != node.name) text += " -> " + node.output;
    text += fmt::format(" [{}]", fmt::join(sizes.at(node.output), ", "));
    if (!node.doc.empty()) text += "  # " + node.doc;
    text += "\n";
  }
  for (const OnnxValue& value : graph.outputs) text += value_line("output", value);
  for (const OnnxTensor& tensor : graph.tensors)
    text += fmt::format("{} [{}]: {}\n", tensor.name, fmt::join(tensor.sizes, ", "),
                        numbers_text(tensor));
  return text;
}

std::string onnx_text(const std::string& layers, const std::string& input, int opset,
                      std::int64_t batch) {
  const spec::ArchSpec spec = spec::read_spec_text("net.yaml", spec_with(layers, input), ".");
  graph::BuildOptions options;
  options.batch = batch;
  return graph_text(onnx_graph(graph::build_network(spec, options), opset));
}

}  // namespace archcost::test
