// SPDX-License-Identifier: Apache-2.0
// What commands refuse, with the whole message; lists of networks; parts that are there already.
#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/figures_folder.hpp"
#include "cli/latency_folder.hpp"
#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct TwoSpecs : TestFolder {
  TwoSpecs() {
    write("net.yaml",
          "name: net\nparams:\n  b: {default: 8, sweep: [8, 16]}\n  c: {default: 4, sweep: [4, "
          "1/2]}\n  mode: {default: x, choices: [x, y]}\n"
          "input: {channels: 3, height: 8, width: 6}\n"
          "layers:\n  - conv: {out: b, kernel: 3}\n  - conv: {out: c, when: mode == x}\n");
    write("lat.yaml",
          "name: lat\nparams:\n  c: {default: 8, sweep: [8, 16]}\n"
          "input: {channels: 3, height: 8, width: 6}\n"
          "layers:\n  - conv: {out: c, kernel: 3}\n  - conv: {out: 4}\n");
  }
  Run run(const std::string& arguments) const { return run_program(arguments, text()); }
};

using Refusals = std::vector<std::pair<std::string, std::string>>;

void check_refusals(const TestFolder& folder, const std::string& command,
                    const Refusals& refusals) {
  for (const auto& [arguments, message] : refusals) {
    INFO(command << arguments);
    const Run run = run_program(command + arguments, folder.text());
    CHECK(run.status == 1);
    CHECK(run.out.empty());
    CHECK(run.err == message + "\n");
  }
}

}  // namespace

TEST_CASE("sweep refuses options that don't go together", "[cli][sweep]") {
  const TwoSpecs folder;
  const std::string in_order =
      " is for rows in the order of the points: --format csv, json, jsonl "
      "or npy, without --sort and --top";
  check_refusals(
      folder, "sweep ",
      {{"lat.yaml --shard 1/2",
        "error: --shard is for rows in the order of the points: --format csv, jsonl or npy, "
        "without "
        "--sort and --top"},
       {"lat.yaml --shard 1/2 --format csv", "error: --shard needs -o FILE"},
       {"lat.yaml --resume --format csv", "error: --resume needs -o FILE"},
       {"lat.yaml --format npy", "error: --format npy needs -o FOLDER"},
       {"lat.yaml --resume", "error: --resume" + in_order},
       {"lat.yaml --sort macs --resume -o x.csv", "error: --resume" + in_order},
       {"lat.yaml --top 1 --format npy -o x", "error: --format npy" + in_order},
       {"lat.yaml --laws-output a.csv", "error: --laws-output needs --laws total or --laws layer"},
       {"lat.yaml --laws total --laws-output -",
        "error: --laws-output -: rows go to standard output; name a file"},
       {"lat.yaml --laws total --laws-output a.csv -o a.csv",
        "error: --laws-output and -o name the same file"},
       {"lat.yaml --laws total --shard 1/2 -o x.csv",
        "error: --shard divides the points, and laws are fitted to all of them: leave out --laws "
        "and --laws-output"},
       {"lat.yaml --laws layer --laws-output a.csv --shard 1/2 --format npy -o x",
        "error: --shard divides the points, and laws are fitted to all of them: leave out --laws "
        "and --laws-output"},
       {"lat.yaml --laws-output a.csv --shard 1/2 -o x.csv",
        "error: --laws-output needs --laws total or --laws layer"},
       {"lat.yaml net.yaml --vary b=8",
        "--vary b=8: error: 'lat' has no parameter 'b'; for 'net.yaml' alone write --vary "
        "net.yaml:b=8"},
       {"lat.yaml net.yaml --vary b",
        "--vary b: error: 'lat' has no parameter 'b'; for 'net.yaml' alone write --vary "
        "net.yaml:b=VALUES"},
       {"lat.yaml --set c=8",
        "error: 'lat.yaml': nothing is left to vary; every parameter with 'sweep' values is set"},
       {"lat.yaml --set c=8 --vary c",
        "error: 'c' is set (--set c=8) and varied; it can't be both"},
       {"lat.yaml --columns ,", "error: --columns names no cost"},
       {"lat.yaml --sort zz",
        "--sort zz: error: it sorts by a parameter that is varied or by a "
        "cost, as c, params, macs"},
       {"lat.yaml --sort macs:up", "--sort macs:up: error: write NAME, NAME:asc or NAME:desc"}});
}

