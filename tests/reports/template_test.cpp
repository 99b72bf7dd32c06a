// SPDX-License-Identifier: Apache-2.0
// Report templates: what the reader refuses, figures in prose, measured blocks, and the example of
// docs/REPORTS.md as a process.
#include <fmt/core.h>

#include "core/text.hpp"
#include "cost/entropy.hpp"
#include "reports/templates/figures.hpp"
#include "reports/templates/template_page.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/report_checks.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

methods::OpenedSpec open_shipped(const std::string& argument,
                                 const std::vector<std::string>& settings, const std::string&) {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  const std::size_t colon = argument.find(':');
  const auto path = library.find(argument.substr(0, colon));
  if (!path) throw Error(fmt::format("no spec '{}'", argument));
  methods::OpenedSpec opened = {argument, spec::read_spec(*path), {}};
  std::vector<std::string> all = settings;
  if (colon != std::string::npos) all.push_back(argument.substr(colon + 1));
  for (const std::string& setting : all)
    opened.options.settings.push_back(graph::parse_setting(opened.spec, setting, argument));
  return opened;
}

templates::TemplateInput input_without_measurement() {
  templates::TemplateInput input;
  input.origin = {"archcost", "archcost report"};
  input.open = open_shipped;
  return input;
}

document::Page page_of(const std::string& yaml,
                       const templates::TemplateInput& input = input_without_measurement()) {
  return templates::template_page(templates::read_template_text("t.yaml", yaml, ""), input);
}

std::string template_error(const std::string& yaml) {
  try {
    page_of(yaml);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string with_block(const std::string& block) {
  return "title: T\nsections:\n  - blocks:\n      - " + block + "\n";
}

// Every layer a kernel of its own, which takes a microsecond.
runner::Measurement microsecond_kernels(const graph::Network& network, const std::string& engine) {
  runner::Measurement measurement;
  if (!engine.empty()) measurement.machine.engine = engine;
  const bool other = measurement.machine.engine == "onnxruntime";
  measurement.cpu = "CPU";
  measurement.date = "2026-01-01";
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const auto id = static_cast<graph::LayerId>(k);
    runner::MeasuredRow row;
    row.layers = {id};
    row.main = id;
    row.seconds = other ? 3e-6 : 1e-6;
    measurement.rows.push_back(row);
    measurement.seconds += row.seconds;
  }
  measurement.plain_seconds = measurement.seconds;
  return measurement;
}

const document::Paragraph& paragraph(const document::Page& page, std::size_t section,
                                     std::size_t part) {
  return std::get<document::Paragraph>(page.sections.at(section).parts.at(part));
}

}  // namespace

TEST_CASE("a template refuses unknown keys, blocks, fields, words and costs", "[report]") {
  CHECK(template_error("title: T\nsection: []\n") ==
        "t.yaml:1:1: error: report template: missing key 'sections'\n"
        "    title: T\n    ^\n"
        "t.yaml:2:1: error: report template: unknown key 'section'; did you mean 'sections'?\n"
        "    section: []\n    ^\n2 errors");
  CHECK(template_error(with_block("swep: {name: a}")) ==
        "t.yaml:4:9: error: blocks: unknown block 'swep'; did you mean 'sweep'?\n"
        "    - swep: {name: a}\n      ^");
  CHECK(template_error(with_block("shares: {name: a, network: mobilenet_v1, colour: red}")) ==
        "t.yaml:4:50: error: shares: unknown key 'colour'; known are 'name', 'network', 'by'\n"
        "    - shares: {name: a, network: mobilenet_v1, colour: red}\n"
        "                                               ^");
  CHECK(template_error(with_block("shares: {network: mobilenet_v1, by: stage}")) ==
        "t.yaml:4:9: error: shares: missing key 'name'\n"
        "    - shares: {network: mobilenet_v1, by: stage}\n      ^\n"
        "t.yaml:4:45: error: by of shares: unknown word 'stage'; known are 'kind', 'layer'\n"
        "    - shares: {network: mobilenet_v1, by: stage}\n"
        "                                          ^\n2 errors");
  CHECK(template_error(
            with_block("sweep: {name: a, network: mobilenet_v1, vary: alpha, costs: mcas}")) ==
        "t.yaml:4:69: error: costs of sweep: unknown cost 'mcas'; did you mean 'macs'?\n"
        "    - sweep: {name: a, network: mobilenet_v1, vary: alpha, costs: mcas}\n"
        "                                                                  ^");
  CHECK(template_error(with_block("measured_totals: {name: measured, networks: mobilenet_v1}")) ==
        "t.yaml:4:9: error: measured_totals needs measured times; give its section 'measured: "
        "true'\n    - measured_totals: {name: measured, networks: mobilenet_v1}\n"
        "      ^\n"
        "t.yaml:4:33: error: name of measured_totals: names in measured sections, and only there, "
        "begin with 'measured'\n"
        "    - measured_totals: {name: measured, networks: mobilenet_v1}\n"
        "                              ^\n2 errors");
}

