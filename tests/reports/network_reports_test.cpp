// SPDX-License-Identifier: Apache-2.0
// Reports of one network, whole: explanations, memory, its graph.
#include <cctype>

#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Two units of grouped convolutions around shuffles, a gate and a depthwise separable pair.
graph::Network explained_network() {
  return network_of(spec_with(
      "- conv: {name: u1_a, out: 12, groups: 2}\n- channel_shuffle: {name: u1_s, groups: 2}\n"
      "- conv: {name: u1_d, out: 12, kernel: 3, groups: 12}\n"
      "- conv: {name: u1_b, out: 6, groups: 2}\n"
      "- conv: {name: u2_a, out: 12, groups: 3}\n- channel_shuffle: {name: u2_s, groups: 3}\n"
      "- conv: {name: u2_d, out: 12, kernel: 3, groups: 12}\n"
      "- conv: {name: u2_b, out: 8, groups: 2}\n"
      "- global_avg_pool: {name: g_p}\n- conv: {name: g_x, out: 2}\n- relu: {name: g_r}\n"
      "- conv: {name: g_y, out: 8}\n- sigmoid: {name: g_s}\n"
      "- multiply: {name: g_m, from: [u2_b, g_s]}\n"
      "- conv: {name: dw, out: 8, kernel: 5, groups: 8}\n- conv: {name: pw, out: 16}\n",
      "4x6x5"));
}

graph::Network layered_network(const std::string& layers, const std::string& input = "3x6x4") {
  return network_of(spec_with(layers, input));
}

}  // namespace

