// SPDX-License-Identifier: Apache-2.0
// Networks beside each other, whole: figures, ratios to the first, notes.
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

tables::Compared compared_network(const std::string& label, const std::string& layers,
                                  const std::string& input = "3x6x4") {
  tables::Compared one;
  one.label = label;
  one.network = network_of(spec_with(layers, input));
  one.costs = cost::count(one.network);
  return one;
}

std::vector<tables::Compared> three_networks() {
  std::vector<tables::Compared> networks = {
      compared_network("first", "- conv: {out: 4, kernel: 3}\n- relu\n"),
      compared_network("second", "- conv: {out: 8, kernel: 1, bias: true}\n"),
      compared_network("third", "- max_pool: {kernel: 2}\n")};
  networks[1].notes = {"a note of its own"};
  networks[2].network.batch = 2;
  networks[2].costs = cost::count(networks[2].network);
  networks[1].network.parameters = {
      {"alpha", "α", spec::Value(spec::Number(Rational(1, 2))), false}};
  return networks;
}

}  // namespace

TEST_CASE("networks beside each other, with and without latencies", "[compare]") {
  std::vector<tables::Compared> networks = three_networks();
  CHECK(whole_text(tables::compare_report(networks)) == R"(
3 networks
ratios to the first   convention: macs
== 
network "network" text n34;  "params" count;  "ratio" ratio;  "macs" count;  "ratio" ratio;  "activations" count e1;  "ratio" ratio e1;  "entropy" decimal e2;  "effectiveness" ratio e3
| 'first' | 108 | 1.0 | 2592 | 1.0 | 192 | 1.0 | 120.3467763 | 0.03703703704 |
| 'second' | 32 | 0.2962962963 | 576 | 0.2222222222 | 192 | 1.0 | 46.20759219 | 0.3333333333 |
| 'third' | 0 | 0.0 | 0 | 0.0 | 36 | 0.1875 | 0.0 | 0.0 |
* a note of its own
* From first to third: batch 1 to 2.
)");
  for (tables::Compared& one : networks) one.with_latency = true;
  networks[0].latency = 4e-3;
  networks[1].latency = 1e-3;
  CHECK(whole_text(tables::compare_data(networks)) == R"(


== 
network "" text; params "" text; params_ratio "" text; weights "" text; weights_ratio "" text; buffers "" text; buffers_ratio "" text; macs "" text; macs_ratio "" text; bias_adds "" text; bias_adds_ratio "" text; elementwise "" text; elementwise_ratio "" text; compares "" text; compares_ratio "" text; transcendentals "" text; transcendentals_ratio "" text; pool_ops "" text; pool_ops_ratio "" text; activations "" text; activations_ratio "" text; entropy "" text; effectiveness "" text; latency "" text; latency_ratio "" text
| 'first' | 108 | 1.0 | 108 | 1.0 | 0 |  | 2592 | 1.0 | 0 |  | 0 |  | 96 | 1.0 | 0 |  | 0 |  | 192 | 1.0 | 120.3467763 | 0.03703703704 | 0.004 | 1.0 |
| 'second' | 32 | 0.2962962963 | 24 | 0.2222222222 | 0 |  | 576 | 0.2222222222 | 192 |  | 0 |  | 0 | 0.0 | 0 |  | 0 |  | 192 | 1.0 | 46.20759219 | 0.3333333333 | 0.001 | 0.25 |
| 'third' | 0 | 0.0 | 0 | 0.0 | 0 |  | 0 | 0.0 | 0 |  | 0 |  | 0 | 0.0 | 0 |  | 144 |  | 36 | 0.1875 | 0.0 | 0.0 |  |  |
)");
  const std::string json = tables::compare_json(networks);
  CHECK(json == nlohmann::ordered_json::parse(json).dump(2) + "\n");
  CHECK(
      short_json(json) ==
      R"({"convention":"macs","networks":[{"spec":"first","parameters":{},"input":{"channels":3,"height":6,"width":4,"batch":1},"totals":{"params":108,"weights":108,"buffers":0,"macs":2592,"bias_adds":0,"elementwise":0,"compares":96,"transcendentals":0,"pool_ops":0,"activations":192,"entropy":120.3467763,"effectiveness":0.03703703704,"latency":0.004},"ratios":{"params":1.0,"weights":1.0,"buffers":null,"macs":1.0,"bias_adds":null,"elementwise":null,"compares":1.0,"transcendentals":null,"pool_ops":null,"activations":1.0,"latency":1.0}},{"spec":"second","parameters":{"alpha":0.5},"input":{"channels":3,"height":6,"width":4,"batch":1},"totals":{"params":32,"weights":24,"buffers":0,"macs":576,"bias_adds":192,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":0,"activations":192,"entropy":46.20759219,"effectiveness":0.3333333333,"latency":0.001},"ratios":{"params":0.2962962963,"weights":0.2222222222,"buffers":null,"macs":0.2222222222,"bias_adds":null,"elementwise":null,"compares":0.0,"transcendentals":null,"pool_ops":null,"activations":1.0,"latency":0.25}},{"spec":"third","parameters":{},"input":{"channels":3,"height":6,"width":4,"batch":2},"totals":{"params":0,"weights":0,"buffers":0,"macs":0,"bias_adds":0,"elementwise":0,"compares":0,"transcendentals":0,"pool_ops":144,"activations":36,"entropy":0.0,"effectiveness":0.0,"latency":null},"ratios":{"params":0.0,"weights":0.0,"buffers":null,"macs":0.0,"bias_adds":null,"elementwise":null,"compares":0.0,"transcendentals":null,"pool_ops":null,"activations":0.1875,"latency":null}}]})");
  const document::Table table = tables::compare_report(networks).sections[0].table;
  REQUIRE(table.columns.size() == 11);
  CHECK(whole_text(table.columns[9]) == " \"latency\" seconds");
  CHECK(whole_text(table.columns[10]) == " \"ratio\" ratio");
  CHECK(whole_text(table.rows[0][9]) == "0.004");
  CHECK(whole_text(table.rows[0][10]) == "1.0");
  CHECK(whole_text(table.rows[1][10]) == "0.25");
  CHECK(whole_text(table.rows[2][9]) == "");
  CHECK(whole_text(table.rows[2][10]) == "");
  networks[0].latency = {};
  CHECK(whole_text(tables::compare_report(networks).sections[0].table.rows[1][10]) == "");
  CHECK(whole_text(tables::compare_report(networks).sections[0].table.rows[1][9]) == "0.001");
  for (tables::Compared& one : networks) one.with_latency = false;
  CHECK(tables::compare_data(networks).sections[0].table.columns.back().key == "effectiveness");
}