TEST_CASE("a template refuses broken placeholders", "[report]") {
  const auto refused = [](const std::string& text) {
    const std::string message = template_error(with_block("text: x " + text));
    return message.substr(0, message.find('\n'));
  };
  CHECK(refused("{mcas(mobilenet_v1)}") ==
        "t.yaml:4:18: error: text: unknown cost 'mcas'; did you mean 'macs'?");
  CHECK(refused("{macs(mobilenet_v1) | pct}") ==
        "t.yaml:4:38: error: text: unknown format 'pct' in '{macs(mobilenet_v1) | pct}'; known are "
        "'integer', 'count', 'bytes', 'ratio', 'percent', 'number', 'seconds'");
  CHECK(refused("{macs}") ==
        "t.yaml:4:18: error: text: 'macs' stands alone; a figure is a cost of a network, as "
        "macs(NETWORK)");
  CHECK(refused("{macs(1)}") ==
        "t.yaml:4:18: error: text: write macs(NETWORK) or macs(NETWORK, PART); a network with "
        "settings gets a name in 'networks'");
  CHECK(refused("{macs(mobilenet_v1)") ==
        "t.yaml:4:17: error: text: a '{' without its other brace; write {{ for a brace in the "
        "text");
  CHECK(refused("{}") ==
        "t.yaml:4:18: error: text: an empty placeholder; write {macs(NETWORK)}, or {{ for a "
        "brace");
  CHECK(refused("{seconds(mobilenet_v1)}") ==
        "t.yaml:4:18: error: text: 'seconds' is measured; use it in a section with 'measured: "
        "true'");
  CHECK(refused("{macs(mobilenet_v1, convv)}") == "t.yaml:4:23: error: no layer is a 'convv'");
  const auto refused_value = [](const std::string& value) {
    const std::string message = template_error(
        with_block("curve: {name: c, alt: a, over: alpha=0.5, value: \"" + value + "\"}"));
    return message.substr(0, message.find('\n'));
  };
  CHECK(refused_value("mcas(mobilenet_v1)") ==
        "t.yaml:4:59: error: value of curve: unknown cost 'mcas'; did you mean 'macs'?");
  CHECK(refused_value("2 * macs(1)") ==
        "t.yaml:4:63: error: value of curve: write macs(NETWORK) or macs(NETWORK, PART); a network "
        "with settings gets a name in 'networks'");
  CHECK(refused_value("seconds(mobilenet_v1)") ==
        "t.yaml:4:59: error: value of curve: 'seconds' is measured; use it in a section with "
        "'measured: true'");
  CHECK(refused_value("macs(mobilenet_v1") ==
        "t.yaml:4:76: error: value of curve: 'macs(mobilenet_v1' has no ')'; inside { } and [ ] an "
        "expression with a comma needs quotes");
}

TEST_CASE("unknown networks of a template are reported together, with their places", "[report]") {
  CHECK(
      template_error("title: T\nnetworks: {small: mobilenet_v1:alpha=0.5}\nsections:\n  - blocks:\n"
                     "      - compare: {name: c, networks: [small, mobilnet]}\n"
                     "      - text: so {macs(smal)}.\n") ==
      "t.yaml:5:46: error: no spec 'mobilnet'\n"
      "    - compare: {name: c, networks: [small, mobilnet]}\n"
      "                                           ^\n"
      "t.yaml:6:24: error: no spec 'smal'\n"
      "    - text: so {macs(smal)}.\n"
      "                     ^\n2 errors");
}

