// SPDX-License-Identifier: Apache-2.0
// archcost report, as a process: what it writes, where, and what it leaves alone.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/text.hpp"
#include "reports/pictures/gnuplot.hpp"
#include "reports/writers/page_writer.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/report_checks.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

// A folder that is there while it is needed.
class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = fs::temp_directory_path() / fmt::format("archcost_report_{}_{}", getpid(), count++);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }
  std::string text() const { return path_.string(); }

 private:
  fs::path path_;
};

// While it lives, archcost finds no gnuplot.
class WithoutGnuplot {
 public:
  WithoutGnuplot() { setenv("ARCHCOST_GNUPLOT", "/nowhere/gnuplot", 1); }
  ~WithoutGnuplot() { unsetenv("ARCHCOST_GNUPLOT"); }
};

std::size_t files_with(const fs::path& folder, const std::string& extension) {
  std::size_t files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    files += entry.path().extension() == extension;
  return files;
}

// The report of some specs, twice: checked, and the same bytes.
void check_report(const std::string& arguments) {
  INFO(arguments);
  const Folder first, second;
  const Run run = run_program(fmt::format("report {} -o '{}'", arguments, first.text()));
  CHECK(run.status == 0);
  CHECK(report_faults(first / "") == "");
  REQUIRE(run_program(fmt::format("report {} -o '{}'", arguments, second.text())).status == 0);
  CHECK(report_texts(first / "") == report_texts(second / ""));
}

}  // namespace

TEST_CASE("report: MobileNet v1 with its pictures", "[report]") {
  REQUIRE(pictures::find_gnuplot());
  const Folder folder;
  const Run run = run_program(
      fmt::format("report mobilenet_v1 --sweep alpha --sweep rho -o '{}'", folder.text()));
  CHECK(run.status == 0);
  CHECK(run.err == "");
  CHECK(run.out == folder.text() + "/report.md\n");
  CHECK(report_faults(folder / "") == "");
  const std::string document = read_file(folder / "report.md");
  for (const char* heading :
       {"Summary", "Costs by stage", "Shares by kind of layer", "Costs by layer", "Graph",
        "Formulas", "Conventions side by side", "Memory", "Sweep", "Accuracy against costs",
        "Published figures", "Where this comes from"}) {
    CHECK(contains(document, fmt::format("\n## {}\n", heading)));
  }
  CHECK(contains(document, "| multiply-adds (macs)                 |   568.74M |"));
  CHECK(contains(document, "block7 to block11: 5 equal"));
  CHECK(contains(document,
                 "\n```sh\narchcost report mobilenet_v1 --sweep alpha --sweep rho -o DIR\n```\n"));
  CHECK(contains(document, "[arXiv:1704.04861](https://arxiv.org/abs/1704.04861)"));
  CHECK_FALSE(contains(document, folder.text()));
  CHECK_FALSE(contains(document, "easured"));
  CHECK(files_with(folder / "report_files", ".svg") == 5);
  CHECK(files_with(folder / "report_files", ".gp") == 0);
  CHECK(contains(read_file(folder / "report_files/summary.csv"), "macs,568740352\n"));
  CHECK(contains(read_file(folder / "report_files/sweep.csv"),
                 "0.5,0.5714285714285714,49160192,1331592,"));
  // With the accuracies of the rows.
  CHECK(read_file(folder / "report_files/sweep.csv")
            .starts_with("alpha,rho,macs,params,activations,peak_memory,size_int8,accuracy,"
                         "accuracy_error,recipe\n"));
  CHECK(contains(read_file(folder / "report_files/sweep.csv"), ",56.3,0.05,slim\n"));
}

TEST_CASE("report: the same setting in another order of words is another command, nothing else",
          "[report]") {
  const WithoutGnuplot none;
  const Folder one, two;
  REQUIRE(
      run_program(fmt::format("report mobilenet_v1 --set alpha=0.5 -o '{}'", one.text())).status ==
      0);
  REQUIRE(run_program(fmt::format("report mobilenet_v1:alpha=0.5 -o '{}'", two.text())).status ==
          0);
  std::string a = read_file(one / "report.md"), b = read_file(two / "report.md");
  const std::string command = "archcost report mobilenet_v1 --set alpha=0.5 -o DIR";
  REQUIRE(contains(a, command));
  a.replace(a.find(command), command.size(), "archcost report mobilenet_v1:alpha=0.5 -o DIR");
  CHECK(a == b);
}

