// SPDX-License-Identifier: Apache-2.0
// What join says of parts that are damaged, foreign or no parts at all; the commands that it prints
// make them again.
#include <fmt/core.h>

#include <map>

#include "latency/latency_db.hpp"
#include "search/sweep/part_file.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const std::string kFourRows = "sweep se_layer --vary reduction=2,4,8,16 ";

// Three parts of a sweep in a folder, and the rows of all of them.
struct SweptParts : TestFolder {
  explicit SweptParts(const std::string& options, const std::string& extension = "") {
    for (const std::string part : {"1", "2", "3"})
      make("--shard " + part + "/3 " + options + "-o n" + part + extension);
    make(options + "-o whole" + extension);
  }
  void make(const std::string& arguments) const {
    const Run run = run_program(kFourRows + arguments, text());
    INFO(run.err);
    REQUIRE(run.status == 0);
  }
  Run run(const std::string& arguments) const { return run_program(arguments, text()); }
  std::map<std::string, std::string> files(const std::string& name) const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::directory_iterator(*this / name))
      all[entry.path().filename().string()] = read_file(entry.path());
    return all;
  }
};

// One figure and the record of a part in NAME.
void fill_part_database(const std::string& file, int number, int of) {
  latency::LatencyDb db(file, latency::LatencyDb::Mode::kWrite);
  std::vector<latency::LayerFigure> figures(200);
  for (std::size_t k = 0; k < figures.size(); ++k) {
    figures[k].problem = fmt::format("conv {} {} f32 1T", number, k);
    figures[k].option = {plan::Layout::kLast, plan::Layout::kLast};
    figures[k].seconds = 1e-3;
    figures[k].date = "2026-01-01T00:00:00Z";
  }
  db.save_layers(db.add_machine({"a CPU", "avx2", "onednn", "2.6.3"}), figures);
  const sweep::PartHead head = {
      "profile",
      "90f2",
      "0.1.0",
      {static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(of)},
      {"profile", "vgg16"}};
  db.save_part({"90f2", number, sweep::to_json_text(head), true, db.figures_hash()});
}

}  // namespace

TEST_CASE("the command that join prints repairs a folder of columns", "[join]") {
  const SweptParts parts("--format npy ");
  const auto whole = parts.files("n2");
  const std::string command = kFourRows + "--format npy --shard 2/3 --resume -o n2";
  const std::string again =
      "error: part 2/3 is missing; make it:\n    archcost " + command + "\n2 errors\n";
  const std::string missing = "n2: error: no folder of columns: it has no columns.json\n" + again;
  const std::string changed = "n2: error: cut off, or changed\n" + again;
  const std::string index = whole.at("columns.json");
  const auto repaired = [&](const std::string& said) {
    CHECK(parts.error("join n1 n2 n3 -o rows.npy") == said);
    const Run run = parts.run(command);
    INFO(run.err);
    CHECK(run.status == 0);
    CHECK(parts.files("n2") == whole);
    CHECK(!fs::exists(parts / "n2.part"));
  };
  fs::remove(parts / "n2/columns.json");
  repaired(missing);
  for (const std::string& text : {std::string(), index.substr(0, 40), std::string("x")}) {
    INFO(text);
    parts.write("n2/columns.json", text);
    repaired(changed);
  }
  fs::remove_all(parts / "n2");
  fs::create_directory(parts / "n2");
  repaired(missing);
  fs::remove(parts / "n2/columns.json");
  fs::remove(parts / "n2/macs.npy");
  repaired(missing);
  CHECK(parts.run("join n1 n2 n3 -o rows.npy").err.empty());
  CHECK(parts.files("rows.npy") == parts.files("whole"));
  // Other files are kept.
  fs::remove(parts / "n2/columns.json");
  parts.write("n2/images.npy", "mine");
  CHECK(parts.error(command) ==
        "error: 'n2' is there and has other files than columns, as 'images.npy'; remove it, or "
        "name another folder\n");
  CHECK(read_file(parts / "n2/images.npy") == "mine");
  CHECK(!fs::exists(parts / "n2.part"));
}