TEST_CASE("what a block can't show is an error at the block", "[report]") {
  CHECK(template_error(with_block("map: {name: m, network: mobilenet_v1, vary: alpha, alt: A.}")) ==
        "t.yaml:4:9: error: map: a map varies two parameters, not 1\n"
        "    - map: {name: m, network: mobilenet_v1, vary: alpha, alt: A.}\n      ^");
  const std::string shares = "shares: {name: s, network: mobilenet_v1}";
  CHECK(template_error(with_block(shares + "\n      - " + shares)) ==
        "t.yaml:5:9: error: shares: 's' is the name of another table or picture too; change the "
        "block's name\n    - shares: {name: s, network: mobilenet_v1}\n      ^");
}

TEST_CASE("figures in prose have formats", "[report]") {
  const document::Page page = page_of(
      "title: T\nnetworks: {half: mobilenet_v1:alpha=0.5}\nsections:\n  - blocks:\n"
      "      - text: >\n          {macs(half)}, {macs(half) | integer}, {macs(half) / "
      "macs(mobilenet_v1)\n          | percent}, {params(half)/params(mobilenet_v1) | ratio},\n"
      "          {peak_memory(half) | bytes}, {macs(mobilenet_v1, conv_1x1) / "
      "macs(mobilenet_v1)},\n"
      "          {{x}}, {max(1, 2) * 1.5 | number}\n");
  CHECK(paragraph(page, 0, 0).text ==
        "149.50M, 149,497,088, 26.3 %, 0.315, 3.06 MiB, 0.9486, {x}, 3");
}

TEST_CASE("measured sections of a template are built when something is measured", "[report]") {
  const std::string yaml =
      "title: T\nnetworks: {g3: shufflenet_v1:g=3}\nsections:\n"
      "  - heading: M\n    measured: true\n    blocks:\n"
      "      - text: \"{seconds(g3) | seconds}, {gflops(g3, grouped_1x1)}\"\n"
      "      - measured_table:\n          name: measured_groups\n          networks: g3\n"
      "          only: [grouped 1x1, conv 1x1]\n"
      "          columns: [kernels, macs, ungrouped_macs, seconds_share]\n";
  const document::Page without = page_of(yaml);
  REQUIRE(without.sections.size() == 1);
  CHECK(without.sections[0].heading == "Where this comes from");

  templates::TemplateInput input = input_without_measurement();
  input.origin.measured_command = "archcost report --measure";
  input.measure = microsecond_kernels;
  const document::Page page = page_of(yaml, input);
  REQUIRE(page.sections.size() == 2);
  CHECK(page.sections[0].measured);
  CHECK(std::get<document::Listing>(page.sections[0].parts.at(1)).text ==
        "archcost report --measure");
  // 170 layers of a microsecond; 31 grouped ones with 120,050,000 multiply-adds or so.
  CHECK(paragraph(page, 0, 2).text == "170.0 us, 7745");
  const document::Table& table = std::get<document::PageTable>(page.sections[0].parts.at(3)).table;
  std::vector<std::string> keys;
  for (const document::Column& column : table.columns) keys.push_back(column.key);
  CHECK(keys == std::vector<std::string>{"network", "kind", "kernels", "macs", "ungrouped_macs",
                                         "seconds_share"});
  REQUIRE(table.rows.size() == 2);
  CHECK(std::get<std::string>(table.rows[1][1]) == "grouped 1x1");
  CHECK(std::get<std::int64_t>(table.rows[1][2]) == 31);
  const std::int64_t macs = std::get<std::int64_t>(table.rows[1][3]);
  CHECK(std::get<std::int64_t>(table.rows[1][4]) == 3 * macs);
}

TEST_CASE("a template holds engines side by side", "[report]") {
  const std::string yaml =
      "title: T\nsections:\n  - measured: true\n    blocks:\n"
      "      - text: \"{seconds(mobilenet_v1) | seconds}, {seconds(mobilenet_v1, onnxruntime) | "
      "seconds}, {seconds(mobilenet_v1, conv_1x1, onnxruntime) | seconds}\"\n"
      "      - engines: {name: measured_engines, networks: [mobilenet_v1, shufflenet_v1], "
      "engines: [onednn, onnxruntime]}\n";
  templates::TemplateInput input = input_without_measurement();
  int runs = 0;
  input.measure = [&](const graph::Network& network, const std::string& engine) {
    ++runs;
    return microsecond_kernels(network, engine);
  };
  const document::Page page = page_of(yaml, input);
  CHECK(runs == 4);  // each network once on each engine
  const std::vector<document::PagePart>& parts = page.sections.at(0).parts;
  CHECK(paragraph(page, 0, 2).text == "84.00 us, 252.0 us, 39.00 us");
  const document::Table& totals = std::get<document::PageTable>(parts.at(4)).table;
  REQUIRE(totals.rows.size() == 2);
  CHECK(std::get<std::string>(totals.rows[1][0]) == "shufflenet_v1");
  CHECK(std::get<double>(totals.rows[0].back()) == Approx(3.0));
}