TEST_CASE("what explains a network's costs", "[explain]") {
  graph::Network network = explained_network();
  const cost::Scalings scalings = {{"conv 1x1", "α²ρ²"}};
  CHECK(whole_text(tables::explain_report(network, cost::count(network), scalings)) == R"(
test
4x6x5   batch 1
== Multiply-adds by kind: K kernel, M and N channels in and out, g groups, H and W of the output
kind "kind" text n18; layers "layers" integer e5; formula "formula" text n22; scaling "~" text e4 n4; macs "macs" count; share "%" percent; weights "weights %" percent e3
| 'depthwise 3x3' | 2 | 'K · K · M · H · W' | '' | 6480 | 31.90232375 | 30.50847458 |
| 'depthwise 5x5' | 1 | 'K · K · M · H · W' | '' | 6000 | 29.53918866 | 28.24858757 |
| 'grouped 1x1' | 4 | 'M/g · N · H · W' | '' | 3960 | 19.49586451 | 18.6440678 |
| 'conv 1x1' | 3 | 'M · N · H · W' | 'α²ρ²' | 3872 | 19.06262308 | 22.59887006 |
== The largest layer of each kind, one image
* - depthwise 3x3, u1_d: 3 · 3 · 12 · 6 · 5 = 3,240
* - depthwise 5x5, dw: 5 · 5 · 8 · 6 · 5 = 6,000
* - grouped 1x1, u2_b: 12/2 · 8 · 6 · 5 = 1,440
* - conv 1x1, pw: 8 · 16 · 6 · 5 = 3,840
== Conclusions
* - 1 pair of a depthwise and a pointwise convolution: 9,840 multiply-adds, 0.102 of the 96,000 that standard convolutions in their place would have (1/N + 1/K² for each).
* - Grouping 4 pointwise convolutions: 3,960 multiply-adds instead of 8,640. Without it the network would have 24,992 instead of 20,312.
* - Channel shuffle: an output channel of u2_b depends on 6 of the 6 channels that enter u2_a; without the shuffle on 4. With it, all 2 such units see every channel.
* - 1 gate of squeeze-and-excitation: 32 parameters (4.5 %), 32 multiply-adds (0.2 %), 240 taps of pooling and 240 products with the gates.
* - The largest, g_m: C = 8, C/r = 2, so 2 C²/r = 32 weights in its two layers.
* - The 2 depthwise 3x3 layers hold 31.9 % of the multiply-adds and 30.5 % of the weights: the largest part.
)");
  CHECK(
      short_json(tables::explain_json(network, cost::count(network), scalings)) ==
      R"({"spec":"test","kinds":[{"class":"depthwise 3x3","layers":2,"formula":"K · K · M · H · W","scaling":"","example":"u1_d","numbers":"3 · 3 · 12 · 6 · 5 = 3,240","macs":6480,"weights":216},{"class":"depthwise 5x5","layers":1,"formula":"K · K · M · H · W","scaling":"","example":"dw","numbers":"5 · 5 · 8 · 6 · 5 = 6,000","macs":6000,"weights":200},{"class":"grouped 1x1","layers":4,"formula":"M/g · N · H · W","scaling":"","example":"u2_b","numbers":"12/2 · 8 · 6 · 5 = 1,440","macs":3960,"weights":132},{"class":"conv 1x1","layers":3,"formula":"M · N · H · W","scaling":"α²ρ²","example":"pw","numbers":"8 · 16 · 6 · 5 = 3,840","macs":3872,"weights":160}],"separable":{"pairs":1,"macs":9840,"standard_macs":96000},"grouped":{"layers":4,"macs":3960,"ungrouped_macs":8640},"shuffles":[{"first":"u1_a","second":"u1_b","channels":4,"with_shuffle":4,"without_shuffle":2},{"first":"u2_a","second":"u2_b","channels":6,"with_shuffle":6,"without_shuffle":4}],"gates":{"gates":1,"added":{"params":32,"weights":32,"buffers":0,"macs":32,"bias_adds":0,"elementwise":256,"compares":2,"transcendentals":8,"pool_ops":240,"activations":268},"products":240,"largest":{"layer":"g_m","channels":8,"hidden":2,"weights":32}}})");
  network.batch = 2;
  CHECK(whole_text(tables::explain_report(network, cost::count(network), {})) == R"(
test
4x6x5   batch 2
== Multiply-adds by kind: K kernel, M and N channels in and out, g groups, H and W of the output
kind "kind" text n18; layers "layers" integer e5; formula "formula" text n22; scaling "~" text e4 n4; macs "macs" count; share "%" percent; weights "weights %" percent e3
| 'depthwise 3x3' | 2 | 'K · K · M · H · W' | '' | 12960 | 31.90232375 | 30.50847458 |
| 'depthwise 5x5' | 1 | 'K · K · M · H · W' | '' | 12000 | 29.53918866 | 28.24858757 |
| 'grouped 1x1' | 4 | 'M/g · N · H · W' | '' | 7920 | 19.49586451 | 18.6440678 |
| 'conv 1x1' | 3 | 'M · N · H · W' | '' | 7744 | 19.06262308 | 22.59887006 |
== The largest layer of each kind, one image
* - depthwise 3x3, u1_d: 3 · 3 · 12 · 6 · 5 = 3,240
* - depthwise 5x5, dw: 5 · 5 · 8 · 6 · 5 = 6,000
* - grouped 1x1, u2_b: 12/2 · 8 · 6 · 5 = 1,440
* - conv 1x1, pw: 8 · 16 · 6 · 5 = 3,840
== Conclusions, one image
* - 1 pair of a depthwise and a pointwise convolution: 9,840 multiply-adds, 0.102 of the 96,000 that standard convolutions in their place would have (1/N + 1/K² for each).
* - Grouping 4 pointwise convolutions: 3,960 multiply-adds instead of 8,640. Without it the network would have 24,992 instead of 20,312.
* - Channel shuffle: an output channel of u2_b depends on 6 of the 6 channels that enter u2_a; without the shuffle on 4. With it, all 2 such units see every channel.
* - 1 gate of squeeze-and-excitation: 32 parameters (4.5 %), 32 multiply-adds (0.2 %), 240 taps of pooling and 240 products with the gates.
* - The largest, g_m: C = 8, C/r = 2, so 2 C²/r = 32 weights in its two layers.
* - The 2 depthwise 3x3 layers hold 31.9 % of the multiply-adds and 30.5 % of the weights: the largest part.
)");
}

