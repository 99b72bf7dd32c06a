// SPDX-License-Identifier: Apache-2.0
// Pages of several networks, and sections that pages share: what was measured, rewrites, engines.
#include "reports/pages/page_parts.hpp"
#include "reports/pages/sections.hpp"
#include "support/catch.hpp"
#include "support/page_networks.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

runner::Measurement page_measurement(const std::vector<double>& seconds, double spread) {
  runner::Measurement m;
  m.cpu = "a CPU";
  m.library = "oneDNN 9";
  m.isa = "avx2";
  m.date = "2026-05-04";
  m.options.threads = 2;
  for (std::size_t k = 0; k < seconds.size(); ++k) {
    const auto id = static_cast<graph::LayerId>(k);
    runner::MeasuredRow row;
    row.layers = {id};
    row.main = row.value = id;
    row.implementation = "jit";
    row.seconds = seconds[k];
    m.rows.push_back(row);
    m.seconds += seconds[k];
  }
  m.plain_seconds = m.fastest_seconds = m.seconds;
  m.spread = spread;
  m.passes = 30;
  m.blocks = 3;
  return m;
}

latency::Machine page_machine() {
  latency::Machine machine;
  machine.cpu = "a CPU";
  machine.peaks = {{"f32", 1, 1}, {"f32", 2, 10}};
  machine.bandwidths = {{"L1", 2, 30, 0}, {"L2", 1, 7, 0}, {"L3", 2, 5, 0}, {"memory", 2, 2, 0}};
  return machine;
}

}  // namespace

TEST_CASE("several networks side by side", "[report]") {
  pages::ReportInput input;
  input.networks = {wide_network(), thin_network(), network_of_kinds(2)};
  input.origin = {"archcost 9", "archcost report wide:x thin kinds"};
  const document::Page page = pages::comparison_page(input);
  CHECK(page.title == "3 networks compared");
  CHECK(page.subtitle == "wide:x, thin, kinds");
  CHECK(headings_of(page) == std::vector<std::string>{"Side by side", "The networks",
                                                      "Multiply-adds by kind of layer", "Memory",
                                                      "Conventions side by side", "Graphs",
                                                      "Where this comes from"});
  CHECK(outline_of(page, "Side by side") == R"(
table comparison: 9 columns, 3 rows, 2 notes; data: 23 3
picture ratios: Costs of 3 networks in percent of wide:x.
x '', y '' decimals 1 unit ' %'
network "network" text; params_ratio "parameters" number; macs_ratio "multiply-adds" number; peak_memory_ratio "peak memory" number
| 'wide:x' | 100.0 | 100.0 | 100.0 |
| 'thin' | 29.03225806 | 20.68965517 | 41.66666667 |
| 'kinds' | 8.064516129 | 1.724137931 | 5.0 |
)");
  CHECK(section_text(page, "The networks") == R"(
table networks
network "network" text; setting "setting" text; source "source" text
| 'wide:x' | '3x6x5, batch 1' | 'a paper' |
| 'thin' | '3x5x4, batch 1' | 'a book' |
| 'kinds' | '1x3x2, batch 1' | '' |
)");
  CHECK(section_text(page, "Multiply-adds by kind of layer") == R"(
table macs_by_kind
kind "kind" text; wide:x "wide:x" percent; thin "thin" percent; kinds "kinds" percent
| 'conv 3x3' | 93.10344828 | 0.0 | 90.0 |
| 'conv 1x1' | 6.896551724 | 16.66666667 | 10.0 |
| 'conv 5x1' | 0.0 | 83.33333333 | 0.0 |
* Percent of each network's multiply-adds.
)");
  CHECK(section_text(page, "Memory") == R"(
table memory
network "network" text; weight_bytes "model" bytes; size_int8 "model int8" bytes; peak_memory "peak of activations" bytes; kept_activations "kept for training" bytes
| 'wide:x' | 528 | 132 | 960 | 1320 |
| 'thin' | 144 | 36 | 400 | 400 |
| 'kinds' | 40 | 10 | 48 | 48 |
)");
  const std::string conventions = section_text(page, "Conventions side by side");
  CHECK(conventions.substr(0, conventions.find("| 'macs'")) == R"(
table conventions
convention "convention" text; wide:x "wide:x" count; thin "thin" count; kinds "kinds" count
)");
  CHECK(contains(conventions, "\n| 'macs' | 3480 | 720 | 60 |\n"));
  CHECK(section_text(page, "Graphs").starts_with("\n### wide:x\n\n"));
  CHECK(contains(section_text(page, "Graphs"), "### kinds\n"));
}

