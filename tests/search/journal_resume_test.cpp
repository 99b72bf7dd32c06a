// SPDX-License-Identifier: Apache-2.0
// Journals record by record, and sweeps that go on from each state that a killed process can leave.
#include <fmt/core.h>

#include <filesystem>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/sweep/journal.hpp"
#include "search/sweep/part_file.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const std::string kJournalHead = "archcost journal 2 search request\n";
using JournalRecords = std::vector<std::string>;

template <class Work>
std::string journal_says(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// rows.part and rows.journal with 2 rows and then 2 more.
void write_four_rows(const TestFolder& folder) {
  sweep::SweepJournal first(folder / "rows", "request", "header\n", false);
  first.append("1\n2\n", {.points = 2, .rows = 2, .filtered = 5});
  first.append("3\n4\n", {.points = 4, .rows = 4, .filtered = 6, .unbuildable = 7});
}

}  // namespace

TEST_CASE("two runs don't write one journal", "[search]") {
  const TestFolder folder;
  const std::string file = folder / "journal";
  const std::string taken =
      "error: another process writes '" + file + "': wait for its end, or stop it";
  {
    sweep::Journal journal(file, "search", "request", false);
    for (const bool resume : {false, true})
      CHECK(journal_says([&] { sweep::Journal(file, "search", "request", resume); }) == taken);
    journal.append("one");
    CHECK(journal_says([&] { sweep::Journal(file, "search", "request", true); }) == taken);
    journal.append("two");
  }
  CHECK(read_file(file) == kJournalHead + "one\ntwo\n");
  CHECK(journal_says([&] { sweep::Journal(file, "search", "request", true); }).empty());
  CHECK(!fs::exists(file + ".lock"));
}

TEST_CASE("a sweep's rows are written by one run", "[search]") {
  const TestFolder folder;
  sweep::SweepJournal first(folder / "rows", "request", "header\n", true);
  first.append("1\n", {.points = 1, .rows = 1});
  CHECK(journal_says([&] { sweep::SweepJournal(folder / "rows", "request", "header\n", true); }) ==
        "error: another process writes '" + (folder / "rows.journal") +
            "': wait for its end, or stop it");
  CHECK(read_file(folder / "rows.part") == "header\n1\n");
}

TEST_CASE("a journal keeps its records, but for one that was cut off", "[search]") {
  const TestFolder folder;
  const std::string file = folder / "journal";
  {
    sweep::Journal journal(file, "search", "request", false);
    CHECK(journal.records().empty());
    CHECK(!fs::exists(file));
    journal.append("one");
    journal.append("two words");
    CHECK(read_file(file) == kJournalHead + "one\ntwo words\n");
  }
  folder.write("journal", read_file(file) + "thr");
  {
    sweep::Journal journal(file, "search", "request", true);
    CHECK(journal.records() == JournalRecords{"one", "two words"});
    CHECK(read_file(file) == kJournalHead + "one\ntwo words\n");
    journal.append("four");
  }
  CHECK(read_file(file) == kJournalHead + "one\ntwo words\nfour\n");
  sweep::Journal journal(file, "search", "request", true);
  CHECK(journal.records() == JournalRecords{"one", "two words", "four"});
  journal.append("five");
  journal.replace("all");
  CHECK(read_file(file) == kJournalHead + "all\n");
  journal.append("six");
  CHECK(read_file(file) == kJournalHead + "all\nsix\n");
  journal.remove();
  CHECK(!fs::exists(file));
  journal.append("seven");
  CHECK(read_file(file) == kJournalHead + "seven\n");
}

TEST_CASE("a journal whose first line was cut off begins anew", "[search]") {
  const TestFolder folder;
  for (const std::string& text :
       {std::string(), kJournalHead.substr(0, 9), kJournalHead.substr(0, 33)}) {
    INFO(text);
    folder.write("journal", text);
    sweep::Journal journal(folder / "journal", "search", "request", true);
    CHECK(journal.records().empty());
    journal.append("one");
    CHECK(read_file(folder / "journal") == kJournalHead + "one\n");
  }
}

TEST_CASE("a journal of other work is refused", "[search]") {
  const TestFolder folder;
  const std::string file = folder / "journal";
  folder.write("journal", kJournalHead + "one\n");
  const auto opened = [&](const std::string& kind, const std::string& request, bool resume) {
    return journal_says([&] { sweep::Journal(file, kind, request, resume); });
  };
  CHECK(opened("search", "request", true).empty());
  CHECK(opened("search", "request", false) ==
        fmt::format("error: '{}' holds an unfinished search: continue with --resume, or remove it "
                    "to start again",
                    file));
  CHECK(opened("sweep", "request", true) ==
        fmt::format("error: '{}' is no journal of a sweep, or one of another version of archcost: "
                    "remove it and start again",
                    file));
  CHECK(opened("search", "request2", true) ==
        fmt::format("error: '{}' belongs to another search: only the same command continues it",
                    file));
  CHECK(read_file(file) == kJournalHead + "one\n");
}

