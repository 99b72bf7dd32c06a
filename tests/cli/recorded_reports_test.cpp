// SPDX-License-Identifier: Apache-2.0
// The measured parts of reports: recorded events take the place of oneDNN's kernels, and a Python
// package that only behaves as ONNX Runtime does that of the other engine.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/recorded_kernels.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

/// Networks of one layer; of oneDNN they take 2 ms, of ONNX Runtime 1 ms.
struct RecordedReport : Recorded {
  RecordedReport() {
    setenv("PYTHONPATH", (source_dir() / "tests/runner/fake_onnxruntime").c_str(), 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    write("two.yaml",
          "name: two\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n"
          "  - conv: {name: a, out: 8}\n");
    set_blocks(false);
  }
  ~RecordedReport() {
    for (const char* name : {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "FAKE_ONNXRUNTIME"})
      unsetenv(name);
  }
  RecordedReport(const RecordedReport&) = delete;
  RecordedReport& operator=(const RecordedReport&) = delete;

  /// The report that a command writes without a word on standard error.
  std::string report(const std::string& arguments) const {
    const Run done = run("report " + arguments + " -o made");
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(done.err.empty());
    CHECK(done.out == "made/report.md\n");
    return read_file(*this / "made/report.md");
  }
};

/// From a line that begins so to the next heading of that level.
std::string section_of(const std::string& report, const std::string& heading) {
  const std::size_t at = report.find("\n" + heading + "\n");
  if (at == std::string::npos) return "";
  return report.substr(at + 1, report.find("\n## ", at + 3) - at);
}

}  // namespace

TEST_CASE("a report has every network on each engine, side by side", "[report][engines]") {
  const RecordedReport recorded;
  const std::string report =
      recorded.report("one.yaml two.yaml --measure --engine onednn,onnxruntime --blocks 2");
  const std::string engines = section_of(report, "## Measured: engines side by side");
  CHECK(contains(engines,
                 "The same networks with the same weights on oneDNN 2.6.3 and ONNX Runtime 1.30.0, "
                 "one after the other.\n\n"
                 "| network  |  macs |   onednn | onnxruntime | onnxruntime/onednn |\n"
                 "| -------- | ----: | -------: | ----------: | -----------------: |\n"
                 "| one.yaml |   768 | 1.900 ms |    1.000 ms |              0.526 |\n"
                 "| two.yaml | 1,536 | 1.900 ms |    1.000 ms |              0.526 |\n"));
  CHECK(contains(engines,
                 "\n### two.yaml\n\n"
                 "| kind            | macs % |       onednn | time % |  onnxruntime | time % | "
                 "onnxruntime/onednn |\n"));
  CHECK(contains(report,
                 "\narchcost report one.yaml two.yaml --measure --engine onednn,onnxruntime "
                 "--blocks 2 -o DIR\n"));
  CHECK(contains(report, "\narchcost report one.yaml two.yaml -o DIR\n"));
  const std::vector<nlohmann::json> asked = recorded.asked();
  REQUIRE(asked.size() == 2);  // oneDNN runs each once
  for (const nlohmann::json& one : asked) CHECK(one["blocks"] == 2);
  // The first of the engines is that of the other measured parts.
  const std::string reversed = recorded.report("one.yaml --measure --engine onnxruntime,onednn");
  CHECK(contains(reversed, ", 1 thread, with ONNX Runtime 1.30.0 (Python)"));
  CHECK(contains(section_of(reversed, "## Measured: engines side by side"),
                 "| network  | macs | onnxruntime |   onednn | onednn/onnxruntime |\n"));
  // Of one engine there is nothing to compare.
  const std::string single = recorded.report("one.yaml --measure --engine onnxruntime");
  CHECK(contains(single, "\narchcost report one.yaml --measure --engine onnxruntime -o DIR\n"));
  CHECK_FALSE(contains(single, "engines side by side"));
}

