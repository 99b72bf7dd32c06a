// SPDX-License-Identifier: Apache-2.0
// search as a process: what people see, files, parts, interruptions.
#include <fmt/core.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

std::string first_row(const std::string& csv) {
  const std::size_t line = csv.find('\n') + 1;
  return csv.substr(line, csv.find('\n', line) - line);
}

const std::string kBig =
    "search mobilenet_v1 --vary alpha=0.1:1:0.0005 --vary rho=0.3:1:0.0005 --maximize params "
    "--minimize macs --limit \"macs <= 200M\" --threads 1 --format csv";

}  // namespace

TEST_CASE("the examples of the README come out as published", "[search]") {
  const Run v1 = run_program(
      "search mobilenet_v1 --maximize accuracy --limit \"macs <= 150M\" --limit \"params <= 2M\" "
      "--format csv");
  CHECK(v1.status == 0);
  CHECK(first_row(v1.out) ==
        "0.5,1,63.3,0.05,149497088,1331592,accuracy,archcost analyze mobilenet_v1 --set alpha=0.5 "
        "--set rho=1");
  CHECK(v1.err.find("16 candidates, all evaluated: the order is exact.\n") != std::string::npos);
  CHECK(v1.err.find("8 of 16 fit; macs <= 150M rules out 7, params <= 2M rules out 8.\n") !=
        std::string::npos);
  const Run shuffle = run_program(
      "search shufflenet_v1 --vary g --vary s --maximize accuracy --limit \"macs <= 40M\" --format "
      "csv");
  CHECK(shuffle.status == 0);
  CHECK(shuffle.out.starts_with("g,s,accuracy,accuracy_error,macs,params,best,command\n"));
}

TEST_CASE("a request that nothing meets says which limit binds, and has status 5", "[search]") {
  const Run run = run_program(
      "search mobilenet_v1 --maximize accuracy --limit \"macs <= 10M\" --limit \"params <= 2M\" "
      "--format csv");
  CHECK(run.status == 5);
  CHECK(run.err.find("macs <= 10M binds: the nearest misses it by 35.7 % (macs 13.57M).\n") !=
        std::string::npos);
  CHECK(first_row(run.out) ==
        "0.25,0.5714285714285714,41.5,0.05,13570048,470072,macs <= 10M by 35.7 %,archcost analyze "
        "mobilenet_v1 "
        "--set alpha=0.25 --set rho=4/7");
  const Run both = run_program(
      "search mobilenet_v1 --minimize params --limit \"macs <= 100M\" --limit \"params >= 4M\"");
  CHECK(both.status == 5);
  CHECK(both.out.find("Each limit can be met by some design, all together by none.") !=
        std::string::npos);
}

TEST_CASE("points for which a limit has no answer are counted and explained", "[search]") {
  const std::string search =
      "search mobilenet_v1 --minimize macs --limit \"params / (alpha - 0.5) >= 4M\" --format csv";
  const Run run = run_program(search);
  CHECK(run.status == 0);
  CHECK(first_row(run.out) ==
        "0.75,0.5714285714285714,106770432,2585560,macs,archcost analyze mobilenet_v1 --set "
        "alpha=0.75 --set "
        "rho=4/7");
  CHECK(run.err ==
        "16 candidates, all evaluated: the order is exact.\n"
        "Tried: mobilenet_v1 alpha=0.25,0.5,0.75,1 rho=4/7,5/7,6/7,1 (--vary NAME=VALUES tries "
        "others).\n"
        "4 of 16 were left out, because a condition has no answer: 4: --limit params / (alpha - "
        "0.5) >= 4M: division by zero in 'params / (alpha - 0.5) >= 4M'.\n"
        "8 of 12 fit; params / (alpha - 0.5) >= 4M rules out 4.\n");
  const Run evolved = run_program(search + " --method evolve");
  CHECK(evolved.out == run.out);
  CHECK(evolved.status == 0);
  const Run none =
      run_program("search mobilenet_v1 --minimize macs --limit \"macs / (rho - rho) < 3\"");
  CHECK(none.status == 5);
}

