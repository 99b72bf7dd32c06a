// SPDX-License-Identifier: Apache-2.0
// Problems of kernels as other people's files write them.
#include <cmath>
#include <string>

#include "latency/latency_estimate.hpp"
#include "plan/kernel_problem.hpp"
#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("problems with sizes that no kernel takes are not read", "[latency]") {
  CHECK(plan::problem_from_text("conv 1x96x20x20 > 1x96x20x20 f32 1T").has_value());
  for (const char* size :
       {"0x96x20x20", "1x0x20x20", "1x96x0x20", "1x96x20x0", "-1x96x20x20", "1x96x20x2088887880",
        "1x96x65536x32768", "2147483648x1x1x1", "1024x1024x1024x1025", "1x96x20", "1x96x20x20x1",
        "1x96x20x", "axbxcxd"}) {
    INFO(size);
    CHECK(!plan::problem_from_text(std::string("conv ") + size + " > 1x96x20x20 f32 1T"));
    CHECK(!plan::problem_from_text(std::string("conv 1x96x20x20 > ") + size + " f32 1T"));
    CHECK(!plan::problem_from_text(std::string("reorder ") + size + " 1T"));
  }
  const auto largest = plan::problem_from_text("reorder 1x1x1x2147483647 1T");
  REQUIRE(largest.has_value());
  CHECK(largest->output.positions() == 2147483647);
  CHECK(plan::problem_from_text("reorder 1024x1024x1024x1024 1T").has_value());
}

TEST_CASE("a stored problem with a number below 1 has a finite size", "[latency]") {
  // groups, kernel, stride
  const auto problem =
      plan::problem_from_text("conv 1x8x4x4 > 1x8x4x4 8 0 0 0 0 0 0 0 0 0 0 0 w0 w0 f32 1T");
  REQUIRE(problem.has_value());
  const latency::ProblemSize size = latency::problem_size(*problem);
  CHECK(size.macs == 8 * 8 * 16);
  for (const double coordinate : size.coordinates) CHECK(std::isfinite(coordinate));
}
