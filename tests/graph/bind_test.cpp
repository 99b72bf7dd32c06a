// SPDX-License-Identifier: Apache-2.0
// What is written to the values of parameters and attributes, and every way in which it is wrong.
#include "graph/bind.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "graph/layer_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The first message of what is wrong with the layers, without its place and lines.
std::string first_fault(const std::string& yaml, const std::vector<std::string>& settings = {}) {
  try {
    network_of(yaml, settings);
    return {};
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
}

std::string fault_of_layer(const std::string& layer, const std::string& params = "") {
  return first_fault(
      fmt::format("name: t\n{}input: {{channels: 8, height: 16, width: 16}}\nlayers:\n  - {}\n",
                  params.empty() ? "" : fmt::format("params: {{{}}}\n", params), layer));
}

spec::ArchSpec spec_of_text(const std::string& text) {
  return spec::read_spec_text("s.yaml", text, ".");
}

// A spec whose parameters are used by one layer.
std::string spec_with_params(const std::string& params, const std::string& out) {
  return fmt::format(
      "name: net\nparams: {{{}}}\ninput: {{channels: 3, height: 8, width: 8}}\n"
      "layers:\n  - conv: {{out: \"{}\"}}\n",
      params, out);
}

std::string refused_setting(const spec::ArchSpec& spec, const std::string& text) {
  try {
    graph::parse_setting(spec, text, "--set");
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

std::vector<std::int64_t> numbers_of(const std::string& layer) {
  std::vector<std::int64_t> numbers;
  const graph::Network network = network_of(spec_with("  - " + layer, "8x16x16"));
  for (const Count& number : network.layers[0].numbers) numbers.push_back(number.value());
  return numbers;
}

}  // namespace

TEST_CASE("an attribute of the wrong type or size is told as written and as evaluated", "[graph]") {
  struct Row {
    std::string params, layer, message;
  };
  const auto row = GENERATE(values<Row>({
      {"", "conv: {out: same}", "conv 'conv': out must be a whole number, not a word 'same'"},
      {"", "conv: {out: [1, 2]}", "conv 'conv': out must be a whole number, not a list '[1, 2]'"},
      {"", "conv: {out: 1.5}", "conv 'conv': out = 1.5 must be a whole number"},
      {"", "conv: {out: in / 3}",
       "conv 'conv': out = in / 3 = 8/3 must be a whole number (in = 8)"},
      {"", "conv: {out: h + 0 * w - 16}",
       "conv 'conv': out = h + 0 * w - 16 = 0 must be at least 1 (h = 16, w = 16)"},
      {"", "conv: {out: in + in - 17}",
       "conv 'conv': out = in + in - 17 = -1 must be at least 1 (in = 8)"},
      {"a: 0.3, b: 2", "conv: {out: a * b}",
       "conv 'conv': out = a * b = 0.6 must be a whole number (a = 0.3, b = 2); a = 0.5 works"},
      {"a: 0.3", "conv: {out: a}",
       "conv 'conv': out = a = 0.3 must be a whole number; a = 1 works"},
      {"out: 0.3", "conv: {out: out}",
       "conv 'conv': out = 0.3 must be a whole number; out = 1 works"},
      {"", "conv: {out: 8 * sqrt(2)}",
       "conv 'conv': out = 8 * sqrt(2) = 11.3137085 must be a whole number"},
      {"", "conv: {out: sqrt(2) ** 2}",
       "conv 'conv': out = sqrt(2) ** 2 = 2 must be a whole number, and a root or broken power "
       "isn't exact; use round()"},
      {"a: 2", "conv: {out: sqrt(a) ** 2}",
       "conv 'conv': out = sqrt(a) ** 2 = 2 must be a whole number, and a root or broken power "
       "isn't exact; use round() (a = 2)"},
      {"", "conv: {out: 2, pad: -1}", "conv 'conv': pad = -1 must be at least 0"},
      {"", "conv: {out: 2, pad: [1, 2, 3]}",
       "conv 'conv': pad must be same, valid, same_tf, a whole number, [height, width], [top, "
       "left, bottom, right] or a map of these sides, not [1, 2, 3]"},
      {"", "conv: {out: 2, pad: relu}",
       "conv 'conv': pad must be same, valid, same_tf, a whole number, [height, width], [top, "
       "left, bottom, right] or a map of these sides, not relu"},
      {"", "conv: {out: 2, pad: [0, 0, 0.5, 0]}",
       "conv 'conv': pad = [0, 0, 0.5, 0] = 0.5 must be a whole number"},
      {"", "conv: {out: 2, kernel: same}",
       "conv 'conv': kernel must be a whole number or [height, width], not same"},
      {"", "conv: {out: 2, kernel: [3]}",
       "conv 'conv': kernel must be a whole number or [height, width], not [3]"},
      {"", "conv: {out: 2, kernel: [3, 3, 3]}",
       "conv 'conv': kernel must be a whole number or [height, width], not [3, 3, 3]"},
      {"", "conv: {out: 2, kernel: [3, 0]}", "conv 'conv': kernel = [3, 0] = 0 must be at least 1"},
      {"", "conv: {out: 2, bias: 2}", "conv 'conv': bias must be true or false, not 2"},
      {"", "conv: {out: 2, bias: same}", "conv 'conv': bias must be true or false, not same"},
      {"", "layer_norm: {over: same}",
       "layer_norm 'layer_norm': over must be channels or all, not 'same'"},
      {"", "layer_norm: {over: 3}",
       "layer_norm 'layer_norm': over must be channels or all, not '3'"},
      {"", "upsample: {mode: zeros}",
       "upsample 'upsample': mode must be nearest or bilinear, not 'zeros'"},
      {"", "leaky_relu: {slope: same}",
       "leaky_relu 'leaky_relu': slope must be a number, not 'same'"},
      {"", "split: {take: 1, parts: same}",
       "split 'split': parts must be a number of equal parts or a list with the size of each, not "
       "same"},
      {"", "split: {take: 1, parts: [8]}",
       "split 'split': parts must be a number of equal parts or a list with the size of each, not "
       "[8]"},
      {"", "split: {take: 1, parts: [8, 0]}",
       "split 'split': parts = [8, 0] = 0 must be at least 1"},
      {"", "pad: {pad: same}",
       "pad 'pad': pad needs numbers here: same, valid and same_tf depend on a kernel"},
  }));
  INFO(row.layer);
  CHECK(fault_of_layer(row.layer, row.params) == row.message);
}

TEST_CASE("lists of numbers fill heights and widths, and all four sides", "[graph]") {
  using Numbers = std::vector<std::int64_t>;
  CHECK(numbers_of("max_pool: {kernel: [4, 5]}") == Numbers{4, 5, 4, 5, 1, 1, 0, 0, 0, 0});
  CHECK(numbers_of("max_pool: {kernel: [4, 5], stride: 2}") ==
        Numbers{4, 5, 2, 2, 1, 1, 0, 0, 0, 0});
  CHECK(numbers_of("max_pool: {kernel: 4, stride: [1, 3], dilation: [2, 1], pad: 1}") ==
        Numbers{4, 4, 1, 3, 2, 1, 1, 1, 1, 1});
  CHECK(numbers_of("pad: {pad: [1, 2]}") == Numbers{1, 2, 1, 2});
  CHECK(numbers_of("pad: {pad: [1, 2, 3, 4]}") == Numbers{1, 2, 3, 4});
  CHECK(numbers_of("pad: {pad: {top: 1, left: 2, bottom: 3, right: 4}}") == Numbers{1, 2, 3, 4});
  CHECK(numbers_of("pad: {pad: {left: 2}}") == Numbers{0, 2, 0, 0});
  CHECK(numbers_of("pad: {pad: 3}") == Numbers{3, 3, 3, 3});
  CHECK(numbers_of("split: {parts: 4, take: 3}") == Numbers{4, 3});
  CHECK(numbers_of("split: {parts: [1, 5, 2], take: 2}") == Numbers{3, 2, 1, 5, 2});
}

TEST_CASE("how a padding is written is kept", "[graph]") {
  const auto mode = [](const std::string& pad) {
    const graph::Network network =
        network_of(spec_with("  - conv: {out: 2, kernel: 3" + pad + "}"));
    return static_cast<layers::PaddingMode>(network.layers[0].words[0]);
  };
  CHECK(mode("") == layers::PaddingMode::kSame);
  CHECK(mode(", pad: same") == layers::PaddingMode::kSame);
  CHECK(mode(", pad: valid") == layers::PaddingMode::kValid);
  CHECK(mode(", pad: same_tf") == layers::PaddingMode::kSameTf);
  CHECK(mode(", pad: 1") == layers::PaddingMode::kNumbers);
}

TEST_CASE("a setting is a name and a value", "[graph]") {
  const spec::ArchSpec spec = spec_of_text(spec_with_params(
      "alpha: 1, act: {default: relu, choices: [relu, none]}, sizes: {default: [1, 2]}",
      "alpha + sizes(1) + (1 if act == relu else 2)"));
  const auto parsed = [&](const std::string& text) {
    const graph::ParameterSetting setting = graph::parse_setting(spec, text, "--set");
    return fmt::format("{}|{}|{}", setting.name, spec::to_string(setting.value), setting.place);
  };
  CHECK(parsed("alpha=4/7") == "alpha|4/7|--set alpha=4/7");
  CHECK(parsed(" alpha = 2 * 3 ") == "alpha|6|--set  alpha = 2 * 3 ");
  CHECK(parsed("sizes=[3, 5]") == "sizes|[3, 5]|--set sizes=[3, 5]");
  CHECK(parsed("act=none") == "act|none|--set act=none");
  CHECK(parsed("act=wide") == "act|wide|--set act=wide");
  CHECK(parsed("act=tanh") == "act|tanh|--set act=tanh");  // told when it is bound
  CHECK(graph::parse_setting(spec, "alpha=1", "--axis").place == "--axis alpha=1");
}

TEST_CASE("a setting that isn't one is refused with what to write", "[graph]") {
  const spec::ArchSpec spec = spec_of_text(spec_with_params(
      "alpha: 1, act: {default: relu, choices: [relu, none]}, sizes: {default: [1, 2]}",
      "alpha + sizes(1) + (1 if act == relu else 2)"));
  const spec::ArchSpec bare = spec_of_text(spec_with("  - relu"));
  CHECK(refused_setting(spec, "alpha") == "--set alpha: error: write NAME=VALUE, as alpha=0.5");
  CHECK(refused_setting(spec, "alhpa=1") ==
        "--set alhpa=1: error: 'net' has no parameter 'alhpa'; did you mean 'alpha'?");
  CHECK(refused_setting(spec, "=1") ==
        "--set =1: error: 'net' has no parameter ''; known are "
        "'alpha', 'act', 'sizes'");
  CHECK(refused_setting(bare, "alpha=1") ==
        "--set alpha=1: error: 'test' has no parameter 'alpha'; it has none");
  CHECK(refused_setting(bare, "input=1x2x3") ==
        "--set input=1x2x3: error: 'test' has no parameter 'input'; --input CxHxW sets the input's "
        "size");
  CHECK(refused_setting(spec, "batch=3") ==
        "--set batch=3: error: 'net' has no parameter 'batch'; --batch N sets the batch");
  CHECK(refused_setting(spec, "alpha=") == "--set alpha=: error: 'alpha' has no value");
  CHECK(refused_setting(spec, "alpha=  ") == "--set alpha=  : error: 'alpha' has no value");
  CHECK(refused_setting(spec, "alpha=wide") ==
        "--set alpha=wide: error: parameter 'alpha' must be a number as 1, not wide");
  CHECK(refused_setting(spec, "alpha=1 +") ==
        "--set alpha=1 +: error: the expression '1 +' ends too early");
  CHECK(refused_setting(spec, "alpha=1,2") ==
        "--set alpha=1,2: error: ',' doesn't belong here in '1,2'; --set takes one value, and "
        "--vary of archcost sweep several");
  CHECK(refused_setting(spec, "alpha=1,act=relu") ==
        "--set alpha=1,act=relu: error: ',' doesn't belong here in '1,act=relu'; one setting each: "
        "--set alpha=1 --set act=relu");
  CHECK(refused_setting(spec_of_text(spec_with_params("a: 1, b: a + 1", "a + b")), "b=wide") ==
        "--set b=wide: error: unknown word 'wide'");
  CHECK(refused_setting(spec, "alpha=0.5 , sizes=[3, 4]") ==
        "--set alpha=0.5 , sizes=[3, 4]: error: ',' doesn't belong here in '0.5 , sizes=[3, 4]'; "
        "one setting each: --set alpha=0.5 --set sizes=[3, 4]");
}

TEST_CASE("settings from outside win over the preset, later ones over earlier", "[graph]") {
  const spec::ArchSpec spec = spec_of_text(
      "name: net\nparams: {a: 2, b: {default: a * 10, max: 50}, c: {default: 1, choices: [1, 7]}}\n"
      "presets:\n  big: {a: 3, c: 7}\n  odd: {b: 4}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: a + b + c}]\n");
  const auto bound = [&](const std::string& preset, const std::vector<std::string>& settings) {
    graph::BuildOptions options;
    options.preset = preset;
    for (const std::string& text : settings)
      options.settings.push_back(graph::parse_setting(spec, text, "--set"));
    std::string text;
    try {
      const auto files = graph::bind_parameters(spec, options);
      for (const auto& value : files.front().params) text += spec::to_string(*value) + " ";
      for (const auto& [name, value] : graph::set_values(spec, options))
        text += name + "=" + spec::to_string(value) + " ";
    } catch (const Error& error) {
      text = error.what();
    }
    return text;
  };
  CHECK(bound("", {}) == "2 20 1 ");
  CHECK(bound("big", {}) == "3 30 7 a=3 c=7 ");
  CHECK(bound("odd", {}) == "2 4 1 b=4 ");
  CHECK(bound("big", {"a=5"}) == "5 50 7 a=5 c=7 ");
  CHECK(bound("big", {"a=5", "b=9", "a=4"}) == "4 9 7 a=4 b=9 c=7 ");
  CHECK(bound("", {"c=2"}) == "--set c=2: error: parameter 'c' must be 1 or 7, not 2");
  CHECK(bound("", {"b=50"}) == "2 50 1 b=50 ");
  CHECK(bound("", {"b=51"}) == "--set b=51: error: parameter 'b' must be at most 50, not 51");
  CHECK(bound("", {"b=[1]"}) ==
        "--set b=[1]: error: parameter 'b' must be a number as 20, not [1]");
  // A default that depends on another parameter can be wrong too.
  CHECK(bound("", {"a=6"}) ==
        "s.yaml:2:29: error: parameter 'b': its default must be at most 50, not 60\n"
        "    params: {a: 2, b: {default: a * 10, max: 50}, c: {default: 1, choices: [1, 7]}}\n"
        "                                ^");
  CHECK(bound("", {"a=6", "b=1"}) == "6 1 1 a=6 b=1 ");
  CHECK(bound("", {"a=1/0 if false else 1", "c=3"}) ==
        "--set c=3: error: parameter 'c' must be 1 or 7, not 3");
}

TEST_CASE("a preset that no spec has is told with those that are near", "[graph]") {
  const spec::ArchSpec spec = spec_of_text(
      "name: net\nparams: {a: 2}\npresets: {small: {a: 1}, smaller: {a: 3}}\n"
      "input: {channels: a, height: 8, width: 8}\nlayers: [relu]\n");
  graph::BuildOptions options;
  options.preset = "smal";
  const auto told = [&](const auto& call) {
    try {
      call();
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  const std::string message = "error: 'net' has no preset 'smal'; did you mean 'small'?";
  CHECK(told([&] { graph::build_network(spec, options); }) == message);
  CHECK(told([&] { graph::input_of(spec, options); }) == message);
  options.preset = "smaller";
  CHECK(graph::input_of(spec, options) == TensorShape{3, 8, 8});
}

TEST_CASE("the input's sizes are whole, at least 1 and don't depend on the input", "[graph]") {
  const auto fault = [](const std::string& params, const std::string& sizes,
                        const std::string& more = "") {
    return first_fault("name: net\n" + (params.empty() ? "" : "params: {" + params + "}\n") + more +
                       "input: {" + sizes + "}\nlayers: [relu]\n");
  };
  CHECK(fault("a: 0.3", "channels: 1, height: 10 * a, width: 10 * a").empty());
  CHECK(
      fault("a: 0.35", "channels: 2 * a, height: 1, width: 1") ==
      "input: channels = 2 * a = 0.7 must be a whole number of at least 1 (a = 0.35); use round()");
  CHECK(fault("", "channels: 1, height: 0, width: 1") ==
        "input: height = 0 must be a whole number of at least 1");
  CHECK(fault("", "channels: 1, height: 1, width: 3 - 4") ==
        "input: width = 3 - 4 = -1 must be a whole number of at least 1");
  CHECK(fault("", "channels: 1, height: 1, width: same") ==
        "input: width = same must be a whole number of at least 1");
  CHECK(fault("a: 0", "channels: 1, height: 1, width: 3 / a") ==
        "input: width: division by zero in '3 / a'");
  CHECK(fault("", "channels: 1, height: twice, width: 1", "let: {twice: 2 * w}\n") ==
        "input: height uses a value that depends on the input itself");
  CHECK(fault("", "channels: 1, height: 1, width: twice", "let: {twice: 2 * 4}\n").empty());
}

TEST_CASE("values of a file that have none are told once", "[graph]") {
  CHECK(error_of("name: net\nparams: {a: 0}\ninput: {channels: 1, height: 4, width: 6}\n"
                 "let: {size: h / (w - 6), part: 4 / a}\nlayers: [conv: {out: size + part}]\n") ==
        "spec.yaml:4:34: error: value 'part': division by zero in '4 / a'\n"
        "    let: {size: h / (w - 6), part: 4 / a}\n"
        "                                     ^");
  CHECK(error_of("name: net\ninput: {channels: 1, height: 4, width: 6}\n"
                 "let: {size: h / (w - 6), twice: 2 * size}\n"
                 "layers: [conv: {out: size + twice}]\n") ==
        "spec.yaml:3:15: error: value 'size': division by zero in 'h / (w - 6)'\n"
        "    let: {size: h / (w - 6), twice: 2 * size}\n"
        "                  ^");
}

TEST_CASE("what is wrong with the file's values or its input keeps the network from being built",
          "[graph]") {
  CHECK(error_of("name: net\nparams: {a: 0}\ninput: {channels: 1, height: part, width: 6}\n"
                 "let: {part: 4 / a}\nlayers: [conv: {out: 0}]\n") ==
        "spec.yaml:4:15: error: value 'part': division by zero in '4 / a'\n"
        "    let: {part: 4 / a}\n"
        "                  ^");
  CHECK(error_of("name: net\ninput: {channels: 1, height: 4, width: 6}\n"
                 "let: {size: h / (w - 6)}\nlayers: [conv: {out: size}, conv: {out: 0}]\n") ==
        "spec.yaml:3:15: error: value 'size': division by zero in 'h / (w - 6)'\n"
        "    let: {size: h / (w - 6)}\n"
        "                  ^");
  const spec::ArchSpec spec = spec_of_text(
      "name: net\ninput: {channels: 0, height: 1.5, width: 1}\nlayers: [conv: {out: 0}]\n");
  const auto messages = [&](const auto& call) {
    std::vector<std::string> all;
    try {
      call();
    } catch (const Error& error) {
      for (const Diagnostic& diagnostic : error.diagnostics()) all.push_back(diagnostic.message);
    }
    return all;
  };
  const std::vector<std::string> expected = {
      "input: channels = 0 must be a whole number of at least 1",
      "input: height = 1.5 must be a whole number of at least 1"};
  CHECK(messages([&] { graph::build_network(spec); }) == expected);
  CHECK(messages([&] { graph::input_of(spec); }) == expected);
}

TEST_CASE("a network's parameters are those of the main file", "[graph]") {
  const TestFolder folder;
  folder.write("blocks.yaml",
               "params: {first: 7, second: {default: width(1)}}\ntables: {width: [9, 8]}\n"
               "blocks:\n  unit: [conv: {out: first + second}]\n");
  folder.write("net.yaml",
               "name: net\ninclude: blocks.yaml\nparams: {alpha: 2, beta: {default: tens(2)}}\n"
               "tables: {tens: [10, 20]}\ninput: {channels: 1, height: 1, width: 1}\n"
               "layers: [unit, conv: {out: alpha + beta + width(2)}]\n");
  const spec::ArchSpec spec = spec::read_spec(folder / "net.yaml");
  const auto described = [&](const std::vector<std::string>& settings) {
    graph::BuildOptions options;
    for (const std::string& text : settings)
      options.settings.push_back(graph::parse_setting(spec, text, "--set"));
    const graph::Network network = graph::build_network(spec, options);
    std::string text;
    for (const graph::Parameter& parameter : network.parameters)
      text += parameter.name + "=" + spec::to_string(parameter.value) +
              (parameter.is_default ? " " : "! ");
    for (const graph::Layer& layer : network.layers)
      text += std::to_string(layer.output.channels.value()) + " ";
    return text;
  };
  CHECK(described({}) == "alpha=2 beta=20 16 30 ");
  CHECK(described({"alpha=7"}) == "alpha=7! beta=20 16 35 ");
  CHECK(described({"beta=9", "alpha=2"}) == "alpha=2 beta=9! 16 19 ");
}

TEST_CASE("what isn't written has its default", "[graph]") {
  const graph::Network network = network_of(
      spec_with("  - pointwise: {name: p}\n  - conv: {name: c, out: 3}\n  - batch_norm\n  - elu\n"
                "  - linear: {name: l, out: 2, per_position: true}"));
  CHECK(graph::word_of(network.layers[0], "learned") == "none");
  CHECK(network.layers[0].cost.params == Count(0));
  CHECK(!graph::flag_of(network.layers[1], "bias"));
  CHECK(graph::flag_of(network.layers[2], "affine"));
  CHECK(graph::real_of(network.layers[3], "alpha") == 1);
  CHECK(graph::flag_of(network.layers[4], "bias"));
  CHECK(network.layers[4].cost.params == Count(8));
}

TEST_CASE("a size from outside takes the place of the spec's", "[graph]") {
  const spec::ArchSpec spec = spec_of_text(
      "name: net\nsource: a paper\nparams: {alpha: {default: 1, symbol: α}, b: 2}\n"
      "input: {channels: 3, height: 8, width: 6}\n"
      "let: {wide: w * 2}\nlayers: [conv: {out: wide * alpha * b}]\n");
  graph::BuildOptions options;
  const graph::Network plain = graph::build_network(spec, options);
  CHECK(plain.name == "net");
  CHECK(plain.source == "a paper");
  CHECK(plain.input == TensorShape{3, 8, 6});
  CHECK(!plain.input_given);
  CHECK(plain.batch == 1);
  CHECK(plain.layers[0].output == TensorShape{24, 8, 6});
  CHECK(plain.parameters[0].name == "alpha");
  CHECK(plain.parameters[0].symbol == "α");
  CHECK(plain.parameters[1].symbol == "b");
  options.input = TensorShape{4, 5, 7};
  options.batch = 9;
  const graph::Network given = graph::build_network(spec, options);
  CHECK(given.input == TensorShape{4, 5, 7});
  CHECK(given.input_given);
  CHECK(given.batch == 9);
  CHECK(given.layers[0].output == TensorShape{28, 5, 7});
  CHECK(graph::input_of(spec) == TensorShape{3, 8, 6});
  CHECK(graph::input_of(spec, options) == TensorShape{4, 5, 7});
}

TEST_CASE("what a spec says of itself is passed on", "[graph]") {
  spec::ArchSpec spec = spec_of_text(spec_with("  - relu"));
  spec.source = "a paper";
  spec.notes = {"one", "two"};
  const graph::Network network = graph::build_network(spec);
  CHECK(network.source == "a paper");
  CHECK(network.notes == std::vector<std::string>{"one", "two"});
}

TEST_CASE("the network's outputs are layers, each once", "[graph]") {
  const auto outputs = [](const std::string& names) {
    return error_of(
        spec_with("  - relu: {name: a}\n  - tanh: {name: b}\noutputs: [" + names + "]"));
  };
  CHECK(outputs("a, b").empty());
  CHECK(outputs("b, a").empty());
  CHECK(outputs("b, input") ==
        "spec.yaml:6:14: error: one of the network's outputs is its input\n"
        "    outputs: [b, input]\n"
        "                 ^");
  CHECK(outputs("b, a, b") ==
        "spec.yaml:6:17: error: 'b' is twice among the network's outputs\n"
        "    outputs: [b, a, b]\n"
        "                    ^");
  CHECK(error_of(spec_with("  - relu: {when: false}")) ==
        "spec.yaml: error: the network has no layers: all of them are switched off");
}