TEST_CASE("chosen costs of networks, with ratios and without", "[compare]") {
  std::vector<tables::Compared> networks = three_networks();
  networks[0].point_costs = {{"latency", 2'000'000}, {"accuracy", 70'000'000}};
  networks[1].point_costs = {{"latency", 500'000}};
  networks[2].point_costs = {{"accuracy", 71'500'000}};
  const std::vector<std::string> costs = {"params",  "macs",    "peak_memory", "size_int8",
                                          "entropy", "latency", "accuracy",    "bias_adds"};
  CHECK(whole_text(tables::compare_columns(networks, costs, true)) == R"-(
3 networks
ratios to the first
== 
network "network" text n34; params "params" count; params_ratio "ratio" ratio e2; macs "macs" count; macs_ratio "ratio" ratio e2; peak_memory "peak memory" bytes; peak_memory_ratio "ratio" ratio e2; size_int8 "size int8" bytes; size_int8_ratio "ratio" ratio e2; entropy "entropy" decimal; entropy_ratio "ratio" ratio e2; latency "latency" seconds; latency_ratio "ratio" ratio e2; accuracy "accuracy (top-1 %)" decimal; bias_adds "bias adds" count; bias_adds_ratio "ratio" ratio e2
| 'first' | 108 | 1.0 | 2592 | 1.0 | 768 | 1.0 | 108 | 1.0 | 120.3467763 | 1.0 | 0.002 | 1.0 | 70.0 | 0 |  |
| 'second' | 32 | 0.2962962963 | 576 | 0.2222222222 | 1056 | 1.375 | 32 | 0.2962962963 | 46.20759219 | 0.3839537178 | 0.0005 | 0.25 |  | 192 |  |
| 'third' | 0 | 0.0 | 0 | 0.0 | 720 | 0.9375 | 0 | 0.0 | 0.0 | 0.0 |  |  | 71.5 | 0 |  |
* a note of its own
* From first to third: batch 1 to 2.
)-");
  CHECK(whole_text(tables::compare_columns(networks, costs, false)) == R"-(
3 networks

== 
network "network" text n34; params "params" count; macs "macs" count; peak_memory "peak memory" bytes; size_int8 "size int8" bytes; entropy "entropy" decimal; latency "latency" seconds; accuracy "accuracy (top-1 %)" decimal; bias_adds "bias adds" count
| 'first' | 108 | 2592 | 768 | 108 | 120.3467763 | 0.002 | 70.0 | 0 |
| 'second' | 32 | 576 | 1056 | 32 | 46.20759219 | 0.0005 |  | 192 |
| 'third' | 0 | 0 | 720 | 0 | 0.0 |  | 71.5 | 0 |
* a note of its own
* From first to third: batch 1 to 2.
)-");
}

TEST_CASE("a cost that the first network does not have has no ratios", "[compare]") {
  std::vector<tables::Compared> networks = three_networks();
  networks[1].point_costs = {{"latency", 500'000}};
  const document::Document report =
      tables::compare_columns({networks[2], networks[1]}, {"latency", "bias_adds"}, true);
  CHECK(whole_text(document::Table{{}, report.sections[0].table.rows}) ==
        "| 'third' |  |  | 0 |  |\n| 'second' | 0.0005 |  | 192 |  |\n");
}

TEST_CASE("the formula of a depthwise separable convolution, where it applies", "[compare]") {
  const auto formula = [](const std::string& standard, const std::string& separable,
                          const std::string& input = "3x6x4") {
    return tables::separable_formula(network_of(spec_with(standard, "3x6x4")),
                                     network_of(spec_with(separable, input)));
  };
  const std::string full = "- conv: {out: 5, kernel: 3}";
  const std::string depthwise = "- conv: {out: 3, kernel: 3, groups: 3}\n";
  const std::string pointwise = "- conv: {out: 5}";
  // 1/5 + 1/9.
  CHECK(formula(full, depthwise + pointwise) == "1/N + 1/D² = 1/5 + 1/3² = 0.311");
  CHECK(formula("- conv: {out: 5, kernel: 5, stride: 2}",
                "- conv: {out: 3, kernel: 5, groups: 3, stride: 2}\n" + pointwise) ==
        "1/N + 1/D² = 1/5 + 1/5² = 0.240");
  CHECK(formula(full, full) == "");
  CHECK(formula(depthwise + pointwise, depthwise + pointwise) == "");
  CHECK(formula(full, depthwise + pointwise + "\n- relu") == "");
  CHECK(formula(full + "\n- relu", depthwise + pointwise) == "");
  CHECK(formula(full, depthwise + "- conv: {out: 6}") == "");
  CHECK(formula(full, depthwise + pointwise, "3x6x5") == "");
  CHECK(formula(full, "- conv: {out: 3, kernel: 5, groups: 3}\n" + pointwise) == "");
  CHECK(formula(full, "- conv: {out: 6, kernel: 3, groups: 3}\n" + pointwise) == "");
  CHECK(formula(full, "- conv: {out: 3, kernel: 3}\n" + pointwise) == "");
  CHECK(formula(full, depthwise + "- conv: {out: 5, kernel: 3}") == "");
  CHECK(formula("- conv: {out: 6, kernel: 3, groups: 3}", depthwise + "- conv: {out: 6}") == "");
  CHECK(formula("- conv: {out: 6, kernel: 3}", depthwise + "- conv: {out: 6, groups: 3}") == "");
  CHECK(formula("- conv: {out: 5, kernel: [3, 1]}",
                "- conv: {out: 3, kernel: [3, 1], groups: 3}\n" + pointwise) == "");
  CHECK(formula("- conv: {out: 5, kernel: 3, stride: 2}",
                depthwise + "- conv: {out: 5, stride: 2}") == "");
  // The stride is of the depthwise one.
  const tables::Compared one = compared_network("full", full),
                         two = compared_network("separable", depthwise + pointwise);
  CHECK(tables::compare_report({one, two}).sections[0].notes ==
        std::vector<std::string>{"separable: 1/N + 1/D² = 1/5 + 1/3² = 0.311",
                                 "params 42/135 = 0.311, macs 1008/3240 = 0.311"});
}
