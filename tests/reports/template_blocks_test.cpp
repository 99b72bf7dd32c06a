// SPDX-License-Identifier: Apache-2.0
// Blocks of report templates over small invented specs, whole.
#include <algorithm>
#include <map>

#include "core/diagnostic.hpp"
#include "reports/templates/figures.hpp"
#include "reports/templates/template_page.hpp"
#include "support/catch.hpp"
#include "support/page_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// a: convolutions of 1x1 in groups and of 3x3; b: 1x1 alone; bare: no costs; x2: an input that
// can be set.
const std::map<std::string, std::string> kBlockSpecs = {
    {"a",
     "params: {c: {default: 4, sweep: [2, 4]}, g: {default: 2, choices: [1, 2]}}\n"
     "input: {channels: 4, height: 5, width: 3}\nlayers:\n"
     "  - conv: {name: grouped, out: c, groups: g}\n  - relu: {name: r}\n"
     "  - stage: {name: s, layers: [conv: {name: wide, out: 6, kernel: 3}]}\n"
     "published:\n  - {at: {c: 2}, top1: 61, source: one, recipe: slow}\n"
     "  - {at: {c: 4}, top1: 70, source: one, recipe: slow}\n"},
    {"b",
     "params: {d: {default: 8, sweep: [1, 8]}}\ninput: {channels: 2, height: 5, width: 3}\n"
     "layers: [conv: {name: one, out: d}]\n"
     "published:\n  - {at: {d: 1}, top1: 20, source: two, recipe: fast}\n"
     "  - {at: {d: 8}, top1: 69.5, source: two, recipe: fast}\n"},
    {"near",
     "params: {d: {default: 4, sweep: [4]}}\ninput: {channels: 2, height: 5, width: 3}\n"
     "layers: [conv: {name: one, out: d}]\n"
     "published:\n  - {at: {d: 4}, top1: 69.1, source: two, recipe: fast}\n"},
    {"tie",
     "params: {d: {default: 112, sweep: [112]}}\ninput: {channels: 2, height: 5, width: 3}\n"
     "layers: [conv: {name: one, out: d}]\n"
     "published:\n  - {at: {d: 112}, top1: 69.9, source: two, recipe: fast}\n"},
    {"flat",
     "params: {z: 1}\ninput: {channels: 2, height: 1, width: 1}\n"
     "layers: [flatten: {name: f}, linear: {name: l, out: 5 + z}]\n"},
    {"bare", "input: {channels: 2, height: 5, width: 3}\nlayers: [relu: {name: r}]\n"},
    {"weak",
     "params: {d: {default: 3, sweep: [2, 3]}}\ninput: {channels: 1, height: 5, width: 3}\n"
     "layers: [conv: {name: one, out: d}]\n"
     "published:\n  - {at: {d: 2}, top1: 10, source: two, recipe: fast}\n"
     "  - {at: {d: 3}, top1: 40.5, source: two, recipe: fast}\n"},
};

methods::OpenedSpec open_block_spec(const std::string& argument,
                                    const std::vector<std::string>& settings,
                                    const std::string& input) {
  const std::size_t colon = argument.find(':');
  const std::string name = argument.substr(0, colon);
  if (!kBlockSpecs.contains(name)) throw Error("no spec " + name);
  methods::OpenedSpec opened = {
      argument,
      spec::read_spec_text(name + ".yaml", "name: " + name + "\n" + kBlockSpecs.at(name), "."),
      {}};
  std::vector<std::string> all = settings;
  if (colon != std::string::npos) all.push_back(argument.substr(colon + 1));
  for (const std::string& setting : all)
    opened.options.settings.push_back(graph::parse_setting(opened.spec, setting, argument));
  if (!input.empty()) opened.options.settings.clear();
  return opened;
}

