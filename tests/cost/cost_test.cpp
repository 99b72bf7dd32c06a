// SPDX-License-Identifier: Apache-2.0
// Traffic, intensity, roofline, receptive fields, critical path, rows and columns of reports.
#include "core/diagnostic.hpp"
#include "cost/cost_table.hpp"
#include "cost/published.hpp"
#include "cost/receptive_field.hpp"
#include "graph/wiring.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/writers/writers.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("traffic and intensity by data type", "[cost]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {out: 4, kernel: 3, bias: true}", "2x8x8"));
  const auto row = [&](DataTypes types) {
    cost::CountOptions options;
    options.types = types;
    return cost::count(network, options).layers[0];
  };
  const cost::CostRow f32 = row({});
  CHECK(f32.weight_bytes.value() == 4 * 76);
  CHECK(f32.input_bytes.value() == 4 * 128);
  CHECK(f32.output_bytes.value() == 4 * 256);
  CHECK(f32.flops.value() == 2 * 72 * 64 + 256);
  CHECK(f32.intensity() == Approx((2.0 * 72 * 64 + 256) / (4 * (76 + 128 + 256))));
  const cost::CostRow mixed = row({DataType::kInt4, DataType::kInt8});
  CHECK(mixed.weight_bytes.value() == 38);
  CHECK(mixed.output_bytes.value() == 256);
}

TEST_CASE("shared weights are stored once and read by each layer", "[cost]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {name: a, out: 2, kernel: 3, bias: true}\n"
                           "  - conv: {name: b, out: 2, kernel: 3, bias: true, weights_of: a}",
                           "2x8x8"));
  const cost::CostTable costs = cost::count(network, {});
  CHECK(costs.layers[0].traffic().value() == 4 * (38 + 128 + 128));
  CHECK(costs.layers[1].weight_bytes.value() == 0);
  CHECK(costs.layers[1].traffic().value() == 4 * (38 + 128 + 128));
  CHECK(costs.total.weight_bytes.value() == 4 * 38);
  CHECK(costs.total.traffic().value() == 8 * (38 + 128 + 128));
}

TEST_CASE("the roofline bounds each layer by its slower side", "[cost]") {
  const graph::Network network = shipped("mobilenet_v1");
  cost::CountOptions options;
  options.roofline = cost::Roofline{200, 40};
  const cost::CostTable costs = cost::count(network, options);
  double sum = 0;
  for (const cost::CostRow& row : costs.layers) {
    const double compute = static_cast<double>(row.flops.value()) / 200e9,
                 memory = static_cast<double>(row.traffic().value()) / 40e9;
    CHECK(row.seconds == Approx(std::max(compute, memory)));
    if (row.seconds > 0)
      CHECK(cost::bound_by(row, *options.roofline) == (compute >= memory ? "compute" : "memory"));
    sum += row.seconds;
  }
  CHECK(costs.total.seconds == Approx(sum));
}

TEST_CASE("what bounds a layer where both sides are equal, and where it does nothing", "[cost]") {
  cost::CostRow row;
  CHECK(cost::bound_by(row, {1, 1}) == "-");
  row.flops = Count(100);
  row.weight_reads = Count(100);
  CHECK(cost::bound_by(row, {1, 1}) == "compute");
  CHECK(cost::bound_by(row, {2, 1}) == "memory");
  CHECK(cost::bound_by(row, {1, 2}) == "compute");
}

TEST_CASE("receptive fields that the literature gives", "[cost]") {
  struct Row {
    std::string spec, size, stride;
  };
  // Araujo et al. 2019 (distill.pub): VGG-16 212, MobileNet v1 315. ResNet-50 by hand, strides in
  // the 3x3: 11 after the stem and its pool, then 35, 91, 267 and 427 after the stages.
  const auto row = GENERATE(values<Row>({{"vgg16", "212x212", "32x32"},
                                         {"resnet50", "427x427", "32x32"},
                                         {"mobilenet_v1", "315x315", "32x32"}}));
  INFO(row.spec);
  const graph::Network network = shipped(row.spec);
  const std::vector<cost::ReceptiveField> fields = cost::receptive_fields(network);
  // The last layer before the whole image is pooled.
  std::size_t last = 0;
  while (last + 1 < fields.size() && !fields[last + 1].whole) ++last;
  CHECK(cost::describe_size(fields[last]) == row.size);
  CHECK(cost::describe_stride(fields[last]) == row.stride);
}