TEST_CASE("a sweep of two specs is sorted by what one of them has", "[cli][sweep]") {
  const TwoSpecs folder;
  const std::string two = "sweep net.yaml lat.yaml --format csv --columns macs ";
  const Run by_param = folder.run(two + "--vary c --sort c:desc");
  CHECK(by_param.out == "spec,c,macs\nlat.yaml,16,23808\nlat.yaml,8,11904\nnet.yaml,4,11904\n");
  CHECK(by_param.err ==
        "1 of 4 combinations can't be built:\n"
        "  1, as c=0.5: conv 'conv2': out = c = 0.5 must be a whole number\n");
  // Rows of the spec without it come first.
  CHECK(folder.run(two + "--vary net.yaml:b --vary lat.yaml:c --sort b").out ==
        "spec,b,c,macs\nlat.yaml,,8,11904\nlat.yaml,,16,23808\nnet.yaml,8,,11904\nnet.yaml,16,,"
        "23808\n");
  const Run top = folder.run(two + "--sort peak-memory --top 2");
  CHECK(top.out == "spec,b,c,macs,peak_memory\nnet.yaml,8,4,11904,2304\nlat.yaml,,8,11904,2304\n");
  CHECK(contains(top.err, "The first 2 of 4 rows.\n2 of 6 combinations can't be built:\n"));
  CHECK(folder.run("sweep lat.yaml --laws layer --laws-output laws.csv --format csv").out ==
        "c,params,macs\n8,248,11904\n16,496,23808\n");
  CHECK(read_file(folder / "laws.csv") ==
        "spec,cost,param,exponent,error,points,worst_ratio,claim,source\n"
        "lat.yaml,params,c,1.000000,0.000000,2,1.000000,,\n"
        "lat.yaml,macs,c,1.000000,0.000000,2,1.000000,,\n"
        "lat.yaml,conv1 params,c,1.000000,0.000000,2,1.000000,,\n"
        "lat.yaml,conv1 macs,c,1.000000,0.000000,2,1.000000,,\n"
        "lat.yaml,conv2 params,c,1.000000,0.000000,2,1.000000,,\n"
        "lat.yaml,conv2 macs,c,1.000000,0.000000,2,1.000000,,\n");
}

TEST_CASE("a parameter without an effect has one row, unless it is asked for", "[cli][sweep]") {
  const TestFolder folder;
  folder.write("ne.yaml",
               "name: ne\nparams:\n  c: {default: 8, sweep: [8, 16]}\n  b: {default: 4, sweep: [4, "
               "6]}\n  mode: {default: x, choices: [x, y]}\ninput: {channels: 3, height: 8, width: "
               "6}\nlayers:\n  - conv: {out: b}\n  - conv: {out: c, when: mode == y}\n");
  const std::string sweep = "sweep ne.yaml --columns macs --format csv";
  const Run one = run_program(sweep, folder.text());
  CHECK(one.out == "c,b,macs\n8,4,576\n8,6,864\n");
  CHECK(one.err ==
        "note: c has no effect on ne.yaml with these settings: c=8 stands for its 2 values "
        "(--keep-equal: a row for each)\n");
  const Run all = run_program(sweep + " --keep-equal", folder.text());
  CHECK(all.out == "c,b,macs\n8,4,576\n8,6,864\n16,4,576\n16,6,864\n");
  CHECK(all.err.empty());
  // A condition names it.
  const Run named = run_program(sweep + " --where 'c > 10'", folder.text());
  CHECK(named.out == "c,b,macs\n16,4,576\n16,6,864\n");
  CHECK(named.err == "2 of 4 points don't meet the conditions.\n");
}