// Layer k takes k + 1 microseconds; on another engine ten times that.
runner::Measurement block_measurement(const graph::Network& network, const std::string& engine) {
  runner::Measurement m;
  if (!engine.empty()) m.machine.engine = engine;
  m.cpu = "CPU";
  m.date = "2026-01-01";
  m.blocks = 3;
  m.spread = 0.0125;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const auto id = static_cast<graph::LayerId>(k);
    runner::MeasuredRow row;
    row.layers = {id};
    row.main = row.value = id;
    row.seconds = 1e-6 * static_cast<double>(k + 1) * (m.machine.engine == "onnxruntime" ? 10 : 1);
    m.rows.push_back(row);
    m.seconds += row.seconds;
  }
  m.plain_seconds = m.fastest_seconds = m.seconds;
  return m;
}

std::vector<document::PagePart> block_parts(const std::string& blocks, bool measured = false,
                                            const std::string& networks = "") {
  templates::TemplateInput input;
  input.origin = {"archcost", "archcost report"};
  input.open = open_block_spec;
  if (measured) input.measure = block_measurement;
  const std::string yaml = "title: T\n" + networks + "sections:\n  - heading: H\n" +
                           (measured ? "    measured: true\n" : "") + "    blocks:\n" + blocks;
  return templates::template_page(templates::read_template_text("t.yaml", yaml, ""), input)
      .sections.at(0)
      .parts;
}

std::string block_text(const std::string& block, bool measured = false,
                       const std::string& networks = "") {
  std::vector<document::PagePart> parts =
      block_parts("      - " + block + "\n", measured, networks);
  if (measured) parts.erase(parts.begin(), parts.begin() + 2);  // when and how
  return whole_text(parts);
}

std::string block_fault(const std::string& block) {
  try {
    block_text(block);
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  }
  return "";
}

}  // namespace

TEST_CASE("figures are rounded to the nearest whole number, below zero too", "[report]") {
  const auto text = [](double number, const std::string& format) {
    return templates::format_figure(spec::Number::inexact(number), format);
  };
  CHECK(text(2.5, "integer") == "3");
  CHECK(text(2.49, "integer") == "2");
  CHECK(text(-2.5, "integer") == "-3");
  CHECK(text(-2.49, "integer") == "-2");
  CHECK(text(-0.5, "integer") == "-1");
  CHECK(text(-0.4, "integer") == "0");
  CHECK(text(0.5, "integer") == "1");
  CHECK(text(1'234'567.5, "integer") == "1,234,568");
  CHECK(text(1535.6, "bytes") == "1.50 KiB");
  CHECK(text(1'234'567.5, "count") == "1.23M");
  CHECK(text(0.12345, "ratio") == "0.123");
  CHECK(text(0.12345, "percent") == "12.3 %");
  CHECK(text(0.0012345, "seconds") == "1.234 ms");
  CHECK(text(12.3456, "number") == "12.35");
  CHECK(text(12.3456, "") == "12.35");
  CHECK(templates::format_figure(spec::Number(Rational(1'234'567, 1)), "") == "1.23M");
  CHECK(templates::format_figure(spec::Number(Rational(5, 2)), "") == "2.5");
}

TEST_CASE("budgets of templates: units of thousands, numbers above 0", "[report]") {
  const std::vector<std::pair<std::string, std::optional<double>>> cases = {
      {"50M", 50e6}, {"2K", 2e3}, {"1.5G", 1.5e9}, {"3T", 3e12}, {"7", 7.0}, {"0.5", 0.5}, {"", {}},
      {"K", {}},     {"0", {}},   {"-1", {}},      {"2k", {}},   {"x", {}},  {"0M", {}}};
  for (const auto& [text, value] : cases) {
    CAPTURE(text);
    CHECK(templates::parse_budget(text) == value);
  }
}

