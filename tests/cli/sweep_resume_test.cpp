// SPDX-License-Identifier: Apache-2.0
// Sweeps and searches that were stopped: what continues them, what is left, and what is refused.
// The files of a stopped one are made from those of a finished one.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "core/text.hpp"
#include "search/sweep/journal.hpp"
#include "search/sweep/part_file.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const std::string kFourPoints =
    "sweep se_layer --vary reduction=2,4,8,16,32 --where 'reduction != 8' ";

/// A finished sweep into the folder `whole`, and the files of one that was stopped.
struct StoppedColumns : TestFolder {
  StoppedColumns() {
    REQUIRE(run("-o whole").status == 0);
    for (const auto& entry : fs::directory_iterator(*this / "whole"))
      files.push_back(entry.path().filename().string());
    std::sort(files.begin(), files.end());
    request = nlohmann::json::parse(read_file(*this / "whole/columns.json"))["part"]["request"];
  }
  Run run(const std::string& arguments) const {
    return run_program(kFourPoints + "--format npy " + arguments, text());
  }
  /// All files of the path `columns`, with these records in its journal.
  void stop(const std::vector<std::string>& records) const {
    for (const std::string name : {"columns", "columns.part", "columns.journal"})
      fs::remove_all(*this / name);
    fs::copy(*this / "whole", *this / "columns.part");
    sweep::Journal journal(*this / "columns.journal", "sweep", request, false);
    for (const std::string& record : records) journal.append(record);
  }
  /// The record after that many points, rows and points that were left out.
  std::string record(int points, int rows, int filtered) const {
    std::string text = fmt::format("{} {} {} 0", points, rows, filtered);
    for (const std::string name : {"reduction", "params", "macs"}) {
      const std::string column = read_file(*this / ("whole/" + name + ".npy"));
      text += fmt::format(" {:x}",
                          sweep::checksum(column.substr(128, 8 * static_cast<std::size_t>(rows))));
    }
    return text;
  }
  void check_finished() const {
    std::size_t same = 0;
    for (const std::string& file : files)
      same += read_file(*this / ("columns/" + file)) == read_file(*this / ("whole/" + file));
    CHECK(same == files.size());
    CHECK(!fs::exists(*this / "columns.part"));
    CHECK(!fs::exists(*this / "columns.journal"));
  }

  std::vector<std::string> files;
  std::string request;
};

const std::string kOneLeftOut = "1 of 5 points doesn't meet the conditions.\n";

}  // namespace

TEST_CASE("a sweep into columns continues where it was stopped", "[cli][sweep]") {
  const StoppedColumns folder;
  CHECK(folder.files ==
        std::vector<std::string>{"columns.json", "macs.npy", "params.npy", "reduction.npy"});
  for (const auto& [points, rows, filtered] :
       {std::tuple(1, 1, 0), std::tuple(2, 2, 0), std::tuple(3, 2, 1), std::tuple(4, 3, 1)}) {
    folder.stop({"junk", folder.record(points, rows, filtered)});  // the last one counts
    const Run resumed = folder.run("--resume -o columns");
    INFO(points << resumed.err);
    CHECK(resumed.status == 0);
    CHECK(resumed.err == fmt::format("continuing after {} of 5 points\n", points) + kOneLeftOut);
    folder.check_finished();
  }
  // Its rows are gone, or it was stopped before the first ones: from the beginning.
  folder.stop({folder.record(2, 2, 0)});
  fs::remove_all(folder / "columns.part");
  CHECK(folder.run("--resume -o columns").err == kOneLeftOut);
  folder.check_finished();
  folder.stop({});
  CHECK(folder.run("--resume -o columns").err == kOneLeftOut);
  folder.check_finished();
  // Without --resume nothing that could be continued is replaced.
  folder.stop({folder.record(2, 2, 0)});
  const Run anew = folder.run("-o columns");
  CHECK(anew.status == 1);
  CHECK(anew.err ==
        "error: 'columns.part' holds an unfinished sweep; continue with --resume, or remove it and "
        "'columns.journal'\n");
  fs::remove_all(folder / "columns.part");
  CHECK(folder.run("-o columns").err == kOneLeftOut);
  folder.check_finished();
  folder.stop({folder.record(2, 2, 0)});
  fs::remove(folder / "columns.journal");
  CHECK(folder.run("-o columns").err == kOneLeftOut);
  folder.check_finished();
}

TEST_CASE("columns of another sweep are not taken for those of a stopped one", "[cli][sweep]") {
  const StoppedColumns folder;
  folder.stop({folder.record(5, 4, 1)});
  fs::remove_all(folder / "columns.part");
  REQUIRE(run_program("sweep se_layer --vary reduction=2,4,64 --format npy -o other", folder.text())
              .status == 0);
  fs::rename(folder / "other", folder / "columns");
  const Run resumed = folder.run("--resume -o columns");
  CHECK(resumed.status == 0);
  CHECK(resumed.err == kOneLeftOut);
  folder.check_finished();
  // The same sweep, killed between its last two steps: only the journal is left over.
  folder.stop({folder.record(5, 4, 1)});
  fs::rename(folder / "columns.part", folder / "columns");
  CHECK(folder.run("--resume -o columns").err == "'columns' is part 1/1 already, and complete\n");
  folder.check_finished();
}

