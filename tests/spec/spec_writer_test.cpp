// SPDX-License-Identifier: Apache-2.0
// What is written as a spec is read as the same spec.
#include "spec/spec_writer.hpp"

#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("texts of several lines, empty lists, null and searches are written", "[spec]") {
  const std::string text =
      "name: searched\nsource: |\n  first line\n  second \"line\"\nparams:\n"
      "  alpha: {default: 1, min: 0.1, max: 4}\n  skip: {default: []}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers:\n"
      "  - conv: {name: \"null\", out: round(8 * alpha), kernel: 3, when: not (5 in skip)}\n"
      "search:\n  vary: {alpha: [0.25, 0.5, \"1:2:0.5\"]}\n  where: [alpha < 3]\n";
  const spec::ArchSpec spec = spec::read_spec_text("a.yaml", text, ".");
  const std::string written = spec::write_spec(spec);
  INFO(written);
  const spec::ArchSpec again = spec::read_spec_text("b.yaml", written, ".");
  CHECK(again.source == spec.source);
  CHECK(again.main().params[1].fallback.text == "[]");
  REQUIRE(again.search);
  REQUIRE(again.search->vary.size() == 1);
  CHECK(again.search->vary[0].values == spec.search->vary[0].values);
  CHECK(again.search->conditions.size() == 1);
  CHECK(same_layers(graph::build_network(again), graph::build_network(spec)));
  CHECK(spec::write_spec(again) == written);
}
