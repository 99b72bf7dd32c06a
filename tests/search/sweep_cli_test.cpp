// SPDX-License-Identifier: Apache-2.0
// sweep as a process: files, shards, interruptions.
#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const std::string kMany =
    "sweep mobilenet_v1 --vary alpha=0.1:1:0.001 --vary rho=0.5:1:0.0004 --columns params,macs "
    "--format csv";

void kill_and_resume(int times, std::uint32_t seed) {
  const TestFolder folder;
  const std::string whole = folder / "whole.csv", rows = folder / "rows.csv";
  REQUIRE(run_program(kMany + " -o " + whole).status == 0);
  std::mt19937 random(seed);
  int killed = 0;
  for (int k = 0; k < times; ++k) {
    fs::remove(rows);
    bool resume = false;
    for (int attempt = 0; attempt < 20 && (resume || !fs::exists(rows)); ++attempt) {
      const int status =
          run_and_signal(fmt::format("{} -o {}{}", kMany, rows, resume ? " --resume" : ""), SIGKILL,
                         static_cast<int>(random() % 60000));
      killed += WIFSIGNALED(status) ? 1 : 0;
      resume = fs::exists(rows + ".journal");
    }
    if (resume || !fs::exists(rows))
      REQUIRE(
          run_program(fmt::format("{} -o {}{}", kMany, rows, resume ? " --resume" : "")).status ==
          0);
    REQUIRE(read_file(rows) == read_file(whole));
    CHECK(!fs::exists(rows + ".part"));
    CHECK(!fs::exists(rows + ".journal"));
  }
  CHECK(killed >= times / 2);
}

}  // namespace

TEST_CASE("a sweep as a table, CSV and JSON lines", "[search]") {
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --format csv").out ==
        "reduction,params,macs\n8,16384,16384\n16,8192,8192\n");
  CHECK(run_program(
            "sweep se_layer --vary reduction=8,16 --format jsonl --columns params --sort params")
            .out ==
        "{\"spec\":\"se_layer\",\"reduction\":16,\"params\":8192}\n{\"spec\":\"se_layer\","
        "\"reduction\":8,\"params\":16384}\n");
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --exact").out ==
        "sweep of se_layer   2 points\n\n  reduction  params    macs\n          8  16,384  "
        "16,384\n         16   8,192   8,192\n");
  CHECK(run_program("sweep mobilenet_v1 --top 1 --sort macs --format csv").out ==
        "alpha,rho,params,macs\n0.25,0.5714285714285714,470072,13570048\n");
}

TEST_CASE("what a sweep says where there is one of something", "[search]") {
  CHECK(run_program("sweep mobilenet_v1 --sort macs --top 1 --exact").out ==
        "sweep of mobilenet_v1   16 points\n\n  alpha  rho   params        macs\n   0.25  4/7  "
        "470,072  13,570,048\n\nThe first of 16 rows.\n");
  CHECK(run_program("sweep se_layer --vary reduction=8 --format csv --where \"macs < 1\"").err ==
        "1 of 1 point doesn't meet the conditions.\n");
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --format csv --top 1").err ==
        "The first of 2 rows.\n");
}

TEST_CASE("a name alone takes the sweep values, or the choices of a scalar", "[search]") {
  CHECK(run_program("sweep standard_conv+separable --vary separable --format csv").out ==
        "separable,params,macs\n0,108,972\n1,39,351\n");
  CHECK(run_program("sweep resnet50+se --vary rewrite_gate --columns params --format csv").out ==
        "rewrite_gate,params\nsigmoid,28088024\nhard_sigmoid,28088024\ntanh,28088024\nrelu,"
        "28088024\n");
  CHECK(run_program("sweep resnet50 --vary \"se_stages(1)\"")
            .err.ends_with("'se_stages(1)'; write se_stages(1)=VALUES\n"));
}

