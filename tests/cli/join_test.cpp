// SPDX-License-Identifier: Apache-2.0
// join as a process: parts of every kind become the result of one run.
#include <fmt/core.h>

#include <fstream>

#include "latency/latency_db.hpp"
#include "search/sweep/part_file.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const std::string kJoinSweep =
    "sweep mobilenet_v1 --vary alpha=0.1:1:0.01 --vary rho=0.5:1:0.01 --where \"macs <= 300M\" "
    "--columns macs,entropy ";

// The parts of a command, in files NAME1.EXTENSION ..., named in another order.
std::string make_parts(const std::string& command, const TestFolder& folder,
                       const std::string& extension, int parts) {
  std::string files;
  for (int k = 1; k <= parts; ++k) {
    const std::string file = folder / fmt::format("part{}{}", k, extension);
    const Run run = run_program(fmt::format("{} --shard {}/{} -o {}", command, k, parts, file));
    INFO(run.err);
    REQUIRE(run.status == 0);
    files = " " + file + files;
  }
  return files;
}

}  // namespace

TEST_CASE("rows and columns of parts join to those of one run", "[join]") {
  for (const std::string extension : {".csv", ".jsonl"}) {
    const TestFolder folder;
    REQUIRE(run_program(kJoinSweep + "-o " + (folder / "whole") + extension).status == 0);
    const std::string parts = make_parts(kJoinSweep, folder, extension, 3);
    const std::string joined = folder / "joined" + extension;
    for (int again = 0; again < 2; ++again) {
      const Run run = run_program("join" + parts + " -o " + joined);
      CHECK(run.status == 0);
      CHECK(run.err.empty());
      CHECK(read_file(joined) == read_file((folder / "whole") + extension));
    }
    const Run other = run_program("join" + parts + " -o " + (folder / "joined.md"));
    CHECK(other.status == 1);
    CHECK(contains(other.err, extension == ".csv"
                                  ? "the parts have rows of CSV; name a file .csv"
                                  : "the parts have rows of JSON lines; name a file .jsonl"));
  }
  const TestFolder folder;
  const std::string sweep = kJoinSweep + "--format npy ";
  REQUIRE(run_program(sweep + "-o " + (folder / "whole")).status == 0);
  const std::string parts = make_parts(sweep, folder, "", 3);
  for (int again = 0; again < 2; ++again) {
    const Run run = run_program("join" + parts + " -o " + (folder / "joined"));
    INFO(run.err);
    CHECK(run.status == 0);
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(folder / "whole")) {
      ++files;
      CHECK(read_file(entry.path()) ==
            read_file(fs::path(folder / "joined") / entry.path().filename()));
    }
    CHECK(files == 5);  // alpha, rho, macs, entropy, columns.json
  }
  CHECK(!fs::exists(folder / "joined.part"));
}

