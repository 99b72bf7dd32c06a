// SPDX-License-Identifier: Apache-2.0
#include "reports/pages/accuracy_points.hpp"

#include "graph/build.hpp"
#include "reports/pages/report_input.hpp"
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
  - {at: {c: 8}, top1: 61, source: two}
)",
                                                   ".");
  const auto latency = [](const graph::Network& network) -> std::optional<space::Uncertain> {
    const auto width = network.layers[0].output.channels.value();
    if (width == 32) return {};
    return space::Uncertain{1e-3 * static_cast<double>(width), 1e-4};
  };
  const std::vector<pages::AccuracyPoint> points = pages::accuracy_points(spec, latency);
  REQUIRE(points.size() == 5);
  CHECK(points[1].latency->value == 0.016);
  CHECK(!points[3].latency);
  const std::vector<document::PagePart> parts =
      pages::accuracy_latency_parts(points, "accuracy", "guessed");
  REQUIRE(parts.size() == 3);
  CHECK(std::get<document::Paragraph>(parts[0]).text ==
        "Times are guessed. Of 5 published top-1 accuracies of 4 networks, 4 of 3 networks have "
        "one.");
  const document::Table& table = std::get<document::PageTable>(parts[2]).table;
  REQUIRE(table.rows.size() == 4);
  std::vector<std::string> front;
  for (const auto& row : table.rows) front.push_back(std::get<std::string>(row[6]));
  CHECK(front == std::vector<std::string>{"", "yes", "", "yes"});
  CHECK(std::get<document::Picture>(parts[1]).alt ==
        "4 published top-1 accuracies of 3 networks against time, with the front.");
  CHECK(pages::accuracy_latency_parts(pages::accuracy_points(spec), "accuracy", "").empty());
}

TEST_CASE("predicted latencies stand under a heading of their own", "[report]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "net.yaml",
      "name: net\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: 8}\n"
      "published:\n  - {top1: 60, source: one}\n",
      ".");
  pages::ReportNetwork one = {"net", spec, {}, graph::build_network(spec, {}), {}, {}};
  one.costs = cost::count(one.network);
  runner::MeasuredRow row;
  row.layers = {0};
  row.seconds = 1e-3;
  one.measurement.emplace();
  one.measurement->rows = {row};
  one.measurement->seconds = row.seconds;
  one.measurement->blocks = 3;
  pages::ReportInput input;
  input.networks.push_back(std::move(one));
  input.latency = [](const graph::Network&) { return space::Uncertain{2e-3, 1e-4}; };
  input.latency_how = "predicted, one thread";
  std::vector<std::string> told;  // sections that speak of predicted times
  for (const document::PageSection& section : pages::network_page(input).sections) {
    for (const document::PagePart& part : section.parts) {
      const auto* paragraph = std::get_if<document::Paragraph>(&part);
      if (paragraph != nullptr && paragraph->text.starts_with("Times are predicted, one thread."))
        told.push_back(section.heading);
    }
  }
  CHECK(told == std::vector<std::string>{"Predicted: accuracy against latency"});
}