TEST_CASE("conclusions about the kind with most multiply-adds", "[explain]") {
  const auto conclusions = [](const graph::Network& network) {
    return tables::explain_report(network, cost::count(network), {}).sections[2].notes;
  };
  using Notes = std::vector<std::string>;
  CHECK(conclusions(layered_network("- conv: {out: 4}\n")) ==
        Notes{"- The conv 1x1 layer holds 100.0 % of the multiply-adds and 100.0 % of the weights: "
              "in multiply-adds, the pointwise convolutions are the bottleneck."});
  CHECK(conclusions(layered_network("- conv: {out: 4, kernel: 3}\n- conv: {out: 4, kernel: 3}\n"
                                    "- conv: {out: 2}\n")) ==
        Notes{"- The 2 conv 3x3 layers hold 96.9 % of the multiply-adds and 96.9 % of the "
              "weights: most of the possible savings are there."});
  // Exactly half is not most.
  CHECK(conclusions(layered_network("- conv: {out: 3}\n- conv: {out: 1, kernel: [3, 1]}\n")) ==
        Notes{"- The conv 1x1 layer holds 50.0 % of the multiply-adds and 50.0 % of the weights: "
              "the largest part."});
  CHECK(conclusions(layered_network("- relu\n")).empty());
  const graph::Network none = layered_network("- relu\n");
  CHECK(tables::explain_report(none, cost::count(none), {}).sections[1].notes ==
        Notes{"No layer has multiply-adds."});
  CHECK(short_json(tables::explain_json(none, cost::count(none), {})) ==
        R"({"spec":"test","kinds":[]})");
  // A matrix product has no weights.
  CHECK(conclusions(layered_network("- matmul: {name: m, from: [input, input], transpose: true}\n",
                                    "6x4x1")) ==
        Notes{"- The matmul layer holds 100.0 % of the multiply-adds: most of the possible savings "
              "are there."});
}

TEST_CASE("shuffles and gates, one alone, and some that do less than they could", "[explain]") {
  const auto notes = [](const std::string& layers, const std::string& input = "4x6x5") {
    const graph::Network network = layered_network(layers, input);
    return tables::explain_report(network, cost::count(network), {}).sections[2].notes;
  };
  const std::string unit =
      "- conv: {name: a, out: 12, groups: 2}\n- channel_shuffle: {name: s, groups: 2}\n"
      "- conv: {name: b, out: 6, groups: 2}\n";
  CHECK(notes(unit)[1] ==
        "- Channel shuffle: an output channel of b depends on 4 of the 4 channels that enter a; "
        "without the shuffle on 2.");
  // The second one mixes two of three groups only.
  CHECK(notes(unit + "- conv: {name: c, out: 6, groups: 3}\n"
                     "- channel_shuffle: {name: t, groups: 3}\n"
                     "- conv: {name: d, out: 6, groups: 3}\n")[1] ==
        "- Channel shuffle: an output channel of d depends on 4 of the 6 channels that enter c; "
        "without the shuffle on 2.");
  const std::string gate =
      "- conv: {name: x, out: 8, kernel: 3}\n- global_avg_pool: {name: p}\n"
      "- conv: {name: y, out: 8, bias: true}\n- sigmoid: {name: s}\n- multiply: {name: m, from: "
      "[x, s]}\n";
  CHECK(notes(gate)[0] ==
        "- 1 gate of squeeze-and-excitation: 72 parameters (20.0 %), 64 multiply-adds (0.7 %), 240 "
        "taps of pooling and 240 products with the gates.");
  CHECK(notes(gate)[1].starts_with("- The conv 3x3 layer holds 99.3 %"));
  CHECK(notes(gate + "- global_avg_pool: {name: q}\n- sigmoid: {name: z}\n"
                     "- multiply: {name: n, from: [m, z]}\n")[0]
            .starts_with("- 2 gates of squeeze-and-excitation: 72 parameters (20.0 %), "));
  CHECK(notes("- conv: {name: a, out: 12, groups: 2}\n")[0] ==
        "- Grouping 1 pointwise convolution: 720 multiply-adds instead of 1,440. Without it the "
        "network would have 1,440 instead of 720.");
  const graph::Network grouped = layered_network("- conv: {name: a, out: 6, groups: 3}\n", "6x6x4");
  CHECK(nlohmann::json::parse(
            tables::explain_json(grouped, cost::count(grouped), {}))["grouped"]["layers"] == 1);
  const std::string pair = "- conv: {name: d, out: 4, kernel: 3, groups: 4}\n- conv: {out: 4}\n";
  CHECK(notes(pair + "- conv: {name: e, out: 4, kernel: 3, groups: 4}\n- conv: {out: 4}\n")[0] ==
        "- 2 pairs of a depthwise and a pointwise convolution: 3,120 multiply-adds, 0.361 of the "
        "8,640 that standard convolutions in their place would have (1/N + 1/K² for each).");
}

