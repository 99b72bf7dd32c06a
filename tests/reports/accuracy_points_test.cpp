// SPDX-License-Identifier: Apache-2.0
#include "reports/pages/accuracy_points.hpp"

#include "spec/arch_spec.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("accuracy against latency: points with a time, and the front that they make",
          "[report]") {
  const spec::ArchSpec spec = spec::read_spec_text("net.yaml", R"(name: net
params: {c: 8}
input: {channels: 3, height: 8, width: 8}
layers:
  - conv: {name: a, out: c}
published:
  - {at: {c: 8}, top1: 60, source: one}
  - {at: {c: 16}, top1: 70, source: one}
  - {at: {c: 24}, top1: 65, source: one}
  - {at: {c: 32}, top1: 80, source: one}
)",
                                                   ".");
  const auto latency = [](const graph::Network& network) -> std::optional<space::Uncertain> {
    const auto width = network.layers[0].output.channels.value();
    if (width == 32) return {};
    return space::Uncertain{1e-3 * static_cast<double>(width), 1e-4};
  };
  const std::vector<pages::AccuracyPoint> points = pages::accuracy_points(spec, latency);
  REQUIRE(points.size() == 4);
  CHECK(points[1].latency->value == 0.016);
  CHECK(!points[3].latency);
  const std::vector<document::PagePart> parts =
      pages::accuracy_latency_parts(points, "accuracy", "guessed");
  REQUIRE(parts.size() == 3);
  CHECK(std::get<document::Paragraph>(parts[0]).text ==
        "Times are guessed. 3 of 4 networks with a printed accuracy have one.");
  const document::Table& table = std::get<document::PageTable>(parts[2]).table;
  REQUIRE(table.rows.size() == 3);
  std::vector<std::string> front;
  for (const auto& row : table.rows) front.push_back(std::get<std::string>(row[6]));
  CHECK(front == std::vector<std::string>{"yes", "yes", ""});
  CHECK(pages::accuracy_latency_parts(pages::accuracy_points(spec), "accuracy", "").empty());
}