TEST_CASE("measured networks side by side", "[report]") {
  pages::ReportInput input;
  input.networks = {wide_network(), thin_network()};
  input.networks[0].measurement = page_measurement({4e-6, 1e-6, 3e-6}, 0.25);
  input.networks[1].measurement = page_measurement({1.5e-6, 0.5e-6}, 0.02);
  input.origin = {"archcost 9", "archcost report a", "archcost report a --measure"};
  input.origin.machine = page_machine();
  const document::Page page = pages::comparison_page(input);
  CHECK(outline_of(page, "Measured: time beside multiply-adds") == R"(
Measured 2026-05-04 on a CPU, 2 threads, with oneDNN 9 (avx2), f32. This command repeats the measurement:
sh> archcost report a --measure
picture measured_ratios: Time and multiply-adds of 2 networks in percent of wide:x.
x '', y '' decimals 1 unit ' %'
network "network" text; macs_ratio "multiply-adds" number; seconds_ratio "time" number
| 'wide:x' | 100.0 | 100.0 |
| 'thin' | 20.68965517 | 25.0 |
table measured_networks: 7 columns, 2 rows, 1 notes
### wide:x
wide   3x6x5   batch 1   unstable, at most 0.008 ms
picture measured_1_by_kind: Share of the time beside share of the multiply-adds, by kind of kernel of wide.
x '', y '' decimals 1 unit ' %'
kind "kind" text; macs_share "% of the multiply-adds" number; seconds_share "% of the time" number
| 'conv 3x3' | 93.10344828 | 50.0 |
| 'batch norm' | 0.0 | 12.5 |
| 'conv 1x1' | 6.896551724 | 37.5 |
table measured_1_kinds: 11 columns, 4 rows, 3 notes
picture measured_1_by_layer: Share of the time beside share of the multiply-adds of each kernel of wide.
x '', y '%'
kernel "kernel" text; macs_share "% of the multiply-adds" number; seconds_share "% of the time" number
| 'a' | 93.10344828 | 50.0 |
| 'n' | 0.0 | 12.5 |
| 's.b' | 6.896551724 | 37.5 |
picture measured_1_roofline: 2 layers of wide under the measured roofs of a CPU.
x 'operations a byte moved', y 'GFLOP/s' log x log y peak 10 line 'L1 30 GB/s' 30 line 'L3 5 GB/s' 5 line 'memory 2 GB/s' 2
layer "" text; kind "" text; intensity "ops/byte" number; gflops "GFLOP/s" number
| 'a' | 'conv 3x3' | 5.094339623 | 1.62 |
| 's.b' | 'conv 1x1' | 0.6382978723 | 0.16 |
table measured_1_layers: 12 columns, 4 rows, 0 notes
### thin
thin   3x5x4   batch 1   0.002 ms ± 2.0 %
picture measured_2_by_kind: Share of the time beside share of the multiply-adds, by kind of kernel of thin.
x '', y '' decimals 1 unit ' %'
kind "kind" text; macs_share "% of the multiply-adds" number; seconds_share "% of the time" number
| 'conv 1x1' | 16.66666667 | 75.0 |
| 'conv 5x1' | 83.33333333 | 25.0 |
table measured_2_kinds: 11 columns, 3 rows, 2 notes
picture measured_2_by_layer: Share of the time beside share of the multiply-adds of each kernel of thin.
x '', y '%'
kernel "kernel" text; macs_share "% of the multiply-adds" number; seconds_share "% of the time" number
| 'a' | 16.66666667 | 75.0 |
| 'b' | 83.33333333 | 25.0 |
picture measured_2_roofline: 2 layers of thin under the measured roofs of a CPU.
x 'operations a byte moved', y 'GFLOP/s' log x log y peak 10 line 'L1 30 GB/s' 30 line 'L3 5 GB/s' 5 line 'memory 2 GB/s' 2
layer "" text; kind "" text; intensity "ops/byte" number; gflops "GFLOP/s" number
| 'a' | 'conv 1x1' | 0.5660377358 | 0.16 |
| 'b' | 'conv 5x1' | 2.307692308 | 2.4 |
table measured_2_layers: 12 columns, 3 rows, 0 notes
)");
  CHECK(
      contains(section_text(page, "Measured: time beside multiply-adds"), R"(table measured_networks
network "network" text; macs "macs" count; seconds "time" seconds; spread_percent "± %" percent; gflops "GFLOP/s" number; macs_ratio "macs to the first" ratio; seconds_ratio "time to the first" ratio
| 'wide:x' | 3480 | 8e-06 | 25.0 | 0.87 | 1.0 | 1.0 |
| 'thin' | 720 | 2e-06 | 2.0 | 0.72 | 0.2068965517 | 0.25 |
* wide:x: unstable; its time is an upper bound, and so are ratios with it.
)"));
  // Without a roof at that many threads there is no roofline.
  input.networks[0].measurement->options.threads = 3;
  input.networks[1].measurement->options.threads = 1;
  const std::string other =
      section_text(pages::comparison_page(input), "Measured: time beside multiply-adds");
  CHECK(contains(other, "on a CPU, 3 threads, with"));
  CHECK_FALSE(contains(other, "measured_1_roofline"));
  CHECK(contains(other, "picture measured_2_roofline: 2 layers of thin"));
  CHECK(contains(other, "log x log y peak 1 line 'L2 7 GB/s' 7\n"));
  std::swap(input.networks[0], input.networks[1]);
  CHECK(contains(section_text(pages::comparison_page(input), "Measured: time beside multiply-adds"),
                 "on a CPU, 1 thread, with"));
}

TEST_CASE("a measured section that is not built is replaced by the kept ones, once", "[report]") {
  pages::ReportInput input;
  input.networks = {wide_network()};
  CHECK(headings_of(pages::network_page(input)) ==
        std::vector<std::string>{"Summary", "Costs by stage", "Shares by kind of layer",
                                 "Costs by layer", "Graph", "Formulas", "Conventions side by side",
                                 "Memory", "Where this comes from"});
  input.origin.kept = "KEPT";
  CHECK(headings_of(pages::network_page(input)) ==
        std::vector<std::string>{"Summary", "Costs by stage", "Shares by kind of layer",
                                 "Costs by layer", "Graph", "Formulas", "Conventions side by side",
                                 "Memory", "measured KEPT", "Where this comes from"});
  input.networks.push_back(thin_network());
  CHECK(headings_of(pages::comparison_page(input)) ==
        std::vector<std::string>{"Side by side", "The networks", "Multiply-adds by kind of layer",
                                 "Memory", "Conventions side by side", "measured KEPT", "Graphs",
                                 "Where this comes from"});
}

TEST_CASE("rewrites of several networks stand under their names", "[report]") {
  pages::ReportInput input;
  input.networks = {wide_network()};
  tables::Lighten lighten;
  lighten.network = "wide";
  lighten.input = {3, 6, 5};
  lighten.rows = {{"", 124, 3480, 500, 4096, 4e-6, {}, true},
                  {"+separable", 62, 870, 600, 2048, 2e-6, 0.2, true}};
  lighten.seconds_how = "measured";
  input.lighten = {lighten};
  CHECK(outline_of(pages::lighten_section(input)) == R"(
Each row is the network with techniques applied to all of its layers: convolutions taken apart into depthwise and pointwise ones, pointwise convolutions in groups with a channel shuffle, squeeze-and-excitation, fewer channels (α), a smaller input (ρ).
table lighten_1: 8 columns, 2 rows, 1 notes; data: 11 2
)");
  CHECK(outline_of(pages::timed_lighten_section(input)) == R"(
Where the ratio of the time is higher than that of the multiply-adds, the library computes the new layers at a lower rate: depthwise and grouped convolutions do few operations for each number they load.
table measured_lighten_1: 6 columns, 2 rows, 2 notes
)");
  CHECK(pages::has_timed_lighten(input));
  input.lighten.push_back(lighten);
  input.lighten[1].network = "other";
  input.lighten[0].seconds_how = "";
  CHECK_FALSE(pages::has_timed_lighten(input));
  const auto names = [](const std::vector<document::PagePart>& parts) {
    std::string text;
    for (const document::PagePart& part : parts) {
      if (const auto* table = std::get_if<document::PageTable>(&part)) text += table->name + " ";
      if (const auto* heading = std::get_if<document::Subheading>(&part))
        text += "### " + heading->text + " ";
    }
    return text;
  };
  CHECK(names(pages::lighten_section(input)) == "### wide lighten_1 ### other lighten_2 ");
  CHECK(names(pages::timed_lighten_section(input)) ==
        "### wide measured_lighten_1 ### other measured_lighten_2 ");
}

TEST_CASE("engines on a page: totals, ranks from three networks on, kinds, findings", "[report]") {
  pages::ReportInput input;
  const auto on = [](const std::string& label, double scale) {
    return tables::NetworkOnEngines{
        label,
        1000 * scale,
        {{"onednn", "oneDNN 9", 3e-3 * scale, true, {{"conv", 1000 * scale, 3e-3 * scale}}},
         {"ort", "ORT 1", 4e-3 * scale, true, {{"conv", 1000 * scale, 4e-3 * scale}}}}};
  };
  input.engines = {on("a", 1), on("b", 2)};
  const auto shown = [&] {
    std::string text;
    for (const document::PagePart& part : pages::engines_section(input)) {
      const std::string one = whole_text(part);
      text += one.substr(0, one.find('\n')) + "\n";
      if (const auto* table = std::get_if<document::PageTable>(&part)) {
        for (const std::string& note : table->notes) text += "* " + note + "\n";
      }
    }
    return text;
  };
  CHECK(pages::has_engines(input));
  CHECK(shown() ==
        R"(The same networks with the same weights on oneDNN 9 and ORT 1, one after the other.
table measured_engines
### a
table measured_engines_1
### b
table measured_engines_2
a: oneDNN 9 is faster at conv (1.33 times).
b: oneDNN 9 is faster at conv (1.33 times).
)");
  input.engines.push_back(on("c", 4));
  CHECK(shown() ==
        R"(The same networks with the same weights on oneDNN 9 and ORT 1, one after the other.
table measured_engines
table measured_engines_ranks
* Spearman's rank correlation over these networks, of times and multiply-adds.
### a
table measured_engines_1
### b
table measured_engines_2
### c
table measured_engines_3
a: oneDNN 9 is faster at conv (1.33 times).
b: oneDNN 9 is faster at conv (1.33 times).
c: oneDNN 9 is faster at conv (1.33 times).
)");
}

TEST_CASE("rewrites are counted without their times, and kept sections follow what is measured",
          "[report]") {
  pages::ReportInput input;
  input.networks = {wide_network(), thin_network()};
  tables::Lighten lighten;
  lighten.network = "wide";
  lighten.rows = {{"", 124, 3480, 500, 4096, 4e-6, {}, true}};
  lighten.seconds_how = "measured on a CPU";
  input.lighten = {lighten};
  input.origin.kept = "KEPT";
  const std::string counted = whole_text(pages::lighten_section(input));
  CHECK_FALSE(contains(counted, "measured"));
  CHECK_FALSE(contains(counted, "4e-06"));
  CHECK(contains(whole_text(pages::timed_lighten_section(input)), "measured on a CPU"));
  CHECK(contains(section_text(pages::comparison_page(input), "Measured: lighter networks"),
                 "table measured_lighten_1\n"));
  CHECK(headings_of(pages::comparison_page(input)) ==
        std::vector<std::string>{"Side by side", "The networks", "Multiply-adds by kind of layer",
                                 "Memory", "Conventions side by side", "measured KEPT",
                                 "Lighter networks", "measured Measured: lighter networks",
                                 "Graphs", "Where this comes from"});
}

TEST_CASE("a kind of a single multiply-add has its share in a comparison", "[report]") {
  pages::ReportInput input;
  input.networks = {wide_network(),
                    page_network("one",
                                 "name: one\ninput: {channels: 1, height: 1, width: 1}\nlayers:\n"
                                 "  - flatten: {name: f}\n  - linear: {name: l, out: 1}\n")};
  CHECK(contains(section_text(pages::comparison_page(input), "Multiply-adds by kind of layer"),
                 "| 'linear' | 0.0 | 100.0 |\n"));
}

TEST_CASE("a kernel that failed has no share of the time in the pictures", "[report]") {
  pages::ReportNetwork one = thin_network();
  one.measurement = page_measurement({1.5e-6, 0}, 0.02);
  one.measurement->rows[1].fault = "crashed";
  const std::string text = whole_text(pages::measured_parts(one, std::nullopt, "m"));
  CHECK(contains(text, "| 'b' | 83.33333333 | 0.0 |\n"));
  CHECK(contains(text, "| 'conv 5x1' | 83.33333333 | 0.0 |\n"));
}