TEST_CASE("a curve: lines with their settings, an axis that doubles is logarithmic", "[report]") {
  CHECK(block_text("curve: {name: cur, alt: \"A {macs(b)}.\", value: macs(b) / 3 + params(b), "
                   "over: \"d=1,2,4\", x: wide, y: up}") == R"(
picture cur: A 240.
x 'wide', y 'up' log x
d "d" text; cur "up" number
| '1' | 12.0 |
| '2' | 24.0 |
| '4' | 48.0 |
)");
  CHECK(block_text("curve: {name: cur, alt: A., value: \"macs(a)\", over: \"c=2,4\", lines: "
                   "\"g=1,2\", label: \"of {g} {g}\", column: \"m{g}\"}") == R"(
picture cur: A.
x 'c', y ''
c "c" text; m1 "of 1 1" number; m2 "of 2 2" number
| '2' | 1740.0 | 1680.0 |
| '4' | 3480.0 | 3360.0 |
)");
  const auto log_x = [](const std::string& values) {
    const auto parts = block_parts(
        "      - curve: {name: cur, alt: A., value: macs(b), over: \"d=" + values + "\", y: up}\n");
    return std::get<document::Picture>(parts.at(0)).chart.log_x;
  };
  CHECK(log_x("1,2,4"));
  CHECK(log_x("1,2,4,5"));
  CHECK_FALSE(log_x("1,2"));
  CHECK_FALSE(log_x("1,2,3"));
  CHECK_FALSE(log_x("2,4,7"));
  CHECK(log_x("20,40,71"));
  CHECK_FALSE(log_x("1,3,6,20"));
  CHECK_FALSE(log_x("10,11,12,40"));
  CHECK(log_x("1,2,4,5,6"));
  const auto from_zero = block_parts(
      "      - curve: {name: cur, alt: A., value: macs(flat), over: \"z=0,1,3\", y: up}\n");
  CHECK_FALSE(std::get<document::Picture>(from_zero.at(0)).chart.log_x);
  // Without values of its own, the axis is that of the first network.
  CHECK(contains(block_text("curve: {name: cur, alt: A., value: macs(b) + macs(weak), over: d}"),
                 "| '1' | 45.0 |\n| '8' | 360.0 |\n"));
  CHECK(block_fault("curve: {name: cur, alt: A., value: macs(b), over: d=0}") != "");
}

TEST_CASE("costs added to those of a network", "[report]") {
  CHECK(block_text("added: {name: ad, network: b, vary: \"d=1,8,12\", to: \"b:d=4\", label: four, "
                   "costs: [macs, weights, buffers]}") == R"(
table ad
d "d" numbertext; macs "macs" count; macs_added "added" count; macs_added_percent "% of four" percent; weights "weights" count; weights_added "added" count; weights_added_percent "% of four" percent; buffers "buffers" count; buffers_added "added" count; buffers_added_percent "% of four" percent
| '1' | 30 | -90 | -75.0 | 2 | -6 | -75.0 | 0 | 0 |  |
| '8' | 240 | 120 | 100.0 | 16 | 8 | 100.0 | 0 | 0 |  |
| '12' | 360 | 240 | 200.0 | 24 | 16 | 200.0 | 0 | 0 |  |
)");
  CHECK(block_text("added: {name: ad, network: a, vary: c, to: bare}") == R"(
table ad
c "c" numbertext; params "params" count; params_added "added" count; params_added_percent "% of bare" percent; macs "macs" count; macs_added "added" count; macs_added_percent "% of bare" percent
| '2' | 112 | 112 |  | 1680 | 1680 |  |
| '4' | 224 | 224 |  | 3360 | 3360 |  |
)");
  CHECK(block_fault("added: {name: ad, network: a, vary: [c, g=1], to: b}") ==
        "t.yaml:5:9: error: added: 'added' varies one parameter, not 2");
  CHECK(block_fault("added: {name: ad, network: a, vary: c, to: b, costs: entropy}") ==
        "t.yaml:5:9: error: added: 'entropy' can't be shown as a difference");
}

