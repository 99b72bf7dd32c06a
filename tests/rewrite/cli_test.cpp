// SPDX-License-Identifier: Apache-2.0
// Rewrites on the command line and in files.
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a SPEC takes rewrites, with settings before and after", "[rewrite][cli]") {
  CHECK(contains(run_program("compare standard_conv standard_conv+separable").out,
                 "params 39/108 = 0.361, macs 351/972 = 0.361"));
  CHECK(run_program("analyze mobilenet_v1:separable=0+separable --by kind --format csv").out ==
        run_program("analyze mobilenet_v1 --by kind --format csv").out);
  CHECK(run_program("analyze resnet50+separable --set separable_stages=[4,5] --format csv").out ==
        run_program("analyze resnet50+separable:stages=[4,5] --format csv").out);
  CHECK(run_program("analyze resnet50+groups:g=8 --set alpha=0.5 --format csv").out ==
        run_program("analyze resnet50:alpha=0.5+groups:g=8 --format csv").out);
  // A parameter that the spec has already gets another name.
  CHECK(run_program("analyze resnet50+groups --set rewrite_g=8 --format csv").out ==
        run_program("analyze resnet50+groups:g=8 --format csv").out);
}

TEST_CASE("a file is taken before a rewrite, and labels open the same network",
          "[rewrite][cli][latency]") {
  const TestFolder folder;
  const std::string net =
      "name: net\ninput: {channels: 4, height: 8, width: 8}\n"
      "layers:\n  - conv: {out: 8, kernel: 3}\n  - conv: {out: 8, kernel: 3}\n";
  folder.write("net+separable", net);
  folder.write("a+b.yaml", net);
  const std::string plain = run_program("analyze net+separable --format csv", folder.text()).out;
  CHECK(contains(plain, "conv1,conv,conv 3x3"));
  CHECK(contains(run_program("analyze a+b.yaml+separable --format csv", folder.text()).out,
                 "conv2.depthwise,conv,depthwise 3x3"));
  // `profile` opens each combination by its label again.
  const Run list = run_program("profile resnet18+groups:g=2 --vary g=1 --vary rewrite_g=1,8 --db " +
                               folder / "x.db" + " --dry-run");
  INFO(list.err << list.out);
  CHECK(list.status == 0);
  const Run set = run_program("profile resnet18+width:alpha=0.5 --vary alpha=0.25,1 --db " +
                              folder / "x.db" + " --dry-run");
  INFO(set.err << set.out);
  CHECK(set.status == 0);
}

TEST_CASE("sweeps and searches vary what a rewrite adds", "[rewrite][cli]") {
  const auto lines = [](const std::string& arguments) {
    const Run run = run_program(arguments);
    INFO(run.err);
    REQUIRE(run.status == 0);
    return split(run.out, '\n');
  };
  const auto sweep =
      lines("sweep resnet50+separable --vary 'separable_stages=subsets([2,3,4,5])' --format csv");
  CHECK(sweep.size() == 16 + 2);
  const auto grid = lines(
      "sweep vgg16+separable+groups --vary separable=0,1 --vary g=1,2,4,8 "
      "--columns macs --format csv");
  REQUIRE(grid.size() == 8 + 2);
  CHECK(contains(grid[1], ",15470264320"));
  const Run best = run_program(
      "search resnet50+separable --vary separable=0,1 --vary alpha=0.5,1 --minimize macs "
      "--limit 'params <= 10M' --format csv");
  INFO(best.err);
  CHECK(best.status == 0);
}

TEST_CASE("a rewritten network is written as a spec of its own", "[rewrite][cli]") {
  const TestFolder folder;
  const auto macs = [&](const std::string& spec) {
    const Run run = run_program("analyze " + spec + " --by kind --format csv", folder.text());
    INFO(run.err);
    CHECK(run.status == 0);
    return run.out;
  };
  REQUIRE(
      run_program("import resnet18:alpha=0.5+separable+se:reduction=8 -o net.yaml", folder.text())
          .status == 0);
  CHECK(macs("net.yaml") == macs("resnet18:alpha=0.5+separable+se:reduction=8"));
  CHECK(macs("net.yaml:separable=0,rewrite_se=0") == macs("resnet18:alpha=0.5"));
  REQUIRE(run_program("search resnet50+separable --vary separable_stages=[2],[4,5] --minimize macs "
                      "-o best.yaml",
                      folder.text())
              .status == 0);
  CHECK(macs("best.yaml") == macs("resnet50+separable:stages=[4,5]"));
}

