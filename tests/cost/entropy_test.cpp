// SPDX-License-Identifier: Apache-2.0
// Entropy and effectiveness: published and hand-made networks, and what counts.
#include "cost/entropy.hpp"

#include <cmath>
#include <random>

#include "cost/named_cost.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

cost::Entropy entropy_in(const std::string& layers, const std::string& input) {
  return cost::entropy_of(network_of(spec_with(layers, input)));
}

}  // namespace

// Computed apart, by a loop over the 27 convolutions in double precision.
TEST_CASE("entropy and effectiveness of MobileNet v1", "[entropy]") {
  struct Row {
    std::string alpha;
    double entropy, effectiveness;
  };
  const auto row = GENERATE(values<Row>({{"1", 10927.236254271213, 0.5600515311602478},
                                         {"0.75", 10259.048879614145, 0.6432557498460993},
                                         {"0.5", 9352.14149654538, 0.781930866639426},
                                         {"0.25", 7896.199086271258, 1.0917136123828215}}));
  const cost::Entropy found = cost::entropy_of(shipped("mobilenet_v1", {"alpha=" + row.alpha}));
  CHECK(found.entropy == Approx(row.entropy).epsilon(1e-12));
  CHECK(found.effectiveness == Approx(row.effectiveness).epsilon(1e-12));
}