TEST_CASE("rows sorted by a parameter", "[search]") {
  CHECK(run_program("sweep se_layer --vary reduction=16,2,8 --sort reduction --format csv "
                    "--columns params")
            .out == "reduction,params\n2,65536\n8,16384\n16,8192\n");
  CHECK(run_program("sweep se_resnet50 --vary gate=relu,sigmoid,tanh --sort gate:desc "
                    "--format csv --columns params")
            .out == "gate,params\ntanh,28088024\nsigmoid,28088024\nrelu,28088024\n");
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --sort foo").err ==
        "--sort foo: error: it sorts by a parameter that is varied or by a cost, as "
        "reduction, params, macs\n");
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --sort macs:up").err ==
        "--sort macs:up: error: write NAME, NAME:asc or NAME:desc\n");
}

TEST_CASE("conventions with a dash or an underscore", "[search]") {
  const std::string rows = "reduction,ptflops_aten\n8,16384\n";
  for (const std::string name : {"ptflops-aten", "ptflops_aten"}) {
    CHECK(
        run_program("sweep se_layer --vary reduction=8 --format csv -o - --columns " + name).out ==
        rows);
    CHECK(run_program("analyze se_layer --by kind --convention " + name).status == 0);
  }
}

TEST_CASE("laws for machines, and why there are none", "[search]") {
  const TestFolder folder;
  const std::string sweep = "sweep mobilenet_v1 --vary alpha=0.5,1 --columns macs --laws total ";
  const Run csv = run_program(sweep + "--format csv --laws-output " + (folder / "laws"));
  CHECK(csv.out == "alpha,macs\n0.5,149497088\n1,568740352\n");
  CHECK(csv.err.empty());
  CHECK(read_file(folder / "laws") ==
        "spec,cost,param,exponent,error,points,worst_ratio,claim,source\n"
        "mobilenet_v1,macs,alpha,1.927653,0.000000,2,1.000000,2,\"roughly α², arXiv:1704.04861 § "
        "3.3\"\n");
  CHECK(run_program("sweep mobilenet_v1 --vary alpha=0.5 --columns macs --laws total").out ==
        "sweep of mobilenet_v1   1 point\n\n  alpha     macs\n    0.5  149.50M\n\nscaling laws of "
        "mobilenet_v1\nNo law can be fitted: no parameter is varied over at least two values that "
        "are\n  all positive numbers.\n");
  CHECK(run_program("sweep mobilenet_v1 --laws-output x").err ==
        "error: --laws-output needs --laws total or --laws layer\n");
}

TEST_CASE("a dash as a file is standard output, or refused", "[search]") {
  CHECK(run_program("schema -o -").out == run_program("schema").out);
  CHECK(run_program("show se_layer -o -").out == run_program("show se_layer").out);
  CHECK(run_program("sweep se_layer --vary reduction=8 --format csv --resume -o -").err ==
        "error: --resume needs -o FILE\n");
}

TEST_CASE("rows don't take the place of a FIFO or a link", "[search]") {
  const TestFolder folder;
  const std::string fifo = folder / "fifo",
                    sweep = "sweep se_layer --vary reduction=8 --format csv ";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  const std::string reader = fmt::format("cat {} > {} &", fifo, folder / "read");
  REQUIRE(std::system(reader.c_str()) == 0);
  CHECK(run_program(sweep + "-o " + fifo).status == 0);
  CHECK(fs::is_fifo(fifo));
  for (int k = 0; k < 1000 && read_file(folder / "read").empty(); ++k) usleep(1000);
  CHECK(read_file(folder / "read") == "reduction,params,macs\n8,16384,16384\n");
  CHECK(run_program(sweep + "--resume -o " + fifo).err ==
        fmt::format("error: '{}' is a device or a FIFO: --resume needs a file\n", fifo));

  fs::create_symlink("rows.csv", folder / "link");
  CHECK(run_program(sweep + "-o " + (folder / "link")).status == 0);
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(folder / "rows.csv") == "reduction,params,macs\n8,16384,16384\n");
  CHECK(run_program(sweep + "-o " + folder.text()).err ==
        fmt::format("error: '{}' can't be written: Is a directory\n", folder.text()));
}