TEST_CASE("a part that is there and complete isn't made again", "[cli][join]") {
  const TwoSpecs folder;
  for (const std::string file : {"one.csv", "one.jsonl", "columns"}) {
    const std::string format = file == "columns" ? "--format npy " : "";
    const std::string command = "sweep lat.yaml --shard 1/2 " + format + "-o " + file;
    const Run first = folder.run(command);
    CHECK(first.status == 0);
    CHECK(first.err.empty());
    const Run again = folder.run(command + " --resume");
    CHECK(again.status == 0);
    CHECK(again.err == fmt::format("'{}' is part 1/2 already, and complete\n", file));
    // Of another part, and of another sweep, it is made.
    CHECK(folder.run("sweep lat.yaml --shard 2/2 --resume " + format + "-o " + file).err.empty());
    CHECK(folder.run(command + " --resume --columns params").err.empty());
  }
  REQUIRE(folder.run("sweep lat.yaml --shard 1/2 --format npy -o np1").status == 0);
  check_refusals(folder, "join ",
                 {{"np1 -o npj",
                   "error: part 2/2 is missing; make it:\n    archcost sweep lat.yaml --format "
                   "npy --shard 2/2 --resume -o np2"},
                  {"none -o j", "none: error: there is no such file"}});
}

TEST_CASE("laws are of all points, so that no part has them", "[cli][sweep]") {
  const TwoSpecs folder;
  const std::string refused =
      "error: batch divides the points, and laws are fitted to all of them: leave out --laws and "
      "--laws-output";
  check_refusals(folder, "batch slurm -- sweep lat.yaml ",
                 {{"--laws total -o x.csv", refused},
                  {"--laws layer --laws-output laws.csv -o x.npy", refused}});
  CHECK(folder.run("sweep lat.yaml --laws total -o x.csv").status == 0);
}

TEST_CASE("figures of searches join to one of each network", "[cli][join]") {
  const TestFolder folder;
  const std::string head = "archcost journal 1 search abc\n";
  folder.write("f1", head + "[\"a\",1]\n[\"b\",2]\nhalf");
  folder.write("f2", head + "[\"c\",5]\n[\"a\",0]\n");
  folder.write("other", "archcost journal 1 search abd\n[\"c\",5]\n");
  folder.write("object", head + "[\"c\",5]\n{\"a\":1}\n");
  folder.write("empty", head + "[]\n");
  folder.write("number", head + "[1,2]\n");
  for (const std::string order : {"f1 f2", "f2 f1"}) {
    const Run run = run_program("join " + order + " -o joined", folder.text());
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    CHECK(read_file(folder / "joined") == head + "[\"a\",0]\n[\"b\",2]\n[\"c\",5]\n");
  }
  const std::string no_target =
      "error: -o: join writes a file, so that a damaged part leaves nothing; name one";
  check_refusals(folder, "join ",
                 {{"f1 other -o j", "other: error: of another search than 'f1'"},
                  {"f1 object -o j", "object:3: error: not a figure of a search"},
                  {"f1 empty -o j", "empty:2: error: not a figure of a search"},
                  {"f1 number -o j", "number:2: error: not a figure of a search"},
                  {"f1 f2", no_target},
                  {"f1 f2 -o -", no_target}});
}

TEST_CASE("parts of a database check know their networks, and are joined", "[latency][join]") {
  const FiguresFolder folder;
  const auto parts = [&](const std::string& file) {
    return latency::LatencyDb(folder / file, latency::LatencyDb::Mode::kRead).parts();
  };
  const std::string check = "db check lat.yaml lat.yaml:c=16 --of 1 --stored --format csv --db ";
  REQUIRE(folder.run("db merge u.db --db whole.db").status == 0);
  CHECK(folder.out(check + "whole.db") ==
        "family,network,threads,macs,seconds,composed_seconds,composed_error,"
        "unseen_seconds,unseen_error\n");
  CHECK(parts("whole.db").empty());  // it is no part
  for (const std::string part : {"1", "2"}) {
    REQUIRE(folder.run("db merge u.db --db part" + part + ".db").status == 0);
    CHECK(folder.run(check + "part" + part + ".db --shard " + part + "/2").status == 0);
    REQUIRE(parts("part" + part + ".db").size() == 1);
    CHECK(parts("part" + part + ".db")[0].number == std::stoi(part));
    CHECK(parts("part" + part + ".db")[0].finished);
  }
  CHECK(parts("part1.db")[0].work == parts("part2.db")[0].work);
  CHECK(folder.error("join part1.db part2.db -o part1.db") ==
        "error: -o part1.db: the command reads this file; name another one\n");
  const Run joined = folder.run("join part2.db part1.db -o all.db");
  CHECK(joined.status == 0);
  CHECK(joined.err == "4 figures added, 0 replaced by later ones, 4 known already\n");
  CHECK(folder.error("db check --shard 1/2 --of 1 --db u.db") ==
        "error: --shard divides networks: name a SPEC or --networks FILE\n");
  CHECK(folder.error("db check lat.yaml --of 1 --db u.db") ==
        "error: db check measures on this machine; omit --of\n");
}