TEST_CASE("a sweep block shows what it is asked for", "[report]") {
  const auto kinds = [](const std::string& fields) {
    std::string text;
    for (const document::PagePart& part :
         block_parts("      - sweep: {name: sw, network: b, vary: d" + fields + "}\n")) {
      if (const auto* picture = std::get_if<document::Picture>(&part))
        text += "picture " + picture->name + "; ";
      if (const auto* heading = std::get_if<document::Subheading>(&part))
        text += "### " + heading->text + "; ";
      if (const auto* table = std::get_if<document::PageTable>(&part)) {
        text += "table " + table->name + ":";
        for (const document::Column& column : table->table.columns) text += " " + column.key;
        text += "; ";
      }
    }
    return text;
  };
  CHECK(kinds("") ==
        "picture sw_costs; table sw: d params macs activations peak_memory; ### scaling laws of b; "
        "table sw_laws: cost param exponent error claim source; ");
  CHECK(kinds(", show: picture") == "picture sw_costs; ");
  CHECK(kinds(", show: [table, laws], costs: macs") ==
        "table sw: d macs; ### scaling laws of b; table sw_laws: cost param exponent error claim "
        "source; ");
  CHECK(kinds(", show: laws") ==
        "### scaling laws of b; table sw_laws: cost param exponent error claim source; ");
}

TEST_CASE("a sweep block varies the network as it is set", "[report]") {
  CHECK(contains(block_text("sweep: {name: sw, network: \"a:g=1\", vary: c, costs: macs}"),
                 "| '2' | 1740 |\n| '4' | 3480 |\n"));
}

TEST_CASE("placeholders of prose: pieces, formats without blanks, faults", "[report]") {
  CHECK(templates::parse_prose({"x", {}, false}).size() == 1);
  CHECK(templates::parse_prose({"x {macs(b)} y", {}, false}).size() == 2);
  CHECK(block_text("text: \"{macs(b)|integer}{{}}\"") == "\n240{}\n");
  CHECK(block_fault("text: \"{macs(a, b, c)}\"") ==
        "t.yaml:5:17: error: text: write macs(NETWORK) or macs(NETWORK, PART); a network with "
        "settings gets a name in 'networks'");
  std::string fault;
  try {
    block_parts("      - text: \"{seconds(a, conv_9x9)}\"\n", true);
  } catch (const Error& error) {
    fault = error.what();
  }
  CHECK(contains(fault, "no kernel of 'a' is a 'conv_9x9'"));
}

TEST_CASE("a map block has its budgets in words of the cost", "[report]") {
  const auto chart = [](const std::string& fields) {
    const auto parts =
        block_parts("      - map: {name: m, network: a, vary: [\"c=2,4\", \"g=1,2\"], alt: A." +
                    fields + "}\n");
    const std::string whole = whole_text(parts.at(0));
    return whole.substr(0, whole.find("\nc \""));
  };
  CHECK(chart(", budgets: [5K, 6K], x: across, y: up") == R"(picture m: A.
x 'across', y 'up' line '5K multiply-adds' 5000 line '6K multiply-adds' 6000)");
  CHECK(chart(", cost: peak_memory, budgets: 1.5K") == R"(picture m: A.
x 'c', y 'g' line '1.5K peak memory' 1500)");
}

TEST_CASE("a search block has the words of its request", "[report]") {
  std::vector<document::PagePart> parts = block_parts(
      "      - search: {name: se, networks: [a, b], maximize: accuracy, minimize: macs, "
      "limits: macs <= 5K, vary: \"c=2,4\"}\n");
  CHECK(whole_text(parts.at(0)) == R"(Maximize accuracy, minimize macs under macs <= 5K.
)");
  parts = block_parts(
      "      - search: {name: se, networks: a, minimize: [params, macs], vary: \"c=2,4,6\"}\n");
  CHECK(whole_text(parts) == R"(
Minimize params, minimize macs.
picture se_front: params of 1 design against macs, with the front.
x 'macs', y 'params' log x points of se
group "" text; label "" text; macs "macs" number; params "params" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'designs' | 'c=2' | 1680.0 | 112.0 | 1 | 0.0 | 0 |
table se
c "c" numbertext; params "params" count; macs "macs" count; best "best" text e1
| '2' | 112 | 1680 | 'params, macs' |
data
c "c" numbertext; params "params" count; macs "macs" count; best "best" text e1; command "command" text
| '2' | 112 | 1680 | 'params, macs' | 'archcost analyze a --set c=2' |
* 3 candidates, all evaluated: the front is exact.
* The first: archcost analyze a --set c=2
)");
}

