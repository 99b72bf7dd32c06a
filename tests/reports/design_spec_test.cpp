// SPDX-License-Identifier: Apache-2.0
// A design of a search as a command, and as a spec whose text is the original with other defaults.
#include "reports/tables/search_report.hpp"
#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Lines = std::vector<std::string>;

methods::SearchPlan plan_of_text(const std::string& text, const Lines& vary,
                                 graph::BuildOptions options = {},
                                 const std::string& label = "net") {
  std::vector<methods::OpenedSpec> specs;
  options.suggest_fix = false;
  specs.push_back({label, spec::read_spec_text("net.yaml", text, "."), std::move(options), vary});
  return methods::plan_search({.minimize = {"macs"}, .columns = ""}, std::move(specs));
}

// The spec of the point with these indices.
std::string designed(const std::string& text, const Lines& vary, std::vector<std::size_t> at,
                     graph::BuildOptions options = {}) {
  const methods::SearchPlan plan = plan_of_text(text, vary, std::move(options));
  methods::Design design;
  design.at = std::move(at);
  const std::string spec = tables::design_spec(plan, design);
  // It builds the network that the settings give.
  CHECK(same_layers(network_of(spec),
                    graph::build_network(plan.jobs[0].spec, methods::options_of(plan, design))));
  return spec;
}

// Layers that use a, b and the list c.
constexpr const char* kDesignedLayers =
    "input: {channels: 4, height: 8, width: 8}\nlayers:\n"
    "  - conv: {name: x, out: a}\n  - conv: {name: y, out: c(1) + c(2), kernel: b}\n";

spec::Value set_number(std::int64_t number) { return spec::Value(spec::Number(number)); }

}  // namespace

TEST_CASE("defaults in braces are replaced where they stand", "[search]") {
  CHECK(designed("name: net  # a comment\nparams: {a: {default: 4, help: \"of {it}, all\"}, b: 1,\n"
                 "         c: {help: \"häß, lich\", default: [2, 3] }}\n" +
                     std::string(kDesignedLayers),
                 {"a=8,16", "b=3,5", "c=[4,5],[6,7]"}, {1, 0, 1}) ==
        "# net of a search: minimize macs\n"
        "name: net  # a comment\nparams: {a: {default: 16, help: \"of {it}, all\"}, b: 3,\n"
        "         c: {help: \"häß, lich\", default: [6, 7] }}\n" +
            std::string(kDesignedLayers));
}

TEST_CASE("defaults on lines of their own are replaced up to a comment", "[search]") {
  const std::string text =
      "name: net\nparams:\n  a:\n    default: 2 * 2   # twice\n    help: first\n"
      "  b: (1 + 0)  # in brackets\n  c: [2,\n      3]\n";
  CHECK(designed(text + kDesignedLayers, {"a=8,16", "b=3,5", "c=[4,5],[6,7]"}, {0, 1, 0}) ==
        "# net of a search: minimize macs\n"
        "name: net\nparams:\n  a:\n    default: 8   # twice\n    help: first\n"
        "  b: 5  # in brackets\n  c: [4, 5]\n" +
            std::string(kDesignedLayers));
}

TEST_CASE("a default ends at a comma, a brace, a comment or the end of the text", "[search]") {
  const std::string head = std::string(kDesignedLayers).insert(0, "name: net\n");
  const auto check = [&](const std::string& before, const std::string& after) {
    INFO(before);
    CHECK(designed(head + before, {"a=8,16", "b=3,5", "c=[4,5],[6,7]"}, {1, 1, 1}) ==
          "# net of a search: minimize macs\n" + head + after);
  };
  check("params: {a: {default: 4}, b: {default: 1}, c: [2, 3]}\n",
        "params: {a: {default: 16}, b: {default: 5}, c: [6, 7]}\n");
  check("params:\n  a: 4 #twice\n  c: [2, 3] # a list\n  b: 1",
        "params:\n  a: 16 #twice\n  c: [6, 7] # a list\n  b: 5\n");
  check(
      "params:\n  c: {help: list,\n      default: [2, 3], symbol: γ}\n  b: {help: x,\n      "
      "default: 1, min: 1}\n  a: {help: y, default: (2\n   + 2), min: 1}\n",
      "params:\n  c: {help: list,\n      default: [6, 7], symbol: γ}\n  b: {help: x,\n      "
      "default: 5, min: 1}\n  a: {help: y, default: 16, min: 1}\n");
}