TEST_CASE("the first design as a spec has the figures of the design", "[search]") {
  const TestFolder folder;
  const std::string file = folder / "best.yaml";
  for (const std::string search :
       {"mobilenet_v1 --maximize accuracy --limit \"macs <= 150M\"",
        "mobilenet_v1 --vary \"widths(3)=64:128:8\" --vary \"widths(14)=512,768\" --maximize "
        "entropy --limit \"macs <= 540M\"",
        "se_resnet50 --vary \"se_stages=subsets([4,5])\" --vary reduction=2,8 --maximize params "
        "--limit \"params <= 27M\"",
        "shufflenet_v1 --vary g --vary s --minimize macs",
        "mobilenet_v2 --maximize accuracy --limit \"macs <= 100M\"",
        "resnet --vary gate=tanh,relu --vary se=1 --set depth=18 --minimize params"}) {
    INFO(search);
    const Run run =
        run_program("search " + search + " --format jsonl -o " + (folder / "rows.jsonl"));
    REQUIRE(run.status == 0);
    REQUIRE(run_program("search " + search + " -o " + file).status == 0);
    const std::string rows = read_file(folder / "rows.jsonl");
    const std::size_t at = rows.find("\"command\":\"") + 11;
    const std::string command = rows.substr(at + 9, rows.find("\"}", at) - at - 9);
    const Run by_command = run_program(command + " --format csv"),
              by_spec = run_program("analyze " + file + " --format csv");
    CHECK(by_command.status == 0);
    CHECK(by_spec.status == 0);
    CHECK(by_spec.out == by_command.out);
  }
}

TEST_CASE("spaces: a section of the spec, a file, the command line", "[search]") {
  const TestFolder folder;
  folder.write("net.yaml", R"(name: net
params:
  c: {default: [8, 16]}
  k: {default: 3, choices: [3, 5]}
input: {channels: 3, height: 16, width: 16}
layers:
  - conv: {name: a, out: c(1), kernel: k}
  - conv: {name: b, out: c(2), kernel: 3}
search:
  vary:
    c(i): 4:c(i):4
    k: [3, 5]
  where:
    - c(2) >= 2 * c(1)
)");
  folder.write("space.yaml", "vary: {c(1): [8, 16]}\nwhere: [c(1) < 16]\n");
  const std::string net = folder / "net.yaml";
  const Run section = run_program("search " + net + " --maximize params --top 100 --format csv");
  CHECK(section.status == 0);
  CHECK(std::count(section.out.begin(), section.out.end(), '\n') ==
        1 + 8);  // (4, 8), (4, 12), (4, 16), (8, 16), each with two k
  CHECK(section.err.find("8 of 16 don't meet the conditions of the space.") != std::string::npos);
  CHECK(first_row(section.out).starts_with("\"[8, 16]\",5,1752,448512,params,"));
  const Run file = run_program("search " + net + " --space " + (folder / "space.yaml") +
                               " --maximize params --format csv");
  CHECK(std::count(file.out.begin(), file.out.end(), '\n') == 1 + 1);
  const Run line = run_program(
      "search " + net +
      " --vary \"c(1)=4\" --vary \"c(2)=12:16:4\" --vary k=3 --maximize params --format csv");
  CHECK(std::count(line.out.begin(), line.out.end(), '\n') == 1 + 2);
}

TEST_CASE("what a search section gets wrong is told with its place", "[search]") {
  const TestFolder folder;
  const auto error = [&](const std::string& vary) {
    folder.write("net.yaml",
                 "name: net\nparams: {a: {default: 1, max: 2}, ws: {default: [8, 16]}}\n"
                 "input: {channels: 3, height: 8, width: 8}\n"
                 "layers:\n  - conv: {out: ws(1) * a}\nsearch:\n  vary:\n    " +
                     vary + "\n");
    const Run run = run_program("search net.yaml --minimize macs", folder / "");
    CHECK(run.status == 1);
    return run.err.substr(0, run.err.find('\n'));
  };
  CHECK(error("a: 2:1:0.5") ==
        "net.yaml:8:5: error: the range is empty: 2 is above 1; write 1:2:0.5");
  CHECK(error("a: 1:2:0") ==
        "net.yaml:8:5: error: the step is 0; write FROM:TO:STEP with a step above 0");
  CHECK(error("a: [1, 3]") == "net.yaml:8:5: error: parameter 'a' must be at most 2, not 3");
  CHECK(error("a(1): [1, 2]") == "net.yaml:8:5: error: 'a' is 1, not a list: it has no elements");
  CHECK(error("ws(3): [8, 16]") ==
        "net.yaml:8:5: error: 'ws' has elements 1 to 2; write "
        "ws(1)=VALUES, or ws(i)=VALUES for all of them");
}

