// SPDX-License-Identifier: Apache-2.0
// Arguments that commands refuse or take, each before any long work.
#include <sys/wait.h>

#include <cstdlib>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

const std::string kNet =
    "name: net\nparams:\n  a: {default: 1, sweep: [1, 2]}\n  b: {default: 8}\n"
    "  widths: {default: [8, 8]}\n  gone: {default: []}\n  c: {default: 8, sweep: [8, 16]}\n"
    "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: widths(2), kernel: 3}\n"
    "  - conv: {out: c}\n  - conv: {out: b, when: a == 100 and not (1 in gone)}\n";

}  // namespace

TEST_CASE("an element of a list may be set after a colon", "[cli]") {
  const TestFolder folder;
  folder.write("net.yaml", kNet);
  const Run colon = run_program("analyze 'net.yaml:widths(2)=64'", folder.text()),
            set = run_program("analyze net.yaml --set 'widths(2)=64'", folder.text());
  CHECK(colon.status == 0);
  CHECK(colon.out == set.out);
}

TEST_CASE("elements of an empty list aren't varied", "[cli]") {
  const TestFolder folder;
  folder.write("net.yaml", kNet);
  const Run run = run_program("sweep net.yaml --vary 'gone(i)=1,2' --columns macs", folder.text());
  CHECK(run.status == 1);
  CHECK(run.err == "--vary gone(i)=1,2: error: 'gone' has no elements\n");
}

TEST_CASE("dates and times are checked", "[cli]") {
  const auto refused = [](const std::string& arguments, const std::string& why) {
    const Run run = run_program(arguments);
    INFO(arguments << "\n" << run.err);
    CHECK(run.status != 0);
    CHECK(contains(run.err, why));
  };
  const TestFolder folder;
  const std::string db = " --db " + (folder / "x.db");
  for (const std::string date : {"31.01.2026", "yesterday", "2026-1-31", "2026-01"})
    refused("db prune --before " + date + db,
            "--before " + date + ": error: write a date as 2026-01-31");
  refused("measure relu --seconds -1", "number of at least 0");
  refused("measure relu --patience 0", "number above 0");
  refused("db check relu --wait nan" + db, "number of at least 0");
}

TEST_CASE("what a spec can't hold is not left out of it silently", "[cli]") {
  const TestFolder folder;
  folder.write("net.yaml", kNet);
  const Run run = run_program("import net.yaml --input 3x16x16", folder.text());
  CHECK(run.status == 1);
  CHECK(run.err ==
        "--input 3x16x16: error: it isn't written into a spec, which has the input 3x8x8 here; set "
        "the parameter of the size, or edit 'input'\n");
  CHECK(run_program("import net.yaml --input 3x8x8", folder.text()).status == 0);
}

TEST_CASE("an exported file names the command that makes it again", "[cli]") {
  const Run run = run_program("export standard_conv --format onnx --weights zero --seed 7 -o -");
  CHECK(contains(run.out, "archcost export standard_conv --weights zero --seed 7"));
}

TEST_CASE("standard input is read once by a report", "[cli]") {
  const Run run = run_program("report - standard_conv --sweep all -o report", source_dir(), kNet);
  CHECK(run.status == 1);
  CHECK(run.err == "error: --sweep reads its spec again; put it into a file\n");
}

TEST_CASE("networks beside a search are opened before it", "[search]") {
  const Run run = run_program(
      "search mobilenet_v1 --vary alpha=0.05:1:0.00001 --vary rho=0.5:1:0.0001 --minimize "
      "macs "
      "--method enumerate --beside vgg16",
      source_dir(), "", 20);
  CHECK(run.status == 1);
  CHECK(run.err == "error: --beside vgg16: it takes settings of the specs that are searched\n");
}

TEST_CASE("a limit that can't be evaluated has no answer, and ends no search", "[search]") {
  const TestFolder folder;
  folder.write("net.yaml", kNet);
  for (const std::string method : {"auto", "enumerate", "chain", "evolve"}) {
    const Run run = run_program(
        "search net.yaml --vary 'widths(i)=1:100:1' --minimize macs --limit 'macs <= 1/0' "
        "--method " +
            method,
        folder.text());
    INFO(method << ": " << run.err);
    CHECK(run.status == (method == "chain" ? 1 : 5));
    CHECK(contains(run.out + run.err, "division by zero"));
  }
}

