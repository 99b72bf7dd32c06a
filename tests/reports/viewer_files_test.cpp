// SPDX-License-Identifier: Apache-2.0
// Files for viewers of graphs, flame graphs and traces, whole.
#include <cmath>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/tables/layer_values.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

graph::Network viewed_network() {
  graph::Network network = network_of(spec_with(
      "- conv: {name: a, out: 4, kernel: 3, bias: true}\n- batch_norm: {name: b}\n"
      "- sigmoid: {name: c}\n- max_pool: {name: d, kernel: 2}\n- conv: {name: e, out: 2}\n"
      "- relu: {name: f}\n",
      "3x6x4"));
  const char* names[] = {"s.x.a", "s.x.b", "s.y.a", "s.d", "t.x.e", "f"};
  for (std::size_t k = 0; k < network.layers.size(); ++k) network.layers[k].name = names[k];
  network.batch = 2;
  return network;
}

// Kernels as "name seconds layers...", in JSON.
std::string measured_kernels(const std::vector<std::string>& rows) {
  nlohmann::json json = {{"rows", nlohmann::json::array()}};
  for (const std::string& row : rows) {
    std::vector<std::string> words = split(row, ',');
    const std::string name = words[0];
    const double seconds = std::stod(words[1]);
    words.erase(words.begin(), words.begin() + 2);
    json["rows"].push_back({{"name", name},
                            {"kind", "kind of " + name},
                            {"implementation", "jit"},
                            {"layers", words},
                            {"seconds", seconds},
                            {"macs", std::round(1e9 * seconds)}});
  }
  return json.dump();
}

}  // namespace

TEST_CASE("counters by layer, of the whole batch", "[export]") {
  const graph::Network network = viewed_network();
  const cost::CostTable costs = cost::count(network);
  const std::vector<std::pair<std::string, Count LayerCost::*>> counters = {
      {"params", &LayerCost::params},       {"weights", &LayerCost::weights},
      {"buffers", &LayerCost::buffers},     {"macs", &LayerCost::macs},
      {"bias_adds", &LayerCost::bias_adds}, {"elementwise", &LayerCost::elementwise},
      {"compares", &LayerCost::compares},   {"transcendentals", &LayerCost::transcendentals},
      {"pool_ops", &LayerCost::pool_ops},   {"activations", &LayerCost::activations}};
  std::vector<std::string> names;
  for (const auto& [name, counter] : counters) {
    const tables::LayerValues values = tables::counted_values(network, name);
    CHECK(values.name == name);
    REQUIRE(values.of.size() == network.layers.size());
    double sum = 0;
    for (std::size_t k = 0; k < values.of.size(); ++k) {
      CHECK(values.of[k] == static_cast<double>((costs.layers[k].cost.*counter).value()));
      sum += values.of[k];
    }
    CHECK(sum > 0);
    names.push_back(name);
  }
  CHECK(tables::layer_cost_names() == names);
  CHECK_THROWS_WITH(tables::counted_values(network, "mac"),
                    "--cost mac: error: it is no cost; did you mean 'macs'?");
}

