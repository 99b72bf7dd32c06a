// SPDX-License-Identifier: Apache-2.0
// Ways to write numbers and networks in the options of sweeps and searches.
#include "search/space/spec_text.hpp"
#include "search/space/sweep_filter.hpp"
#include "search/space/sweep_space.hpp"
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

TEST_CASE("a value that stands twice is found among many", "[search]") {
  const spec::ArchSpec spec =
      spec::read_spec_text("net.yaml",
                           "name: net\nparams: {a: {default: 1, min: 1, max: 1000000}}\n"
                           "input: {channels: a, height: 1, width: 1}\nlayers: [relu]\n",
                           ".");
  CHECK_NOTHROW(space::sweep_space(spec, {"a=1:10001:1"}));
  CHECK_THROWS_WITH(space::sweep_space(spec, {"a=1:10001:1,5"}),
                    Catch::Contains("the value 5 stands twice"));
}

TEST_CASE("a network's name ends before its settings", "[search]") {
  CHECK(space::plain_name("net") == "net");
  CHECK(space::plain_name("net:alpha=0.5") == "net");
  CHECK(space::plain_name("net:alpha=0.5,rho=1") == "net");
  CHECK(space::plain_name("net+se:reduction=8:alpha=1") == "net+se");
  CHECK(space::plain_name("dir:a/net.yaml:rho=1") == "dir:a/net.yaml");
  CHECK(space::plain_name("dir:a/net.yaml") == "dir:a/net.yaml");
}

TEST_CASE("the spec of a design replaces values of a map over several lines", "[search][cli]") {
  const TestFolder folder;
  folder.write("net.yaml",
               "name: net\nparams: {\n  a: 4,\n  b: 1\n}\n"
               "input: {channels: b, height: 2, width: 2}\nlayers: [conv: {out: a}]\n");
  const Run search =
      run_program("search net.yaml --vary a=8,16 --minimize macs -o out.yaml", folder.text());
  INFO(search.err);
  CHECK(search.status == 0);
  CHECK(contains(read_file(folder / "out.yaml"), "params: {\n  a: 8,\n  b: 1\n}\n"));
  CHECK(run_program("analyze out.yaml", folder.text()).status == 0);
}
