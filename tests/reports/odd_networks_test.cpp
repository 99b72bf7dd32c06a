// SPDX-License-Identifier: Apache-2.0
// Networks without multiply-adds or parameters: there is no share of nothing, and no ratio to it.
// Networks of the same name.
#include "support/catch.hpp"
#include "support/report_checks.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

const std::string kPool =
    "name: pool\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n  - max_pool: {kernel: 2}\n";
const std::string kConv =
    "name: conv\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: 8}\n";

}  // namespace

TEST_CASE("no ratio to a network without multiply-adds", "[report]") {
  const TestFolder folder;
  folder.write("pool.yaml", kPool);
  folder.write("conv.yaml", kConv);
  const std::string compared = run_program("compare pool.yaml conv.yaml", folder.text()).out;
  INFO(compared);
  CHECK(!contains(compared, " 0.000 "));
  const std::string conventions = run_program("conventions pool.yaml", folder.text()).out;
  INFO(conventions);
  CHECK(!contains(conventions, " 0.000 "));
  for (const std::string figure : {"0", "0.0M"}) {
    const Run run = run_program("conventions conv.yaml --printed " + figure, folder.text());
    CHECK(run.status == 2);
    CHECK(contains(run.err, "'" + figure + "' is no figure above 0"));
  }
  CHECK(contains(run_program("conventions conv.yaml --printed 99999999T", folder.text()).err,
                 "'99999999T' needs more than 64 bits"));
}

TEST_CASE("the report of a network without parameters has all its pictures", "[report]") {
  const TestFolder folder;
  folder.write("pool.yaml", kPool);
  const Run run = run_program("report pool.yaml -o report", folder.text());
  CHECK(run.status == 0);
  CHECK(!contains(run.err, "shares_by_kind"));
  CHECK(report_faults(folder / "report") == "");
}

TEST_CASE("a report names the files of two networks of one name", "[report]") {
  const TestFolder folder;
  folder.write("a.yaml", kPool);
  folder.write("b.yaml", kPool + "  - relu\n");
  const Run run = run_program("report a.yaml b.yaml -o report", folder.text());
  CHECK(run.status == 0);
  const std::string specs = read_file(folder / "report/report_files/specs.csv");
  CHECK(contains(specs, "a.yaml,"));
  CHECK(contains(specs, "b.yaml,"));
}