TEST_CASE("report: a search with its front", "[report]") {
  REQUIRE(pictures::find_gnuplot());
  const Folder folder;
  const Run run = run_program(
      fmt::format("report mobilenet_v1 --search 'maximize accuracy' --search 'minimize macs' "
                  "--search 'macs <= 150M' --search 'vary alpha=0.25,0.4,0.5' --search 'vary "
                  "rho=4/7,1' -o '{}'",
                  folder.text()));
  CHECK(run.err == "");
  REQUIRE(run.status == 0);
  CHECK(report_faults(folder / "") == "");
  const std::string document = read_file(folder / "report.md");
  CHECK(contains(document,
                 "\n## Search\n\nMaximize accuracy, minimize macs under macs &lt;= 150M.\n"));
  CHECK(contains(document, "(report_files/search_front.svg)"));
  CHECK(contains(document, "\n6 candidates, all evaluated: the front is exact.\n"));
  const std::string front = read_file(folder / "report_files/search_front.csv");
  CHECK(contains(front, "published,alpha=0.5 rho=1,149.497088,63.3,1,0,0\n"));
  CHECK(contains(front, "estimated,alpha=0.4 rho=1,98.220909,59.4667"));
}

TEST_CASE("report: one spec of each family", "[report]") {
  const WithoutGnuplot none;
  for (const char* arguments :
       {"mobilenet_v1", "mobilenet_v3", "shufflenet_v1 --sweep g --sweep s", "shufflenet_v2",
        "se_resnet50 --sweep reduction=2,4,8,16,32", "inception_v3", "xception", "vgg16",
        "squeezenet", "densenet121 --batch 2 --dtype int8", "efficientnet_b0", "regnet", "vit",
        "se_layer --sweep all", "standard_conv", "mobilenet_block --convention thop",
        "mobilenet_v1 mobilenet_v2 shufflenet_v1:g=8 --sweep rho=1/2,1"}) {
    check_report(arguments);
  }
}

TEST_CASE("report: every shipped spec, with pictures", "[report][long]") {
  REQUIRE(pictures::find_gnuplot());
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  for (const std::string& name : library.names()) check_report(name);
  for (const std::string& name : library.preset_names()) {
    const WithoutGnuplot none;
    check_report(name);
  }
}

TEST_CASE("report: without gnuplot there are no pictures, and it says so", "[report]") {
  const WithoutGnuplot none;
  const Folder folder;
  const Run run = run_program(fmt::format("report separable_conv -o '{}'", folder.text()));
  CHECK(run.status == 0);
  CHECK(run.err ==
        "warning: pictures are missing: gnuplot was not found (on Debian, the package "
        "gnuplot-nox)\n");
  CHECK(report_faults(folder / "") == "");
  const std::string document = read_file(folder / "report.md");
  CHECK(contains(document,
                 "\nSome pictures are missing: gnuplot was not found (on Debian, the package "
                 "gnuplot-nox). The figures of each stand in its CSV.\n"));
  CHECK_FALSE(contains(document, "!["));
  CHECK(contains(document, "(No picture: "));
  CHECK(files_with(folder / "report_files", ".svg") == 0);
  CHECK(fs::exists(folder / "report_files/memory_timeline.csv"));
}

TEST_CASE("report: a gnuplot that fails costs its pictures only", "[report]") {
  const Folder folder;
  const fs::path fake = folder / "gnuplot";
  std::ofstream(fake) << "#!/bin/sh\ncase \"$*\" in *memory*) echo 'no memory' >&2; exit 1;; esac\n"
                         "exec gnuplot \"$@\"\n";
  fs::permissions(fake, fs::perms::owner_all);
  setenv("ARCHCOST_GNUPLOT", fake.c_str(), 1);
  const Run run =
      run_program(fmt::format("report separable_conv -o '{}'", (folder / "out").string()));
  unsetenv("ARCHCOST_GNUPLOT");
  CHECK(run.status == 0);
  CHECK(run.err == "warning: pictures are missing: gnuplot failed (memory_timeline: no memory)\n");
  CHECK(report_faults(folder / "out") == "");
  CHECK(files_with(folder / "out/report_files", ".svg") == 2);
}

