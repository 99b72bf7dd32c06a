// SPDX-License-Identifier: Apache-2.0
// Where results go, and what is shown of them: terminals, files, devices, raw numbers.
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/writers/writers.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  fs::path path = fs::temp_directory_path() / fmt::format("archcost_output_{}", getpid());
  Scratch() { fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
};

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string& line : split(text, '\n')) widest = std::max(widest, display_width(line));
  return widest;
}

document::Document wide_document() {
  document::Section section;
  section.heading = "a heading of more than forty characters, which is broken at a blank";
  section.table.columns = {{"layer", "layer", document::Format::kText, 0, 10},
                           {"class", "kind", document::Format::kText, 2},
                           {"params", "params", document::Format::kCount, 0},
                           {"params_share", "%", document::Format::kPercent, 1},
                           {"macs", "macs", document::Format::kCount, 0}};
  section.table.rows = {{std::string("stage2.unit1.residual.conv"), std::string("conv 1x1"),
                         std::int64_t{1'234'567'890}, 12.5, std::int64_t{98'765'432'100}}};
  return {"a title", "a subtitle", {section}};
}

}  // namespace

TEST_CASE("a terminal is told which columns have no room", "[output]") {
  const std::string text = writers::write_text(wide_document(), {46, 46, true, false});
  CHECK(text ==
        "a title   a subtitle\n\n"
        "a heading of more than forty characters, which\n"
        "  is broken at a blank\n"
        "  layer                 params            macs\n"
        "  stage2…l.conv  1,234,567,890  98,765,432,100\n"
        "\n"
        "Left out for lack of width: kind, % of params;\n"
        "  a wider terminal or -o FILE shows them.\n");
}

TEST_CASE("columns of one title are told apart where they have no room", "[output]") {
  using enum document::Format;
  document::Section section;
  section.table.columns = {{"recipe", "recipe"},
                           {"entropy", "entropy ρ", kNumber},
                           {"entropy_kendall", "τ", kNumber, 1},
                           {"macs", "macs ρ", kNumber},
                           {"macs_kendall", "τ", kNumber, 1}};
  section.table.rows = {{std::string("a"), 0.5, 0.25, 0.75, 0.125}};
  CHECK(writers::write_text({"t", "", {section}}, {30, 30, false, false}) ==
        "t\n\n"
        "  recipe  entropy ρ  macs ρ\n"
        "  a          0.5000  0.7500\n"
        "\n"
        "Left out for lack of width: τ\n"
        "  of entropy ρ, τ of macs ρ; a\n"
        "  wider terminal or -o FILE\n"
        "  shows them.\n");
}

TEST_CASE("empty columns make room first, and texts to be read as a whole are wrapped",
          "[output]") {
  using enum document::Format;
  document::Section section;
  section.table.columns = {{"machine", "machine", kInteger},
                           {"name", "name"},
                           {.key = "recipe", .title = "recipe", .narrowest = 12, .wrap = true},
                           {.key = "from", .title = "from", .narrowest = 12, .wrap = true}};
  section.table.rows = {
      {std::int64_t{1}, std::string(), std::string("megvii-model/ShuffleNet"),
       std::string("no estimate: fewer than 3 models")},
      {std::int64_t{2}, std::string(), std::string("slim"), std::string("published")}};
  CHECK(writers::write_text({"t", "", {section}}, {40, 40, false, false}) ==
        "t\n\n"
        "  machine  recipe         from\n"
        "        1  megvii-model/  no estimate:\n"
        "           ShuffleNet     fewer than 3\n"
        "                          models\n"
        "        2  slim           published\n");
  // On a wide terminal they stay.
  CHECK(contains(writers::write_text({"t", "", {section}}, {90, 90, false, false}),
                 "  machine  name  recipe                   from\n"));
}

TEST_CASE("no line is longer than the terminal, down to 40 columns", "[output]") {
  for (std::size_t width = 40; width < 120; ++width) {
    INFO(width);
    CHECK(widest_line(writers::write_text(wide_document(), {width, width, true, false})) <= width);
  }
}

TEST_CASE("every table fits the terminal, down to 40 columns", "[output]") {
  const graph::Network network = shipped("resnet50"), other = shipped("regnet_y_128gf");
  const cost::CostTable costs = cost::count(network), other_costs = cost::count(other);
  tables::CostReportOptions by_kind;
  by_kind.grouping = cost::Grouping::kKind;
  const std::vector<document::Document> documents = {
      tables::cost_report(network, costs, {}),
      tables::cost_report(network, costs, by_kind),
      tables::compare_report(
          {{"resnet50", network, costs}, {"regnet_y_128gf:alpha=1", other, other_costs}}),
      tables::diff_report(other, other_costs, network, costs),
      tables::memory_report(network, {}),
      tables::graph_report(network)};
  for (const document::Document& document : documents) {
    INFO(document.title);
    for (std::size_t width : {40, 60, 80}) {
      for (const bool exact : {false, true})
        CHECK(widest_line(writers::write_text(document, {width, width, exact, false})) <= width);
    }
  }
}

