// SPDX-License-Identifier: Apache-2.0
// Ways to write numbers and networks in the options of sweeps and searches.
#include "search/space/spec_text.hpp"
#include "search/space/sweep_filter.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("numbers that begin with a point have units as others", "[search]") {
  const spec::ArchSpec& spec = shipped_spec("mobilenet_v1");
  for (const char* filter : {"alpha > .3 and peak_memory < 5 MB", "macs < .5G", ".5G > macs",
                             "params < .5 M and alpha < 1.5", "peak_memory < .5 MB"}) {
    INFO(filter);
    CHECK_NOTHROW(space::parse_filter(spec, filter));
  }
  CHECK_THROWS(space::parse_filter(spec, "peak_memory < .5"));
}

TEST_CASE("a network's name ends before its settings", "[search]") {
  CHECK(space::plain_name("net") == "net");
  CHECK(space::plain_name("net:alpha=0.5") == "net");
  CHECK(space::plain_name("net:alpha=0.5,rho=1") == "net");
  CHECK(space::plain_name("net+se:reduction=8:alpha=1") == "net+se");
  CHECK(space::plain_name("dir:a/net.yaml:rho=1") == "dir:a/net.yaml");
  CHECK(space::plain_name("dir:a/net.yaml") == "dir:a/net.yaml");
}