TEST_CASE("entropy of the AMC design of MobileNet v1", "[entropy]") {
  const graph::Network network =
      shipped("mobilenet_v1",
              {"widths=[24, 48, 96, 80, 192, 200, 328, 352, 368, 360, 328, 400, 736, 752]"});
  CHECK(cost::entropy_of(network).entropy == Approx(10178.607039947876).epsilon(1e-12));
  cost::CostReader costs(network, {});
  CHECK(costs.cost("entropy")->value() == 10'178'607'040);
  CHECK(costs.cost("effectiveness")->value() == 658'993);
  CHECK(to_string(cost::cost_value("entropy", 10'178'607'040)) == "10178.60704");
  CHECK(to_string(cost::cost_value("macs", 12)) == "12");
}

TEST_CASE("entropy by hand: two sizes", "[entropy]") {
  const cost::Entropy found = entropy_in(
      "  - conv: {out: 4, kernel: 3}\n"
      "  - relu\n"
      "  - max_pool: {kernel: 2, stride: 2}\n"
      "  - conv: {out: 8}\n"
      "  - global_avg_pool\n"
      "  - flatten\n"
      "  - linear: {out: 10}",
      "3x8x8");
  const double first = std::log(27.0), second = first + std::log(4.0);
  CHECK(found.entropy == Approx(std::log(64.0 * 4) * first + 8 * std::log(16.0 * 8) * second));
  CHECK(found.effectiveness == Approx(2 / std::sqrt(27.0 * 4)));
}

TEST_CASE("entropy: weights 1 and, for the smallest size, 8, however many sizes", "[entropy]") {
  const auto weights = [](const std::string& layers) {
    std::vector<int> found;
    for (const auto& scale :
         cost::entropy_terms(network_of(spec_with(layers, "3x64x64"))).shape.scales)
      found.push_back(scale.weight);
    return found;
  };
  std::string layers = "  - conv: {out: 4, kernel: 3}";
  CHECK(weights(layers) == std::vector<int>{8});
  for (int k = 0; k < 6; ++k) layers += "\n  - conv: {out: 4, kernel: 3, stride: 2}";
  CHECK(weights(layers) == std::vector<int>{1, 1, 1, 1, 1, 1, 8});
  // Up again: the size that came first ends last, the smallest has the weight.
  CHECK(weights("  - conv: {out: 4, kernel: 3}\n  - conv: {out: 4, stride: 2}\n  - upsample: "
                "{factor: 2}\n  - conv: {out: 4}") == std::vector<int>{1, 8});
}

TEST_CASE("entropy: a size ends with its last layer, of any kind, in the order of execution",
          "[entropy]") {
  const cost::EntropyTerms terms =
      cost::entropy_terms(network_of(spec_with("  - concat:\n"
                                               "      - - conv: {out: 2, kernel: 3}\n"
                                               "        - conv: {out: 4, groups: 2}\n"
                                               "      - - conv: {out: 6}\n"
                                               "  - relu",
                                               "8x16x16")));
  CHECK(terms.shape.convolutions == 3);
  REQUIRE(terms.shape.scales.size() == 1);
  CHECK(terms.shape.scales[0].convolutions == 3);
  std::vector<std::int64_t> numbers;
  for (Count number : terms.numbers) numbers.push_back(number.value());
  CHECK(numbers == std::vector<std::int64_t>{72, 1, 8, 16 * 16 * 10});
}

TEST_CASE("entropy: layers after a global pool don't count", "[entropy]") {
  // 16 blocks of expand, depthwise, project (the first without expand), stem and head; the gates'
  // 32 convolutions stay out.
  CHECK(cost::entropy_terms(shipped("efficientnet_b0")).shape.convolutions == 49);
  // Gates of fully connected layers make no difference at all.
  CHECK(cost::entropy_of(shipped("se_resnet50")).entropy ==
        cost::entropy_of(shipped("resnet50", {"stride_in=k1"})).entropy);
  CHECK(entropy_in("  - global_avg_pool\n  - conv: {out: 4}", "8x16x16").entropy == 0);
  CHECK(entropy_in("  - relu", "8x16x16").effectiveness == 0);
}

TEST_CASE("entropy: kernels with two sides, transposed convolutions, any batch", "[entropy]") {
  const auto width = [](const std::string& layer) {
    return cost::entropy_terms(network_of(spec_with(layer, "8x16x16"))).numbers.front().value();
  };
  CHECK(width("  - conv: {out: 4, kernel: [1, 7]}") == 8 * 7);
  CHECK(width("  - conv: {out: 8, kernel: 3, groups: in}") == 9);
  CHECK(width("  - conv_transpose: {out: 6, kernel: 2, stride: 2, groups: 2}") == 8 * 4 / 2);
  graph::BuildOptions options;
  options.batch = 7;
  const spec::ArchSpec spec = spec::read_spec(source_dir() / "arch_specs/mobilenet_v1.yaml");
  CHECK(cost::entropy_of(graph::build_network(spec, options)).entropy ==
        cost::entropy_of(graph::build_network(spec)).entropy);
}

TEST_CASE("entropy in the program's tables", "[entropy][cli]") {
  const Run sweep = run_program(
      "sweep mobilenet_v1 --vary alpha=0.25,1 --columns entropy,effectiveness,macs --where "
      "\"effectiveness <= 0.6\" --format csv");
  CHECK(sweep.out == "alpha,entropy,effectiveness,macs\n1,10927.236254,0.560052,568740352\n");
  const Run table =
      run_program("sweep mobilenet_v1 --vary alpha=0.25,1 --columns entropy,effectiveness");
  CHECK(table.out.find("10,927.24") != std::string::npos);
  CHECK(table.out.find("1.092") != std::string::npos);
  const Run analyze = run_program(
      "analyze mobilenet_v1 --by kind --columns macs,entropy,effectiveness --format csv");
  CHECK(analyze.out.find("total,568740352,10927.236254271") != std::string::npos);
  const Run compare = run_program("compare mobilenet_v1 mobilenet_v1:alpha=0.25 --format json");
  CHECK(compare.out.find("\"effectiveness\": 1.0917136123828") != std::string::npos);
}

TEST_CASE("entropies of many networks at a time are those of each", "[entropy]") {
  // Numbers on both sides of what stands in a table, some equal for all lanes, some again and
  // again.
  std::mt19937 random(9);
  cost::EntropyBatch batch;
  for (int round = 0; round < 50; ++round) {
    constexpr int kLanes = 40;
    cost::EntropyTerms terms;
    terms.shape.convolutions = 1 + random() % 5;
    terms.shape.scales = {{random() % (terms.shape.convolutions + 1), 1},
                          {terms.shape.convolutions, 8}};
    const std::size_t count = terms.shape.convolutions + 2;
    std::vector<std::vector<double>> rows(count);
    std::vector<LaneNumbers> numbers;
    for (std::size_t k = 0; k < count; ++k) {
      const unsigned most = random() % 2 == 0 ? 10'000 : 3'000'000;
      for (int l = 0; l < kLanes; ++l) rows[k].push_back(1 + random() % most);
      numbers.push_back(k % 3 == 1 ? LaneNumbers{nullptr, rows[k][0]}
                                   : LaneNumbers{rows[k].data(), 0});
      terms.shape.places.push_back(k < 2 ? 0 : k);  // two of one number
    }
    std::vector<double> entropy(kLanes), effectiveness(kLanes), alone(kLanes);
    batch.compute(terms.shape, numbers, kLanes, entropy.data(), effectiveness.data());
    batch.compute(terms.shape, numbers, kLanes, alone.data(), nullptr);
    CHECK(alone == entropy);
    for (int l = 0; l < kLanes; ++l) {
      cost::EntropyTerms one = terms;
      for (std::size_t k = 0; k < count; ++k) {
        one.shape.places[k] = k;
        one.numbers.emplace_back(static_cast<std::int64_t>(numbers[terms.shape.places[k]].at(l)));
      }
      const cost::Entropy expected = cost::entropy_of(one);
      CHECK(entropy[static_cast<std::size_t>(l)] == expected.entropy);
      CHECK(effectiveness[static_cast<std::size_t>(l)] == expected.effectiveness);
    }
  }
}
