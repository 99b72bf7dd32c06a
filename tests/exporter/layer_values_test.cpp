// SPDX-License-Identifier: Apache-2.0
// Numbers by layer for viewers: node data, stacks, traces.
#include "reports/tables/layer_values.hpp"

#include <nlohmann/json.hpp>

#include "core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

constexpr const char* kMeasurement = R"({"network": "two", "rows": [
  {"name": "reorder for stem.conv", "kind": "reorder", "layers": [], "seconds": 0.000001, "macs": 0,
   "implementation": "jit"},
  {"name": "stem.conv", "kind": "conv 3x3", "layers": ["stem.conv", "stem.relu"], "seconds": 0.000010,
   "macs": 1000, "implementation": "brgconv"},
  {"name": "head", "kind": "conv 1x1", "layers": ["head"], "seconds": 0.0000045, "macs": 10,
   "implementation": "brgconv"}]})";

graph::Network two() {
  return network_of(
      spec_with("  - stage: {name: stem, layers: [conv: {out: 4, kernel: 3}, relu]}\n"
                "  - conv: {name: head, out: 2}\n",
                "3x4x4"));
}

std::string fault_of(const std::string& measurement) {
  try {
    tables::measured_values(two(), measurement, "times.json");
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("stacks for flame graphs, of a cost and of times", "[export]") {
  CHECK(tables::collapsed_stacks(two(), tables::counted_values(two(), "macs")) ==
        "test;stem;conv 1728\ntest;head 128\n");
  CHECK(tables::collapsed_stacks(two(), tables::measured_values(two(), kMeasurement, "x")) ==
        "test;stem;conv 11000\ntest;head 4500\n");
}

TEST_CASE("node data of Model Explorer", "[export]") {
  const auto json = nlohmann::json::parse(
      tables::model_explorer_json(two(), tables::counted_values(two(), "params")));
  CHECK(json["results"] == nlohmann::json::parse(R"({"stem.conv": {"value": 108.0},
    "stem.relu": {"value": 0.0}, "head": {"value": 8.0}})"));
  CHECK(json["gradient"].size() == 3);
}

TEST_CASE("a trace has the kernels inside of their stages", "[export]") {
  const auto json = nlohmann::json::parse(tables::trace_events(two(), kMeasurement, "x"));
  std::string text;
  for (const auto& event : json["traceEvents"]) {
    if (event["ph"] == "X")
      text += event["name"].get<std::string>() + " " + event["ts"].dump() + " " +
              event["dur"].dump() + "\n";
  }
  CHECK(text == "stem 0.0 11.0\nreorder 0.0 1.0\nconv 1.0 10.0\nhead 11.0 4.5\n");
}

TEST_CASE("a measurement of another network is refused", "[export]") {
  CHECK(fault_of("{}") ==
        "times.json: error: it is no measurement; write one with 'archcost measure SPEC --format "
        "json'");
  CHECK(fault_of(R"({"rows": [{"name": "x", "kind": "", "layers": [], "seconds": 1, "macs": 0,
    "implementation": ""}]})") ==
        "times.json: error: test has no layer 'x': it is a measurement of another network or of "
        "other settings");
}