TEST_CASE("join says what is wrong with parts, and what makes them again", "[join]") {
  const TestFolder folder;
  const std::string parts = make_parts(kJoinSweep, folder, ".csv", 3), part2 = folder / "part2.csv",
                    joined = folder / "joined.csv";
  const std::string whole = read_file(part2);
  const std::string again = fmt::format(
      "    archcost sweep mobilenet_v1 --vary alpha=0.1:1:0.01 --vary rho=0.5:1:0.01 --where 'macs "
      "<= 300M' --columns macs,entropy --format csv --shard 2/3 --resume -o {}\n",
      part2);
  std::ofstream(part2) << whole.substr(0, 500);
  CHECK(run_program("join" + parts + " -o " + joined).err ==
        fmt::format("{}: error: cut off, or changed: its last line is not complete; make it "
                    "again:\n{}",
                    part2, again));
  std::string changed = whole;
  changed[whole.find("\n0.") + 3] ^= 1;
  std::ofstream(part2) << changed;
  const std::string damaged = run_program("join" + parts + " -o " + joined).err;
  CHECK(damaged.starts_with(part2 + ": error: damaged: its checksum is "));
  CHECK(damaged.ends_with("; make it again:\n" + again));
  fs::remove(part2);
  CHECK(
      run_program("join " + (folder / "part1.csv") + " " + (folder / "part3.csv") + " -o " + joined)
          .err == "error: part 2/3 is missing; make it:\n" + again);
  CHECK(!fs::exists(joined));
  for (const auto& entry : fs::directory_iterator(folder.text()))
    CHECK(entry.path().filename().string().find("joined") == std::string::npos);
  // The command that is named makes the same part.
  std::string command = again.substr(again.find("sweep"));
  command.pop_back();
  REQUIRE(run_program(command).status == 0);
  CHECK(read_file(part2) == whole);
  CHECK(run_program("join" + parts + " -o " + joined).status == 0);
  // A finished part isn't computed again.
  const Run finished = run_program(command);
  CHECK(finished.status == 0);
  CHECK(finished.err == fmt::format("'{}' is part 2/3 already, and complete\n", part2));
  CHECK(run_program("join " + (folder / "part1.csv") + " -o " + (folder / "part1.csv")).err ==
        fmt::format("error: -o {0}: the command reads this file; name another one\n",
                    folder / "part1.csv"));
}

TEST_CASE("a finished part of another version is made again", "[join]") {
  const TestFolder folder;
  const auto renew = [&](const std::string& extension, const std::string& head,
                         const std::string& result) {
    make_parts(kJoinSweep, folder, extension, 3);
    const std::string part2 = folder / ("part2" + extension), file = part2 + head;
    const std::string made = read_file(file), data = read_file(part2 + result);
    std::string older = made;
    older.replace(older.find("\"version\":\"") + 11, 1, "8");
    std::ofstream(file) << older;
    const std::string joined = folder / ("joined" + extension);
    std::string parts = " " + (folder / ("part1" + extension)) + " " + part2 + " " +
                        (folder / ("part3" + extension));
    const Run refused = run_program("join" + parts + " -o " + joined);
    CHECK(refused.status == 1);
    CHECK(refused.err.starts_with(part2 +
                                  ": error: written by archcost 8.1.0, the others by 0.1.0\n"
                                  "error: part 2/3 is missing; make it:\n"));
    std::string command = refused.err.substr(refused.err.find("archcost sweep") + 9);
    REQUIRE(run_program(command.substr(0, command.find('\n'))).status == 0);
    CHECK(read_file(file) == made);
    CHECK(read_file(part2 + result) == data);
    CHECK(run_program("join" + parts + " -o " + joined).status == 0);
  };
  renew(".csv", "", "");
  renew(".npy", "/columns.json", "/macs.npy");
}

TEST_CASE("a part whose columns differ is refused", "[join]") {
  const TestFolder folder;
  make_parts(kJoinSweep, folder, ".csv", 2);
  std::string text = read_file(folder / "part2.csv");
  const std::size_t names = text.find("alpha,rho"), end = text.find("# archcost end");
  text = text.substr(0, names) + "alpha,bho" + text.substr(names + 9, end - names - 9);
  // With an end that belongs to it: only the names are wrong.
  const sweep::PartEnd good = {1, text.size(), sweep::checksum(text)};
  std::ofstream(folder / "part2.csv") << text << sweep::end_line(good, sweep::PartFormat::kCsv);
  const Run run = run_program("join " + (folder / "part1.csv") + " " + (folder / "part2.csv") +
                              " -o " + (folder / "joined.csv"));
  CHECK(contains(run.err,
                 "its columns are alpha,bho,macs,entropy, those of the others are "
                 "alpha,rho,macs,entropy; make it again:\n"));
  CHECK(run.status == 1);
}