TEST_CASE("a list names networks, and its mistakes have lines", "[latency][cli]") {
  const TwoSpecs folder;
  folder.write("l.csv", "family,network\na,net.yaml\n# x\n\nb , \"lat.yaml:c=16\" \nc,lat.yaml");
  folder.write("none.csv", "family,network\n# none\n");
  folder.write("head.csv", "family;network\n");
  folder.write("blank.csv", "family,network\nx y\n");
  const Run listed = folder.run("profile --networks l.csv --dry-run --db q.db");
  CHECK(listed.status == 0);
  CHECK(listed.out.starts_with("3 networks, "));
  const Run varied = folder.run(
      "profile net.yaml lat.yaml --vary lat.yaml:c=1,2,0.5 --input 3x10x12 --dry-run --db q.db");
  CHECK(varied.status == 0);
  CHECK(varied.out.starts_with("4 networks, 8 distinct layers: 0 known, 8 new; about "));
  CHECK(varied.err ==
        "3 combinations can't be built and are left out: net.yaml:b=8,c=0.5: conv "
        "'conv2': out = c = 0.5 must be a whole number; c = 1 works; ...\n");
  const Run one = folder.run("profile net.yaml --vary b=8 --vary c=1,1/2 --dry-run --db q.db");
  CHECK(one.status == 0);
  CHECK(one.err ==
        "1 combination can't be built and is left out: net.yaml:b=8,c=0.5: conv 'conv2': out = c = "
        "0.5 must be a whole number; c = 1 works\n");
  const std::string dry = " --dry-run --db q.db";
  check_refusals(
      folder, "profile ",
      {{"--networks none.csv" + dry, "error: 'none.csv' lists no network"},
       {"--networks head.csv" + dry, "error: head.csv:1: the first line must be 'family,network'"},
       {"--networks blank.csv" + dry, "error: blank.csv:2: write FAMILY,NETWORK"},
       {"lat.yaml --vary c=1:10001:1" + dry,
        "error: 'lat.yaml': 10001 combinations; at most 10000 networks are taken at once"}});
}