TEST_CASE("receptive fields of each kind of window, by hand", "[cost]") {
  struct Row {
    std::string layers, size, stride;
  };
  const auto row = GENERATE(values<Row>({
      {"  - conv: {out: 4, kernel: [3, 7], stride: [1, 2], dilation: [2, 1]}", "5x7", "1x2"},
      {"  - conv: {out: 4, kernel: [3, 1], stride: [2, 1]}\n  - conv: {out: 4, kernel: [3, 1]}",
       "7x1", "2x1"},
      {"  - max_pool: {kernel: [2, 3]}", "2x3", "2x3"},
      {"  - max_pool: {kernel: 2, dilation: 3, stride: 1}", "4x4", "1x1"},
      {"  - conv: {out: 4, kernel: 3, stride: 2}\n"
       "  - conv_transpose: {out: 4, kernel: [4, 2], stride: 2, pad: [1, 0]}",
       "5x3", "1x1"},
      {"  - conv: {out: 4, kernel: 3}\n  - upsample: {factor: [2, 3]}", "3x3", "0.5x1/3"},
      {"  - conv: {out: 4, kernel: 3, stride: 2}\n"
       "  - upsample: {factor: [2, 1], mode: bilinear}",
       "5x3", "1x2"},
      {"  - add: {a: [conv: {out: in, kernel: [5, 1]}], b: [conv: {out: in, kernel: [1, 3]}]}",
       "5x3", "1x1"},
      {"  - batch_norm\n  - relu\n  - channel_shuffle: {groups: 2}", "1x1", "1x1"},
      {"  - multiply: {value: [conv: {out: in, kernel: 3}], gate: [global_avg_pool]}", "all", "-"},
      {"  - global_avg_pool", "all", "-"},
      {"  - adaptive_avg_pool: {size: 16}", "1x1", "1x1"},
      {"  - adaptive_avg_pool: {size: 7}", "all", "-"},
      {"  - concat:\n      a: [crop: {size: [16, 8]}]\n      b: [max_pool: {kernel: [1, 2]}]",
       "1x2", "1x2"},
      {"  - concat:\n      a: [crop: {size: [8, 16]}]\n      b: [max_pool: {kernel: [2, 1]}]",
       "2x1", "2x1"},
      {"  - reduce: {channels: true}", "1x1", "1x1"},
      {"  - reduce: {height: true}", "all", "-"},
      {"  - reduce: {width: true}", "all", "-"},
      {"  - layer_norm", "1x1", "1x1"},
      {"  - layer_norm: {over: all}", "all", "-"},
  }));
  INFO(row.layers);
  const cost::ReceptiveField field =
      cost::receptive_fields(network_of(spec_with(row.layers, "8x16x16"))).back();
  CHECK(cost::describe_size(field) == row.size);
  CHECK(cost::describe_stride(field) == row.stride);
}

TEST_CASE("the critical path takes the heavier branch", "[cost]") {
  const graph::Network network = network_of(
      spec_with("  - conv: {name: a, out: 8}\n  - concat:\n      light: [conv: {out: 1}]\n      "
                "heavy: [conv: {out: 64, kernel: 3}, relu]\n  - conv: {name: z, out: 1}"));
  const graph::CriticalPath path = graph::critical_path(network);
  std::vector<std::string> names;
  for (graph::LayerId id : path.layers) names.push_back(network.layers[id].name);
  CHECK(names == std::vector<std::string>{"a", "heavy.conv", "heavy.relu", "concat", "z"});
  CHECK(path.macs == Count(256 * (8 * 8 + 8 * 64 * 9 + 65)));
}

TEST_CASE("of two equal paths the first output's is the critical one", "[cost]") {
  const graph::Network network =
      network_of(spec_with("  - conv: {name: a, out: 4, from: input}\n"
                           "  - conv: {name: b, out: 4, from: input}\noutputs: [a, b]"));
  CHECK(graph::critical_path(network).layers == std::vector<graph::LayerId>{0});
}

TEST_CASE("rows are sorted, cut and summed up", "[cost]") {
  const graph::Network network = shipped("mobilenet_v1");
  const cost::CostTable costs = cost::count(network);
  tables::CostReportOptions options;
  options.sort = "macs";
  options.top = 3;
  options.columns = {"macs"};
  options.detail = tables::Detail::kData;
  CHECK(writers::write_csv(tables::cost_report(network, costs, options)) ==
        "layer,macs\nblock3.pointwise.conv,51380224\nblock5.pointwise.conv,51380224\nblock7."
        "pointwise.conv,51380224\n81 others,414599680\n"
        "total,568740352\n");
  options = {};
  options.depth = 1;
  options.columns = {"layers", "params"};
  options.detail = tables::Detail::kData;
  CHECK(writers::write_csv(tables::cost_report(network, costs, options))
            .starts_with("part,layers,params\nstem,3,928\nblock1,6,2528\n"));
  options.columns = {"maks"};
  CHECK_THROWS_WITH(tables::cost_report(network, costs, options),
                    "error: no column 'maks'; did you mean 'macs'?");
}

TEST_CASE("published figures match within one unit of their last digit", "[cost]") {
  struct Row {
    std::string printed;
    std::int64_t computed;
    bool match;
  };
  const auto row = GENERATE(values<Row>({{"569M", 568740352, true},
                                         {"568M", 568740352, true},  // truncated
                                         {"567M", 568740352, false},
                                         {"570M", 568740352, false},
                                         {"4.2M", 4231976, true},
                                         {"4.3M", 4231976, true},
                                         {"4.24M", 4231976, true},
                                         {"4.25M", 4231976, false},
                                         {"4,231,976", 4231976, true},
                                         {"4,231,977", 4231976, false},
                                         {"1K", 1499, true},
                                         {"1K", 1500, false},
                                         {"1M", 57498, false}}));
  INFO(row.printed << " and " << row.computed);
  CHECK(cost::matches(row.computed, cost::parse_figure(row.printed)) == row.match);
}
