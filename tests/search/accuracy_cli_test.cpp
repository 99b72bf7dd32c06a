// SPDX-License-Identifier: Apache-2.0
// archcost accuracy, as people run it.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/latency_folder.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

// A folder of this test's own.
std::filesystem::path scratch() {
  const auto folder = std::filesystem::temp_directory_path() / "archcost_accuracy_test";
  std::filesystem::create_directories(folder);
  return folder;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("the page on accuracy holds what the program prints", "[accuracy][cli]") {
  const Run run = run_program("accuracy --format markdown");
  CHECK(run.status == 0);
  CHECK(run.err == "");
  const std::size_t tables = run.out.find("\n## ");
  REQUIRE(tables != std::string::npos);
  const std::string page = read_file(source_dir() / "docs/ACCURACY.md");
  CHECK(page.ends_with(run.out.substr(tables + 1)));
}

TEST_CASE("the accuracy of one network", "[accuracy][cli]") {
  const Run run =
      run_program("accuracy mobilenet_v1:alpha=0.6,rho=5/7 --recipe slim --format json");
  const auto json = nlohmann::json::parse(run.out);
  REQUIRE(json["tables"].size() == 1);
  const auto& estimate = json["tables"][0]["estimate"];
  CHECK(estimate["network"] == "mobilenet_v1:alpha=0.6,rho=5/7");
  CHECK(estimate["kind"] == "estimated");
  CHECK(estimate["top1"] > 59.1);
  CHECK(estimate["top1"] < 65.3);
  CHECK(estimate["error"] < 0.25);
  CHECK(json["tables"][0]["models"].size() == 16);
  const Run table = run_program("accuracy efficientnet_b3");
  CHECK(
      table.out.find("efficientnet_b3  paper table 2   81.60  0.05  published, 'paper table 2'") !=
      std::string::npos);
  CHECK(run_program("accuracy mobilenet_v1 --recipe slim")
            .out.find("\n  network       recipe  top-1     ±  from\n"
                      "  mobilenet_v1  slim    70.90  0.05  published, 'slim'\n") !=
        std::string::npos);
  CHECK(run_program("accuracy").out.find("that was asked for") == std::string::npos);
  const Run data = run_program("accuracy mobilenet_v1 --recipe slim --format csv");
  CHECK(data.out.find("\nmobilenet_v1,slim,slim,\"α, ρ\",alpha=0.5 rho=6/7,61.7,all,") !=
        std::string::npos);
}

TEST_CASE("accuracies of one's own, and what can go wrong", "[accuracy][cli]") {
  const auto folder = scratch();
  write_file(folder / "my.csv", "alpha,accuracy\n0.25,40\n0.5,50\n1,60\n2,70\n4,80\n");
  const Run run =
      run_program("accuracy mobilenet_v1:alpha=0.7 --accuracy my.csv --format json", folder);
  const auto table = nlohmann::json::parse(run.out)["tables"][0];
  CHECK(table["recipe"] == "my.csv");
  CHECK(table["estimate"]["top1"] == Approx(60 + 10 * std::log2(0.7)));
  const auto fails = [&](const std::string& arguments) {
    const Run failed = run_program("accuracy " + arguments, folder);
    CHECK(failed.status == 1);
    CHECK(failed.out == "");
    return failed.err;
  };
  CHECK(fails("--accuracy my.csv") == "error: --recipe and --accuracy are for one SPEC; name it\n");
  CHECK(fails("mobilenet_v1 --recipe slimm") ==
        "error: no recipe 'slimm'; there are 'paper', 'slim', 'arXiv:1709.01507, table 3', 'AMC, "
        "arXiv:1802.03494'\n");
  CHECK(fails("standard_conv") ==
        "error: 'standard_conv' has no accuracies; they stand in rows with top1 under 'published' "
        "or 'accuracy', or in a table of yours: --accuracy FILE\n");
  CHECK(fails("mobilenet_v1 --accuracy none.csv") == "error: no file 'none.csv'\n");
  write_file(folder / "bad.csv", "alpha,acuracy\n1,70\n");
  CHECK(fails("mobilenet_v1 --accuracy bad.csv") ==
        "bad.csv:1:7: error: 'mobilenet_v1' has no parameter 'acuracy'; did you mean 'accuracy'?\n"
        "    alpha,acuracy\n"
        "          ^\n");
}

TEST_CASE("a table of one's own is for the specs that it names", "[accuracy][cli]") {
  const TestFolder folder;
  folder.write("acc.csv", "alpha,accuracy\n1,70.6\n");
  folder.write("specs.csv",
               "spec,alpha,depth,accuracy\nmobilenet_v1,1,,70.6\nresnet50,,,76\n"
               "resnet50:stride_in=k1,,,75\nresnet,,18,69\n");
  const std::string open =
      "acc.csv: error: it doesn't say which rows are for which of 'mobilenet_v1', 'resnet50'; add "
      "a "
      "column 'spec' with these names\n";
  for (const std::string command :
       {"compare mobilenet_v1 resnet50 --columns accuracy", "accuracy mobilenet_v1 resnet50",
        "sweep mobilenet_v1 resnet50 --vary alpha=1 --columns accuracy",
        "search mobilenet_v1 resnet50 --vary alpha=1 --maximize accuracy"}) {
    INFO(command);
    const Run run = run_program(command + " --accuracy acc.csv", folder.text());
    CHECK(run.status == 1);
    CHECK(run.err == open);
  }
  const Run gate = run_program(
      "check mobilenet_v1 resnet50 --accuracy acc.csv --limit 'accuracy >= 70%' --format csv",
      folder.text());
  CHECK(gate.status == 3);
  CHECK(contains(gate.out, "it doesn't say which rows are for which of"));
  // Presets of one family are different networks.
  CHECK(contains(run_program("compare resnet50 se_resnet50 --columns accuracy --accuracy acc.csv",
                             folder.text())
                     .err,
                 "which of 'resnet50', 'se_resnet50'"));
  // One spec: it says that the file does not.
  const Run one =
      run_program("check resnet50 --accuracy acc.csv --limit 'accuracy >= 70%'", folder.text());
  CHECK(one.status == 0);
  CHECK(contains(one.out, "\nAccuracy of resnet50: 'acc.csv', which has no column 'spec'.\n"));
  // Settings of the label are those of the network that is asked about, not of the rows.
  CHECK(run_program("compare mobilenet_v1 mobilenet_v1:shallow=1 --columns accuracy --accuracy "
                    "acc.csv --format csv",
                    folder.text())
            .out == "network,accuracy\nmobilenet_v1,70.6\nmobilenet_v1:shallow=1,\n");
  CHECK(
      run_program("compare mobilenet_v1 resnet50 resnet50:stride_in=k1 resnet18 --columns accuracy "
                  "--accuracy specs.csv --format csv",
                  folder.text())
          .out ==
      "network,accuracy\nmobilenet_v1,70.6\nresnet50,76\nresnet50:stride_in=k1,75\nresnet18,69\n");
  // No row for a spec, or for any.
  const Run lacking = run_program(
      "compare mobilenet_v1 mobilenet_v2 --columns accuracy --accuracy specs.csv", folder.text());
  CHECK(contains(lacking.out, "mobilenet_v2: 'specs.csv' has no row for 'mobilenet_v2'"));
  CHECK(run_program("sweep mobilenet_v1 mobilenet_v2 --columns accuracy --accuracy specs.csv",
                    folder.text())
            .err == "specs.csv: error: no row is for 'mobilenet_v2'\n");
  CHECK(run_program("accuracy mobilenet_v2 --accuracy specs.csv", folder.text()).err ==
        "specs.csv: error: no row is for 'mobilenet_v2'; its column 'spec' names 'mobilenet_v1', "
        "'resnet', 'resnet50', 'resnet50:stride_in=k1'\n");
  // A parameter that the row's spec hasn't.
  folder.write("wrong.csv", "spec,depth,accuracy\nmobilenet_v1,18,70\n");
  CHECK(contains(run_program("accuracy mobilenet_v1 --accuracy wrong.csv", folder.text()).err,
                 "wrong.csv:2:14: error: 'mobilenet_v1' has no parameter 'depth'"));
}

TEST_CASE("each of several networks has its recipe", "[accuracy][cli]") {
  const std::string compare =
      "compare mobilenet_v1 mobilenet_v2 shufflenet_v2:authors=1 --columns accuracy ";
  const Run run =
      run_program(compare + "--recipe paper --recipe 'mobilenet_v2:paper table 4' --format csv");
  CHECK(run.status == 0);
  CHECK(run.out ==
        "network,accuracy\nmobilenet_v1,70.6\nmobilenet_v2,72\nshufflenet_v2:authors=1,69.4\n");
  // The line names the chosen ones too.
  CHECK(contains(run.err,
                 "\nAccuracy by recipe: mobilenet_v1 'paper'; mobilenet_v2 'paper table 4'; "
                 "shufflenet_v2:authors=1 'megvii-model/ShuffleNet-Series' (--recipe SPEC:NAME "
                 "takes another).\n"));
  CHECK(run_program("compare mobilenet_v1 mobilenet_v2 --columns accuracy --recipe "
                    "mobilenet_v1:paper --recipe 'mobilenet_v2:paper table 4' --format csv")
            .err ==
        "Accuracy by recipe: mobilenet_v1 'paper'; mobilenet_v2 'paper table 4'.\n"
        "The specs share no recipe with figures for all; recipes differ by ± 0.51 points.\n");
  const Run text = run_program(compare + "--recipe paper");
  CHECK(contains(unbroken(text.out), "Accuracy by recipe: mobilenet_v1 'paper'; mobilenet_v2 "));
  CHECK(contains(text.out, "'mobilenet_v2' has no recipe 'paper'; its 'slim' is taken.\n"));
  CHECK(contains(unbroken(text.out), "mobilenet_v2 'slim' (others: 'paper table 4',"));
  CHECK(contains(text.out, "(--recipe SPEC:NAME takes another)."));
  CHECK(!contains(text.out, "candidates"));
  // The first plain name that a spec has.
  CHECK(run_program(compare + "--recipe paper --recipe 'paper table 4' --format csv").out ==
        run.out);
  CHECK(run_program(compare + "--recipe mobilenet_v2:paper").err ==
        "error: no recipe 'paper'; there are 'torchvision', 'paper table 4', 'slim'\n");
  CHECK(
      contains(run_program(compare + "--recipe papr").err, "error: no recipe 'papr'; there are "));
  const Run tables = run_program(
      "accuracy mobilenet_v1 mobilenet_v2 --recipe mobilenet_v1:paper --recipe 'mobilenet_v2:paper "
      "table 4' --format json");
  const auto json = nlohmann::json::parse(tables.out)["tables"];
  REQUIRE(json.size() == 2);
  CHECK(json[0]["recipe"] == "paper");
  CHECK(json[1]["recipe"] == "paper table 4");
  // A published recipe beside a table of one's own.
  const TestFolder folder;
  folder.write("mine.csv", "alpha,accuracy\n1,71\n");
  CHECK(run_program("compare mobilenet_v1 mobilenet_v2 --columns accuracy --accuracy mine.csv "
                    "--recipe mobilenet_v2:slim --format csv",
                    folder.text())
            .out == "network,accuracy\nmobilenet_v1,71\nmobilenet_v2,71.8\n");
  CHECK(run_program("compare mobilenet_v1 mobilenet_v2 --columns accuracy --accuracy mine.csv "
                    "--recipe slim",
                    folder.text())
            .err ==
        "--recipe slim: error: --accuracy gives the table; SPEC:NAME takes a published recipe for "
        "one spec\n");
}

TEST_CASE("candidates that build the same network have one accuracy, and are shown once",
          "[accuracy][cli]") {
  // MobileNet v2 rounds widths to multiples of 8.
  const Run run = run_program(
      "search mobilenet_v2 --vary alpha=0.99,0.995,1 --maximize accuracy --recipe slim "
      "--format csv");
  CHECK(run.status == 0);
  CHECK(contains(run.out, "\n1,71.8,"));
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 2);
  CHECK(contains(run.err,
                 "2 candidates are not shown: they build the network of a design that is, with "
                 "other settings."));
  const Run alone =
      run_program("search mobilenet_v2 --vary alpha=0.99 --maximize accuracy --recipe slim");
  CHECK(contains(alone.out, "published for the same network"));
  const Run swept = run_program(
      "sweep mobilenet_v2 --vary alpha=0.99,1 --columns accuracy --recipe slim --keep-equal "
      "--format csv");
  CHECK(swept.out == "alpha,accuracy,accuracy_error\n0.99,71.8,0.05\n1,71.8,0.05\n");
  // A parameter without effect.
  const Run reduction =
      run_program("search resnet50 --vary reduction=2,4,8 --minimize macs --format csv");
  CHECK(std::count(reduction.out.begin(), reduction.out.end(), '\n') == 2);
  // By evolution, too.
  const Run evolved = run_program(
      "search mobilenet_v2 --vary alpha=0.98:1:0.001 --minimize macs --method evolve --format csv");
  CHECK(std::count(evolved.out.begin(), evolved.out.end(), '\n') < 21);
  CHECK(contains(evolved.err, "not shown: "));
}
