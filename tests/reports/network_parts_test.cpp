// SPDX-License-Identifier: Apache-2.0
// Parts of the page of one network, whole: summary, pictures of costs, tree.
#include "reports/pages/page_parts.hpp"
#include "reports/pages/sections.hpp"
#include "support/catch.hpp"
#include "support/page_networks.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("the picture of shares by kind: sorted, twelve bars, the last one for the others",
          "[report]") {
  for (const int kinds : {1, 12, 13, 20}) {
    CAPTURE(kinds);
    const document::Picture picture = pages::kind_shares_picture(network_of_kinds(kinds), "p");
    double total = 0;
    for (int k = 1; k <= kinds; ++k) total += (2 * k - 1) * (2 * k - 1);
    const auto macs_share = [&](int from, int to) {
      double sum = 0;
      for (int k = from; k <= to; ++k) sum += (2 * k - 1) * (2 * k - 1);
      return 100 * sum / total;
    };
    const int shown = kinds <= 12 ? kinds : 11;
    REQUIRE(picture.data.rows.size() == static_cast<std::size_t>(std::min(kinds, 12)));
    for (int row = 0; row < shown; ++row) {
      const int k = kinds - row;
      const auto& cells = picture.data.rows[static_cast<std::size_t>(row)];
      CHECK(std::get<std::string>(cells[0]) == fmt::format("conv {0}x{0}", 2 * k - 1));
      CHECK(std::get<double>(cells[1]) == Approx(macs_share(k, k)));
      CHECK(std::get<double>(cells[2]) == Approx(macs_share(k, k)));
    }
    if (kinds > 12) {
      const auto& cells = picture.data.rows.back();
      CHECK(std::get<std::string>(cells[0]) == fmt::format("{} others", kinds - 11));
      CHECK(std::get<double>(cells[1]) == Approx(macs_share(1, kinds - 11)));
      CHECK(std::get<double>(cells[2]) == Approx(macs_share(1, kinds - 11)));
    }
  }
}

TEST_CASE("pictures of a network's shares leave out layers without costs", "[report]") {
  const pages::ReportNetwork wide = wide_network();
  CHECK(
      whole_text(pages::kind_shares_picture(wide, "p")) ==
      R"(picture p: Shares by kind of layer in wide: conv 3x3 has 93.1 % of the multiply-adds and 87.1 % of the parameters.
x '', y '' decimals 1 unit ' %'
kind "kind" text; macs_share "% of the multiply-adds" number; params_share "% of the parameters" number
| 'conv 3x3' | 93.10344828 | 87.09677419 |
| 'conv 1x1' | 6.896551724 | 6.451612903 |
| 'batch norm' | 0.0 | 6.451612903 |
)");
  CHECK(
      whole_text(pages::layer_shares_picture(wide, "q")) ==
      R"(picture q: Share of the multiply-adds and of the parameters of each of the 2 layers of wide that have multiply-adds.
x '', y '%'
layer "layer" text; macs_share "% of the multiply-adds" number; params_share "% of the parameters" number
| 'a' | 93.10344828 | 87.09677419 |
| 's.b' | 6.896551724 | 6.451612903 |
)");
  const pages::ReportNetwork none = page_network(
      "none", "name: none\ninput: {channels: 1, height: 3, width: 2}\nlayers: [relu]\n");
  CHECK(pages::kind_shares_picture(none, "p").alt == "No layer has parameters or multiply-adds.");
  // Equal kinds stay in the order of the network.
  const pages::ReportNetwork equal = page_network(
      "equal",
      "name: equal\ninput: {channels: 1, height: 4, width: 4}\nlayers:\n"
      "  - conv: {name: a, out: 1, kernel: [3, 1]}\n  - conv: {name: b, out: 1, kernel: [1, 3]}\n"
      "  - conv: {name: c, out: 1, kernel: 3}\n  - conv: {name: d, out: 1, kernel: [1, 9]}\n");
  std::string order;
  for (const auto& row : pages::kind_shares_picture(equal, "p").data.rows)
    order += std::get<std::string>(row[0]) + "; ";
  CHECK(order == "conv 3x3; conv 1x9; conv 3x1; conv 1x3; ");
}