TEST_CASE("memory of a network, in its own order and in a saving one", "[memory]") {
  // The wide branch first: the narrow one can be had before it.
  graph::Network network = layered_network(
      "- conv: {name: a, out: 4}\n- conv: {name: wide, out: 40}\n- conv: {name: end, out: 1}\n"
      "- conv: {name: b, from: input, out: 20}\n- conv: {name: c, out: 1}\n"
      "- add: {name: s, from: [end, c]}\n");
  network.batch = 2;
  tables::MemoryReportOptions options;
  options.timeline = true;
  CHECK(whole_text(tables::memory_report(network, options)) == R"(
test
3x6x4   batch 2   f32   not in place
== model size: parameters and buffers
type "type" text; bytes "size" bytes
| 'f32' | 1168 |
| 'f16' | 584 |
| 'bf16' | 584 |
| 'int8' | 292 |
| 'int4' | 146 |
== activations at their peak, the spec's own order
tensor "tensor alive" text n40; shape "shape" text; bytes "bytes" bytes
| 'input' | '3x6x4' | 576 |
| 'a' | '4x6x4' | 768 |
| 'wide' | '40x6x4' | 7680 |
= 'peak, at wide' | '' | 9024 |
== activations at their peak, saving order (exact: every order of 1 branching segment)
tensor "tensor alive" text n40; shape "shape" text; bytes "bytes" bytes
| 'a' | '4x6x4' | 768 |
| 'wide' | '40x6x4' | 7680 |
| 'c' | '1x6x4' | 192 |
= 'peak, at wide' | '' | 8640 |
* With --in-place, activations, batch norms, additions, products and scalings write over an input that no other layer needs.
* As a column and a limit of sweep, search, compare and check: peak_memory, with --in-place peak_memory_in_place.
== training, batch 2
part "kept" text; bytes "bytes" bytes
| 'activations for the backward pass' | 12864 |
| 'weights and buffers' | 1168 |
| 'gradients' | 1168 |
* Operations forward 28,080, forward and backward 77,280; an optimiser's state is extra.
== bytes alive while each layer runs
layer "layer" text n34; bytes "alive" bytes
| 'a' | 1344 |
| 'wide' | 9024 |
| 'end' | 8448 |
| 'b' | 4608 |
| 'c' | 4224 |
| 's' | 576 |
)");
  CHECK(whole_text(tables::memory_data(network, options)) == R"(


== bytes alive while each layer runs
layer "layer" text n34; bytes "alive" bytes
| 'a' | 1344 |
| 'wide' | 9024 |
| 'end' | 8448 |
| 'b' | 4608 |
| 'c' | 4224 |
| 's' | 576 |
)");
  CHECK(
      short_json(tables::memory_json(network, options)) ==
      R"({"spec":"test","data_types":{"weights":"f32","activations":"f32"},"in_place":false,"model_size":{"f32":1168,"f16":584,"bf16":584,"int8":292,"int4":146},"own_order":{"bytes":9024,"at":"wide","alive":[{"tensor":"input","bytes":576},{"tensor":"a","bytes":768},{"tensor":"wide","bytes":7680}],"order":["a","wide","end","b","c","s"],"timeline":[{"layer":"a","bytes":1344},{"layer":"wide","bytes":9024},{"layer":"end","bytes":8448},{"layer":"b","bytes":4608},{"layer":"c","bytes":4224},{"layer":"s","bytes":576}]},"saving_order":{"bytes":8640,"at":"wide","alive":[{"tensor":"a","bytes":768},{"tensor":"wide","bytes":7680},{"tensor":"c","bytes":192}],"order":["b","c","a","wide","end","s"],"timeline":[{"layer":"b","bytes":4416},{"layer":"c","bytes":4608},{"layer":"a","bytes":1536},{"layer":"wide","bytes":8640},{"layer":"end","bytes":8064},{"layer":"s","bytes":576}],"exact":true,"method":"exact: every order of 1 branching segment"},"training":{"kept_activations":12864,"weights":1168,"gradients":1168,"flops":77280}})");
  options.timeline = false;
  options.types.weights = DataType::kInt8;
  options.types.activations = DataType::kF16;
  CHECK(whole_text(tables::memory_data(network, options)) == R"(


== 
figure "" text; bytes "" text
| 'size_f32' | 1168 |
| 'size_f16' | 584 |
| 'size_bf16' | 584 |
| 'size_int8' | 292 |
| 'size_int4' | 146 |
| 'peak_own_order' | 4512 |
| 'peak_saving_order' | 4320 |
| 'training_kept_activations' | 6432 |
| 'training_weights' | 292 |
| 'training_gradients' | 292 |
)");
  const graph::Network chain = layered_network("- conv: {name: a, out: 4}\n- relu: {name: r}\n");
  options.in_place = true;
  CHECK(whole_text(tables::memory_report(chain, options)) == R"(
test
3x6x4   batch 1   int8 weights, f16 activations   in place
== model size: parameters and buffers
type "type" text; bytes "size" bytes
| 'f32' | 48 |
| 'f16' | 24 |
| 'bf16' | 24 |
| 'int8' | 12 |
| 'int4' | 6 |
== activations at their peak, the spec's own order
tensor "tensor alive" text n40; shape "shape" text; bytes "bytes" bytes
| 'input' | '3x6x4' | 144 |
| 'a' | '4x6x4' | 192 |
= 'peak, at a' | '' | 336 |
* No other order has a lower peak (exact: every order of 0 branching segments).
* As a column and a limit of sweep, search, compare and check: peak_memory_in_place.
== training, batch 1
part "kept" text; bytes "bytes" bytes
| 'activations for the backward pass' | 336 |
| 'weights and buffers' | 12 |
| 'gradients' | 12 |
* Operations forward 672, forward and backward 1,344; an optimiser's state is extra.
)");
  CHECK(whole_text(tables::memory_data(chain, options)) == R"(


== 
figure "" text; bytes "" text
| 'size_f32' | 48 |
| 'size_f16' | 24 |
| 'size_bf16' | 24 |
| 'size_int8' | 12 |
| 'size_int4' | 6 |
| 'peak_own_order' | 336 |
| 'peak_saving_order' | 336 |
| 'training_kept_activations' | 336 |
| 'training_weights' | 12 |
| 'training_gradients' | 12 |
)");
}