TEST_CASE("damaged columns are named", "[join]") {
  const TestFolder folder;
  const std::string parts = make_parts(kJoinSweep + "--format npy", folder, "", 2);
  const fs::path macs = fs::path(folder / "part2") / "macs.npy";
  std::string bytes = read_file(macs);
  bytes[200] ^= 1;
  std::ofstream(macs, std::ios::binary) << bytes;
  const Run run = run_program("join" + parts + " -o " + (folder / "joined"));
  CHECK(run.status == 1);
  CHECK(contains(run.err, "part2: error: 'macs.npy' is damaged: its checksum is "));
  CHECK(contains(run.err, "--format npy --shard 2/2 --resume -o "));
  CHECK(!fs::exists(folder / "joined"));
  CHECK(!fs::exists(folder / "joined.part"));
  fs::resize_file(macs, 300);
  CHECK(contains(run_program("join" + parts + " -o " + (folder / "joined")).err,
                 "'macs.npy' is missing, cut off, or was changed"));
}

TEST_CASE("parts of a search join by the command that is in them", "[join]") {
  const TestFolder folder;
  const std::string search =
      "search mobilenet_v1 --vary alpha=0.25:1:0.05 --vary rho=0.5:1:0.05 --maximize entropy "
      "--minimize macs ";
  REQUIRE(run_program(search + "-o " + (folder / "whole.csv")).status == 0);
  const std::string parts = make_parts(search, folder, ".part", 3);
  const Run run = run_program("join" + parts + " -o " + (folder / "joined.csv"));
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK(read_file(folder / "joined.csv") == read_file(folder / "whole.csv"));
  std::string text = read_file(folder / "part2.part");
  text[text.size() / 2] ^= 1;
  std::ofstream(folder / "part2.part") << text;
  const Run damaged = run_program("join" + parts + " -o " + (folder / "joined.csv"));
  CHECK(damaged.status == 1);
  CHECK(contains(damaged.err, "damaged: its checksum is "));
}

TEST_CASE("accuracies in parts are those of all", "[join]") {
  const TestFolder folder;
  REQUIRE(run_program("accuracy -o " + (folder / "whole.csv")).status == 0);
  const std::string parts = make_parts("accuracy", folder, ".csv", 4);
  REQUIRE(run_program("join" + parts + " -o " + (folder / "joined.csv")).status == 0);
  CHECK(read_file(folder / "joined.csv") == read_file(folder / "whole.csv"));
  CHECK(
      run_program("accuracy --shard 1/2").err ==
      "error: --shard writes rows that join can join: --format csv or jsonl, of a sweep npy too\n");
}

TEST_CASE("databases join in any order, and say which part is missing", "[join]") {
  const TestFolder folder;
  const latency::MachineId machine{"a CPU", "avx2", "oneDNN 2.6.3"};
  const auto fill = [&](int number, bool finished) {
    const std::string file = folder / fmt::format("part{}.db", number);
    latency::LatencyDb db(file, latency::LatencyDb::Mode::kWrite);
    latency::LayerFigure figure;
    figure.problem = fmt::format("conv {} f32 1T", number);
    figure.option = {plan::Layout::kLast, plan::Layout::kLast};
    figure.seconds = number * 1e-3;
    figure.date = "2026-01-01T00:00:00Z";
    db.save_layers(db.add_machine(machine), std::vector{figure});
    const sweep::PartHead head = {
        "profile", "90f2", "0.1.0", {static_cast<std::uint64_t>(number), 3}, {"profile", "vgg16"}};
    db.save_part(
        {"90f2", number, sweep::to_json_text(head), finished, finished ? db.figures_hash() : ""});
    return " " + file;
  };
  const std::string one = fill(1, true), two = fill(2, false), three = fill(3, true),
                    joined = " -o " + (folder / "all.db");
  const Run run = run_program("join" + three + one + joined);
  CHECK(run.status == 1);
  CHECK(run.err == fmt::format("2 figures added, 0 replaced by later ones, 0 known already\n"
                               "error: part 2/3 is missing; make it:\n"
                               "    archcost profile vgg16 --shard 2/3 --db {}\n",
                               folder / "part2.db"));
  CHECK(contains(run_program("join" + two + three + one + joined).err,
                 "part2.db: error: not finished; make it again:\n    archcost profile vgg16 "
                 "--shard 2/3 --db "));
  fill(2, true);
  const Run all = run_program("join" + two + three + one + joined);
  CHECK(all.status == 0);
  CHECK(all.err == "0 figures added, 0 replaced by later ones, 3 known already\n");
  const latency::LatencyDb db(folder / "all.db", latency::LatencyDb::Mode::kRead);
  CHECK(db.layers(1, 0).size() == 3);
  CHECK(db.parts().size() == 3);
  // One bit of a figure that SQLite doesn't miss.
  const std::string whole = read_file(folder / "part2.db");
  std::string changed = whole;
  changed[changed.find("2026-01-01T") + 3] ^= 1;
  folder.write("part2.db", changed);
  const Run damaged = run_program("join" + one + two + three + " -o " + (folder / "again.db"));
  CHECK(damaged.status == 1);
  CHECK(
      contains(damaged.err,
               fmt::format("{0}: error: damaged: its figures are not those that were written; "
                           "remove it, and make it again:\n    archcost profile vgg16 --shard 2/3 "
                           "--db {0}\n",
                           folder / "part2.db")));
  folder.write("part2.db", whole);
  {
    // Figures that came later are no damage.
    latency::LatencyDb more(folder / "part2.db", latency::LatencyDb::Mode::kWrite);
    more.save_check(1, {.network = "tiny", .seconds = 1e-3, .date = "2026-01-01"});
    CHECK(more.parts()[0].figures.empty());
  }
  CHECK(run_program("join" + one + two + three + " -o " + (folder / "again.db")).status == 0);
  const Run text = run_program("join" + one + " " + __FILE__ + " -o " + (folder / "other.db"));
  CHECK(text.status == 1);
}

