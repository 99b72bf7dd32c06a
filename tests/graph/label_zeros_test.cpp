// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

TEST_CASE("numbers of layers have no zeros in front", "[graph]") {
  const auto message = [](const std::string& from) {
    return error_of(spec_with("  - conv: {out: 4}\n  - conv: {out: 4}\n  - add: {from: [conv2, " +
                              from + "]}\n"));
  };
  CHECK(message("conv1").empty());
  for (const char* name : {"conv01", "conv002", "conv0"}) {
    INFO(name);
    CHECK(contains(message(name), std::string("'") + name + "'"));
  }
}