TEST_CASE("the picture of memory has KiB to 1 MiB, and MiB above", "[report]") {
  const auto picture_of = [](int width) {
    return pages::memory_picture(
        page_network("m", fmt::format("name: m\ninput: {{channels: 1, height: 1024, width: "
                                      "{}}}\nlayers: [relu: {{name: r}}, max_pool: {{name: p, "
                                      "kernel: 2, stride: 2}}]\n",
                                      width)),
        "p");
  };
  CHECK(
      whole_text(picture_of(128)) ==
      R"(picture p: Bytes of activations alive while each layer of m runs, in the order of execution; the peak is at r.
x '', y 'KiB alive' unit 'KiB' scale 0.0009765625
layer "layer" text; bytes "bytes alive" number
| 'r' | 1048576.0 |
| 'p' | 655360.0 |
)");
  CHECK(picture_of(130).chart.unit == "MiB");
  CHECK(picture_of(130).chart.scale == 1.0 / (1 << 20));
  CHECK(picture_of(130).chart.y == "MiB alive");
}

TEST_CASE("the summary of a network is of the first one, with its source and convention",
          "[report]") {
  pages::ReportInput input;
  input.networks = {wide_network()};
  const document::Page page = pages::network_page(input);
  CHECK(page.title == "wide");
  CHECK(page.subtitle == "3x6x5   batch 1   convention: macs   f32");
  CHECK(section_text(page, "Summary") == R"(
Source: a paper.
table summary
what "what" text; figure "figure" numbertext
| 'parameters' | '124' |
| 'multiply-adds (macs)' | '3,480' |
| 'operations, 2 x macs and the rest' | '7,200' |
| 'activations, elements of all outputs' | '300' |
| 'size of the model, f32' | '528 B' |
| 'size of the model, int8' | '132 B' |
| 'peak memory of the activations' | '960 B' |
| 'layers with weights' | '2' |
data
figure "" text; value "value" integer
| 'params' | 124 |
| 'macs' | 3480 |
| 'flops' | 7200 |
| 'activations' | 300 |
| 'weight_bytes' | 528 |
| 'size_int8' | 132 |
| 'peak_memory' | 960 |
| 'weighted_layers' | 2 |
)");
  CHECK(outline_of(page, "Costs by stage") == R"(
table by_stage: 6 columns, 4 rows, 1 notes; data: 20 4
tree tree 0 0 0 1
layer "layer" text; layers "layers" integer; class "kind" text; output "output" text; params "params" count; params_share "%" percent; cost "macs" count; cost_share "%" percent; activations "activations" count
| 'a' | 1 | 'conv 3x3' | '4x6x5' | 108 | 87.09677419 | 3240 | 93.10344828 | 120 |
| 'n' | 1 | 'batch norm' | '4x6x5' | 8 | 6.451612903 | 0 | 0.0 | 120 |
| 's' | 1 |  |  | 8 | 6.451612903 | 240 | 6.896551724 | 60 |
| 'b' | 1 | 'conv 1x1' | '2x6x5' | 8 | 6.451612903 | 240 | 6.896551724 | 60 |
= 'total' | 3 |  |  | 124 | 100.0 | 3480 | 100.0 | 300 |
)");
  CHECK(outline_of(page, "Shares by kind of layer") == R"(
table by_kind: 8 columns, 4 rows, 1 notes; data: 20 4
picture shares_by_kind: Shares by kind of layer in wide: conv 3x3 has 93.1 % of the multiply-adds and 87.1 % of the parameters.
x '', y '' decimals 1 unit ' %'
kind "kind" text; macs_share "% of the multiply-adds" number; params_share "% of the parameters" number
| 'conv 3x3' | 93.10344828 | 87.09677419 |
| 'conv 1x1' | 6.896551724 | 6.451612903 |
| 'batch norm' | 0.0 | 6.451612903 |
)");
  CHECK(outline_of(page, "Costs by layer") == R"(
picture shares_by_layer: Share of the multiply-adds and of the parameters of each of the 2 layers of wide that have multiply-adds.
x '', y '%'
layer "layer" text; macs_share "% of the multiply-adds" number; params_share "% of the parameters" number
| 'a' | 93.10344828 | 87.09677419 |
| 's.b' | 6.896551724 | 6.451612903 |
table by_layer: 7 columns, 4 rows, 1 notes; data: 26 4
)");
  CHECK(outline_of(page, "Formulas") == R"(
### Multiply-adds by kind: K kernel, M and N channels in and out, g groups, H and W of the output
table formulas: 7 columns, 2 rows, 0 notes
### The largest layer of each kind, one image
- conv 3x3, a: 3 · 3 · 3 · 4 · 6 · 5 = 3,240
- conv 1x1, s.b: 4 · 2 · 6 · 5 = 240
### Conclusions
- The conv 3x3 layer holds 93.1 % of the multiply-adds and 93.1 % of the weights: most of the possible savings are there.
)");
  CHECK(outline_of(page, "Memory") == R"(
picture memory_timeline: Bytes of activations alive while each layer of wide runs, in the order of execution; the peak is at n.
x '', y 'KiB alive' unit 'KiB' scale 0.0009765625
layer "layer" text; bytes "bytes alive" number
| 'a' | 840.0 |
| 'n' | 960.0 |
| 's.b' | 720.0 |
### model size: parameters and buffers
table memory_1: 2 columns, 5 rows, 0 notes
### activations at their peak, the spec's own order
table memory_2: 3 columns, 3 rows, 3 notes
### training, batch 1
table memory_3: 2 columns, 3 rows, 1 notes
)");
}