TEST_CASE("join refuses a name of another kind of file", "[join]") {
  const SweptParts columns("--format npy "), rows("", ".csv");
  for (const std::string extension : {".csv", ".jsonl", ".md", ".db", ".yaml"}) {
    const std::string file = "x" + extension;
    CHECK(columns.error("join n1 n2 n3 -o " + file) ==
          fmt::format("error: -o {}: the parts have columns; name a folder .npy\n", file));
    CHECK(!fs::exists(columns / file));
  }
  for (const std::string extension : {".jsonl", ".npy", ".db", ".md"}) {
    const std::string file = "x" + extension;
    CHECK(rows.error("join n1.csv n2.csv n3.csv -o " + file) ==
          fmt::format("error: -o {}: the parts have rows of CSV; name a file .csv\n", file));
    CHECK(!fs::exists(rows / file));
  }
  columns.write("file", "mine");
  CHECK(columns.error("join n1 n2 n3 -o file") ==
        "error: -o file: columns are joined to a folder, and this is a file\n");
  CHECK(read_file(columns / "file") == "mine");
  for (const std::string name : {"x.npy", "x", "x.rows"}) {
    CHECK(columns.run("join n1 n2 n3 -o " + name).status == 0);
    CHECK(columns.files(name) == columns.files("whole"));
  }
  const TestFolder folder;
  fill_part_database(folder / "p1.db", 1, 1);
  for (const std::string extension : {".csv", ".jsonl", ".npy"}) {
    const Run run = run_program("join p1.db -o x" + extension, folder.text());
    CHECK(run.status == 1);
    CHECK(run.err ==
          fmt::format("error: -o x{}: the parts have figures of a database; name a file .db\n",
                      extension));
    CHECK(!fs::exists(folder / ("x" + extension)));
  }
  for (const std::string name : {"x.db", "x", "x.sqlite"})
    CHECK(run_program("join p1.db -o " + name, folder.text()).status == 0);
}

TEST_CASE("a part of another division is named with what to do", "[join]") {
  const SweptParts parts("", ".csv");
  parts.make("--shard 3/4 -o other.csv");
  CHECK(parts.error("join n1.csv n2.csv n3.csv other.csv -o x.csv") ==
        "other.csv: error: one of 4 parts, not of 3: it belongs to another division; remove it, or "
        "leave it out\n");
  CHECK(parts.run("join n1.csv n2.csv n3.csv -o x.csv").status == 0);
}

TEST_CASE("join says what to do with a file that cannot be a part of a database", "[join]") {
  const TestFolder folder;
  for (const int number : {1, 2})
    fill_part_database(folder / fmt::format("p{}.db", number), number, 2);
  folder.write("text.db", "root:x:0:0:root:/root:/bin/bash\n");
  folder.write("empty.db", "");
  fs::create_directory(folder / "folder");
  const auto said = [&](const std::string& file) {
    const Run run = run_program("join p1.db p2.db " + file + " -o all.db", folder.text());
    CHECK(run.status == 1);
    return run.err.substr(run.err.find('\n') + 1);
  };
  CHECK(said("text.db") ==
        "text.db: error: not a database of archcost, nor figures of 'archcost db export'; leave it "
        "out\n");
  CHECK(said("empty.db") == "empty.db: error: empty; make it again, or leave it out\n");
  CHECK(said("none.db") == "none.db: error: there is no such file\n");
  CHECK(said("folder") == "folder: error: a folder, not a database\n");
}

TEST_CASE("a damaged part of a database is removed and made again", "[join]") {
  const TestFolder folder;
  for (const int number : {1, 2})
    fill_part_database(folder / fmt::format("p{}.db", number), number, 2);
  const std::string whole = read_file(folder / "p2.db");
  const auto said = [&](const std::string& bytes) {
    folder.write("p2.db", bytes);
    fs::remove(folder / "all.db");
    const Run run = run_program("join p1.db p2.db -o all.db", folder.text());
    CHECK(run.status == 1);
    return run.err;
  };
  const auto damaged = [](const std::string& why) {
    return "200 figures added, 0 replaced by later ones, 0 known already\np2.db: error: damaged: " +
           why +
           "; remove it, and make it again\nerror: part 2/2 is missing; make it:\n"
           "    archcost profile vgg16 --shard 2/2 --db p2.db\n2 errors\n";
  };
  REQUIRE(whole.size() > 20000);
  CHECK(said(whole.substr(0, 20000)) == damaged("SQLite can't read it"));
  CHECK(said(whole.substr(0, 100)) == damaged("SQLite can't read it"));
  std::string other = whole;
  other.replace(4096 * (whole.size() / 8192), 4096, std::string(4096, '\x5a'));
  const std::string page = said(other);
  CHECK((page == damaged("SQLite can't read it") || page == damaged("its pages are inconsistent")));
  const auto changed = [&](const std::string& text, const std::string& to) {
    std::string bytes = whole;
    const std::size_t at = bytes.find(text);
    REQUIRE(at != std::string::npos);
    return said(bytes.replace(at, text.size(), to));
  };
  CHECK(changed("\"request\"", "\"rEquest\"") == damaged("which part it is can't be read"));
  CHECK(changed(" macs ", " mbcs ") == damaged("no such column: macs"));
}