TEST_CASE("a search block shows all designs", "[report]") {
  const auto parts =
      block_parts("      - search: {name: se, networks: b, minimize: macs, vary: \"d=1:13:1\"}\n");
  std::size_t rows = 0;
  for (const document::PagePart& part : parts) {
    if (const auto* table = std::get_if<document::PageTable>(&part))
      rows = table->table.rows.size();
  }
  CHECK(rows == 13);
}

TEST_CASE("a budget block recommends the cheaper of two accuracies that recipes may explain",
          "[report]") {
  const auto choice = [](const std::string& networks, const std::string& limits) {
    const auto parts = block_parts("      - budget: {name: bu, networks: " + networks +
                                   ", limits: " + limits + "}\n");
    const auto* text = std::get_if<document::Paragraph>(&parts.at(0));
    const std::size_t rows =
        std::get<document::PageTable>(parts.back().index() == 4 ? parts.back()
                                                                : parts.at(parts.size() - 2))
            .table.rows.size();
    return fmt::format("{}: {}", rows, text == nullptr ? "none" : text->text);
  };
  CHECK(choice("[a, b, weak]", "macs <= 1M") ==
        "3: Choice: b at d=8 (69.5 %, 240 multiply-adds, 16 parameters). The highest accuracy "
        "within the limits is 70 % (a at c=4), but accuracies of different training recipes differ "
        "by as much. Among the families whose accuracy does not differ from it significantly, the "
        "choice needs the fewest multiply-adds. The next family with a significantly lower "
        "accuracy is weak at d=3, 29.5 points below the highest.");
  CHECK(choice("[weak, b]", "macs <= 1M") ==
        "2: Choice: b at d=8 (69.5 %, 240 multiply-adds, 16 parameters). It has the highest "
        "accuracy within the limits. The next family with a significantly lower accuracy is weak "
        "at d=3, 29.0 points below the highest.");
  // Of one recipe, half a point tells two networks apart; equal multiply-adds are no reason.
  CHECK(contains(choice("[b, near]", "macs <= 1M"), "Choice: b at d=8 "));
  CHECK(contains(choice("[a, tie]", "macs <= 1M"), "Choice: a at c=4 "));
  CHECK(choice("[a]", "macs <= 1M") ==
        "1: Choice: a at c=4 (70 %, 3,360 multiply-adds, 224 parameters). It has the highest "
        "accuracy within the limits.");
  CHECK(choice("[weak]", "macs <= 40") ==
        "1: Choice: weak at d=2 (10 %, 30 multiply-adds, 2 parameters). It has the highest "
        "accuracy within the limits.");
}