TEST_CASE("a damaged journal of columns is refused", "[cli][sweep]") {
  const StoppedColumns folder;
  for (const std::string& record :
       {std::string("junk"), std::string("1 1 0 0"), std::string("1 1 0 0 1 2"),
        std::string("1 1 0 0 1 2 x"), std::string("1 1 0 x 1 2 3"),
        "1 1 0 x" + std::string(33, 'y'), "1 1 0 x" + std::string(34, 'y')}) {
    folder.stop({folder.record(1, 1, 0), record});
    const Run damaged = folder.run("--resume -o columns");
    CHECK(damaged.status == 1);
    const std::string shown = record.size() <= 40
                                  ? record
                                  : "1 1 0 x" + std::string(12, 'y') + "…" + std::string(20, 'y');
    CHECK(damaged.err == fmt::format("error: 'columns.journal' is damaged: '{}'\n", shown));
  }
  folder.stop({folder.record(2, 2, 0)});
  fs::remove_all(folder / "columns.journal");
  sweep::Journal(folder / "columns.journal", "sweep", folder.request, false)
      .append("6 1" + folder.record(1, 1, 0).substr(3));
  const Run beyond = folder.run("--resume -o columns");
  CHECK(beyond.status == 1);
  CHECK(beyond.err == "error: 'columns.journal' is damaged: remove it to start again\n");
}

TEST_CASE("scaling laws are of the points of earlier runs too", "[cli][sweep]") {
  const TestFolder folder;
  const std::string sweep = kFourPoints + "--format csv --laws total --laws-output laws.csv ";
  const Run whole = run_program(sweep + "-o whole.csv", folder.text());
  CHECK(whole.status == 0);
  CHECK(whole.err == kOneLeftOut);
  const std::string laws = read_file(folder / "laws.csv"), rows = read_file(folder / "whole.csv");
  fs::remove(folder / "laws.csv");
  REQUIRE(run_program(kFourPoints + "--format csv --shard 1/2 -o part.csv", folder.text()).status ==
          0);
  const std::string part = read_file(folder / "part.csv");
  const std::size_t at = part.find("\"request\":\"") + 11;
  const std::string request = part.substr(at, part.find('"', at) - at);
  // Two points are done: the header and two rows are there.
  std::size_t end = 0;
  for (int line = 0; line < 3; ++line) end = rows.find('\n', end) + 1;
  folder.write("rows.csv.part", rows.substr(0, end) + "what is behind is cut off");
  sweep::Journal(folder / "rows.csv.journal", "sweep", request, false)
      .append(fmt::format("2 {} 2 0 0 {:x}", end, sweep::checksum(rows.substr(0, end))));
  const Run resumed = run_program(sweep + "--resume -o rows.csv", folder.text());
  CHECK(resumed.status == 0);
  CHECK(resumed.err == "continuing after 2 of 5 points\n" + kOneLeftOut);
  CHECK(read_file(folder / "rows.csv") == rows);
  CHECK(read_file(folder / "laws.csv") == laws);
  CHECK(contains(laws, ",reduction,-1.000000,0.000000,4,"));
}

TEST_CASE("a folder of columns is refused where a file or another folder is", "[cli][sweep]") {
  const TestFolder folder;
  folder.write("file", "x\n");
  fs::create_directory(folder / "other");
  folder.write("other/images.npy", "mine");
  const std::string sweep = "sweep se_layer --vary reduction=8 --format npy -o ";
  const Run file = run_program(sweep + "file", folder.text());
  CHECK(file.status == 1);
  CHECK(file.err == "error: -o file: --format npy writes a folder, and this is a file\n");
  const Run other = run_program(sweep + "other", folder.text());
  CHECK(other.status == 1);
  CHECK(other.err ==
        "error: 'other' is there and has other files than columns, as 'images.npy'; remove it, or "
        "name another folder\n");
  CHECK(read_file(folder / "other/images.npy") == "mine");
  CHECK(read_file(folder / "file") == "x\n");
  fs::remove(folder / "other/images.npy");
  CHECK(run_program(sweep + "other", folder.text()).status == 0);  // empty
  CHECK(fs::exists(folder / "other/macs.npy"));
}

TEST_CASE("a part of a search continues where it was stopped", "[cli][search]") {
  const TestFolder folder;
  folder.write("net.yaml",
               "name: net\nparams:\n  c: {default: 4, sweep: [4, 8]}\n  b: {default: 4, sweep: [4, "
               "6]}\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: c * b}\n");
  const std::string search = "search net.yaml --minimize macs ";
  const auto lines_of = [&](const std::string& part) {
    REQUIRE(run_program(search + "--shard " + part + "/2 -o x" + part, folder.text()).status == 0);
    return split(read_file(folder / ("x" + part)), '\n');  // head, state, end
  };
  const std::vector<std::string> first = lines_of("1"), second = lines_of("2");
  const std::string request =
      nlohmann::json::parse(second[0])["archcost_part"]["request"].get<std::string>();
  const auto resume = [&](const std::string& state, const std::string& file,
                          const std::string& arguments) {
    fs::remove(folder / file);
    fs::remove(folder / (file + ".state"));
    sweep::Journal(folder / (file + ".state"), "search", request, false).append(state);
    return run_program(search + arguments + "--resume -o " + file, folder.text());
  };
  const std::string whole = read_file(folder / "x2");
  const Run resumed = resume(second[1], "x2", "--shard 2/2 ");
  CHECK(resumed.status == 0);
  CHECK(resumed.err == "continuing after 2 of 2 points\n");
  CHECK(read_file(folder / "x2") == whole);
  CHECK(!fs::exists(folder / "x2.state"));
  const Run again = run_program(search + "--shard 2/2 --resume -o x2", folder.text());
  CHECK(again.status == 0);
  CHECK(again.err == "'x2' is part 2/2 already, and complete\n");
  for (const auto& [state, file, arguments] :
       {std::tuple(first[1], "x2", "--shard 2/2 "), std::tuple(first[1], "x.csv", ""),
        std::tuple(second[1], "x.csv", "")}) {
    const Run other = resume(state, file, arguments);
    CHECK(other.status == 1);
    CHECK(other.err == fmt::format("error: '{}.state' belongs to another --shard\n", file));
  }
}