TEST_CASE("merge is the old name of join", "[join]") {
  const TestFolder folder;
  const std::string parts = make_parts(kJoinSweep, folder, ".csv", 2);
  const Run run = run_program("merge" + parts + " -o " + (folder / "joined.csv"));
  CHECK(run.status == 0);
  CHECK(run.err == "note: merge is now join; the old name will be removed in the next version\n");
  CHECK(run_program("join " + std::string(__FILE__) + " -o x").err ==
        fmt::format("{}: error: no part of an archcost run: --shard of sweep, search, accuracy, "
                    "profile and db check writes them\n",
                    __FILE__));
}

TEST_CASE("join says which parts are not there or not finished", "[join]") {
  const TestFolder folder;
  const auto error = [&](const std::string& arguments) {
    const Run run = run_program("join " + arguments, folder.text());
    INFO(arguments);
    CHECK(run.status == 1);
    CHECK(run.out.empty());
    CHECK(!fs::exists(folder / "out"));
    CHECK(!fs::exists(folder / "out.csv"));
    return run.err;
  };
  const std::string sweep = "sweep se_layer --vary reduction=2,4,8,16 ";
  for (const std::string made :
       {"--shard 1/2 -o r1.csv", "--shard 2/2 -o r2.csv", "--format npy --shard 1/2 -o c1",
        "--format npy --shard 2/2 -o c2", "--format npy --columns params --shard 2/2 -o other"})
    REQUIRE(run_program(sweep + made, folder.text()).status == 0);
  const auto again = [&](const std::string& format, const std::string& file) {
    return fmt::format(
        "error: part 2/2 is missing; make it:\n    archcost {}--format {} --shard 2/2 "
        "--resume -o {}\n2 errors\n",
        sweep, format, file);
  };
  fs::create_directory(folder / "empty");
  fs::create_directory(folder / "begun.part");
  const std::string not_finished =
      "begun: error: not finished: the command that writes it continues with --resume\n";
  for (const std::string order : {"c1 {} -o out", "{} c1 -o out"}) {
    const auto with = [&](const std::string& other) {
      return error(std::string(order).replace(order.find("{}"), 2, other));
    };
    CHECK(with("empty") ==
          "empty: error: no folder of columns: it has no columns.json\n" + again("npy", "c2"));
    CHECK(with("begun") == not_finished + again("npy", "c2"));
  }
  CHECK(error("c1 none -o out") == "none: error: there is no such folder\n" + again("npy", "c2"));
  CHECK(error("c1 other -o out") ==
        "other: error: of another sweep than 'c1'\n" + again("npy", "c2"));
  CHECK(error("c1 c2 -o c2") == "error: -o c2: the command reads this folder; name another one\n");
  CHECK(error("r1.csv begun -o out.csv") == not_finished + again("csv", "r2.csv"));
  CHECK(error("begun r1.csv -o out.csv") == not_finished + again("csv", "r2.csv"));
  CHECK(error("r1.csv none -o out.csv") ==
        "none: error: there is no such file\n" + again("csv", "r2.csv"));
  CHECK(run_program("join c2 c1 -o out", folder.text()).err.empty());
  const std::string index = read_file(folder / "out/columns.json");
  CHECK(contains(index, "\"rows\":4}"));
  CHECK(contains(index, "\"shard\":\"1/1\""));
}