TEST_CASE("compare keeps labels whole and gives up activations first", "[output]") {
  const graph::Network network = shipped("resnet50");
  const cost::CostTable costs = cost::count(network);
  const document::Document document = tables::compare_report(
      {{"resnet50", network, costs}, {"resnet50:alpha=1,rho=1,stride_in=k3", network, costs}});
  const std::string text = writers::write_text(document, {70, 70, false, false});
  CHECK(text.find("  network                              params  ratio   macs  ratio\n"
                  "  resnet50                             25.56M  1.000  4.09G  1.000\n"
                  "  resnet50:alpha=1,rho=1,stride_in=k3  25.56M  1.000  4.09G  1.000\n"
                  "\n"
                  "Left out for lack of width: activations, ratio of activations,\n"
                  "  entropy, effectiveness; a wider terminal or -o FILE shows them.\n") !=
        std::string::npos);
}

TEST_CASE("files and pipes get every column that was asked for", "[output]") {
  const Run run = run_program(
      "analyze se_resnet50 --by kind --columns bias_adds,elementwise,compares,transcendentals,"
      "pool_ops,flops,train_flops,activations,weight_bytes,input_bytes,output_bytes,traffic");
  const std::string header = split(run.out, '\n')[3];
  CHECK(header ==
        "  kind             bias adds  elementwise  compares  transcend.  pool ops    flops  train "
        "flops  activations  weight bytes  input bytes  output bytes     traffic");
  CHECK(run.out.find("Left out") == std::string::npos);
}

TEST_CASE("a list that is too long goes on below, with whole names", "[output]") {
  document::Section section;
  section.table.columns = {{"layer", "layer", document::Format::kText, 0},
                           {"inputs", "takes", document::Format::kText, 0, 12, false, true}};
  section.table.rows = {{std::string("join"), std::string("encoder.conv, decoder.conv, input")}};
  CHECK(writers::write_text({"t", "", {section}}, {22, 22, false, false}) ==
        "t\n\n"
        "  layer  takes\n"
        "  join   encoder.conv,\n"
        "         decoder.conv,\n"
        "         input\n");
  const std::string shown = run_program("show googlenet").out;
  CHECK(shown.find("…") == std::string::npos);
}

TEST_CASE("with -o links are followed, and an existing file keeps its mode", "[output]") {
  const Scratch scratch;
  const fs::path real = scratch.path / "real.csv", link = scratch.path / "link.csv",
                 dangling = scratch.path / "dangling.csv";
  std::ofstream(real) << "old";
  REQUIRE(chmod(real.c_str(), 0640) == 0);
  fs::create_symlink("real.csv", link);
  fs::create_symlink("made.csv", dangling);
  const std::string command = "analyze standard_conv --format csv -o ";
  CHECK(run_program(command + link.string()).status == 0);
  CHECK(fs::is_symlink(link));
  CHECK(read_file(real).starts_with("layer,kind,"));
  struct stat info {};
  REQUIRE(stat(real.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
  CHECK(run_program(command + dangling.string()).status == 0);
  CHECK(fs::is_symlink(dangling));
  CHECK(read_file(scratch.path / "made.csv") == read_file(real));
}

TEST_CASE("with -o text goes straight into what isn't a regular file", "[output]") {
  CHECK(run_program("analyze standard_conv -o /dev/null").status == 0);
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(run_program("analyze standard_conv --format csv -o /dev/stdout").out ==
        run_program("analyze standard_conv --format csv").out);
  const Run full = run_program("analyze standard_conv -o /dev/full");
  CHECK(full.status == 1);
  CHECK(full.err == "error: '/dev/full' can't be written: No space left on device\n");
  const Run folder = run_program("analyze standard_conv -o .");
  CHECK(folder.status == 1);
  CHECK(folder.err == "error: '.' can't be written: Is a directory\n");
}

TEST_CASE("a standard output that can't be written is an error", "[output]") {
  const Scratch scratch;
  const fs::path err = scratch.path / "err";
  for (const std::string arguments :
       {"analyze resnet50", "schema", "--help", "--version", "", "analyze --help"}) {
    INFO(arguments);
    const std::string command =
        fmt::format("'{}' {} >/dev/full 2>'{}'", program(), arguments, err.string());
    const int status = std::system(command.c_str());
    CHECK(WEXITSTATUS(status) == 1);
    CHECK(read_file(err) == "error: standard output can't be written: No space left on device\n");
  }
}

TEST_CASE("CSV holds raw integers, one table each", "[output]") {
  CHECK(run_program("conventions resnet50 --from thop --to macs --format csv").out ==
        "cause,difference,from,to\n"
        "batch norm,-44455936,44455936,0\n"
        "global and adaptive pools,-102400,102400,0\n"
        "total,-44558336,4133742592,4089184256\n");
  const std::string diff = run_program("diff resnet50:stride_in=k1 se_resnet50 --format csv").out;
  const std::vector<std::string> lines = split(diff, '\n');
  CHECK(lines[0] == "change,left,right,what,params,macs");
  CHECK(lines[1] == "same,stem.conv,stem.conv,,0,0");
  CHECK(std::find(lines.begin(), lines.end(),
                  "added,,stage2.unit1.residual.se.excite.fc1,,4112,4096") != lines.end());
  CHECK(diff.find("equal") == std::string::npos);
  CHECK(run_program("conventions --format csv")
            .out.starts_with("convention,counts,rules,source\n"
                             "macs,"));
  CHECK(run_program("diff resnet50 se_resnet50 --exact").out.find("  +4,096\n") !=
        std::string::npos);
}

TEST_CASE("help fits 80 columns", "[output]") {
  for (const std::string command : {"", "analyze", "compare", "list", "params", "show", "diff",
                                    "explain", "conventions", "memory", "verify", "schema"}) {
    INFO(command);
    CHECK(widest_line(run_program(command + " --help").out) <= 80);
  }
}