TEST_CASE("measured blocks: totals, layers under names of files, tables by kind", "[report]") {
  const std::string networks = "networks: {both: [\"a:g=1\", b], one: [b]}\n";
  const auto names = [&](const std::string& block) {
    std::string text;
    std::vector<document::PagePart> parts = block_parts("      - " + block + "\n", true, networks);
    for (std::size_t k = 2; k < parts.size(); ++k) {
      if (const auto* picture = std::get_if<document::Picture>(&parts[k]))
        text += "picture " + picture->name + "; ";
      if (const auto* heading = std::get_if<document::Subheading>(&parts[k]))
        text += "### " + heading->text + "; ";
      if (const auto* table = std::get_if<document::PageTable>(&parts[k]))
        text += "table " + table->name + "; ";
    }
    return text;
  };
  CHECK(names("measured_layers: {name: measured_l, networks: both}") ==
        "### a:g=1; picture measured_l_a_g_1_by_kind; table measured_l_a_g_1_kinds; picture "
        "measured_l_a_g_1_by_layer; table measured_l_a_g_1_layers; ### b; picture "
        "measured_l_b_by_kind; table measured_l_b_kinds; picture measured_l_b_by_layer; table "
        "measured_l_b_layers; ");
  CHECK(names("measured_layers: {name: measured_l, networks: one}") ==
        "### one; picture measured_l_one_by_kind; table measured_l_one_kinds; picture "
        "measured_l_one_by_layer; table measured_l_one_layers; ");
  CHECK(block_text("measured_totals: {name: measured_t, networks: [both, a]}", true, networks) ==
        R"(
picture measured_t_ratios: Time and multiply-adds of 3 networks in percent of a:g=1.
x '', y '' decimals 1 unit ' %'
network "network" text; macs_ratio "multiply-adds" number; seconds_ratio "time" number
| 'a:g=1' | 100.0 | 100.0 |
| 'b' | 6.896551724 | 16.66666667 |
| 'a' | 96.55172414 | 100.0 |
table measured_t_networks
network "network" text; macs "macs" count; seconds "time" seconds; spread_percent "± %" percent; gflops "GFLOP/s" number; macs_ratio "macs to the first" ratio; seconds_ratio "time to the first" ratio
| 'a:g=1' | 3480 | 6e-06 | 1.25 | 1.16 | 1.0 | 1.0 |
| 'b' | 240 | 1e-06 | 1.25 | 0.48 | 0.06896551724 | 0.1666666667 |
| 'a' | 3360 | 6e-06 | 1.25 | 1.12 | 0.9655172414 | 1.0 |
)");
  CHECK(block_text("measured_table: {name: measured_t, networks: [a, b, bare], columns: [kernels, "
                   "macs, ungrouped_macs, seconds_share]}",
                   true) == R"(
table measured_t
network "network" text; kind "kind" text; kernels "kernels" integer e4; macs "macs" count e6; ungrouped_macs "macs, 1 group" count; seconds_share "time %" percent
| 'a' | 'grouped 1x1' | 1 | 120 | 240 | 16.66666667 |
| 'a' | 'relu' | 1 |  |  | 33.33333333 |
| 'a' | 'conv 3x3' | 1 | 3240 | 3240 | 50.0 |
| 'b' | 'conv 1x1' | 1 | 240 | 240 | 100.0 |
| 'bare' | 'relu' | 1 |  |  | 100.0 |
)");
  CHECK(block_text("measured_table: {name: measured_t, networks: [b, a], by: layer, only: [one, "
                   "s.wide]}",
                   true) == R"(
table measured_t
network "network" text; layer "layer" text; macs_share "macs %" percent; seconds_share "time %" percent; gflops "GFLOP/s" number
| 'b' | 'one' | 100.0 | 100.0 | 0.48 |
| 'a' | 's.wide' | 96.42857143 | 50.0 | 2.16 |
)");
  CHECK(contains(block_text("measured_table: {name: measured_t, networks: flat, columns: [macs, "
                            "ungrouped_macs]}",
                            true),
                 "| 'flat' | 'linear' | 12 | 12 |\n"));
  CHECK(block_text("measured_table: {name: measured_t, networks: a, by: stage, columns: "
                   "ungrouped_macs}",
                   true) == R"(
table measured_t
network "network" text; stage "stage" text; ungrouped_macs "macs, 1 group" count
| 'a' | 'grouped' | 240 |
| 'a' | 'r' |  |
| 'a' | 's' | 3240 |
)");
  // 6, 3 and 60 microseconds; 2 operations for each of 3,360 and 3,240 multiply-adds.
  CHECK(whole_text(
            block_parts("      - text: \"{seconds(a) | seconds} {seconds(a, conv_3x3) | seconds} "
                        "{gflops(a)} {gflops(a, conv_3x3)} {seconds(a, onnxruntime) | seconds}\"\n",
                        true)) == "\n6.000 us 3.000 us 1.12 2.16 60.00 us\n");
}

TEST_CASE("names of several networks stand for all of them where a list is asked for", "[report]") {
  const std::string networks = "networks: {both: [\"a:g=1\", b], one: [\"b:d=1\"]}\n";
  const auto labels = [&](const std::string& list) {
    std::string text;
    const auto parts =
        block_parts("      - compare: {name: c, networks: " + list + "}\n", false, networks);
    for (const auto& row : std::get<document::PageTable>(parts.at(0)).table.rows)
      text += std::get<std::string>(row[0]) + " ";
    return text;
  };
  CHECK(labels("both") == "a:g=1 b ");
  CHECK(labels("[one, both, a]") == "one a:g=1 b a ");
  CHECK(labels("[a, one]") == "a one ");
}
