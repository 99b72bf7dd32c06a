// SPDX-License-Identifier: Apache-2.0
// What tables and reports of several networks say, and how they write figures.
#include <fmt/core.h>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a comparison says which settings differ", "[report]") {
  const std::string line = "From resnet50 to se_resnet50: stride_in k3 to k1, se 0 to 1.";
  CHECK(contains(run_program("compare resnet50 se_resnet50").out, line));
  CHECK(contains(run_program("diff resnet50 se_resnet50").out, line));
  CHECK_FALSE(contains(run_program("compare resnet50 resnet50").out, "From "));
  // Widths of two families are of other layers.
  CHECK_FALSE(contains(run_program("compare mobilenet_v1 shufflenet_v1").out, "From "));
  CHECK(contains(run_program("compare resnet50 resnet50:depth=18 --format markdown").out,
                 "From resnet50 to resnet50:depth=18: depth 50 to 18.\n"));
}

TEST_CASE("footers count only what there is", "[report]") {
  CHECK(contains(run_program("verify resnet").out,
                 "86 figures: 53 match, 33 match under the rule that their row names.\n"));
}

TEST_CASE("fractions are decimals in CSV and JSON lines, and fractions for people", "[report]") {
  CHECK(contains(run_program("params mobilenet_v1:rho=4/7 --format csv").out,
                 "rho,0.5714285714285714,"));
  CHECK(contains(run_program("params mobilenet_v1:rho=4/7 --format jsonl").out,
                 "\"value\":0.5714285714285714"));
  CHECK(contains(run_program("params mobilenet_v1:rho=4/7").out, "4/7"));
  for (const std::string& line : split(run_program("verify --format csv").out, '\n')) {
    const std::vector<std::string> fields = split(line, ',');
    if (fields.size() > 4 && fields[1].find('"') == std::string::npos)
      CHECK(fields[4].find('/') == std::string::npos);
  }
}
