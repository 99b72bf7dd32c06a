// SPDX-License-Identifier: Apache-2.0
// Labels of imported layers, and references between them.
#include <fmt/core.h>

#include "onnx/graph_writer.hpp"
#include "onnx/reader.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A graph whose nodes have names of modules: "/left/conv/Conv".
struct ModuleWriter : GraphWriter {
  std::string conv_in(const std::string& module, const std::string& in) {
    const std::string out = conv(in, 3, 3);
    model.nodes.back().name = "/" + module + "/Conv";
    return out;
  }
  std::string add(const std::string& left, const std::string& right) {
    const std::string out = node("Add", {left, right});
    model.nodes.back().name = "/Add";
    model.outputs = {out};
    return out;
  }
};

// "left.conv of conv, add of left.conv and right.conv".
std::string wiring(const graph::Network& network) {
  std::string text;
  for (const graph::Layer& layer : network.layers) {
    text += (text.empty() ? "" : ", ") + layer.name;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const graph::LayerId from = layer.inputs[k];
      text += (k == 0 ? " of " : " and ") +
              (from == graph::kNetworkInput ? "input" : network.layers[from].name);
    }
  }
  return text;
}

// The same of the spec that is written from it.
void check_wiring(const TestModel& model, const std::string& expected) {
  const spec::ArchSpec spec = onnx::read_model_bytes(encode(model), "net.onnx");
  CHECK(wiring(graph::build_network(spec)) == expected);
  CHECK(wiring(graph::build_network(
            spec::read_spec_text("net", spec::write_spec(spec, spec.notes), "."))) == expected);
}

}  // namespace

TEST_CASE("a label that hides a layer which is taken across it is another one", "[onnx]") {
  ModuleWriter g;
  const std::string stem = g.conv_in("conv", "x");
  const std::string left = g.conv_in("left/left.conv", stem);
  g.add(left, g.conv_in("right/right.conv", stem));
  check_wiring(g.model,
               "conv of input, left.conv of conv, right.conv_2 of conv, add of left.conv and "
               "right.conv_2");
}

TEST_CASE("a label without its number hides the first one too", "[onnx]") {
  ModuleWriter g;
  const std::string stem = g.conv_in("unit1/unit1.conv", "x");
  const std::string left = g.conv_in("left", stem);
  g.add(left, g.conv_in("right/right.unit/right.unit.conv", stem));
  check_wiring(g.model,
               "unit1.conv of input, left of unit1.conv, right.unit_2.conv of unit1.conv, add of "
               "left and right.unit_2.conv");
}

TEST_CASE("names that no layer of a spec has don't become labels", "[onnx]") {
  const std::pair<std::string, std::string> rows[] = {
      {"/x", "conv"}, {"a..b", "a_b"},     {".a", "a"},           {"a.", "a"},
      {".", "conv"},  {"input", "input_"}, {"a.input", "a_input"}};
  for (const auto& [name, label] : rows) {
    ModuleWriter g;
    const std::string stem = g.conv("x", 3, 3);
    g.model.nodes.back().name = name;
    const std::string left = g.conv(stem, 3, 3);
    g.model.nodes.back().name = "left.conv";
    g.add(left, stem);
    // "archcost" as the producer: names are those of layers.
    const std::string bytes = encode(g.model) + "\x12\x08" + "archcost";
    INFO(name);
    CHECK(wiring(graph::build_network(onnx::read_model_bytes(bytes, "net.onnx"))) ==
          fmt::format("{0} of input, left.conv of {0}, add of left.conv and {0}", label));
  }
}