TEST_CASE("a measured part is kept while the rest is made again", "[report]") {
  const RecordedReport recorded;
  const std::string measured = recorded.report("one.yaml --measure");
  recorded.set_blocks(false, {3e-3, 3e-3, 3e-3});
  recorded.asked();
  const std::string kept = recorded.report("one.yaml --convention fvcore --keep-measured");
  CHECK(recorded.asked().empty());
  const std::string heading = "## Measured: time beside multiply-adds";
  CHECK(!section_of(measured, heading).empty());
  CHECK(section_of(kept, heading) == section_of(measured, heading));
  CHECK(contains(kept, "\n3x8x8, batch 1, convention: fvcore, f32\n"));
  CHECK(
      contains(kept, "\nMade by archcost 0.1.0. This command reproduces the analytic parts byte"));
  CHECK(contains(kept, "\narchcost report one.yaml --convention fvcore -o DIR\n"));
  CHECK(fs::exists(recorded / "made/report_files/measured_layers.csv"));
  const std::string plain = recorded.report("one.yaml");
  CHECK_FALSE(contains(plain, "Measured"));
  CHECK_FALSE(fs::exists(recorded / "made/report_files/measured_layers.csv"));
  for (const std::string folder : {"made", "none"}) {
    const Run none = recorded.run("report one.yaml --keep-measured -o " + folder);
    CHECK(none.status == 1);
    CHECK(none.err == "error: --keep-measured: '" + folder + "/report.md' has no measured part\n");
  }
  CHECK_FALSE(fs::exists(recorded / "none"));
}

TEST_CASE("a report has times of lighter networks", "[report][latency]") {
  const RecordedReport recorded;
  const auto lighter = [&](const std::string& arguments) {
    return section_of(recorded.report("one.yaml --lighten --measure" + arguments),
                      "## Measured: lighter networks");
  };
  const std::string table =
      "| network             | macs | ratio |     time | ratio |   GFLOP/s |\n"
      "| ------------------- | ---: | ----: | -------: | ----: | --------: |\n"
      "| one.yaml            |  768 | 1.000 | 2.000 ms | 1.000 | 0.0007680 |\n"
      "| +resolution:rho=5/7 |  432 | 0.562 | 2.000 ms | 1.000 | 0.0004320 |\n\n"
      "time: measured on this machine, ";
  CHECK(contains(lighter(""), table + "1 thread\n"));
  CHECK(contains(lighter(" --threads 2"), table + "2 threads\n"));
  // On a busy machine there is no time.
  recorded.set_blocks(true);
  const Run busy = recorded.run("report one.yaml --lighten --measure -o busy");
  CHECK(busy.status == 3);
  const std::string what =
      ": unstable: no good block of 3: the process was interrupted in 3; on a quiet machine it "
      "takes at most 1.5 ms, the fastest of 36 passes\n";
  CHECK(busy.err == "warning: one.yaml" + what + "warning: one.yaml+resolution:rho=5/7" + what +
                        "warning: one" + what +
                        "error: the machine was too busy, and the report says so: no figures of "
                        "one.yaml, one.yaml+resolution:rho=5/7, one; stop other programs, or "
                        "accept it with --allow-unstable\n");
  CHECK_FALSE(
      contains(section_of(read_file(recorded / "busy/report.md"), "## Measured: lighter networks"),
               " ms |"));
}

