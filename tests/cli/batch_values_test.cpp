// SPDX-License-Identifier: Apache-2.0
// The values that batch fills into a template, and the commands that it refuses.
#include <fmt/core.h>

#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

const char* const kEveryBatchValue =
    "@SUMMARY@\n"
    "@TASKS@ @AT_ONCE@ @RETRIES@ @CORES@ @LIMIT@\n"
    "@NAME@ @IMAGE@\n"
    "@COMMAND@\n"
    "@QUOTED_COMMAND@\n"
    "[@FILL@] [@QUOTED_FILL@] [@RESUME@] [@OUTPUT_OPTION@] @OUTPUT@\n"
    "@FOLDER@ @QUOTED_FOLDER@ [@EXTENSION@]\n"
    "@JOIN@[@AND_COMPLETE@]\n"
    "a@b @ @A @@ @x@ @A-@ @LAST";

// Of any number of networks that are read at once.
const char* const kOneLayerSpec =
    "name: net\nparams:\n  c: {default: 8}\ninput: {channels: 3, height: 4, width: 4}\n"
    "layers:\n  - conv: {out: c}\n";

struct BatchFolder : TestFolder {
  BatchFolder() {
    write("all.txt", kEveryBatchValue);
    write("net.yaml", kOneLayerSpec);
    write("$$net.yaml", kOneLayerSpec);
  }
  std::string filled(const std::string& arguments) const {
    const Run run = run_program("batch " + arguments, text());
    INFO(run.err);
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    // Version and command are in the name of the folder.
    return std::regex_replace(run.out, std::regex("/([0-9]+)-[0-9a-f]{8}"), "/$1-HASH");
  }
  // SUMMARY, TASKS, AT_ONCE, RETRIES and LIMIT of a check of so many networks, of 7 s each.
  std::string numbers(int networks, const std::string& options) const {
    return filled(
        fmt::format("{} --template numbers.txt -- db check net.yaml --vary c=1:{}:1 --db x.db",
                    options, networks));
  }
};

}  // namespace