TEST_CASE("a spec of one's own has rewrites", "[rewrite][cli]") {
  const TestFolder folder;
  const std::string net =
      "name: net\n"
      "rewrite: [separable, {se: {reduction: 4}}]\n"
      "input: {channels: 3, height: 8, width: 8}\n"
      "layers:\n"
      "  - conv: {name: stem, out: 8, kernel: 3}\n"
      "  - conv: {name: body, out: 8, kernel: 3}\n"
      "  - relu\n"
      "published:\n"
      "  - {params: 394, source: here}\n";
  folder.write("net.yaml", net);
  // 216 of the stem, 72 and 64 of the body, 42 of squeeze-and-excitation with 2 inner channels.
  const Run verified = run_program("verify net.yaml", folder.text());
  INFO(verified.out << verified.err);
  CHECK(verified.status == 0);
  CHECK(contains(verified.out, "1 figure: 1 matches."));
  CHECK(contains(run_program("analyze net.yaml+se --set se=0", folder.text()).out, "se.excite"));
  folder.write("wrong.yaml", "name: net\nrewrite: [separabel]\n" + net.substr(net.find("input")));
  CHECK(run_program("analyze wrong.yaml", folder.text()).err ==
        "wrong.yaml:2:11: error: rewrite: no rewrite 'separabel'; did you mean 'separable'?\n"
        "    rewrite: [separabel]\n"
        "              ^\n");
  folder.write("form.yaml", "name: net\nrewrite: [{se: 8}]\n" + net.substr(net.find("input")));
  CHECK(contains(run_program("analyze form.yaml", folder.text()).err,
                 "form.yaml:2:11: error: a rewrite is its name, or its name with settings: "
                 "'- separable' or '- se: {reduction: 8}'"));
}

TEST_CASE("lighten shows what fits, refuses with reasons, and writes the best", "[rewrite][cli]") {
  const TestFolder folder;
  const Run all = run_program("lighten resnet50 --format csv");
  CHECK(all.status == 0);
  CHECK(contains(all.out, "resnet50,+separable,15538792,"));
  const Run limited =
      run_program("lighten resnet50 --limit 'macs <= 1G' --sort params -o net.yaml", folder.text());
  INFO(limited.out << limited.err);
  CHECK(limited.status == 0);
  CHECK(contains(limited.err, "'net.yaml' is resnet50+separable+width:alpha=0.5+resolution"));
  CHECK(run_program("analyze net.yaml --by kind --format csv", folder.text()).out ==
        run_program("analyze resnet50:rho=5/7,alpha=0.5+separable --by kind --format csv").out);
  // Without --sort: what keeps most under a limit, or what is lightest.
  CHECK(
      contains(run_program("lighten resnet50 --limit 'macs <= 3G' -o most.yaml", folder.text()).err,
               "'most.yaml' is resnet50+groups:g=4+se: "));
  CHECK(contains(run_program("lighten resnet50 -o least.yaml", folder.text()).err,
                 "'least.yaml' is resnet50+separable+width:alpha=0.5+resolution:rho=5/7: "));
  CHECK(run_program("lighten resnet50 --limit 'macs <= 1'").status == 5);
  CHECK(contains(run_program("lighten mobilenet_v2").out,
                 "+separable, +bottleneck, +bottleneck:inverted=1, +separable+groups:g=4,"));
  CHECK(run_program("lighten resnet50 --limit 'latency <= 5'").err ==
        "--limit latency <= 5: error: latency needs a number with a unit (s, ms, us), as latency "
        "<= 10 ms\n");
}

TEST_CASE("rewrites are listed, and reports have the table of lighter networks", "[rewrite][cli]") {
  const Run list = run_program("list --rewrites --format csv");
  CHECK(contains(list.out,
                 "separable,k x k convolutions become depthwise and pointwise ones,"
                 "\"separable, separable_stages\",first\n"));
  const TestFolder folder;
  REQUIRE(run_program("report resnet18 --lighten -o report", folder.text()).status == 0);
  const std::string report = read_file(folder / "report/report.md");
  CHECK(contains(report, "## Lighter networks"));
  CHECK(contains(report, "| +separable "));
  CHECK_FALSE(contains(report, "## Measured: lighter networks"));
  CHECK(contains(read_file(folder / "report/report_files/lighten_1.csv"), "resnet18,+separable,"));
}