TEST_CASE("a spec on one line, and one that begins with an empty line", "[search]") {
  const std::string rest =
      ", b: 1}, input: {channels: 4, height: 8, width: 8}, layers: [conv: {out: a, kernel: b}]}\n";
  CHECK(designed("{name: net, params: {a: 4" + rest, {"a=8,16"}, {1}) ==
        "# net of a search: minimize macs\n{name: net, params: {a: 16" + rest);
  const std::string layers =
      "input: {channels: 4, height: 8, width: 8}\nlayers:\n  - conv: {out: a}\n";
  CHECK(designed("\nname: net\nparams: {a: 4}\n" + layers, {"a=8,16"}, {1}) ==
        "# net of a search: minimize macs\n\nname: net\nparams: {a: 16}\n" + layers);
}

TEST_CASE("a spec whose text is not the whole of it is written anew", "[search]") {
  const std::string text =
      "name: net\nparams: {a: 4, b: 1, c: [2, 3]}  # of the text\n" + std::string(kDesignedLayers);
  methods::SearchPlan plan = plan_of_text(text, {"a=8,16"});
  plan.jobs[0].spec.is_text = false;
  methods::Design design;
  design.at = {1};
  const std::string spec = tables::design_spec(plan, design);
  CHECK(spec.starts_with("# net of a search: minimize macs\n"));
  CHECK_FALSE(contains(spec, "of the text"));
  CHECK(same_layers(network_of(spec), network_of(text, {"a=16"})));
  // What it includes stands in another file.
  const TestFolder folder;
  folder.write("blocks.yaml",
               "blocks:\n  pair:\n    args: {n: required}\n    layers:\n      - conv: {out: n}\n");
  folder.write("net.yaml",
               "name: net\ninclude: blocks.yaml\nparams: {a: 4}\n"
               "input: {channels: 4, height: 8, width: 8}\nlayers:\n  - pair: {n: a}\n");
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net", spec::read_spec(folder / "net.yaml"), {}, Lines{"a=8,16"}});
  const methods::SearchPlan including =
      methods::plan_search({.minimize = {"macs"}, .columns = ""}, std::move(specs));
  const std::string whole = tables::design_spec(including, design);
  CHECK_FALSE(contains(whole, "include"));
  CHECK(network_of(whole).layers[0].output.channels == Count(16));
}

TEST_CASE("defaults in quotes, and words", "[search]") {
  const std::string layers =
      "input: {channels: 4, height: 8, width: 8}\nlayers:\n  - conv: {out: a}\n"
      "  - upsample: {factor: 2, mode: m}\n";
  CHECK(designed("name: net\nparams: {a: \"2 + 2\", m: {choices: [nearest, bilinear], default: "
                 "'nearest'}}\n" +
                     layers,
                 {"a=8,16", "m=nearest,bilinear"}, {1, 1}) ==
        "# net of a search: minimize macs\n"
        "name: net\nparams: {a: 16, m: {choices: [nearest, bilinear], default: bilinear}}\n" +
            layers);
}

TEST_CASE("what is not varied keeps its default, and what is set has the setting", "[search]") {
  graph::BuildOptions options;
  options.settings = {{"b", set_number(3)}};
  const std::string text = "name: net\nparams: {a: 4, b: 1, c: [2, 3]}\n";
  CHECK(designed(text + kDesignedLayers, {"a=8,16"}, {0}, options) ==
        "# net of a search: minimize macs\nname: net\nparams: {a: 8, b: 3, c: [2, 3]}\n" +
            std::string(kDesignedLayers));
}

