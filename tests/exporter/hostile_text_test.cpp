// SPDX-License-Identifier: Apache-2.0
// Names of strangers in exported files: a docstring can't be ended, a line can't be added.
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "exporter/export_torch.hpp"
#include "exporter/python_expression.hpp"
#include "reports/tables/layer_values.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts = {"x\"\"\"\nimport os\n# ",
                                    "\\",
                                    "\\\"\"\"",
                                    "'''",
                                    "a\nb",
                                    "a\r\nb",
                                    "\u202Eevil",
                                    "{0}",
                                    "%s",
                                    "#!",
                                    "",
                                    "\u2028x",
                                    "x;y;z 12\nq 3",
                                    "\"",
                                    "\x1b[2J"};
  std::mt19937 random(3);
  const std::string special = "\"\"\"\\'\n\r#{}%; :()=";
  for (int k = 0; k < 300; ++k) {
    std::string text;
    for (std::size_t n = random() % 16; n > 0; --n)
      text += random() % 2 == 0 ? special[random() % special.size()]
                                : static_cast<char>(' ' + random() % 95);
    texts.push_back(text);
  }
  return texts;
}

// What Python runs: all but docstrings.
std::string code_of(const std::string& text) {
  std::string code;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 3, "\"\"\"") == 0) {
      inside = !inside;
      i += 2;
    } else if (inside) {
      if (text[i] == '\\') ++i;
    } else {
      code += text[i];
    }
  }
  return inside ? "a docstring without an end" : code;
}

std::string without_name(std::string code, const std::string& name) {
  for (const std::string around : {"class {}(", "check({}("}) {
    const std::string from = fmt::format(fmt::runtime(around), name),
                      to = fmt::format(fmt::runtime(around), "Net");
    const std::size_t at = code.find(from);
    if (at != std::string::npos) code.replace(at, from.size(), to);
  }
  return code;
}

std::string torch_code_named(const std::string& name) {
  spec::ArchSpec spec = spec::read_spec_text(
      "net.yaml",
      "name: net\nparams: {alpha: {default: 1, help: width}}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: round(4 * alpha)}, relu]\n",
      ".");
  spec.name = spec.source = name;
  spec.files[0].params[0].help = name;
  const std::string text =
      exporter::torch_code(spec, {}, graph::build_network(spec), "archcost " + name).text;
  return without_name(code_of(text), exporter::python_class(name));
}

}  // namespace

TEST_CASE("names can't add code to exported Python", "[export][hostile]") {
  const std::string plain = torch_code_named("net");
  REQUIRE(contains(plain, "class Net("));
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text);
    CHECK(torch_code_named(text) == plain);
    const std::string quoted = exporter::python_text(text);
    CHECK(quoted.find('\n') == std::string::npos);
    CHECK(quoted.find('\r') == std::string::npos);
  }
}

TEST_CASE("names can't add lines or keys to what viewers read", "[export][hostile]") {
  graph::Network network =
      network_of(spec_with("  - conv: {name: a, out: 4}\n  - relu: {name: b}"));
  const tables::LayerValues values = {"macs", {3, 5}};
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text);
    network.name = text;
    network.layers[0].name = text + "1";
    network.layers[1].name = text + "2";
    const std::string stacks = tables::collapsed_stacks(network, values);
    CHECK(std::count(stacks.begin(), stacks.end(), '\n') == 2);
    CHECK(stacks.find('\r') == std::string::npos);
    CHECK(nlohmann::json::parse(tables::model_explorer_json(network, values)).is_object());
  }
}
