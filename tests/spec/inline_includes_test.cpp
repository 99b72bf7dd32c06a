// SPDX-License-Identifier: Apache-2.0
// Specs with includes as one file: the same network, whatever the names.
#include "spec/inline_includes.hpp"

#include "cost/cost_table.hpp"
#include "graph/build.hpp"
#include "rewrite/rewrite.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// `k`, `width` and `out` stand in both files, for different things; `unused` leads nowhere.
const std::string kUnits = R"(params:
  k: {default: 5}
  act: {default: swish, choices: [relu, swish]}
  unused: {default: 1}
let:
  width: 2 * k
  twice: width + sizes(1)
tables:
  sizes: [4, k]
blocks:
  unit:
    args: {out: required, stride: 1}
    layers:
      - conv: {out: twice, kernel: k, stride: stride}
      - batch_norm
      - activation: {kind: act}
      - conv: {out: out, kernel: 3, when: out > width}
      - batch_norm
  residual:
    args: {out: required}
    layers:
      - add:
          - [unit: {out: out}]
          - []
  lonely:
    layers: [relu]
)";
const std::string kMain = R"(name: both
include: units.yaml
params:
  k: {default: 3}
  width: {default: 24}
input: {channels: 3, height: 32, width: 32}
layers:
  - conv: {out: width, kernel: k, pad: same}
  - unit: {out: 32, stride: 2}
  - residual: {out: 32}
  - global_avg_pool
  - flatten
  - linear: {out: 10}
)";

spec::ArchSpec read_both(const TestFolder& folder) {
  folder.write("units.yaml", kUnits);
  return spec::read_spec_text("both.yaml", kMain, folder.text());
}

}  // namespace

TEST_CASE("a spec with includes becomes one file with the same network", "[spec]") {
  const TestFolder folder;
  const spec::ArchSpec both = read_both(folder);
  const spec::ArchSpec one = spec::inline_includes(both);
  REQUIRE(one.files.size() == 1);
  CHECK(same_layers(graph::build_network(both), graph::build_network(one)));
  const auto names = [](const auto& rows) {
    std::vector<std::string> list;
    for (const auto& row : rows) list.push_back(row.name);
    return list;
  };
  using Names = std::vector<std::string>;
  CHECK(names(one.main().params) == Names{"k", "width", "k2", "act"});
  CHECK(names(one.main().lets) == Names{"width2", "twice"});
  CHECK(names(one.main().tables) == Names{"sizes"});
  CHECK(names(one.blocks) == Names{"unit", "residual"});
  CHECK(one.main().lets[0].value.text == "2 * k2");
  // Parameters of the spec itself stay settable.
  const graph::BuildOptions wide = {.settings = {{"k", spec::Value(7), ""}}};
  CHECK(same_layers(graph::build_network(both, wide), graph::build_network(one, wide)));
}

TEST_CASE("a spec with includes is written as one file that reads the same", "[spec]") {
  const TestFolder folder;
  const spec::ArchSpec both = read_both(folder);
  const std::string text = spec::write_spec(both);
  INFO(text);
  const spec::ArchSpec again = spec::read_spec_text("again.yaml", text, "/nowhere");
  CHECK(same_layers(graph::build_network(both), graph::build_network(again)));
}

TEST_CASE("blocks of included files are rewritten", "[rewrite]") {
  const TestFolder folder;
  const spec::ArchSpec both = read_both(folder);
  const auto macs = [](const graph::Network& network) {
    return cost::count(network).total.cost.macs.value();
  };
  const auto rewritten = [&](const char* name) {
    return graph::build_network(rewrite::apply(both, {}, rewrite::make_call(name, {}, name)));
  };
  // 32x32x24x3x9; then twice = 14 channels at 16x16: from 24 with 5x5 and to 32 with 3x3, and the
  // same from 32; 32x10.
  CHECK(macs(graph::build_network(both)) ==
        1024 * 24 * 27 + 256 * (14 * 24 * 25 + 32 * 14 * 9 + 14 * 32 * 25 + 32 * 14 * 9) + 320);
  CHECK(macs(rewritten("separable")) ==
        1024 * 24 * 27 +
            256 * (24 * 25 + 24 * 14 + 14 * 9 + 14 * 32 + 32 * 25 + 32 * 14 + 14 * 9 + 14 * 32) +
            320);
  CHECK(macs(rewritten("se")) > macs(graph::build_network(both)));
}

TEST_CASE("a choice of an included file can't be a name of the spec", "[spec]") {
  const TestFolder folder;
  folder.write("units.yaml",
               "params:\n  mode: {default: slow, choices: [slow, fast]}\nblocks:\n  unit:\n    "
               "layers:\n      - conv: {out: 8, kernel: \"3 if mode == slow else 1\"}\n");
  const spec::ArchSpec both = spec::read_spec_text(
      "both.yaml",
      "name: both\ninclude: units.yaml\nparams:\n  fast: {default: 4}\ninput: {channels: 3, "
      "height: 8, width: 8}\nlayers:\n  - unit\n  - conv: {out: fast}\n",
      folder.text());
  CHECK_THROWS_WITH(
      spec::inline_includes(both),
      "error: 'both' can't be one file: 'fast' is a choice in one of its files and a name "
      "in another; call one of them differently");
}