TEST_CASE("a batch script gets its values from the command that it divides", "[batch]") {
  const BatchFolder folder;
  CHECK(folder.filled("slurm --template all.txt -- accuracy mobilenet_v1 mobilenet_v2 resnet50 "
                      "--format csv -o 'my rows.csv'") ==
        "accuracy: 3 specs, about 1 s in all; 1 task of about 1 s\n"
        "1 1 10 1 10\n"
        "archcost-accuracy archcost:0.1.0\n"
        "archcost accuracy mobilenet_v1 mobilenet_v2 resnet50 --format csv\n"
        "'archcost accuracy mobilenet_v1 mobilenet_v2 resnet50 --format csv'\n"
        "[:] [:] [] [-o] 'my rows.csv'\n"
        "'my rows.csv.parts/1-HASH' ''\\''my rows.csv.parts/1-HASH'\\''' [.csv]\n"
        "archcost join 'my rows.csv.parts/1-HASH'/part-*.csv -o 'my rows.csv'[]\n"
        "a@b @ @A @@ @x@ @A-@ @LAST");
  // The engine's own time isn't known beforehand: the summary of a sweep is not compared.
  const std::string sweep = folder.filled(
      "parallel --template all.txt --tasks 3 --at-once 2 --cores 2 --name job.a_b-1 --image "
      "reg:5000/a-b_c@d -- archcost sweep --output=rows.jsonl net.yaml --vary c=1,2,3,4 --resume "
      "--where 'c < 4'");
  CHECK(sweep.starts_with("sweep: 4 points, about "));
  CHECK(sweep.substr(sweep.find('\n') + 1) ==
        "3 2 10 2 10\n"
        "job.a_b-1 reg:5000/a-b_c@d\n"
        "archcost sweep net.yaml --vary c=1,2,3,4 --where 'c < 4' --threads 2\n"
        "'archcost sweep net.yaml --vary c=1,2,3,4 --where '\\''c < 4'\\'' --threads 2'\n"
        "[:] [:] [--resume] [-o] rows.jsonl\n"
        "rows.jsonl.parts/3-HASH rows.jsonl.parts/3-HASH [.jsonl]\n"
        "archcost join rows.jsonl.parts/3-HASH/part-*.jsonl -o rows.jsonl[]\n"
        "a@b @ @A @@ @x@ @A-@ @LAST");
  // Dollars of a command are doubled for make, and a profile runs once more for what is missing.
  const std::string profile = folder.filled(
      "make --template all.txt --tasks 30 -- profile '$$net.yaml' --vary c=8,9 --db=x.db");
  CHECK(profile.starts_with("profile: 2 layers, about "));
  CHECK(profile.substr(profile.find('\n') + 1) ==
        "2 1 10 1 10\n"
        "archcost-profile archcost:0.1.0\n"
        "archcost profile '$$$$net.yaml' --vary c=8,9\n"
        "'archcost profile '\\''$$net.yaml'\\'' --vary c=8,9'\n"
        "[:] [:] [] [--db] x.db\n"
        "x.db.parts/2-HASH x.db.parts/2-HASH [.db]\n"
        "archcost join x.db.parts/2-HASH/part-*.db -o x.db[ && archcost profile '$$$$net.yaml' "
        "--vary c=8,9 "
        "--db x.db]\n"
        "a@b @ @A @@ @x@ @A-@ @LAST");
  const std::string search = folder.filled(
      "kubernetes --template all.txt --tasks 2 --cores 5 -- search net.yaml --vary c=1,2,3 "
      "--minimize macs --threads=3 -o best.csv");
  CHECK(search.starts_with("search: 3 candidates, about "));
  CHECK(search.substr(search.find('\n') + 1) ==
        "2 2 10 5 10\n"
        "archcost-search archcost:0.1.0\n"
        "archcost search net.yaml --vary c=1,2,3 --minimize macs --threads=3\n"
        "'archcost search net.yaml --vary c=1,2,3 --minimize macs --threads=3'\n"
        "[:] [:] [--resume] [-o] best.csv\n"
        "best.csv.parts/2-HASH best.csv.parts/2-HASH [.csv]\n"
        "archcost join best.csv.parts/2-HASH/part-*.csv -o best.csv[]\n"
        "a@b @ @A @@ @x@ @A-@ @LAST");
  // The parts of a check begin with the figures that predict.
  folder.write("fill.txt", "@FILL@ | @QUOTED_FILL@");
  CHECK(folder.filled("make --template fill.txt -- db check net.yaml --db=x.db") ==
        "archcost db merge x.db --db | 'archcost db merge x.db --db'");
  CHECK(folder.filled("slurm --template fill.txt -- db check net.yaml --db='a $b.db'") ==
        "archcost db merge 'a $b.db' --db | 'archcost db merge '\\''a $b.db'\\'' --db'");
}

TEST_CASE("tasks run together by cores on one machine, those that time kernels alone", "[batch]") {
  const BatchFolder folder;
  folder.write("at_once.txt", "@AT_ONCE@");
  const auto at_once = [&](const std::string& options, const std::string& command) {
    return folder.filled(options + " --template at_once.txt --tasks 2 -- " + command);
  };
  const std::string sweep = "sweep net.yaml --vary c=1,2,3,4 -o rows.csv";
  const std::string profile = "profile net.yaml --vary c=8,9 --db x.db";
  CHECK(at_once("parallel", sweep) == "100%");
  CHECK(at_once("parallel --cores 3", sweep) == "33%");
  CHECK(at_once("parallel --cores 200", sweep) == "1%");
  CHECK(at_once("make", sweep) == "$(nproc)");
  CHECK(at_once("make --cores 3", sweep) == "$((($(nproc) + 2) / 3))");
  CHECK(at_once("make --at-once 5", sweep) == "5");
  CHECK(at_once("slurm --cores 3", sweep) == "2");
  CHECK(at_once("parallel --cores 3", profile) == "1");
  CHECK(at_once("make", profile) == "1");
  CHECK(at_once("make --at-once 2", profile) == "2");
  CHECK(at_once("kubernetes", profile) == "2");
}