TEST_CASE("parts joined are the result of one run", "[search]") {
  const TestFolder folder;
  const std::string whole = folder / "whole.csv";
  REQUIRE(run_program(kBig + " -o " + whole).status == 0);
  std::string parts;
  for (int k = 1; k <= 3; ++k) {
    const std::string part = folder / fmt::format("part{}", k);
    REQUIRE(run_program(fmt::format("{} --shard {}/3 -o {}", kBig, k, part)).status == 0);
    parts += " " + part;
  }
  CHECK(run_program(kBig + " -o " + (folder / "joined.csv") + " --join" + parts).status == 0);
  CHECK(read_file(folder / "joined.csv") == read_file(whole));
  const Run missing =
      run_program(kBig + " --join " + (folder / "part1") + " " + (folder / "part3"));
  CHECK(missing.status == 1);
  CHECK(missing.err.find("a part is missing") != std::string::npos);
}

TEST_CASE("parts of an evolution are searches of their own, and join to one front", "[search]") {
  const TestFolder folder;
  const std::string command =
      "search mobilenet_v1 --vary alpha=0.25:1:0.01 --vary rho=0.3:1:0.01 --maximize entropy "
      "--minimize macs --method evolve --evaluations 3000 --format csv";
  std::string parts;
  std::vector<std::string> texts;
  for (int k = 1; k <= 3; ++k) {
    const std::string part = folder / fmt::format("part{}", k);
    REQUIRE(run_program(fmt::format("{} --shard {}/3 -o {}", command, k, part)).status == 0);
    texts.push_back(read_file(part));
    CHECK(texts.back().find(",\"parts\":3,") != std::string::npos);
    CHECK(texts.back().find("\"counts\":[1000,") != std::string::npos);
    parts += " " + part;
  }
  CHECK(texts[0].substr(texts[0].find("\"designs\":")) !=
        texts[1].substr(texts[1].find("\"designs\":")));
  const Run joined = run_program(command + " --join" + parts);
  CHECK(joined.status == 0);
  CHECK(joined.err.find("Stop reason: all 3 parts ended, after 3,000 evaluations.") !=
        std::string::npos);
  // Nothing that a part found is better than the joined front.
  for (const std::string& text : texts) CHECK(text.find("design") != std::string::npos);
  const Run missing = run_program(command + " --join " + (folder / "part1 ") + (folder / "part3"));
  CHECK(missing.err == "error: --join: a part is missing: part 1 to 2\n");
  CHECK(
      run_program("search mobilenet_v1 --maximize entropy --vary \"widths(i)=8:widths(i):8\" "
                  "--limit \"macs <= 293870000\" --shard 1/2 -o " +
                  (folder / "chain"))
          .err ==
      "error: --shard: a search along the chain takes seconds and isn't divided; leave it out, or "
      "take --method evolve\n");
}

TEST_CASE("a search that was killed or interrupted goes on to the same result", "[search]") {
  const TestFolder folder;
  const std::string rest = folder / "rest.csv", undisturbed = folder / "undisturbed.csv";
  const std::string command =  // some seconds
      GENERATE(values<std::string>(
          {"search mobilenet_v1 --vary alpha=0.1:1:0.0002 --vary rho=0.3:1:0.00015 "
           "--limit \"macs <= 200M\"",
           "search mobilenet_v1 --vary \"widths(i)=8:widths(i):8\" --method evolve "
           "--evaluations 1500000"})) +
      " --maximize entropy --minimize macs --threads 1 --format csv -o ";
  constexpr int kPatience = 600;  // seconds; under the thread sanitizer it takes a minute and more
  const Run whole = run_program(command + undisturbed, source_dir(), "", kPatience);
  REQUIRE(whole.status == 0);
  for (int signal : {SIGKILL, SIGINT}) {
    INFO(signal);
    fs::remove(rest);
    const int status = run_and_signal(command + rest, signal, 0, rest + ".state");
    REQUIRE((WIFSIGNALED(status) || WEXITSTATUS(status) == 130));
    // An evolution shows the front so far.
    if (signal == SIGINT) CHECK(fs::exists(rest) == (command.find("evolve") != std::string::npos));
    const Run again = run_program(command + rest);
    CHECK(again.status == 1);
    CHECK(again.err ==
          fmt::format("error: '{0}.state' holds an unfinished search: continue with --resume, or "
                      "remove it to start again\n",
                      rest));
    const Run resumed = run_program(command + rest + " --resume", source_dir(), "", kPatience);
    CHECK(resumed.status == 0);
    CHECK(resumed.err.find("continuing after ") == 0);
    // The counts of both parts together.
    CHECK(resumed.err.substr(resumed.err.find('\n') + 1) == whole.err);
    CHECK(read_file(rest) == read_file(undisturbed));
    for (const char* end : {".state", ".points-1", ".figures"}) CHECK(!fs::exists(rest + end));
  }
}