TEST_CASE("notes that can't be written change nothing", "[output]") {
  const TestFolder folder;
  folder.write("net.yaml", kNet);
  const std::string command = "cd '" + folder.text() + "' && '" + program() +
                              "' sweep net.yaml --vary b=8,16 --columns macs --format csv";
  CHECK(std::system((command + " >a.csv 2>/dev/null").c_str()) == 0);
  CHECK(std::system((command + " >b.csv 2>/dev/full").c_str()) == 0);
  CHECK(read_file(folder / "a.csv") == read_file(folder / "b.csv"));
}

TEST_CASE("labels of varied networks have what is set for all", "[cli]") {
  const TestFolder folder;
  folder.write("net.yaml", kNet);
  // A figure of another network's name would be taken for this one's.
  const Run run = run_program(
      "db check net.yaml --vary c=0.5 --set b=16 --stored --format csv --db " + (folder / "x.db"),
      folder.text());
  CHECK(contains(run.err, "net.yaml:b=16,c=0.5"));
}

TEST_CASE("numbers of options are decimal and within their bounds", "[cli]") {
  const TestFolder folder;
  folder.write("net.yaml", kNet);
  const auto first_line = [&](const std::string& arguments) {
    const Run run = run_program(arguments, folder.text());
    INFO(arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    return run.err.substr(0, run.err.find('\n'));
  };
  const std::string search = "search net.yaml --minimize macs --seed ",
                    analyze = "analyze net.yaml --batch ";
  for (const std::string text : {"07", "00", "1.5", "1e3", "''", "-", "x", "2x", "-01"}) {
    const std::string shown = text == "''" ? "" : text;
    CHECK(first_line(search + text) == "error: --seed: must be a whole number, not " + shown);
  }
  CHECK(first_line(search + "-1") == "error: --seed: must be at least 0, not -1");
  for (const std::string text : {"18446744073709551616", "99999999999999999999999"})
    CHECK(first_line(search + text) ==
          "error: --seed: must be at most 18446744073709551615, not " + text);
  CHECK(first_line(analyze + "9223372036854775808") ==
        "error: --batch: must be at most 9223372036854775807, not 9223372036854775808");
  CHECK(first_line(analyze + "-9223372036854775809") ==
        "error: --batch: must be at least -9223372036854775808, not -9223372036854775809");
  for (const std::string text : {"0", "-0", "7", "18446744073709551615"})
    CHECK(run_program(search + text, folder.text()).status == 0);
  for (const std::string text : {"0", "-1", "-9223372036854775808"})
    CHECK(run_program(analyze + text, folder.text()).err ==
          "--batch " + text + ": error: a batch has at least one image\n");
  CHECK(run_program(analyze + "1", folder.text()).status == 0);
  for (const std::string text : {"0", "-1", "1e400", "nan", "inf", "0x10", "1,5", "''"}) {
    const std::string shown = text == "''" ? "" : text;
    CHECK(first_line("analyze net.yaml --bandwidth-gbs 1 --peak-gflops " + text) ==
          "error: --peak-gflops: must be a number above 0, not " + shown);
  }
  for (const std::string text : {"0.5", ".5", "5.", "1e-3"})
    CHECK(run_program("analyze net.yaml --bandwidth-gbs 1 --peak-gflops " + text, folder.text())
              .status == 0);
}

TEST_CASE("arguments that are missing or too many are counted", "[cli]") {
  const auto said = [](const std::string& arguments) {
    const Run run = run_program(arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    return run.err;
  };
  const auto help = [](const std::string& command) {
    return "\n'archcost " + command + " --help' shows its options\n";
  };
  CHECK(said("db compare 1 2 3 4 5") ==
        "error: MACHINES takes at most 2, and here are 5" + help("db compare"));
  CHECK(said("compare resnet18") ==
        "error: SPEC: at least 2 are needed, and here is 1" + help("compare"));
  CHECK(said("diff a b c") == "error: unexpected argument 'c'" + help("diff"));
  CHECK(said("conventions resnet18 --from") ==
        "error: --from needs a value: NAME" + help("conventions"));
  CHECK(said("analyze") == "error: SPEC is required" + help("analyze"));
  CHECK(said("report resnet18") == "error: --output is required" + help("report"));
  CHECK(said("lighten resnet18 --sort peak_memori") ==
        "error: --sort: must be params, macs, activations, peak_memory or latency, not "
        "'peak_memori'; did you mean 'peak_memory'?" +
            help("lighten"));
  CHECK(said("sweeep mobilenet_v1") ==
        "error: unknown command 'sweeep'; did you mean 'sweep'?; 'archcost --help' shows all\n");
  CHECK(said("qqqqqqqq") == "error: unknown command 'qqqqqqqq'; 'archcost --help' shows all\n");
}