TEST_CASE("measured nanoseconds by layer, those of a layer's kernels summed", "[export]") {
  const graph::Network network = viewed_network();
  const std::string text = measured_kernels(
      {"s.x.a,1.4e-9,s.x.a,s.x.b", "reorder for s.x.a,2.6e-9", "f,5e-6,f", "s.x.a,1e-6,s.x.a"});
  const tables::LayerValues values = tables::measured_values(network, text, "times.json");
  CHECK(values.name == "nanoseconds");
  CHECK(values.of == std::vector<double>{1004, 0, 0, 0, 0, 5000});
  CHECK(tables::collapsed_stacks(network, values) == "test;s;x;a 1004\ntest;f 5000\n");
  CHECK(
      short_json(tables::model_explorer_json(network, values)) ==
      R"({"results":{"s.x.a":{"value":1004.0},"s.x.b":{"value":0.0},"s.y.a":{"value":0.0},"s.d":{"value":0.0},"t.x.e":{"value":0.0},"f":{"value":5000.0}},"gradient":[{"stop":0,"bgColor":"#ffffff"},{"stop":0.5,"bgColor":"#fdbb84"},{"stop":1,"bgColor":"#e34a33"}]})");
  CHECK_THROWS_WITH(tables::measured_values(network, measured_kernels({"x,1,x"}), "times.json"),
                    "times.json: error: test has no layer 'x': it is a measurement of another "
                    "network or of other settings");
  CHECK_THROWS_WITH(tables::measured_values(network, "{\"rows\": [{}]}", "times.json"),
                    "times.json: error: it is no measurement; write one with 'archcost measure "
                    "SPEC --format json'");
}

TEST_CASE("odd names in stacks", "[export]") {
  graph::Network network = viewed_network();
  network.name = "a;b\nc";
  network.layers[0].name = "s;1.x";
  tables::LayerValues values = {"x", {2.4, 0, -1, 1e9, 1, 0}};
  CHECK(tables::collapsed_stacks(network, values) ==
        "a,b c;s,1;x 2\na,b c;s;d 1000000000\na,b c;t;x;e 1\n");
}

TEST_CASE("a trace opens and closes blocks around their kernels", "[export]") {
  const graph::Network network = viewed_network();
  const std::string text = measured_kernels(
      {"s.x.a,1e-6,s.x.a", "reorder for s.x.b,2e-6", "s.x.b,3e-6,s.x.b", "s.y.a,4e-6,s.y.a",
       "s.d,5e-6,s.d", "t.x.e,6e-6,t.x.e,f", "f,7.0006e-6,f", "s.y.a,8.0006e-6,s.y.a"});
  const std::string trace = tables::trace_events(network, text, "times.json");
  const auto json = nlohmann::ordered_json::parse(trace);
  CHECK(trace == json.dump(2) + "\n");
  CHECK(json["displayTimeUnit"] == "ms");
  std::string events;
  for (const auto& event : json["traceEvents"]) {
    CHECK(event["pid"] == 1);
    CHECK(event["tid"] == 1);
    events +=
        fmt::format("{} {}", event["ph"].get<std::string>(), event["name"].get<std::string>());
    if (event["ph"] == "X")
      events += fmt::format(" [{}] {} +{}", event["cat"].get<std::string>(),
                            event["ts"].get<double>(), event["dur"].get<double>());
    if (event.contains("args")) events += " " + event["args"].dump();
    events += "\n";
  }
  CHECK(events == R"(M process_name {"name":"archcost measure test"}
M thread_name {"name":"kernels"}
X s [block] 0 +15
X x [block] 0 +6
X a [kind of s.x.a] 0 +1 {"layers":["s.x.a"],"kind":"kind of s.x.a","macs":1000.0,"implementation":"jit"}
X reorder [kind of reorder for s.x.b] 1 +2 {"layers":[],"kind":"kind of reorder for s.x.b","macs":2000.0,"implementation":"jit"}
X b [kind of s.x.b] 3 +3 {"layers":["s.x.b"],"kind":"kind of s.x.b","macs":3000.0,"implementation":"jit"}
X y [block] 6 +4
X a [kind of s.y.a] 6 +4 {"layers":["s.y.a"],"kind":"kind of s.y.a","macs":4000.0,"implementation":"jit"}
X d [kind of s.d] 10 +5 {"layers":["s.d"],"kind":"kind of s.d","macs":5000.0,"implementation":"jit"}
X t [block] 15 +6
X x [block] 15 +6
X e [kind of t.x.e] 15 +6 {"layers":["t.x.e","f"],"kind":"kind of t.x.e","macs":6000.0,"implementation":"jit"}
X f [kind of f] 21 +7.001 {"layers":["f"],"kind":"kind of f","macs":7001.0,"implementation":"jit"}
X s [block] 28.001 +8
X y [block] 28.001 +8
X a [kind of s.y.a] 28.001 +8 {"layers":["s.y.a"],"kind":"kind of s.y.a","macs":8001.0,"implementation":"jit"}
)");
  CHECK_THROWS_WITH(tables::trace_events(network, measured_kernels({"x,1,x"}), "times.json"),
                    "times.json: error: test has no layer 'x': it is a measurement of another "
                    "network or of other settings");
}