TEST_CASE("a complete part of a search leaves no state behind", "[search]") {
  const TestFolder folder;
  const std::string command =
      "search mobilenet_v1 --vary alpha=0.25,0.5 --minimize macs "
      "--method evolve --shard 1/2 -o part.csv --resume";
  CHECK(run_program(command, folder.text()).err.empty());
  // As where it is killed before it has removed them.
  for (const char* end : {".state", ".points-1"}) folder.write(std::string("part.csv") + end, "x");
  CHECK(run_program(command, folder.text()).err ==
        "'part.csv' is part 1/2 already, and complete\n");
  for (const char* end : {".state", ".points-1"})
    CHECK(!fs::exists(folder / (std::string("part.csv") + end)));
}

TEST_CASE("a hangup that nohup ignores stops nothing", "[search][cli]") {
  const TestFolder folder;
  const std::string rows = folder / "rows.csv";
  const auto before = std::signal(SIGHUP, SIG_IGN);
  const int status = run_and_signal(
      "sweep mobilenet_v1 --vary alpha=0.1:1:0.0005 --vary rho=0.3:1:0.001 --columns macs -o " +
          rows,
      SIGHUP, 0, rows + ".part");
  std::signal(SIGHUP, before);
  CHECK(status == 0);
  CHECK(fs::exists(rows));
}

TEST_CASE("searches that can't be done are refused with the remedy", "[search]") {
  const auto error = [](const std::string& arguments) {
    const Run run = run_program("search " + arguments);
    CHECK(run.status == 1);
    return run.err;
  };
  CHECK(error("mobilenet_v1") ==
        "error: say what is best: --minimize macs, or --maximize accuracy; --limit alone says what "
        "is allowed\n");
  CHECK(error("mobilenet_v1 --minimize mac") ==
        "--minimize mac: error: no cost 'mac'; did you mean 'macs'?\n");
  CHECK(error("mobilenet_v1 --minimize macs --limit \"mcas <= 3M\"") ==
        "--limit mcas <= 3M: error: 'mcas' is neither a parameter of 'mobilenet_v1' nor a cost; "
        "did you mean 'macs'?\n");
  CHECK(error("mobilenet_v1 --minimize macs --limit 3M") ==
        "--limit 3M: error: it must be a condition, as macs <= 150M\n");
  CHECK(error("mobilenet_v1 --minimize macs --vary \"widths(15)=8,16\"") ==
        "--vary widths(15)=8,16: error: 'widths' has elements 1 to 14; write widths(1)=VALUES, or "
        "widths(i)=VALUES for all of them\n");
  CHECK(error("mobilenet_v1 --minimize macs --vary \"alpha(1)=8,16\"") ==
        "--vary alpha(1)=8,16: error: 'alpha' is 1, not a list: it has no elements\n");
  CHECK(error("mobilenet_v1 --maximize accuracy,accuracy") ==
        "error: 'accuracy' is an objective twice\n");
  CHECK(error("mobilenet_v1 --minimize macs --method chain --maximize params") ==
        "error: --method chain: it takes one objective\n");
  CHECK(error("mobilenet_v1 --minimize macs --resume") == "error: --resume needs -o FILE\n");
  CHECK(error("group_conv --vary g=1,2 --maximize accuracy") ==
        "error: 'group_conv' has no accuracy figures; give a table of your own: --accuracy "
        "FILE.csv\n");
}

TEST_CASE("a search takes the recipe with figures for most candidates and says so", "[search]") {
  const Run run = run_program(
      "search resnet --vary depth=18,34,50,101,152 --maximize accuracy --minimize macs --format "
      "csv");
  CHECK(run.status == 0);
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') >= 5);
  CHECK(run.err.find("Accuracy by recipe: resnet 'torchvision' for 5 of 5 candidates, ") !=
        std::string::npos);
  const Run families = run_program(
      "search shufflenet_v1 shufflenet_v2 --maximize accuracy --limit \"macs <= 100M\" --format "
      "csv");
  CHECK(families.status == 0);
  CHECK(families.out.find("\nshufflenet_v2,") != std::string::npos);
  // A recipe that one of the specs has is taken for that one.
  const Run wanted = run_program(
      "search shufflenet_v1 shufflenet_v2 --maximize accuracy --limit 'macs <= 60M' --recipe "
      "megvii-model/ShuffleNet-Series");
  CHECK(wanted.status == 0);
  CHECK(contains(wanted.out + wanted.err,
                 "'shufflenet_v1' has no recipe 'megvii-model/ShuffleNet-Series'; its 'paper'"));
  CHECK(families.err.find("The specs share no recipe with figures for all; recipes differ by ± ") !=
        std::string::npos);
}