TEST_CASE("the summary and title of a network under another convention and type", "[report]") {
  pages::ReportInput input;
  input.networks = {page_network("net",
                                 "name: net\ninput: {channels: 3, height: 6, width: 5}\nlayers:\n"
                                 "  - conv: {out: 4, kernel: 3}\n  - relu\n"
                                 "published:\n  - {top1: 60, top5: 80, source: one}\n")};
  cost::CountOptions options;
  for (const cost::Convention& convention : cost::conventions()) {
    if (convention.name == "benchdnn") options.convention = &convention;
  }
  pages::ReportNetwork& one = input.networks[0];
  options.types.activations = DataType::kF16;
  one.costs = cost::count(one.network, options);
  const document::Page page = pages::network_page(input);
  CHECK(page.subtitle == "3x6x5   batch 1   convention: benchdnn   f32 weights, f16 activations");
  CHECK(section_text(page, "Summary") == R"(
table summary
what "what" text; figure "figure" numbertext
| 'parameters' | '108' |
| 'multiply-adds (macs)' | '3,240' |
| 'under the convention benchdnn' | '4,992' |
| 'operations, 2 x macs and the rest' | '6,600' |
| 'activations, elements of all outputs' | '240' |
| 'size of the model, f32 weights, f16 activations' | '432 B' |
| 'size of the model, int8' | '108 B' |
| 'peak memory of the activations' | '480 B' |
| 'layers with weights' | '1' |
data
figure "" text; value "value" integer
| 'params' | 108 |
| 'macs' | 3240 |
| 'benchdnn' | 4992 |
| 'flops' | 6600 |
| 'activations' | 240 |
| 'weight_bytes' | 432 |
| 'size_int8' | 108 |
| 'peak_memory' | 480 |
| 'weighted_layers' | 1 |
)");
  CHECK(section_text(page, "Published figures") == "no section");
  CHECK_FALSE(section_text(page, "Accuracy against costs") == "no section");
  one.spec.published[0].figures.push_back({"macs", "3240", {}});
  CHECK_FALSE(section_text(pages::network_page(input), "Published figures") == "no section");
  CHECK(
      whole_text(pages::memory_picture(one, "p")) ==
      R"(picture p: Bytes of activations alive while each layer of net runs, in the order of execution; the peak is at relu.
x '', y 'KiB alive' unit 'KiB' scale 0.0009765625
layer "layer" text; bytes "bytes alive" number
| 'conv' | 420.0 |
| 'relu' | 480.0 |
)");
}

TEST_CASE("a network without costs has no pictures of shares and no formulas", "[report]") {
  pages::ReportInput input;
  const auto show = [&](const std::string& layers) {
    input.networks = {page_network(
        "net", "name: net\ninput: {channels: 1, height: 1, width: 1}\nlayers:\n" + layers)};
    const document::Page page = pages::network_page(input);
    std::string text;
    for (const std::string& heading : headings_of(page)) {
      for (const char* part : {"picture shares_by_kind", "picture shares_by_layer"}) {
        if (contains(section_text(page, heading), part)) text += heading + "; ";
      }
      if (heading == "Formulas") text += heading + "; ";
    }
    return text;
  };
  CHECK(show("  - relu\n") == "");
  CHECK(show("  - batch_norm: {}\n") == "Shares by kind of layer; ");
  CHECK(show("  - conv: {out: 1}\n") == "Shares by kind of layer; Costs by layer; Formulas; ");
}

