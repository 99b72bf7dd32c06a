// SPDX-License-Identifier: Apache-2.0
// What a killed process can leave, and how the next one goes on.
#include "search/sweep/journal.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <fstream>

#include "core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

struct Files {
  fs::path folder = fs::temp_directory_path() / fmt::format("archcost_journal_{}", getpid());
  fs::path file = folder / "rows", part = folder / "rows.part", journal = folder / "rows.journal";
  Files() { fs::create_directories(folder); }
  ~Files() { fs::remove_all(folder); }
};

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("rows behind the last mark are written again", "[search]") {
  const Files files;
  sweep::SweepJournal(files.file, "request", "header\n", false).append("1\n2\n", {.points = 2});
  write(files.part, "header\n1\n2\n3\n# en");  // killed while it wrote the end
  sweep::SweepJournal next(files.file, "request", "header\n", true);
  CHECK(next.mark().points == 2);
  next.append("3\n", {.points = 3});
  next.finish("# end\n");
  CHECK(read_file(files.file) == "header\n1\n2\n3\n# end\n");
  CHECK(!fs::exists(files.journal));
  CHECK(!fs::exists(files.part));
}

TEST_CASE("a file that is whole beside its journal is done", "[search]") {
  const Files files;
  {
    sweep::SweepJournal first(files.file, "request", "header\n", false);
    first.append("1\n", {.points = 1});
    const std::string journal = read_file(files.journal);
    first.finish("# end\n");
    write(files.journal, journal);  // killed before it removed the journal
  }
  sweep::SweepJournal next(files.file, "request", "header\n", true);
  CHECK(next.mark().points == 1);
  next.finish("# end\n");
  CHECK(read_file(files.file) == "header\n1\n# end\n");
  CHECK(!fs::exists(files.journal));
}

TEST_CASE("an unfinished sweep is neither overwritten nor mixed with another", "[search]") {
  const Files files;
  sweep::SweepJournal(files.file, "request", "header\n", false).append("1\n", {.points = 1});
  CHECK_THROWS_AS(sweep::SweepJournal(files.file, "request", "header\n", false), Error);
  CHECK_THROWS_AS(sweep::SweepJournal(files.file, "another", "header\n", true), Error);
  CHECK(read_file(files.part) == "header\n1\n");
}

TEST_CASE("a journal that no sweep writes is refused", "[search][hostile]") {
  const Files files;
  for (const std::string mark :
       {"", "x", "2 11 2 0 0", "2 11 2 0 0 0 0", "-2 11 2 0 0 0", "2 11 2 0 0x 0", "2 11 2 0 0 g",
        "2  11 2 0 0 0", "99999999999999999999 11 2 0 0 0"}) {
    INFO(mark);
    write(files.part, "header\n1\n2\n");
    write(files.journal, "archcost journal 2 sweep request\n" + mark + "\n");
    std::string message;
    try {
      sweep::SweepJournal(files.file, "request", "header\n", true);
    } catch (const Error& error) {
      message = error.what();
    }
    CHECK(message == fmt::format("error: '{}' is damaged: '{}'", files.journal.string(), mark));
    CHECK(read_file(files.part) == "header\n1\n2\n");
  }
}

TEST_CASE("a record that can't be written leaves the one before", "[search]") {
  const Files files;
  sweep::Journal journal(files.journal, "search", "request", false);
  journal.replace("first");
  fs::create_directory(files.journal.string() + ".new");
  CHECK_THROWS_AS(journal.replace("second"), Error);
  CHECK(read_file(files.journal) == "archcost journal 2 search request\nfirst\n");
  fs::remove(files.journal.string() + ".new");
  journal.replace("third");
  CHECK(read_file(files.journal) == "archcost journal 2 search request\nthird\n");
  CHECK(!fs::exists(files.journal.string() + ".new"));
}

TEST_CASE("of a part that lost its end the rows of an earlier mark are kept", "[search]") {
  const Files files;
  {
    sweep::SweepJournal first(files.file, "request", "header\n", false);
    first.append("1\n2\n", {.points = 2});
    first.append("3\n4\n", {.points = 4});
  }
  write(files.part, "header\n1\n2\n3");  // the power failed
  sweep::SweepJournal next(files.file, "request", "header\n", true);
  CHECK(next.mark().points == 2);
  next.append("3\n4\n", {.points = 4});
  next.finish("# end\n");
  CHECK(read_file(files.file) == "header\n1\n2\n3\n4\n# end\n");
}