TEST_CASE("laws of a sweep that goes on are of all points", "[search]") {
  const TestFolder folder;
  const std::string sweep = kMany + " --laws total --threads 1 --laws-output ";
  REQUIRE(run_program(sweep + (folder / "whole") + " -o " + (folder / "whole.csv")).status == 0);
  const std::string rows = folder / "rows.csv";
  run_and_signal(kMany + " --threads 1 -o " + rows, SIGKILL, 20000, rows + ".part");
  const std::string resume = fs::exists(rows + ".journal") ? " --resume" : "";
  REQUIRE(run_program(sweep + (folder / "laws") + resume + " -o " + rows).status == 0);
  CHECK(read_file(folder / "laws") == read_file(folder / "whole"));
  CHECK(read_file(rows) == read_file(folder / "whole.csv"));
}

TEST_CASE("a stopped sweep says how to go on, and does", "[search]") {
  const TestFolder folder;
  const std::string rows = folder / "rows.csv";
  REQUIRE(run_program(kMany + " -o " + (folder / "whole.csv")).status == 0);
  const int status =
      run_and_signal(kMany + " --threads 1 -o " + rows, SIGINT, 1000, rows + ".part");
  if (!fs::exists(rows)) {
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 130);
    const std::string again = run_program(kMany + " -o " + rows).err;
    CHECK(again ==
          fmt::format("error: '{0}.part' holds an unfinished sweep; continue with --resume, "
                      "or remove it and '{0}.journal'\n",
                      rows));
    const std::string other =
        run_program("sweep mobilenet_v2 --vary alpha --format csv --resume -o " + rows).err;
    CHECK(other ==
          fmt::format("error: '{}.journal' belongs to another sweep: only the same command "
                      "continues it\n",
                      rows));
    REQUIRE(run_program(kMany + " --resume -o " + rows).status == 0);
  }
  CHECK(read_file(rows) == read_file(folder / "whole.csv"));
}

TEST_CASE("killed at random moments, a sweep goes on to the same file", "[search]") {
  kill_and_resume(5, 1);
}
TEST_CASE("killed at a hundred random moments", "[search][long]") { kill_and_resume(100, 2); }

TEST_CASE("data has decimals, which read back as the same number", "[search]") {
  const std::string csv =
      run_program("sweep mobilenet_v1 --vary rho=4/7,1 --columns macs --format csv").out;
  CHECK(csv.starts_with("rho,macs\n0.5714285714285714,"));
  CHECK(std::stod("0.5714285714285714") == 4.0 / 7);
  const std::string designs =
      run_program("search mobilenet_v1 --vary rho=4/7,1 --minimize macs --format csv").out;
  CHECK(designs.find("\n0.5714285714285714,") != std::string::npos);
  CHECK(designs.find("--set rho=4/7") != std::string::npos);  // commands stay exact
}

TEST_CASE("a parameter without effect is said once and has one row", "[search]") {
  const Run run = run_program("sweep resnet50 --vary reduction=4,8,16 --format csv");
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 2);
  CHECK(run.err.starts_with(
      "note: reduction has no effect on resnet50 with these settings: reduction=4 stands for its 3 "
      "values (--keep-equal: a row for each)\n"));
  const Run kept = run_program("sweep resnet50 --vary reduction=4,8,16 --keep-equal --format csv");
  CHECK(std::count(kept.out.begin(), kept.out.end(), '\n') == 4);
  // With squeeze blocks it has one; and where a condition names it all values stay.
  CHECK(run_program("sweep resnet50:se=1 --vary reduction=4,8,16 --format csv").err.empty());
  const Run named =
      run_program("sweep resnet50 --vary reduction=4,8,16 --where \"reduction >= 8\" --format csv");
  CHECK(std::count(named.out.begin(), named.out.end(), '\n') == 3);
  // Parameters of which only some costs know have an effect.
  const Run some = run_program("sweep mobilenet_v1 --vary rho=4/7,1 --columns params --format csv");
  CHECK(std::count(some.out.begin(), some.out.end(), '\n') == 3);
}

