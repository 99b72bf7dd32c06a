// SPDX-License-Identifier: Apache-2.0
// The JSON of costs, whole: layers with all sorts of attributes, groups, what is left out.
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

graph::Network network_of_attributes() {
  graph::Network network = network_of(
      spec_with(
          "- conv: {name: a, out: 4, kernel: [3, 1], stride: [1, 2], pad: [0, 2, 1, 3], groups: "
          "2}\n"
          "- leaky_relu: {name: r, slope: 0.25}\n- split: {name: h, parts: [1, 3], take: 2}\n"
          "- upsample: {name: u, factor: 2, mode: bilinear}\n"
          "- max_pool: {name: p, from: r, kernel: 3, pad: same}\n- global_avg_pool: {name: q}\n"
          "- linear: {name: l, out: 5}\n",
          "2x6x5") +
      "\noutputs: [u, l]\n");
  network.batch = 3;
  network.layers[0].name = "one.x.a";
  network.layers[1].name = "one.r";
  network.parameters = {{"alpha", "α", spec::Value(spec::Number(Rational(1, 4))), false},
                        {"word", "word", spec::Value(spec::Word{"relu"}), true}};
  return network;
}

std::string costs_json(const graph::Network& network, const tables::CostReportOptions& options,
                       const cost::CountOptions& counted = {}) {
  const std::string text = tables::cost_json(network, cost::count(network, counted), options);
  CHECK(text == nlohmann::ordered_json::parse(text).dump(2) + "\n");
  return short_json(text);
}

}  // namespace

TEST_CASE("every layer as JSON", "[json]") {
  CHECK(
      costs_json(network_of_attributes(), {}) ==
      R"({"spec":"test","parameters":{"alpha":0.25,"word":"relu"},"input":{"channels":2,"height":6,"width":5,"batch":3},"convention":"macs","data_types":{"weights":"f32","activations":"f32"},"totals":{"params":37,"weights":32,"buffers":0,"macs":960,"bias_adds":15,"elementwise":6600,"compares":300,"transcendentals":0,"pool_ops":480,"activations":1800,"cost":960,"flops":9315,"train_flops":18765,"weight_bytes":148,"input_bytes":5460,"output_bytes":7200,"traffic":12808,"intensity":0.7272798251,"layers":7,"weighted_layers":2,"peak_memory":5700,"peak_memory_in_place":5700,"size_f32":148,"size_f16":74,"size_bf16":74,"size_int8":37,"size_int4":19,"entropy":37.94596398,"effectiveness":0.3333333333,"critical_path_macs":960,"critical_path_layers":5},"layers":[{"name":"one.x.a","kind":"conv","class":"depthwise 3x1","inputs":["input"],"input_shapes":[[3,2,6,5]],"output_shape":[3,4,5,5],"params":12,"weights":12,"buffers":0,"macs":900,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":0,"activations":300,"cost":900,"flops":1800,"train_flops":3600,"weight_bytes":48,"input_bytes":720,"output_bytes":1200,"traffic":1968,"intensity":0.9146341463,"receptive_field":[3.0,1.0],"effective_stride":[1.0,2.0],"attributes":{"out":4,"kernel":[3,1],"stride":[1,2],"dilation":[1,1],"groups":2,"pad":[0,2,1,3],"bias":false}},{"name":"one.r","kind":"leaky_relu","class":"leaky relu","inputs":["one.x.a"],"input_shapes":[[3,4,5,5]],"output_shape":[3,4,5,5],"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":300,"compares":300,"transcendentals":0,"pool_ops":0,"activations":300,"cost":0,"flops":600,"train_flops":1200,"weight_bytes":0,"input_bytes":1200,"output_bytes":1200,"traffic":2400,"intensity":0.25,"receptive_field":[3.0,1.0],"effective_stride":[1.0,2.0],"attributes":{"slope":0.25}},{"name":"h","kind":"split","class":"split","inputs":["one.r"],"input_shapes":[[3,4,5,5]],"output_shape":[3,3,5,5],"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":0,"activations":225,"cost":0,"flops":0,"train_flops":0,"weight_bytes":0,"input_bytes":1200,"output_bytes":900,"traffic":2100,"intensity":0.0,"receptive_field":[3.0,1.0],"effective_stride":[1.0,2.0],"attributes":{"parts":[1,3],"take":2}},{"name":"u","kind":"upsample","class":"upsample","inputs":["h"],"input_shapes":[[3,3,5,5]],"output_shape":[3,3,10,10],"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":6300,"compares":0,"transcendentals":0,"pool_ops":0,"activations":900,"cost":0,"flops":6300,"train_flops":12600,"weight_bytes":0,"input_bytes":900,"output_bytes":3600,"traffic":4500,"intensity":1.4,"receptive_field":[4.0,3.0],"effective_stride":[0.5,1.0],"attributes":{"factor":[2,2],"mode":"bilinear"}},{"name":"p","kind":"max_pool","class":"max pool 3x3","inputs":["one.r"],"input_shapes":[[3,4,5,5]],"output_shape":[3,4,2,2],"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":432,"activations":48,"cost":0,"flops":432,"train_flops":864,"weight_bytes":0,"input_bytes":1200,"output_bytes":192,"traffic":1392,"intensity":0.3103448276,"receptive_field":[5.0,5.0],"effective_stride":[3.0,6.0],"attributes":{"kernel":[3,3],"stride":[3,3],"dilation":[1,1],"pad":[1,1,1,1],"ceil_mode":false}},{"name":"q","kind":"global_avg_pool","class":"global avg pool","inputs":["p"],"input_shapes":[[3,4,2,2]],"output_shape":[3,4,1,1],"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":48,"activations":12,"cost":0,"flops":48,"train_flops":96,"weight_bytes":0,"input_bytes":192,"output_bytes":48,"traffic":240,"intensity":0.2,"receptive_field":"all","effective_stride":null,"attributes":{}},{"name":"l","kind":"linear","class":"linear","inputs":["q"],"input_shapes":[[3,4,1,1]],"output_shape":[3,5,1,1],"params":25,"weights":20,"buffers":0,"macs":60,"bias_adds":15,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":0,"activations":15,"cost":60,"flops":135,"train_flops":405,"weight_bytes":100,"input_bytes":48,"output_bytes":60,"traffic":208,"intensity":0.6490384615,"receptive_field":"all","effective_stride":null,"attributes":{"out":5,"bias":true,"per_position":false}}]})");
}