TEST_CASE("join takes no command but a search's from a part of a search", "[join]") {
  const TestFolder folder;
  for (const std::uint64_t number : {1, 2}) {
    const std::vector<std::string> none, other = {"sweep", "se_layer"};
    for (const auto& [name, arguments] : {std::pair("none", none), std::pair("other", other)}) {
      const sweep::PartHead head = {"search", "abc", "0.1.0", {number, 2}, arguments};
      folder.write(fmt::format("{}{}", name, number),
                   sweep::part_text(head, sweep::PartFormat::kJsonLines, "{}\n", 1));
    }
  }
  for (const std::string name : {"none", "other"}) {
    const Run run = run_program("join " + name + "2 " + name + "1", folder.text());
    CHECK(run.status == 1);
    CHECK(run.err == name + "2: error: its first line names no search\n");
  }
}

TEST_CASE("join tells each database that can't be read, and takes the others", "[join]") {
  const TestFolder folder;
  {
    latency::LatencyDb db(folder / "good.db", latency::LatencyDb::Mode::kWrite);
    latency::LayerFigure figure;
    figure.problem = "conv 1 f32 1T";
    figure.option = {plan::Layout::kLast, plan::Layout::kLast};
    figure.seconds = 1e-3;
    figure.date = "2026-01-01T00:00:00Z";
    db.save_layers(db.add_machine({"a CPU", "avx2", "oneDNN 2.6.3"}), std::vector{figure});
  }
  const std::string head = std::string("SQLite format 3") + '\0';
  folder.write("bad.db", head + std::string(200, '\0'));
  folder.write("bad.jsonl", "{\"figure\":\"layer\"\n");
  const std::string bad =
      "bad.db: error: damaged: SQLite can't read it; remove it, and make it again\n";
  for (const std::string order : {"good.db bad.db", "bad.db good.db"}) {
    fs::remove(folder / "all.db");
    const Run run = run_program("join " + order + " -o all.db", folder.text());
    CHECK(run.status == 1);
    CHECK(run.err == "1 figures added, 0 replaced by later ones, 0 known already\n" + bad);
  }
  const Run lines = run_program("join good.db bad.jsonl bad.db -o all.db", folder.text());
  CHECK(lines.status == 1);
  CHECK(lines.err == "0 figures added, 0 replaced by later ones, 1 known already\n" + bad +
                         "bad.jsonl: error: bad.jsonl:1: not a line that 'archcost db export' "
                         "writes\n2 errors\n");
  // What merely begins like a line of figures is none.
  folder.write("text.jsonl", "{\"x\":\"layer\"}\n");
  const Run text = run_program("join text.jsonl -o all.db", folder.text());
  CHECK(text.err.starts_with("text.jsonl: error: no part of an archcost run: "));
  folder.write("text.csv", "x \"figure\": 1\n");
  CHECK(run_program("join text.csv -o all.db", folder.text())
            .err.starts_with("text.csv: error: no part of an archcost run: "));
}