TEST_CASE("measured sections of a template name their engines", "[report][engines]") {
  const RecordedReport recorded;
  recorded.write("template.yaml",
                 "title: Template\nnetworks:\n  small: one.yaml\nsections:\n"
                 "  - heading: Measured\n    measured: true\n    blocks:\n"
                 "      - text: \"It takes {seconds(small) | seconds} and {seconds(small, "
                 "onnxruntime) | seconds}.\"\n"
                 "      - engines: {name: measured_engines, networks: [small], engines: [onednn, "
                 "onnxruntime]}\n");
  const std::string report = recorded.report("--template template.yaml --measure --blocks 3");
  CHECK(contains(report, "\nIt takes 2.000 ms and 1.000 ms.\n"));
  CHECK(contains(report, "| small   |  768 | 1.900 ms |    1.000 ms |              0.526 |\n"));
  CHECK(contains(report, ", 1 thread, with oneDNN 2.6.3 (avx2), f32. This command "));
  std::vector<nlohmann::json> asked = recorded.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0]["blocks"] == 3);
  CHECK_FALSE(contains(recorded.report("--template template.yaml"), "Measured"));
  CHECK(recorded.asked().empty());
  // An engine that is missing is told before anything is measured.
  setenv("FAKE_ONNXRUNTIME", "missing", 1);
  const Run missing = recorded.run("report --template template.yaml --measure -o missing");
  CHECK(missing.status == 3);
  CHECK(missing.err.starts_with("error: ONNX Runtime can't be run here:\n"));
  CHECK(recorded.asked().empty());
  CHECK_FALSE(fs::exists(recorded / "missing"));
}

TEST_CASE("the old name of --template works, with a note", "[report]") {
  const RecordedReport recorded;
  recorded.write("my_template.yaml",
                 "title: Template\nnetworks:\n  small: one.yaml\nsections:\n"
                 "  - blocks:\n      - text: \"It has {macs(small) | integer} multiply-adds.\"\n");
  const Run run = recorded.run("report --story my-template.yaml -o old");
  CHECK(run.status == 0);
  CHECK(run.err == "note: --story is now --template; write --template my_template.yaml\n");
  const std::string report = read_file(recorded / "old/report.md");
  CHECK(contains(report, "\nIt has 768 multiply-adds.\n"));
  CHECK(contains(report, "\narchcost report --template my_template.yaml -o DIR\n"));
  CHECK(recorded.report("--template my_template.yaml") == report);
}

TEST_CASE("a report without gnuplot has no pictures, and leaves the folders of others",
          "[report]") {
  const RecordedReport recorded;
  setenv("ARCHCOST_GNUPLOT", (recorded / "none").c_str(), 1);
  const std::string own = fmt::format("made/.archcost-report.{}.part", getpid());
  const std::vector<std::string> others = {own, "made/.archcost-report.999999999.partly",
                                           "made/.archcost-report.x.part"};
  for (const std::string& folder : others) fs::create_directories(recorded / folder);
  fs::create_directory(recorded / "made/.archcost-report.999999999.part");
  const Run run = recorded.run("report one.yaml -o made");
  unsetenv("ARCHCOST_GNUPLOT");
  CHECK(run.status == 0);
  CHECK(run.err ==
        "warning: pictures are missing: gnuplot was not found (on Debian, the package "
        "gnuplot-nox)\n");
  for (const std::string& folder : others) CHECK(fs::exists(recorded / folder));
  CHECK_FALSE(fs::exists(recorded / "made/.archcost-report.999999999.part"));
  CHECK(fs::exists(recorded / "made/report_files/by_kind.csv"));
  CHECK_FALSE(fs::exists(recorded / "made/report_files/shares_by_kind.svg"));
  CHECK_FALSE(fs::exists(recorded / "made/report_files/shares_by_kind.gp"));
}

TEST_CASE("a report of a network without a kernel that ran has no roofline", "[report]") {
  const RecordedReport recorded;
  recorded.set_blocks(false, {0, 0, 0}, "SIGSEGV");
  const Run done = recorded.run("report one.yaml --measure --blocks 2 -o made");
  CHECK(done.status == 0);
  const std::string report = read_file(recorded / "made/report.md");
  CHECK(contains(report, "\n'a' did not run (no kernel): the total is incomplete\n"));
  CHECK(contains(report, "measured_by_kind"));
  CHECK(!contains(report, "roofline"));
}