TEST_CASE("a template's engines are checked and listed", "[report]") {
  const std::string head = "title: T\nsections:\n  - measured: true\n    blocks:\n";
  CHECK(template_error(head + "      - engines: {name: measured_e, networks: alexnet, engines: "
                              "onxruntime}\n") ==
        "t.yaml:5:65: error: engines of engines: unknown engine 'onxruntime'; did you mean "
        "'onnxruntime'?\n    - engines: {name: measured_e, networks: alexnet, engines: "
        "onxruntime}\n                                                              ^");
  const auto source = templates::read_template_text(
      "t.yaml",
      head +
          "      - text: \"{seconds(alexnet, onnxruntime)}\"\n"
          "      - engines: {name: measured_e, networks: alexnet, engines: "
          "[onednn, onnxruntime]}\n",
      ".");
  CHECK(templates::engines_of(source) == std::vector<std::string>{"onnxruntime", "onednn"});
}

TEST_CASE("the example of docs/REPORTS.md is a report", "[report]") {
  const std::string docs = read_file(source_dir() / "docs/REPORTS.md");
  const std::string fence = "```yaml\n";
  const std::size_t from = docs.find(fence);
  REQUIRE(from != std::string::npos);
  const std::size_t begin = from + fence.size();
  const TestFolder folder;
  folder.write("half_width.yaml", docs.substr(begin, docs.find("```", begin) - begin));
  const Run run = run_program("report --template half_width.yaml -o out", folder.text());
  CHECK(run.err == "");
  REQUIRE(run.status == 0);
  CHECK(report_faults(folder / "out") == "");
  const std::string document = read_file(folder / "out/report.md");
  const auto contains = [&](const std::string& part) {
    return document.find(part) != std::string::npos;
  };
  CHECK(
      contains("\nAt half width, MobileNet v1 needs 149.50M multiply-adds, 26.3 % of those at "
               "full width, and 1,331,592 parameters.\n"));
  CHECK(contains("\n### The most accurate networks\n"));
  CHECK_FALSE(contains("easured"));
}

TEST_CASE("docs/REPORTS.md lists every block with its fields", "[report]") {
  const std::string docs = read_file(source_dir() / "docs/REPORTS.md");
  for (const templates::BlockKind& kind : templates::block_kinds()) {
    INFO(kind.name);
    const std::size_t at = docs.find(fmt::format("\n| `{}` | ", kind.name));
    REQUIRE(at != std::string::npos);
    const std::string line = docs.substr(at + 1, docs.find('\n', at + 1) - at - 1);
    for (const templates::FieldRow& row : kind.fields) {
      INFO(row.key);
      const std::string marks = row.required ? "**" : "";
      CHECK(line.find(fmt::format("{0}`{1}`{0}", marks, row.key)) != std::string::npos);
      for (const std::string& word : split(std::string(row.choices), ' '))
        CHECK((word.empty() || line.find("`" + word + "`") != std::string::npos));
    }
  }
}

TEST_CASE("blocks of sweeps take any cost", "[report]") {
  const std::string vary = "network: mobilenet_v1, vary: [\"alpha=0.5,1\", \"rho=0.5,1\"]";
  const document::Page map =
      page_of(with_block("map: {name: m, alt: a, cost: entropy, " + vary + "}"));
  const auto& picture = std::get<document::Picture>(map.sections.front().parts.front());
  const double entropy = std::get<double>(picture.data.rows.back()[2]);
  CHECK(entropy == Approx(cost::entropy_of(shipped("mobilenet_v1")).entropy).epsilon(1e-6));
  // Without what the pictures show there is none.
  const document::Page table = page_of(with_block("sweep: {name: s, costs: params, " + vary + "}"));
  CHECK(std::holds_alternative<document::PageTable>(table.sections.front().parts.front()));
  CHECK(contains(template_error(with_block("curve: {name: c, alt: a, value: 1 + 2, over: x=1}")),
                 "curve: 'value' names no cost of a network; write it as macs(NETWORK)"));
}
