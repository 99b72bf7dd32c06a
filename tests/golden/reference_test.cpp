// SPDX-License-Identifier: Apache-2.0
// Shipped specs against tables that independent software printed: every convolution and linear
// layer in the order of execution. tests/golden/README.md says how the tables were made.
#include <fmt/core.h>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "layers/layer_table.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// One line a layer: "conv 1x32x112x112 3x3 2x2 1 864 10838016".
std::vector<std::string> ours(const graph::Network& network) {
  std::vector<std::string> lines;
  for (const graph::Layer& layer : network.layers) {
    const layers::LayerKind& kind = *layer.kind;
    const layers::LayerView view = {layer.numbers, layer.words, {}};
    const auto at = [&](std::string_view name) {
      return layers::slot_of(kind.attributes, layers::find_attribute(kind, name));
    };
    const std::string costs =
        fmt::format("{} {}", layer.cost.params.value(), layer.cost.macs.value());
    if (kind.name == "conv") {
      lines.push_back(fmt::format(
          "conv 1x{} {} {} {} {}", to_string(layer.output), to_string(view.extent(at("kernel"))),
          to_string(view.extent(at("stride"))), view.number(at("groups")).value(), costs));
    } else if (kind.name == "linear") {
      lines.push_back(fmt::format("linear 1x{} {}", layer.output.channels.value(), costs));
    }
  }
  return lines;
}

struct LayerList {
  std::vector<std::string> layers;
  std::int64_t params = 0, macs = 0;
};

LayerList theirs(const std::string& file) {
  LayerList reference;
  for (const auto& row : read_csv(source_dir() / "tests/golden/layers" / (file + ".csv"))) {
    const std::string &type = row[2], &output = row[4], &kernel = row[5], &stride = row[6],
                      &groups = row[8];
    if (type == "Conv2d") {
      reference.layers.push_back(
          fmt::format("conv {} {} {} {} {} {}", output, kernel, stride, groups, row[9], row[10]));
    } else if (type == "Linear") {
      reference.layers.push_back(fmt::format("linear {} {} {}", output, row[9], row[10]));
    } else if (type == "TOTAL") {
      reference.params = std::stoll(row[9]);
      reference.macs = std::stoll(row[10]);
    }
  }
  return reference;
}

}  // namespace

TEST_CASE("shipped specs equal independent tables, layer by layer", "[golden]") {
  struct Row {
    std::string file, spec;
  };
  const auto row = GENERATE(values<Row>({
      {"mobilenet_v1", "mobilenet_v1"},
      {"shufflenet_v1_g3", "shufflenet_v1"},
      {"se_resnet50", "se_resnet50"},
      {"resnet18", "resnet18"},
      {"resnet50", "resnet50"},
      {"resnext50_32x4d", "resnext50_32x4d"},
      {"mobilenet_v2", "mobilenet_v2"},
      {"mobilenet_v3_large", "mobilenet_v3_large"},
      {"shufflenet_v2_x1_0", "shufflenet_v2_x1_0"},
      {"squeezenet1_1", "squeezenet1_1"},
      {"densenet121", "densenet121"},
      {"googlenet", "googlenet"},
      {"vgg16", "vgg16"},
      {"efficientnet_b0", "efficientnet_b0"},
  }));
  INFO(row.file);
  const graph::Network network = shipped(row.spec);
  const LayerList reference = theirs(row.file);
  const std::vector<std::string> layers = ours(network);
  REQUIRE(reference.layers.size() > 10);
  CHECK(layers == reference.layers);
  const cost::CostTable costs = cost::count(network);
  CHECK(costs.total.cost.params == reference.params);
  CHECK(costs.total.cost.macs == reference.macs);
}

TEST_CASE("MobileNet v1 at every published width and resolution", "[golden]") {
  int rows = 0;
  for (const auto& row : read_csv(source_dir() / "tests/golden/published/mobilenet_v1.csv")) {
    if (row[0] != "tf-slim") continue;
    INFO("alpha " << row[2] << ", resolution " << row[3]);
    const graph::Network network =
        shipped("mobilenet_v1", {"alpha=" + row[2], "rho=" + row[3] + "/224"});
    CHECK(cost::count(network).total.cost.macs == std::stoll(row[9]));
    ++rows;
  }
  CHECK(rows == 16);
}

TEST_CASE("MobileNet v1's table 2: shares by kind", "[golden]") {
  const graph::Network network = shipped("mobilenet_v1");
  const cost::CostTable costs = cost::count(network);
  CHECK(costs.weighted_layers == 28);
  CHECK(costs.total.cost.macs == 568'740'352);
  CHECK(costs.total.cost.params == 4'231'976);
  const auto share = [&](const std::string& kind, Count LayerCost::*counter) {
    for (const cost::CostRow& row : cost::group(network, costs, cost::Grouping::kKind)) {
      if (row.name == kind)
        return percent((row.cost.*counter).value(), (costs.total.cost.*counter).value(), 3);
    }
    return std::string("none");
  };
  CHECK(share("conv 1x1", &LayerCost::macs) == "94.857");
  CHECK(share("conv 1x1", &LayerCost::weights) == "74.591");
  CHECK(share("depthwise 3x3", &LayerCost::macs) == "3.057");
  CHECK(share("depthwise 3x3", &LayerCost::weights) == "1.061");
  CHECK(share("conv 3x3", &LayerCost::macs) == "1.906");
  CHECK(share("conv 3x3", &LayerCost::weights) == "0.021");
  CHECK(share("linear", &LayerCost::macs) == "0.180");
  CHECK(share("linear", &LayerCost::weights) == "24.328");
}

TEST_CASE("the article's toy convolutions", "[golden]") {
  struct Row {
    std::string spec;
    std::vector<std::string> settings;
    std::int64_t params, macs;
  };
  const auto row = GENERATE(values<Row>({
      {"standard_conv", {}, 108, 972},
      {"separable_conv", {}, 39, 351},
      {"group_conv", {"g=1"}, 2592, 23328},
      {"group_conv", {"g=2"}, 2592 / 2, 23328 / 2},
      {"group_conv", {"g=3"}, 2592 / 3, 23328 / 3},
      {"group_conv", {"g=4"}, 2592 / 4, 23328 / 4},
      {"group_conv", {"g=12"}, 2592 / 12, 23328 / 12},
  }));
  INFO(row.spec);
  const cost::CostTable costs = cost::count(shipped(row.spec, row.settings));
  CHECK(costs.total.cost.params == row.params);
  CHECK(costs.total.cost.macs == row.macs);
}