TEST_CASE("report: an earlier report is replaced, other files stay", "[report]") {
  const Folder folder;
  const std::string out = (folder / "out").string();
  REQUIRE(run_program(fmt::format("report mobilenet_v1 --sweep alpha --keep-scripts -o '{}'", out))
              .status == 0);
  CHECK(fs::exists(folder / "out/report_files/sweep.csv"));
  const std::size_t scripts = files_with(folder / "out/report_files", ".gp");
  CHECK(scripts == files_with(folder / "out/report_files", ".svg"));
  std::ofstream(folder / "out/notes.md") << "mine\n";
  std::ofstream(folder / "out/report_files/mine.csv") << "mine\n";
  const WithoutGnuplot none;
  REQUIRE(run_program(fmt::format("report separable_conv -o '{}'", out)).status == 0);
  CHECK(read_file(folder / "out/notes.md") == "mine\n");
  CHECK(read_file(folder / "out/report_files/mine.csv") == "mine\n");
  CHECK_FALSE(fs::exists(folder / "out/report_files/sweep.csv"));
  CHECK(files_with(folder / "out/report_files", ".gp") == 0);
  CHECK(files_with(folder / "out/report_files", ".svg") == 0);
}

TEST_CASE("report: a kept script draws its picture again", "[report]") {
  const auto gnuplot = pictures::find_gnuplot();
  REQUIRE(gnuplot);
  const Folder folder;
  REQUIRE(run_program(fmt::format("report separable_conv --keep-scripts -o '{}'", folder.text()))
              .status == 0);
  const fs::path files = folder / "report_files", svg = files / "shares_by_kind.svg";
  REQUIRE(fs::remove(svg));
  const std::string command =
      fmt::format("cd '{}' && '{}' shares_by_kind.gp", files.string(), gnuplot->string());
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(xml_fault(read_file(svg)) == "");
}

TEST_CASE("report: where it can't stand, it says so and touches nothing", "[report]") {
  const Folder folder;
  std::ofstream(folder / "file") << "mine\n";
  fs::create_directory(folder / "mine");
  std::ofstream(folder / "mine/report.md") << "# mine\n";
  fs::create_directory(folder / "odd");
  std::ofstream(folder / "odd/report_files") << "mine\n";
  struct Case {
    std::string arguments, message;
    int status;
  };
  for (const Case& each : {
           Case{"report separable_conv -o file",
                "error: 'file' is a file; -o names the folder of a report\n", 1},
           Case{"report separable_conv -o mine",
                "error: 'mine/report.md' was not written by archcost report and is not replaced; "
                "name another folder\n",
                1},
           Case{"report separable_conv -o odd",
                "error: 'odd/report_files' is a file, and a folder of that name is needed; name "
                "another folder for the report\n",
                1},
           Case{"report separable_conv -o file/below",
                "error: 'file/below' can't be written: Not a directory\n", 1},
           Case{"report separable_conv -o -",
                "error: -o names the folder of a report, or its HTML file, not -\n", 1},
           Case{"report -o new",
                "error: name one SPEC or more; 'archcost list' shows what there is\n", 1},
           Case{"report - --sweep all -o new",
                "error: --sweep reads its spec again; put it into a file\n", 1},
           Case{"report mobilenet_v1 --sweep alpha=0.1:1:0.00001 -o new",
                "error: --sweep: 90,001 points are more than a report can hold (10,000); vary "
                "less, or use "
                "'archcost sweep'\n",
                1},
           Case{"report standard_conv --sweep all -o new",
                "error: 'standard_conv' has no parameter with 'sweep' values; say what to vary, as "
                "--sweep NAME=VALUES\n",
                1},
           Case{"report mobilenet_v1 shufflenet_v1 --sweep g=1,2 -o new",
                "--sweep g=1,2: error: 'mobilenet_v1' has no parameter 'g'; for 'shufflenet_v1' "
                "alone write --sweep shufflenet_v1:g=1,2\n",
                1},
           Case{"report mobilenet_v1 --sweep g -o new",
                "--sweep g: error: 'mobilenet_v1' has no parameter 'g'; known are 'alpha', 'rho', "
                "'widths', 'separable', 'shallow', 'se', 'reduction', 'classes'\n",
                1},
           Case{"report mobilenet_v1 --template light_weight_convolutions -o new",
                "error: --template names its networks itself; leave out SPEC, --sweep and "
                "--search\n",
                1},
           Case{"report --template light_weight -o new",
                "error: no report template or file 'light_weight'; known are "
                "'light_weight_convolutions', 'lighter_networks'\n",
                1},
           Case{"report --story no-such -o new",
                "note: --story is now --template; write --template no_such\n"
                "error: no report template or file 'no_such'; known are "
                "'light_weight_convolutions', 'lighter_networks'\n",
                1},
           Case{"report - --search 'minimize macs' -o new",
                "error: --search reads its spec again; put it into a file\n", 1},
           Case{"report separable_conv",
                "error: --output is required\n'archcost report --help' shows its options\n", 2},
       }) {
    INFO(each.arguments);
    const Run run = run_program(each.arguments, folder / "");
    CHECK(run.status == each.status);
    CHECK(run.err == each.message);
    CHECK(run.out == "");
  }
  CHECK(read_file(folder / "file") == "mine\n");
  CHECK(read_file(folder / "mine/report.md") == "# mine\n");
  CHECK_FALSE(fs::exists(folder / "new"));
  CHECK(std::distance(fs::directory_iterator(folder / "mine"), fs::directory_iterator()) == 1);
  CHECK(std::distance(fs::directory_iterator(folder / "odd"), fs::directory_iterator()) == 1);
}

