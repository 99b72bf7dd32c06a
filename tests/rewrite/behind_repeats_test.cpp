// SPDX-License-Identifier: Apache-2.0
// Rewrites of layers that are off in the network that is looked at.
#include "rewrite/rewrites.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a layer that is off behind stages of a repeat has the last one's stage", "[rewrite]") {
  const Opened changed = rewritten(open_text(R"yaml(name: net
params:
  flag: {default: 0, choices: [0, 1]}
input: {channels: 8, height: 16, width: 12}
layers:
  - conv: {name: stem, out: 8}
  - group:
      repeat: 3
      layers:
        - conv: {out: 8, kernel: 3, stride: "2 if i > 1 else 1"}
  - conv: {name: late, out: 8, kernel: 3, when: flag}
)yaml"),
                                   "+separable");
  const std::string text = spec::write_spec(changed.spec);
  const auto networks = [&](const std::vector<std::string>& settings) {
    return totals(open_text(text, settings).network());
  };
  // 3x3 of 8 to 8 channels: 576 numbers; apart 72 + 64.
  CHECK(networks({}).params == 8 * 8 + 3 * 136);
  CHECK(networks({"flag=1"}).params == 8 * 8 + 4 * 136);
  CHECK(networks({"flag=1", "separable_stages=[1]"}).params == 8 * 8 + 136 + 3 * 576);
  CHECK(networks({"flag=1", "separable_stages=[3]"}).params == 8 * 8 + 2 * 576 + 2 * 136);
}