TEST_CASE("the page of a network: graph, conventions, memory of its types, published figures",
          "[report]") {
  pages::ReportInput input;
  input.networks = {page_network(
      "net",
      "name: net\ninput: {channels: 3, height: 6, width: 5}\nlayers:\n"
      "  - conv: {name: a, out: 4, kernel: 3}\n"
      "published:\n  - {macs: 3240, top1: 60, source: one}\n  - {macs: 4000, source: two}\n")};
  cost::CountOptions options;
  options.types.activations = DataType::kInt8;
  input.networks[0].costs = cost::count(input.networks[0].network, options);
  const document::Page page = pages::network_page(input);
  CHECK(section_text(page, "Graph")
            .starts_with("\nEach box is a block of layers with its output "
                         "shape; equal consecutive blocks are one box. "
                         "'archcost show' draws every layer.\n"));
  CHECK(outline_of(page, "Conventions side by side").starts_with("\ntable conventions: "));
  // 90 and 120 numbers of a byte each.
  CHECK(contains(section_text(page, "Memory"), "| 'a' | 210.0 |\n"));
  CHECK(contains(section_text(page, "Memory"), "| 'a' | '4x6x5' | 120 |\n"));
  const std::string published = section_text(page, "Published figures");
  CHECK(published.starts_with("\nPublished figures of the family net, beside the computed ones. "));
  CHECK(contains(published, "\ntable published\n"));
  CHECK(contains(section_text(page, "Accuracy against costs"), "| 'net' | '"));
  CHECK(contains(section_text(page, "Where this comes from"), "\n| 'net.yaml' | '"));
  // The spec's accuracies have latencies where something is measured and there are some.
  input.latency = [](const graph::Network&) { return std::optional<space::Uncertain>(); };
  CHECK(section_text(pages::network_page(input), "Predicted: accuracy against latency") ==
        "no section");
  runner::MeasuredRow row;
  row.layers = {0};
  row.seconds = 1e-3;
  input.networks[0].measurement.emplace();
  input.networks[0].measurement->rows = {row};
  input.networks[0].measurement->seconds = 1e-3;
  input.networks[0].measurement->blocks = 3;
  CHECK(section_text(pages::network_page(input), "Predicted: accuracy against latency") ==
        "\nNo published network has a latency.\n");
  input.latency = {};
  CHECK(section_text(pages::network_page(input), "Predicted: accuracy against latency") ==
        "no section");
}

TEST_CASE("the tree of a network's layers: parts under their names, in the order of execution",
          "[report]") {
  const pages::ReportNetwork one = page_network(
      "net",
      "name: net\ninput: {channels: 1, height: 2, width: 1}\nlayers:\n"
      "  - conv: {name: s, out: 2}\n"
      "  - stage: {name: t, layers: [conv: {name: a, out: 3}, stage: {name: u, layers: "
      "[conv: {name: b, out: 1}, conv: {name: c, out: 5}]}, relu: {name: d}]}\n");
  const document::Tree tree = pages::cost_tree(one, "tree");
  std::string text;
  for (std::size_t k = 0; k < tree.levels.size(); ++k) {
    const auto& row = tree.table.rows[k];
    text +=
        std::string(static_cast<std::size_t>(tree.levels[k]), '-') +
        fmt::format("{} {} {} {}\n", std::get<std::string>(row[0]), std::get<std::int64_t>(row[1]),
                    whole_text(row[2]), std::get<std::int64_t>(row[6]));
  }
  CHECK(text == R"(s 1 'conv 1x1' 4
t 4  28
-a 1 'conv 1x1' 12
-u 2  16
--b 1 'conv 1x1' 6
--c 1 'conv 1x1' 10
-d 1 'relu' 0
)");
  CHECK(tree.table.rows.size() == tree.levels.size() + 1);
}