TEST_CASE("report and export refuse what they can't write", "[cli][report]") {
  const TwoSpecs folder;
  folder.write("have.html", "x\n");
  folder.write("have.yaml",
               "name: have\nparams:\n  c: {default: 8}\n"
               "input: {channels: 3, height: 8, width: 6}\nlayers:\n  - conv: {out: c}\n");
  folder.write("t.json", "{}");
  check_refusals(
      folder, "report ",
      {{"-o r", "error: name one SPEC or more; 'archcost list' shows what there is"},
       {"- - -o r", "error: standard input, -, can be read once"},
       {"- --lighten -o r", "error: --lighten reads its spec again; put it into a file"},
       {"- --search 'minimize macs' -o r",
        "error: --search reads its spec again; put it into a file"},
       {"--template lighter_networks --lighten -o r",
        "error: --template names its networks itself; leave out --lighten"},
       {"--template lighter_networks net.yaml -o r",
        "error: --template names its networks itself; leave out SPEC, --sweep and --search"},
       {"net.yaml -o r.pdf",
        "error: -o r.pdf: a report is a folder, with report.md and its pictures; name the folder"},
       {"net.yaml -o -", "error: -o names the folder of a report, or its HTML file, not -"},
       {"net.yaml --engine onednn -o r", "error: --engine is for --measure"},
       {"net.yaml --measure --keep-measured -o r",
        "error: --measure and --keep-measured exclude each other"},
       {"net.yaml --format html --keep-scripts -o r",
        "error: --keep-scripts is for reports in Markdown"},
       {"net.yaml --format html --keep-measured -o r",
        "error: --keep-measured is for reports in Markdown"},
       {"net.yaml --format html -o r.md",
        "error: -o r.md: this command writes no .md files; it writes .html"},
       {"net.yaml --format html -o r/",
        "error: -o r/: an HTML report is one file; name it, as r/report.html"},
       {"net.yaml -o have.html",
        "error: 'have.html' was not written by archcost report and is not "
        "replaced; name another file"},
       // Mistakes of other commands are told in the words of this one.
       {"lat.yaml --sweep c=1 --sweep q=1 -o r",
        "--sweep q=1: error: 'lat' has no parameter 'q'; the only one is 'c'"},
       {"lat.yaml --sweep c=4 --sweep c=1 -o r",
        "--sweep c=1: error: 'c' is varied twice; put its values into one --sweep"},
       {"lat.yaml --search 'minimize macz' -o r",
        "--search minimize macz: error: no cost 'macz'; did you mean 'macs'?"},
       {"lat.yaml --search 'maximize accurac' -o r",
        "--search maximize accurac: error: no cost 'accurac'; did you mean 'accuracy'?"},
       {"lat.yaml --search 'minimize macs' --search 'vary q=1' -o r",
        "--search vary q=1: error: 'lat' has no parameter 'q'; the only one is 'c'"},
       {"lat.yaml --search ' minimize  macs ' --search 'macs < foo' -o r",
        "--search macs < foo: error: 'foo' is neither a parameter of 'lat' nor a cost"},
       {"lat.yaml have.yaml --sweep all -o r",
        "error: 'have.yaml' has no parameter with 'sweep' values; say what to vary, as --sweep "
        "NAME=VALUES"},
       {"net.yaml --search 'macs <= 1M' -o r",
        "error: --search: say what is best, as --search \"minimize macs\" or --search \"maximize "
        "accuracy\"; all that is given is a limit, or what is varied"}});
  CHECK(folder.run("report net.yaml -o have.html/sub")
            .err.starts_with("error: 'have.html/sub' can't be written: "));
  check_refusals(folder, "export net.yaml ",
                 {{"--format stacks --cost macs --measured t.json",
                   "error: --cost and --measured are two sorts of figures; give one of them"},
                  {"--format trace",
                   "error: a trace is of a measurement: archcost measure SPEC --format json -o "
                   "times.json, then --measured times.json"}});
  CHECK(folder.run("export net.yaml --format stacks --cost params").out ==
        "net;conv1 216\nnet;conv2 32\n");
  CHECK(folder.run("export net.yaml --format stacks").out == "net;conv1 10368\nnet;conv2 1536\n");
}

TEST_CASE("a roofline has both of its numbers", "[cli]") {
  const TwoSpecs folder;
  const std::string needs =
      "error: a roofline needs both --peak-gflops and --bandwidth-gbs, or --machine; ";
  check_refusals(folder, "analyze net.yaml ",
                 {{"--peak-gflops 5", needs + "--bandwidth-gbs is missing"},
                  {"--bandwidth-gbs 5", needs + "--peak-gflops is missing"}});
  folder.write("machine.json", R"({"peak_gflops": 50, "bandwidth_gbs": 10})");
  const auto roofs = [&](const std::string& arguments) {
    const std::string out = folder.run("analyze net.yaml " + arguments).out;
    const std::size_t at = out.find("Roofline of ");
    return at == std::string::npos ? "" : out.substr(at, out.find(',', at) - at);
  };
  CHECK(roofs("") == "");
  CHECK(roofs("--peak-gflops 0.5 --bandwidth-gbs 0.25") == "Roofline of 0.5 GFLOP/s and 0.25 GB/s");
  CHECK(roofs("--machine machine.json") == "Roofline of 50 GFLOP/s and 10 GB/s");
  CHECK(roofs("--machine machine.json --peak-gflops 7") == "Roofline of 7 GFLOP/s and 10 GB/s");
  CHECK(roofs("--machine machine.json --bandwidth-gbs 3") == "Roofline of 50 GFLOP/s and 3 GB/s");
}
