// SPDX-License-Identifier: Apache-2.0
// Families that aren't shipped, written without workarounds: the whole language at work. Params and
// multiply-adds are those of the same networks in PyTorch 1.13, counted by hooks on its modules,
// and of the matrix products of attention.
#include "cost/cost_table.hpp"
#include "graph/network.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct FamilyRow {
  std::string name;
  std::int64_t params, macs;
  std::vector<std::string> outputs;
};

const std::vector<FamilyRow> kFamilies = {
    {"hrnet_w18", 21299004, 4283537072, {"1000x1x1"}},
    {"nasnet_a_mobile", 5289978, 563638816, {"1000x1x1"}},
    {"dpn68", 12611602, 2326163456, {"1000x1x1"}},
    {"yolov5s", 7235389, 8216780800, {"255x80x80", "255x40x40", "255x20x20"}},
    {"cbam_resnet50", 28089624, 4095573110, {"1000x1x1"}},
    {"unet", 31037698, 45282141440, {"2x250x250"}},
    {"eca_resnet50", 25557118, 4089272064, {"1000x1x1"}},
    {"mobilevit_xs", 2317848, 1025911808, {"1000x1x1"}},
};

spec::ArchSpec family(const std::string& name) {
  return spec::read_spec(source_dir() / "tests/families" / (name + ".yaml"));
}

}  // namespace

TEST_CASE("families have the costs of their code", "[families]") {
  for (const FamilyRow& row : kFamilies) {
    INFO(row.name);
    const graph::Network network = graph::build_network(family(row.name));
    const cost::CostTable costs = cost::count(network);
    CHECK(costs.total.cost.params == row.params);
    CHECK(costs.total.cost.macs == row.macs);
    std::vector<std::string> outputs;
    for (const graph::LayerId output : network.outputs)
      outputs.push_back(to_string(network.shape(output)));
    CHECK(outputs == row.outputs);
  }
}

TEST_CASE("families are written as specs that read the same", "[families]") {
  for (const FamilyRow& row : kFamilies) {
    INFO(row.name);
    const spec::ArchSpec spec = family(row.name);
    const graph::Network network = graph::build_network(spec),
                         again = graph::build_network(
                             spec::read_spec_text(row.name, spec::write_spec(spec), "."));
    REQUIRE(again.layers.size() == network.layers.size());
    CHECK(again.outputs == network.outputs);
    for (std::size_t k = 0; k < network.layers.size(); ++k) {
      CHECK(again.layers[k].name == network.layers[k].name);
      CHECK(again.layers[k].inputs == network.layers[k].inputs);
      CHECK(again.layers[k].output == network.layers[k].output);
      CHECK(again.layers[k].weights_of == network.layers[k].weights_of);
    }
  }
}