TEST_CASE("a batch has tasks of the minutes that are asked for", "[batch]") {
  const BatchFolder folder;
  folder.write("numbers.txt", "@SUMMARY@\n@TASKS@ @AT_ONCE@ @RETRIES@ @LIMIT@\n");
  // 1029 networks of 7 s are a little more than 120 minutes, 1028 a little less.
  CHECK(folder.numbers(1029, "slurm") ==
        "db check: 1029 networks, about 2.0 h in all; 5 tasks of about 24 min\n5 5 10 49\n");
  CHECK(folder.numbers(1028, "slurm") ==
        "db check: 1028 networks, about 2.0 h in all; 4 tasks of about 30 min\n4 4 10 60\n");
  CHECK(folder.numbers(798, "slurm --tasks 1") ==
        "db check: 798 networks, about 1.6 h in all; 1 task of about 1.6 h\n1 1 10 187\n");
  // A check takes one core, whatever --cores says.
  CHECK(folder.numbers(120, "parallel --minutes 1 --cores 4") ==
        "db check: 120 networks, about 14 min in all; 14 tasks of about 1 min\n14 1 14 10\n");
  CHECK(folder.numbers(772, "make --minutes 200") ==
        "db check: 772 networks, about 1.5 h in all; 1 task of about 1.5 h\n1 1 10 181\n");
  CHECK(folder.numbers(771, "kubernetes --tasks 90") ==
        "db check: 771 networks, about 90 min in all; 90 tasks of about 60 s\n90 90 90 10\n");
  CHECK(folder.numbers(9, "kubernetes --tasks 20 --at-once 4") ==
        "db check: 9 networks, about 1 min in all; 9 tasks of about 7 s\n9 4 10 10\n");
  CHECK(folder.numbers(8, "parallel --tasks 3 --at-once 1") ==
        "db check: 8 networks, about 56 s in all; 3 tasks of about 19 s\n3 1 10 10\n");
  folder.write("tasks.txt", "@TASKS@");
  CHECK(folder.filled("slurm --tasks 5 --template tasks.txt -- accuracy vgg -o a.csv") == "1");
  CHECK(folder.numbers(8, "slurm --minutes 0.5") ==
        "db check: 8 networks, about 56 s in all; 2 tasks of about 28 s\n2 2 10 10\n");
}