TEST_CASE("costs as JSON by groups, under a roofline", "[json]") {
  cost::CountOptions counted;
  counted.roofline = cost::Roofline{0.5, 0.25, 3};
  const graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 4}\n- relu: {name: b}\n- conv: {name: c, out: 1}\n", "2x3x1"));
  CHECK(
      costs_json(network, {.grouping = cost::Grouping::kKind}, counted) ==
      R"({"spec":"test","parameters":{},"input":{"channels":2,"height":3,"width":1,"batch":1},"convention":"macs","data_types":{"weights":"f32","activations":"f32"},"roofline":{"peak_gflops":0.5,"bandwidth_gbs":0.25,"threads":3},"totals":{"params":12,"weights":12,"buffers":0,"macs":36,"bias_adds":0,"elementwise":0,"compares":12,"transcendentals":0,"pool_ops":0,"activations":27,"cost":36,"flops":84,"train_flops":192,"weight_bytes":48,"input_bytes":120,"output_bytes":108,"traffic":276,"intensity":0.3043478261,"seconds":1.104e-06,"bound":"memory","layers":3,"weighted_layers":2,"peak_memory":96,"peak_memory_in_place":72,"size_f32":48,"size_f16":24,"size_bf16":24,"size_int8":12,"size_int4":6,"entropy":18.27600025,"effectiveness":0.7071067812,"critical_path_macs":36,"critical_path_layers":3},"groups":[{"class":"conv 1x1","layers":2,"params":12,"weights":12,"buffers":0,"macs":36,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":0,"activations":15,"cost":36,"flops":72,"train_flops":168,"weight_bytes":48,"input_bytes":72,"output_bytes":60,"traffic":180,"intensity":0.4,"seconds":7.2e-07,"bound":"memory"},{"class":"relu","layers":1,"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":0,"compares":12,"transcendentals":0,"pool_ops":0,"activations":12,"cost":0,"flops":12,"train_flops":24,"weight_bytes":0,"input_bytes":48,"output_bytes":48,"traffic":96,"intensity":0.125,"seconds":3.84e-07,"bound":"memory"}],"layers":[{"name":"a","kind":"conv","class":"conv 1x1","inputs":["input"],"input_shapes":[[1,2,3,1]],"output_shape":[1,4,3,1],"params":8,"weights":8,"buffers":0,"macs":24,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":0,"activations":12,"cost":24,"flops":48,"train_flops":96,"weight_bytes":32,"input_bytes":24,"output_bytes":48,"traffic":104,"intensity":0.4615384615,"seconds":4.16e-07,"bound":"memory","receptive_field":[1.0,1.0],"effective_stride":[1.0,1.0],"attributes":{"out":4,"kernel":[1,1],"stride":[1,1],"dilation":[1,1],"groups":1,"pad":[0,0,0,0],"bias":false}},{"name":"b","kind":"relu","class":"relu","inputs":["a"],"input_shapes":[[1,4,3,1]],"output_shape":[1,4,3,1],"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":0,"compares":12,"transcendentals":0,"pool_ops":0,"activations":12,"cost":0,"flops":12,"train_flops":24,"weight_bytes":0,"input_bytes":48,"output_bytes":48,"traffic":96,"intensity":0.125,"seconds":3.84e-07,"bound":"memory","receptive_field":[1.0,1.0],"effective_stride":[1.0,1.0],"attributes":{}},{"name":"c","kind":"conv","class":"conv 1x1","inputs":["b"],"input_shapes":[[1,4,3,1]],"output_shape":[1,1,3,1],"params":4,"weights":4,"buffers":0,"macs":12,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":0,"activations":3,"cost":12,"flops":24,"train_flops":72,"weight_bytes":16,"input_bytes":48,"output_bytes":12,"traffic":76,"intensity":0.3157894737,"seconds":3.04e-07,"bound":"memory","receptive_field":[1.0,1.0],"effective_stride":[1.0,1.0],"attributes":{"out":1,"kernel":[1,1],"stride":[1,1],"dilation":[1,1],"groups":1,"pad":[0,0,0,0],"bias":false}}]})");
  const auto json = [&](const tables::CostReportOptions& options) {
    return nlohmann::ordered_json::parse(
        tables::cost_json(network, cost::count(network, counted), options));
  };
  counted.roofline->threads = 1;
  CHECK(json({})["roofline"]["threads"] == 1);
  counted.roofline->threads = 0;
  CHECK_FALSE(json({})["roofline"].contains("threads"));
  const auto stages = json({.grouping = cost::Grouping::kStage, .top = 2});
  CHECK(stages["groups"].size() == 2);
  CHECK(stages["groups"][0]["stage"] == "a");
  CHECK(stages["groups"][1]["stage"] == "c");
  CHECK(stages["others"]["layers"] == 1);
  CHECK(stages["others"]["activations"] == 12);
  CHECK(stages["layers"].size() == 3);
  CHECK(stages["layers"][1]["name"] == "b");
  CHECK(json({.grouping = cost::Grouping::kBlock})["groups"][0].contains("block"));
  CHECK(json({.depth = 1})["groups"][0]["part"] == "a");
  const auto top = json({.sort = "activations:asc", .top = 1});
  CHECK_FALSE(top.contains("groups"));
  CHECK(top["layers"].size() == 1);
  CHECK(top["layers"][0]["name"] == "c");
  CHECK(top["others"]["layers"] == 2);
  CHECK(top["others"]["params"] == 8);
  CHECK(json({.grouping = cost::Grouping::kStage, .top = 0})["groups"].dump() == "[]");
  CHECK(json({.top = 0})["layers"].dump() == "[]");
  CHECK_FALSE(json({}).contains("others"));
}