TEST_CASE("report: what a spec calls itself stays text", "[report]") {
  const Folder folder;
  std::ofstream(folder / "net.yaml")
      << "name: hostile\nsource: \"a|b `c` <script>alert(1)</script> $x$ *y* ~z~\\n# no heading "
         "[l](u)\"\n"
         "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: 4, kernel: 3}\n"
         "published:\n  - {macs: 7K, source: \"x|y\", why: \"- <b>no</b> | `list`\\n# x\"}\n";
  const Run run = run_program("report net.yaml -o out", folder / "");
  CHECK(run.status == 0);
  CHECK(report_faults(folder / "out") == "");
  const std::string document = read_file(folder / "out/report.md");
  CHECK(contains(
      document,
      "\nSource: a\\|b \\`c\\` &lt;script&gt;alert(1)&lt;/script&gt; \\$x\\$ \\*y\\* \\~z\\~ "
      "# no heading \\[l\\](u).\n"));
  CHECK_FALSE(contains(document, "<b>"));
}

TEST_CASE("report: what was measured can be kept when the rest is made again", "[report]") {
  const WithoutGnuplot none;
  const Folder folder;
  const std::string out = folder.text();
  CHECK(run_program(fmt::format("report separable_conv --keep-measured -o '{}'", out)).err ==
        fmt::format("error: --keep-measured: '{}/report.md' has no measured part\n", out));
  REQUIRE(run_program(fmt::format("report separable_conv -o '{}'", out)).status == 0);
  const std::string before = read_file(folder / "report.md");
  const std::string measured =
      "\n<!-- measured -->\n\n## M\n\n[m](report_files/measured_x.csv)\n\n<!-- end of measured "
      "-->\n";
  std::ofstream(folder / "report.md") << before << measured;
  std::ofstream(folder / "report_files/measured_x.csv") << "a\n";
  REQUIRE(run_program(fmt::format("report standard_conv --keep-measured -o '{}'", out)).status ==
          0);
  const std::string after = read_file(folder / "report.md");
  CHECK(contains(after, "# standard\\_conv\n"));
  CHECK(contains(after, measured));
  CHECK_FALSE(contains(after, "keep-measured"));
  CHECK(report_faults(folder / "") == "");
  CHECK(read_file(folder / "report_files/measured_x.csv") == "a\n");
  // The kept part goes where a measured one would be, and goes with the next report.
  CHECK(after.find("## M") < after.find("## Where this comes from"));
  REQUIRE(run_program(fmt::format("report separable_conv -o '{}'", out)).status == 0);
  CHECK(read_file(folder / "report.md") == before);
  CHECK_FALSE(fs::exists(folder / "report_files/measured_x.csv"));
}