TEST_CASE("batch refuses what can't be divided, and says why", "[batch]") {
  const BatchFolder folder;
  folder.write("wrong.txt", "x @NO_ONE@ y");
  const auto error = [&](const std::string& arguments) {
    const Run run = run_program("batch " + arguments, folder.text());
    CHECK(run.status == 1);
    CHECK(run.out.empty());
    return run.err;
  };
  const std::string divides = "error: batch divides sweep, search, accuracy, profile or db check; ";
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"-- analyze mobilenet_v1", divides + "'analyze' is none of them"},
      {"-- db list", divides + "'db list' is none of them"},
      {"-- db", divides + "'db' is none of them"},
      {"-- archcost",
       "error: batch needs a command: archcost batch slurm -- sweep mobilenet_v1 -o rows.csv"},
      {"-- accuracy", "error: -o: name the file of the joined result"},
      {"-- accuracy -o", "error: -o: name the file of the joined result"},
      {"-- accuracy -o -", "error: -o: name the file of the joined result"},
      {"-- profile net.yaml -o x.db", "error: --db: name the file of the joined result"},
      {"-- profile net.yaml --db x.csv",
       "error: --db x.csv: the result is a database; name a file .db"},
      {"-- db check --db x.db", "error: --shard divides networks: name a SPEC or --networks FILE"},
      {"-- accuracy -o a.csv --shard=1/2",
       "error: --shard: batch divides the work itself; leave it out"},
      {"-- accuracy -o a.md", "error: -o: batch divides rows; name a file .csv or .jsonl"},
      {"-- accuracy -o a", "error: -o: batch divides rows; name a file .csv or .jsonl"},
      {"-- sweep net.yaml -o a.json",
       "error: -o: batch divides rows; name a file .csv, .jsonl or, for columns, .npy"},
      {"-- accuracy --format jsonl -o a.csv",
       "error: -o a.csv: the rows have --format jsonl; name a file .jsonl"},
      {"-- accuracy -o 'a.b;c'",
       "error: --output a.b;c: the scripts take no extension such as "
       "'.b;c'"},
      {"--name 'a b' -- accuracy -o b.csv",
       "error: --name a b: a name has letters, digits, '.', '_' and '-'"},
      {"--name a/b -- accuracy -o b.csv",
       "error: --name a/b: a name has letters, digits, '.', '_' and '-'"},
      {"--image 'a;b' -- accuracy -o b.csv",
       "error: --image a;b: the name of an image has no such characters"},
      {"--template wrong.txt -- accuracy -o b.csv",
       "wrong.txt: error: no value '@NO_ONE@'; there are @AND_COMPLETE@, @AT_ONCE@, @COMMAND@, "
       "@CORES@, @EXTENSION@, @FILL@, @FOLDER@, @IMAGE@, @JOIN@, @LIMIT@, @NAME@, @OUTPUT@, "
       "@OUTPUT_OPTION@, @QUOTED_COMMAND@, @QUOTED_FILL@, @QUOTED_FOLDER@, @RESUME@, @RETRIES@, "
       "@SUMMARY@, @TASKS@"},
  };
  for (const auto& [arguments, message] : refused)
    CHECK(error("slurm " + arguments) == message + "\n");
  const std::string long_name(53, 'n');
  for (const std::string& name : {std::string("My-job"), std::string("a_b"), std::string("foo."),
                                  std::string("-a"), std::string("a-"), long_name})
    CHECK(error("kubernetes --name=" + name + " -- accuracy -o b.csv") ==
          "error: --name " + name +
              ": Kubernetes takes names of lower-case letters, digits and '-' between them, of at "
              "most 52 characters\n");
  folder.filled("kubernetes --name=" + long_name.substr(1) + " -- accuracy -o b.csv");
  for (const std::string braces : {"{}", "{.}", "{#}", "{1}", "{=", "{+/}"})
    CHECK(error("parallel -- accuracy -o 'a" + braces + "b.csv'") ==
          "error: 'a" + braces + "b.csv': parallel replaces braces such as '" +
              braces.substr(0, 2) + "' in a command; batch make does not\n");
  CHECK(error("parallel -- sweep net.yaml --vary c=1 --where 'c < {1}' -o a.csv") ==
        "error: 'c < {1}': parallel replaces braces such as '{1' in a command; batch make does "
        "not\n");
  folder.filled("parallel -- accuracy -o 'a{x}{y.csv'");
  CHECK(error("make -- accuracy -o 'a b.csv'") ==
        "error: -o a b.csv: make takes no file names with blanks or : # % $\n");
  CHECK(error("slurm -- sweep net.yaml --vary c=0,1 --where 'd < 1' -o a.csv")
            .starts_with("--where d < 1: error: "));
  // A format without the extension of its rows names them.
  CHECK(run_program("batch slurm -- sweep net.yaml --vary c=1,2 --format npy -o a.b", folder.text())
            .status == 0);
  // Scripts have extensions of their own.
  const Run written = run_program("batch slurm -o job.sh -- accuracy -o a.csv", folder.text());
  CHECK(written.status == 0);
  CHECK(written.out.empty());
  CHECK(read_file(folder / "job.sh").starts_with("#!"));
  CHECK(run_program("batch slurm -o job.py -- accuracy -o a.csv", folder.text()).err ==
        "error: --output: this command writes no .py files; it writes .sh, .yaml, .mk\n'archcost "
        "batch --help' shows its options\n");
}