TEST_CASE("a mark counts the bytes of the rows and their checksum", "[search]") {
  const TestFolder folder;
  write_four_rows(folder);
  const std::string rows = "header\n1\n2\n3\n4\n";
  const auto line = [&](const std::string& mark, std::size_t bytes, const std::string& rest) {
    return fmt::format("{} {} {} {:x}\n", mark, bytes, rest,
                       sweep::checksum(rows.substr(0, bytes)));
  };
  CHECK(read_file(folder / "rows.part") == rows);
  CHECK(read_file(folder / "rows.journal") == "archcost journal 2 sweep request\n" +
                                                  line("0", 7, "0 0 0") + line("2", 11, "2 5 0") +
                                                  line("4", 15, "4 6 7"));
  sweep::SweepJournal next(folder / "rows", "request", "header\n", true);
  CHECK(next.mark().points == 4);
  CHECK(next.mark().bytes == 15);
  CHECK(next.mark().rows == 4);
  CHECK(next.mark().filtered == 6);
  CHECK(next.mark().unbuildable == 7);
  CHECK(next.mark().checksum == sweep::checksum(rows));
  next.append("5\n", {.points = 5});
  CHECK(next.mark().bytes == 17);
  CHECK(next.mark().checksum == sweep::checksum(rows + "5\n"));
  sweep::SweepMark mark;
  mark.add_bytes("12345");
  mark.add_bytes("6789");
  CHECK(mark.bytes == 9);
  CHECK(mark.checksum == 0xcbf43926);
}

TEST_CASE("rows that were lost are written again, from the last mark that they reach", "[search]") {
  struct Row {
    std::size_t bytes;  // that the part has left
    std::uint64_t points;
  };
  for (const Row& row :
       {Row{15, 4}, Row{14, 2}, Row{12, 2}, Row{11, 2}, Row{10, 0}, Row{7, 0}, Row{6, 0}}) {
    INFO(row.bytes);
    const TestFolder folder;
    write_four_rows(folder);
    fs::resize_file(folder / "rows.part", row.bytes);
    sweep::SweepJournal next(folder / "rows", "request", "header\n", true);
    CHECK(next.mark().points == row.points);
    CHECK(next.mark().bytes == 7 + 2 * row.points);
    for (std::uint64_t k = row.points; k < 5; ++k)
      next.append(fmt::format("{}\n", k + 1), {.points = k + 1});
    next.finish("end\n");
    CHECK(read_file(folder / "rows") == "header\n1\n2\n3\n4\n5\nend\n");
    CHECK(!fs::exists(folder / "rows.part"));
    CHECK(!fs::exists(folder / "rows.journal"));
  }
}

TEST_CASE("a file without a part has all rows or none", "[search]") {
  for (const bool whole : {true, false}) {
    INFO(whole);
    const TestFolder folder;
    write_four_rows(folder);
    fs::rename(folder / "rows.part", folder / "rows");
    if (!whole) fs::resize_file(folder / "rows", 14);
    sweep::SweepJournal next(folder / "rows", "request", "header\n", true);
    CHECK(next.mark().points == (whole ? 4 : 0));
    CHECK(fs::exists(folder / "rows.part") == !whole);
  }
  const TestFolder folder;
  write_four_rows(folder);
  fs::remove(folder / "rows.part");  // neither is there
  sweep::SweepJournal next(folder / "rows", "request", "header\n", true);
  CHECK(next.mark().points == 0);
  next.append("1\n", {.points = 1});
  CHECK(read_file(folder / "rows.part") == "header\n1\n");
}

TEST_CASE("a header of one byte, with and without its part", "[search]") {
  const TestFolder folder;
  { sweep::SweepJournal first(folder / "rows", "request", "h", false); }
  {
    sweep::SweepJournal next(folder / "rows", "request", "h", true);
    CHECK(next.mark().bytes == 1);
    CHECK(read_file(folder / "rows.part") == "h");
  }
  fs::rename(folder / "rows.part", folder / "rows");
  sweep::SweepJournal last(folder / "rows", "request", "h", true);
  last.append("more", {.points = 1});
  last.finish("end");
  CHECK(read_file(folder / "rows") == "h");  // it was finished before
  CHECK(!fs::exists(folder / "rows.part"));
  CHECK(!fs::exists(folder / "rows.journal"));
}

TEST_CASE("what a sweep that does not go on finds beside its file", "[search]") {
  const TestFolder folder;
  const std::string rows = folder / "rows";
  const auto anew = [&] {
    return journal_says([&] { sweep::SweepJournal(rows, "request", "header\n", false); });
  };
  write_four_rows(folder);
  CHECK(anew() == fmt::format("error: '{0}.part' holds an unfinished sweep; continue with "
                              "--resume, or remove it and '{0}.journal'",
                              rows));
  CHECK(read_file(rows + ".part").size() == 15);
  // One of the two by itself belongs to no sweep.
  fs::remove(rows + ".journal");
  CHECK(anew().empty());
  CHECK(read_file(rows + ".part") == "header\n");
  fs::remove(rows + ".part");
  CHECK(anew().empty());
  CHECK(read_file(rows + ".part") == "header\n");
  CHECK(contains(read_file(rows + ".journal"), "\n0 7 0 0 0 "));
  fs::remove(rows + ".part");
  fs::remove(rows + ".journal");
  folder.write("rows", "of another run");
  CHECK(anew().empty());
  CHECK(read_file(rows) == "of another run");  // it is replaced at the end
  fs::remove(rows);
  fs::create_directory(rows);
  CHECK(anew() == fmt::format("error: '{}' is not a regular file: rows can't replace it", rows));
}

TEST_CASE("of a damaged record forty characters are shown", "[search]") {
  const TestFolder folder;
  for (const std::size_t length : {39u, 40u, 41u, 42u, 300u}) {
    std::string record;
    for (std::size_t k = 0; k < length; ++k) record += static_cast<char>('a' + k % 26);
    folder.write("rows.part", "");
    folder.write("rows.journal", "archcost journal 2 sweep request\n" + record + "\n");
    const std::string said =
        journal_says([&] { sweep::SweepJournal(folder / "rows", "request", "header\n", true); });
    CHECK(said == fmt::format("error: '{}' is damaged: '{}'", folder / "rows.journal",
                              shorten(record, 40)));
    CHECK(contains(said, record) == (length <= 40));
  }
}