TEST_CASE("the published reports are what the specs give", "[report]") {
  const WithoutGnuplot none;
  const Folder folder;
  const std::string name = GENERATE("light_weight_convolutions", "lighter_networks");
  const fs::path published = source_dir() / "reports/published" / name;
  const Run run = run_program(fmt::format("report --template {} -o '{}'", name, folder.text()));
  REQUIRE(run.status == 0);
  const auto committed = report_texts(published);
  for (const auto& [file, text] : report_texts(folder / "")) {
    INFO(file << " differs: build/release/archcost report --template " << name
              << " --measure -o reports/published/" << name << " makes it again");
    REQUIRE(committed.contains(file));
    if (file.ends_with(".csv")) CHECK(committed.at(file) == text);
  }
  for (const auto& [file, text] : committed) {
    INFO(file);
    CHECK((fs::exists(folder / file) || file.starts_with("report_files/measured_")));
  }
  CHECK(report_faults(published) == "");
}

TEST_CASE("report: --story is accepted as --template, with a note", "[report]") {
  const WithoutGnuplot none;
  const Folder one, two;
  const Run story =
      run_program(fmt::format("report --story light-weight-convolutions -o '{}'", one.text()));
  REQUIRE(story.status == 0);
  CHECK(story.err.starts_with(
      "note: --story is now --template; write --template light_weight_convolutions\n"));
  REQUIRE(
      run_program(fmt::format("report --template light_weight_convolutions -o '{}'", two.text()))
          .status == 0);
  CHECK(report_texts(one / "") == report_texts(two / ""));
}

TEST_CASE("the published documents are what the specs give, but for what was measured",
          "[report]") {
  REQUIRE(pictures::find_gnuplot());
  const Folder folder;
  const std::string name = GENERATE("light_weight_convolutions", "lighter_networks");
  const fs::path published = source_dir() / "reports/published" / name / "report.md";
  REQUIRE(run_program(fmt::format("report --template {} -o '{}'", name, folder.text())).status ==
          0);
  const std::string document = read_file(published);
  CHECK(analytic_part(document) == read_file(folder / "report.md"));
  // What was measured names its machine.
  CHECK(contains(document, "\n<!-- measured -->\n"));
  CHECK(contains(document, "Measured 20"));
  CHECK(contains(document, fmt::format("archcost report --template {} --measure -o DIR", name)));
}

TEST_CASE("a report marks the compared networks and colours a parameter of a sweep", "[report]") {
  const WithoutGnuplot none;
  const Folder folder;
  REQUIRE(run_program(fmt::format("report resnet50 se_resnet50 -o '{}'", folder.text())).status ==
          0);
  const std::string points = read_file(folder / "report_files/accuracy_against_macs.csv");
  CHECK(contains(points, "\nresnet50,resnet50,4089.184256,76.13,"));
  CHECK(contains(points, "\nse_resnet50,se_resnet50,"));
  CHECK(contains(points, "\nothers,"));
  // The table too, and the accuracies with their recipes beside the costs.
  CHECK(read_file(folder / "report_files/accuracy.csv")
            .starts_with("spec,at,compared,top1,macs,params,front,source\n"));
  CHECK(contains(read_file(folder / "report_files/accuracy.csv"),
                 "\nresnet,resnet50,resnet50,76.13,4089184256,"));
  const std::string sides = read_file(folder / "report_files/comparison.csv");
  CHECK(contains(sides, ",accuracy,accuracy_error,recipe\nresnet50,"));
  CHECK(contains(sides, ",76.13,0.0005,torchvision\nse_resnet50,"));
  CHECK(sides.ends_with(",77.72,0.005,SE ablations\n"));
  CHECK(contains(read_file(folder / "report.md"),
                 "The accuracies are of 2 recipes, which differ by ± 0.51 points.\n"));
  const std::string sweep = "--sweep g --sweep s=0.5,1 --sweep rho";
  REQUIRE(run_program(fmt::format("report shufflenet_v1 {} --keep-scripts -o '{}'", sweep,
                                  (folder / "sweep").string()))
              .status == 0);
  CHECK(contains(read_file(folder / "sweep/report_files/sweep_cloud.csv"), "\ng = 8,g=8 s=1 rho="));
}