TEST_CASE("a spec of several is named without its settings where that is clear", "[search]") {
  const std::string search =
      " --vary shufflenet_v1:g=1 --vary shufflenet_v2:s=0.5,1 --minimize macs --format csv";
  const Run run = run_program("search shufflenet_v1 shufflenet_v2:authors=1" + search);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "shufflenet_v2:authors=1,,0.5,"));
  CHECK(run_program("search shufflenet_v1 shufflenet_v2:authors=1 shufflenet_v2:authors=0" + search)
            .err ==
        "--vary shufflenet_v2:s=0.5,1: error: 'shufflenet_v2' may be 'shufflenet_v2:authors=0' or "
        "'shufflenet_v2:authors=1'; write the one that is meant\n");
  const std::string wrong = "error: parameter 's' must be 0.5, 1, 1.5 or 2, not 0.55\n";
  CHECK(
      run_program("search shufflenet_v1 shufflenet_v2 --vary shufflenet_v2:s=0.55 --minimize macs")
          .err == "--vary shufflenet_v2:s=0.55: " + wrong);
}

TEST_CASE("what an evolution finds does not depend on --top", "[search]") {
  const auto rows = [](int top) {
    const Run run = run_program(
        "search mobilenet_v2 --vary 'widths(i)=8:widths(i):8' --maximize entropy --limit 'macs <= "
        "150M' --method evolve --evaluations 1500 --format csv --top " +
        std::to_string(top));
    CHECK(run.status == 0);
    return archcost::split(run.out, '\n');
  };
  const std::vector<std::string> ten = rows(10), one = rows(1), many = rows(25);
  REQUIRE(ten.size() == 12);  // with the header, and behind the last line
  REQUIRE(one.size() == 3);
  REQUIRE(many.size() == 27);
  // What is best in something is told of the rows that are shown.
  const auto design = [](const std::string& row) { return row.substr(0, row.rfind(",archcost ")); };
  CHECK(design(one[1]) == design(ten[1]));
  for (std::size_t k = 1; k <= 10; ++k) CHECK(design(many[k]) == design(ten[k]));
}

TEST_CASE("where much of a limit is unused, values in between are proposed", "[search]") {
  const std::string hint =
      "The best uses 40 % of macs <= 100M: other values may use more, as --vary shufflenet_v1:g "
      "--vary shufflenet_v1:s=0.25:2:0.05";
  const std::string search =
      "search shufflenet_v1 shufflenet_v2 --maximize accuracy --limit 'macs <= 100M' ";
  CHECK(contains(run_program(search + "--format csv").err, "\n" + hint + "\n"));
  CHECK(contains(run_program(search).out,
                 "\n\nThe best uses 40 % of macs <= 100M: other values may use more, as --vary\n"
                 "  shufflenet_v1:g --vary shufflenet_v1:s=0.25:2:0.05\n164 candidates, all "
                 "evaluated: the order of the 21 with figures is exact.\n"));
  // What it proposes finds a design that uses more and is better.
  const Run better = run_program(
      search + "--vary shufflenet_v1:g --vary shufflenet_v1:s=0.25:2:0.05 --top 1 --format csv");
  CHECK(better.status == 0);
  CHECK(contains(better.out, "\nshufflenet_v1,4,0.85,"));
  CHECK(!contains(better.err, "The best uses"));
  // A limit that is used, and one that all candidates meet.
  for (const std::string limit : {"macs <= 150M", "macs <= 100G"})
    CHECK(!contains(
        run_program("search mobilenet_v1 --maximize accuracy --limit '" + limit + "'").out,
        "The best uses"));
  const Run one = run_program(
      "search mobilenet_v1 --maximize entropy --limit 'macs <= 560M' "
      "--vary alpha=0.5,1 --format csv");
  CHECK(contains(one.err,
                 "The best uses 27 % of macs <= 560M: other values may use more, as --vary "
                 "alpha=0.5:1:0.025\n"));
}

TEST_CASE("entropy in a search is that of a sweep", "[search][cli]") {
  const std::string space = " mobilenet_v1 --set rho=1 --vary alpha=0.5,1 ";
  const std::string searched =
      first_row(run_program("search" + space + "--maximize entropy --top 1 --format csv").out);
  const std::string swept =
      run_program("sweep" + space + "--columns entropy --sort entropy:desc --format csv").out;
  const std::string value = first_row(swept).substr(first_row(swept).find(',') + 1);
  CHECK(contains(searched, "," + value + ","));
}