TEST_CASE("a network's graph as a table, in Graphviz and as boxes", "[graph]") {
  graph::Network network = layered_network(
      "- conv: {name: a, out: 4}\n- relu: {name: b}\n- conv: {name: c, from: input, out: 4}\n"
      "- add: {name: d, from: [b, c]}\n- add: {name: e, from: [d, b]}\n");
  network.name = "a \"name\" \\ of it";
  network.layers[1].name = "odd\"\n\\";
  CHECK(whole_text(tables::graph_report(network)) == R"(
a "name" \ of it
3x6x4   batch 1
== 
layer "layer" text n34; class "kind" text e1; inputs "takes" text n20 list; output "gives" text
| 'a' | 'conv 1x1' | '↑' | '4x6x4' |
| 'odd"
\' | 'relu' | '↑' | '4x6x4' |
| 'c' | 'conv 1x1' | 'input' | '4x6x4' |
| 'd' | 'add' | 'odd"
\, c' | '4x6x4' |
| 'e' | 'add' | 'd, odd"
\' | '4x6x4' |
* ↑: the layer above, at the top the network's input
)");
  CHECK(tables::write_dot(network) == R"(digraph "a \"name\" \\ of it" {
  node [shape=box, fontname="sans-serif"];
  input [label="input\n3x6x4", shape=ellipse];
  n0 [label="a\nconv 1x1\n4x6x4"];
  input -> n0;
  n1 [label="odd\" \\\nrelu\n4x6x4"];
  n0 -> n1;
  n2 [label="c\nconv 1x1\n4x6x4"];
  input -> n2;
  n3 [label="d\nadd\n4x6x4"];
  n1 -> n3;
  n2 -> n3;
  n4 [label="e\nadd\n4x6x4"];
  n3 -> n4;
  n1 -> n4;
}
)");
  CHECK(whole_text(tables::layer_diagram(network)) == R"(
The layers of a "name" \ of it and their connections
( input 3x6x4 /
[ a / conv 1x1 4x6x4 /
[ odd"
\ / relu 4x6x4 /
[ c / conv 1x1 4x6x4 /
[ d / add 4x6x4 /
[ e / add 4x6x4 /
0-1 1-2 0-3 2-4 3-4 4-5 2-5 )");
}

namespace {

// A chain of layers with these names; those whose name ends in a digit are convolutions.
graph::Network named_chain(const std::vector<std::string>& names) {
  std::string layers;
  for (const std::string& name : names)
    layers += std::isdigit(static_cast<unsigned char>(name.back())) != 0
                  ? "- conv: {out: 3, kernel: " + std::string(1, name.back()) + "}\n"
                  : "- relu\n";
  graph::Network network = layered_network(layers);
  for (std::size_t k = 0; k < names.size(); ++k) network.layers[k].name = names[k];
  return network;
}

}  // namespace

TEST_CASE("a network as blocks, equal ones in a row as one", "[graph]") {
  CHECK(whole_text(tables::block_diagram(
            named_chain({"stem.a3", "one.x.a3", "one.x.b", "one.y.a3", "one.y.b", "one.z.a3",
                         "one.z.b", "two.x.a1", "two.x.b", "head.b"}))) == R"(
The blocks of test and their connections
( input 3x6x4 /
[ stem.a3 to one.x.a3: 2 equal / conv 3x3 / 3x6x4, 48.6 % of macs /
[ one.x.b / relu / 3x6x4 /
[ one.y.a3 / conv 3x3 / 3x6x4, 24.3 % of macs /
[ one.y.b / relu / 3x6x4 /
[ one.z.a3 / conv 3x3 / 3x6x4, 24.3 % of macs /
[ one.z.b / relu / 3x6x4 /
[ two.x.a1 / conv 1x1 / 3x6x4, 2.7 % of macs /
[ two.x.b to head.b: 2 equal / relu / 3x6x4 /
0-1 1-2 2-3 3-4 4-5 5-6 6-7 7-8 )");
  std::vector<std::string> names;
  for (int k = 0; k < 24; ++k)
    names.push_back((k < 12 ? "a.x" : "b.x") + std::to_string(k) + (k % 2 == 0 ? ".k3" : ".k1"));
  CHECK(tables::block_diagram(named_chain(names)).boxes.size() == 25);
  names.emplace_back("b.y.k5");
  const document::Diagram coarse = tables::block_diagram(named_chain(names));
  CHECK(whole_text(coarse) == R"(
The blocks of test and their connections
( input 3x6x4 /
[ a / conv 3x3, conv 1x1 / 3x6x4, 41.4 % of macs /
[ b / conv 3x3, conv 1x1, conv 5x5 / 3x6x4, 58.6 % of macs /
0-1 1-2 )");
  // Names of one part are never joined.
  for (std::string& name : names) name[name.find('.')] = '_';
  for (std::string& name : names) name.replace(name.find('.'), 1, "_");
  CHECK(tables::block_diagram(named_chain(names)).boxes.size() == 26);
  CHECK(tables::block_diagram(named_chain({"a.b.c3", "a.d"})).boxes.size() == 3);
  CHECK(tables::block_diagram(named_chain({"a3", "b3", "c3", "d1"})).boxes[1].lines[0] ==
        "a3 to c3: 3 equal");
}

TEST_CASE("blocks are as small as a readable number of them allows", "[graph]") {
  std::vector<std::string> names = {"stem.a.k7"};
  for (int k = 0; k < 13; ++k) {
    const std::string block = "body.u" + std::to_string(k) + ".";
    for (const char* layer : {"a3", "r", "b1", "c5", "d7"}) names.push_back(block + layer);
  }
  names.emplace_back("head");
  graph::Network convolutions_first = named_chain({"a.k3", "a.r", "a.b", "b.r", "b.s"});
  // Of a block the kinds with multiply-adds, and what its last layer gives.
  for (int k = 0; k < 24; ++k) {
    convolutions_first.layers.push_back(convolutions_first.layers.back());
    convolutions_first.layers.back().name = "b.t" + std::string(1, static_cast<char>('a' + k));
    convolutions_first.layers.back().inputs = {k + 4};
    convolutions_first.layers.back().output.width = 4 - k % 2;
  }
  CHECK(whole_text(tables::block_diagram(convolutions_first)) == R"(
The blocks of test and their connections
( input 3x6x4 /
[ a / conv 3x3 / 3x6x4, 100.0 % of macs /
[ b / relu / 3x6x3 /
0-1 1-2 )");
  CHECK(whole_text(tables::block_diagram(named_chain(names))) == R"(
The blocks of test and their connections
( input 3x6x4 /
[ stem.a / conv 7x7 / 3x6x4, 4.3 % of macs /
[ body.u0 to body.u12: 13 equal / conv 3x3, conv 1x1, conv 5x5, … / 3x6x4, 95.7 % of macs /
[ head / relu / 3x6x4 /
0-1 1-2 2-3 )");
}

TEST_CASE("blocks are joined only where nothing else reads them", "[graph]") {
  graph::Network network = layered_network(
      "- conv: {name: a, out: 3}\n- conv: {name: b, out: 3}\n- conv: {name: c, out: 3}\n"
      "- add: {name: d, from: [a, c]}\n- conv: {name: e, from: input, out: 3}\n"
      "- conv: {name: f, out: 3}\n- concat: {name: g, from: [d, f, input]}\n"
      "- conv: {name: h, out: 3, bias: true}\n- conv: {name: i, out: 3, kernel: 3}\n");
  CHECK(whole_text(tables::block_diagram(network)) == R"(
The blocks of test and their connections
( input 3x6x4 /
[ a / conv 1x1 / 3x6x4, 5.9 % of macs /
[ b to c: 2 equal / conv 1x1 / 3x6x4, 11.8 % of macs /
[ d / add / 3x6x4 /
[ e to f: 2 equal / conv 1x1 / 3x6x4, 11.8 % of macs /
[ g / concat / 9x6x4 /
[ h / conv 1x1 / 3x6x4, 17.6 % of macs /
[ i / conv 3x3 / 3x6x4, 52.9 % of macs /
0-1 1-2 1-3 2-3 0-4 0-5 3-5 4-5 5-6 6-7 )");
  const char* names[] = {"x.a", "x.b", "x.c", "y.d", "x.e", "y.f", "y.g", "z.h", "z.i"};
  for (std::size_t k = 0; k < network.layers.size(); ++k) network.layers[k].name = names[k];
  network.layers[7].name = "z.h.i.j";
  CHECK(whole_text(tables::block_diagram(network)) == R"(
The blocks of test and their connections
( input 3x6x4 /
[ x.a / conv 1x1 / 3x6x4, 5.9 % of macs /
[ x.b to x.c: 2 equal / conv 1x1 / 3x6x4, 11.8 % of macs /
[ y.d / add / 3x6x4 /
[ x.e to y.f: 2 equal / conv 1x1 / 3x6x4, 11.8 % of macs /
[ y.g / concat / 9x6x4 /
[ z.h.i.j / conv 1x1 / 3x6x4, 17.6 % of macs /
[ z.i / conv 3x3 / 3x6x4, 52.9 % of macs /
0-1 1-2 1-3 2-3 0-4 0-5 3-5 4-5 5-6 6-7 )");
}