TEST_CASE("sections about other settings are left out", "[search]") {
  const std::string head = "# first\nname: net\nparams:\n  a: 4\n  b: 1\n  c: [2, 3]\n";
  CHECK(designed(head +
                     "presets:\n  small:\n    a: 2\n"
                     "# kept with what is before it\n"
                     "published:\n- {macs: 1, source: x}\n\n- {macs: 2, source: x,\n}\n" +
                     std::string(kDesignedLayers) +
                     "accuracy:\n  - {top1: 50, source: x}\nsearch:\n  vary: {a: [2, 4]}\n",
                 {"a=8,16"}, {1}) ==
        "# net of a search: minimize macs\n"
        "# first\nname: net\nparams:\n  a: 16\n  b: 1\n  c: [2, 3]\n" +
            std::string(kDesignedLayers));
}

TEST_CASE("what belongs to a section is told by its first character", "[search]") {
  const std::string layers =
      "input: {channels: 4, height: 8, width: 8}\nlayers:\n  - conv: {out: a}\n";
  CHECK(designed("name: net\npublished: [\n {macs: 1, source: x}\n]\n#no more\nparams: {a: 4}\n" +
                     layers,
                 {"a=8,16"},
                 {1}) == "# net of a search: minimize macs\nname: net\nparams: {a: 16}\n" + layers);
}

TEST_CASE("a design with another input is no spec", "[search]") {
  graph::BuildOptions options;
  options.input = TensorShape{4, 6, 5};
  const methods::SearchPlan plan =
      plan_of_text("name: net\nparams: {a: 4, b: 1, c: [2, 3]}\n" + std::string(kDesignedLayers),
                   {"a=8,16"}, options);
  methods::Design design;
  design.at = {0};
  CHECK_THROWS_WITH(tables::design_spec(plan, design),
                    "error: --input isn't part of a spec: leave it out, or use the printed command "
                    "instead of -o");
}

TEST_CASE("a design as a command", "[search]") {
  const std::string text =
      "name: net\nparams: {a: 4, b: 1, c: [2, 3]}\n" + std::string(kDesignedLayers);
  methods::Design design;
  design.at = {1, 0};
  const auto command = [&](const graph::BuildOptions& options, const std::string& label = "net",
                           const std::string& vary = "c=[4,5],[6,7]") {
    return tables::design_command(plan_of_text(text, {"a=8,16", vary}, options, label), design,
                                  "export");
  };
  CHECK(command({}) == "archcost export net --set a=16 --set 'c=[4, 5]'");
  graph::BuildOptions options;
  options.settings = {{"c", spec::Value(spec::List{set_number(7), set_number(3)})},
                      {"b", set_number(3)}};
  // An element is varied in the list that is set.
  CHECK(command(options, "net", "c(2)=4,6") ==
        "archcost export net --set b=3 --set a=16 --set 'c=[7, 4]'");
  options.settings = {{"b", set_number(3)}};
  CHECK(command(options) == "archcost export net --set b=3 --set a=16 --set 'c=[4, 5]'");
  CHECK(command(options, "net:b=3") == "archcost export net:b=3 --set a=16 --set 'c=[4, 5]'");
  CHECK(command({}, "my net.yaml") == "archcost export 'my net.yaml' --set a=16 --set 'c=[4, 5]'");
  options.settings = {};
  options.batch = 2;
  options.input = TensorShape{4, 6, 5};
  CHECK(command(options) ==
        "archcost export net --set a=16 --set 'c=[4, 5]' --input 4x6x5 --batch 2");
}

TEST_CASE("the spec of a design replaces values of a map over several lines", "[search][cli]") {
  const TestFolder folder;
  folder.write("net.yaml",
               "name: net\nparams: {\n  a: 4,\n  b: 1\n}\n"
               "input: {channels: b, height: 2, width: 2}\nlayers: [conv: {out: a}]\n");
  const Run search =
      run_program("search net.yaml --vary a=8,16 --minimize macs -o out.yaml", folder.text());
  INFO(search.err);
  CHECK(search.status == 0);
  CHECK(contains(read_file(folder / "out.yaml"), "params: {\n  a: 8,\n  b: 1\n}\n"));
  CHECK(run_program("analyze out.yaml", folder.text()).status == 0);
}