TEST_CASE("an element of a list is set as it is varied", "[cli]") {
  const auto total = [](const std::string& arguments) {
    return run_program("analyze mobilenet_v1 --format csv " + arguments).out;
  };
  CHECK(total("--set \"widths(1)=16\"") ==
        total("--set \"widths=[16,64,128,128,256,256,512,512,512,512,512,512,1024,1024]\""));
  CHECK(run_program("analyze mobilenet_v1 --set \"widths(1)=8,16\"").err ==
        "--set widths(1)=8,16: error: it takes one value; 'archcost sweep' varies them\n");
  CHECK(run_program("analyze mobilenet_v1 --set \"widths(99)=8\"").err ==
        "--set widths(99)=8: error: 'widths' has elements 1 to 14; write widths(1)=VALUES, or "
        "widths(i)=VALUES for all of them\n");
}

TEST_CASE("accuracy is a column, an order and a condition of sweeps", "[sweep][cli]") {
  const Run run = run_program(
      "sweep mobilenet_v1 --vary alpha=0.25,0.6,1,2 --columns macs,accuracy --format csv");
  CHECK(run.status == 0);
  CHECK(run.out.starts_with("alpha,macs,accuracy,accuracy_error\n0.25,41030272,49.8,0.05\n0.6,"));
  CHECK(run.out.find("\n1,568740352,70.9,0.05\n2,") != std::string::npos);
  CHECK(run.out.ends_with(",,\n"));  // without figures
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 5);
  CHECK(run.err ==
        "Accuracy by recipe: mobilenet_v1 'slim' for 3 of 4 candidates, 'paper' for 3, "
        "'arXiv:1709.01507, table 3' for 1 (--recipe NAME takes another).\n"
        "1 of 4 rows have no figure:\n"
        "  1, as alpha=2: accuracy: no estimate: outside what the 16 models of 'slim' span\n");
  // The same figures as `accuracy` gives.
  const Run estimate = run_program("accuracy mobilenet_v1:alpha=0.6 --recipe slim --format json");
  const auto json = nlohmann::json::parse(estimate.out);
  const auto row = nlohmann::json::parse(
      run_program("sweep mobilenet_v1 --vary alpha=0.6 --columns accuracy --recipe slim "
                  "--format jsonl")
          .out);
  CHECK(row["accuracy"].get<double>() ==
        Approx(json["tables"][0]["estimate"]["top1"].get<double>()).margin(1e-6));
  const Run ordered = run_program(
      "sweep mobilenet_v1 --vary alpha=0.25,0.5,1 --columns macs --where \"accuracy >= 60\" --sort "
      "accuracy:desc --recipe slim --format csv");
  CHECK(ordered.out ==
        "alpha,macs,accuracy,accuracy_error\n1,568740352,70.9,0.05\n0.5,149497088,63.3,0.05\n");
  CHECK(run_program("sweep mobilenet_v1 --recipe slim").err ==
        "error: --accuracy and --recipe are for the column or a condition 'accuracy'\n");
  CHECK(run_program("sweep group_conv --vary g=1,2 --columns accuracy").err ==
        "error: 'group_conv' has no accuracy figures; give a table of your own: --accuracy "
        "FILE.csv\n");
}

TEST_CASE("conditions and orders of sweeps take the symbols of headers", "[sweep][cli]") {
  const std::string sweep = "sweep mobilenet_v1 --vary alpha=0.25,0.5,1 --format csv ";
  CHECK(run_program(sweep + "--where \"α <= 0.5 and rho == 1\" --sort α:desc").out ==
        run_program(sweep + "--where \"alpha <= 0.5 and rho == 1\" --sort alpha:desc").out);
  CHECK(run_program(sweep + "--where \"β <= 0.5\"").status == 1);
}
