// SPDX-License-Identifier: Apache-2.0
// The first and the last line of a part, whole messages of damaged ones, and sets of parts.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/diagnostic.hpp"
#include "search/sweep/part_file.hpp"
#include "search/sweep/part_set.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const sweep::PartHead kLinesHead = {"sweep", "90f2", "0.1.0", {2, 3}, {"sweep", "net"}};

template <class Work>
std::string part_error(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// What reading the file says behind its path.
std::string reading_says(const TestFolder& folder, const std::string& text) {
  folder.write("part2", text);
  const std::string said =
      part_error([&] { sweep::PartFile(folder / "part2").read_body([](std::string_view) {}); });
  const std::string place = folder / "part2" + ": error: ";
  return said.starts_with(place) ? said.substr(place.size()) : said;
}

std::string set_says(const sweep::PartSet& set) {
  return part_error([&] { set.throw_if_any(); });
}

sweep::PartSet::Part part_of_set(const std::string& path, const sweep::PartHead& head,
                                 const std::string& content = "") {
  return {path, head, content};
}

sweep::PartHead head_of_set(std::uint64_t number, std::uint64_t of,
                            const std::string& request = "r") {
  return {"search", request, "0.1.0", {number, of}, {"search", "net"}};
}

}  // namespace

TEST_CASE("which parts are the same", "[parts]") {
  const sweep::PartHead head = kLinesHead;
  CHECK(sweep::is_same_part(head, head));
  sweep::PartHead other = head;
  other.arguments = {"search"};
  CHECK(sweep::is_same_part(head, other));
  for (int field = 0; field < 5; ++field) {
    INFO(field);
    other = head;
    if (field == 0) other.kind = "search";
    if (field == 1) other.request = "90f3";
    if (field == 2) other.version = "0.1.1";
    if (field == 3) other.shard.number = 1;
    if (field == 4) other.shard.of = 4;
    CHECK(!sweep::is_same_part(head, other));
    CHECK(!sweep::is_same_part(other, head));
  }
}

TEST_CASE("the beginning of a part tells it from other files", "[parts]") {
  for (const auto format : {sweep::PartFormat::kCsv, sweep::PartFormat::kJsonLines})
    CHECK(sweep::looks_like_part(sweep::head_line(kLinesHead, format)));
  CHECK(sweep::looks_like_part("# archcost sweep 90f2"));
  CHECK(sweep::looks_like_part("{\"archcost_sweep\":3}"));
  for (const char* other :
       {"", "alpha,macs\n", "# archcost", "# archcost end {}", "{\"archcost\":1}"})
    CHECK(!sweep::looks_like_part(other));
  CHECK(sweep::head_line(kLinesHead, sweep::PartFormat::kJsonLines) ==
        "{\"archcost_part\":" + sweep::to_json_text(kLinesHead) + "}\n");
  CHECK(sweep::end_line({7, 300, 0xab}, sweep::PartFormat::kJsonLines) ==
        "{\"archcost_end\":{\"bytes\":300,\"crc32\":\"000000ab\",\"rows\":7}}\n");
  sweep::PartHead broken = kLinesHead;
  broken.arguments = {"a\xff"};  // no UTF-8
  CHECK(contains(sweep::to_json_text(broken), "a\xef\xbf\xbd"));
}

TEST_CASE("a first line is read whole, however long it is", "[parts]") {
  const TestFolder folder;
  const std::size_t shortest = sweep::head_line(kLinesHead, sweep::PartFormat::kCsv).size();
  for (const std::size_t length : {4094u, 4095u, 4096u, 4097u, 4098u, 8192u, 8193u, 100'000u}) {
    INFO(length);
    sweep::PartHead head = kLinesHead;
    head.arguments[1] += std::string(length - shortest, 'x');
    REQUIRE(sweep::head_line(head, sweep::PartFormat::kCsv).size() == length);
    folder.write("part2", sweep::part_text(head, sweep::PartFormat::kCsv, "1\n2\n", 2));
    const sweep::PartFile file(folder / "part2");
    CHECK(file.head().arguments == head.arguments);
    CHECK(sweep::is_same_part(file.head(), head));
    std::string body;
    file.read_body([&](std::string_view piece) { body += piece; });
    CHECK(body == "1\n2\n");
  }
  CHECK(reading_says(folder, std::string(600'000, 'x') + "\n") ==
        "no part of an archcost run, or cut off");
  CHECK(reading_says(folder, std::string(4096, 'x')) == "no part of an archcost run, or cut off");
  CHECK(reading_says(folder, "\n") == "no part of an archcost run");
}

TEST_CASE("a last line that doesn't fit the file is named", "[parts]") {
  const TestFolder folder;
  for (const auto format : {sweep::PartFormat::kCsv, sweep::PartFormat::kJsonLines}) {
    const std::string head = sweep::head_line(kLinesHead, format), body = head + "1\n2\n";
    const sweep::PartEnd end = {2, body.size(), sweep::checksum(body)};
    folder.write("part2", body + sweep::end_line(end, format));
    const sweep::PartFile file(folder / "part2");
    CHECK(file.format() == format);
    CHECK(file.path() == folder / "part2");
    CHECK(file.end() == end);
    // One byte too many or too few in the body.
    const std::size_t line = sweep::end_line(end, format).size();
    CHECK(reading_says(folder, body + "\n" + sweep::end_line(end, format)) ==
          fmt::format("cut off, or changed: it has {} bytes instead of {}", body.size() + line + 1,
                      body.size() + line));
    CHECK(reading_says(folder, body.substr(0, body.size() - 2) + sweep::end_line(end, format)) ==
          fmt::format("cut off, or changed: it has {} bytes instead of {}", body.size() + line - 2,
                      body.size() + line));
    // No rows at all, and fewer bytes than the first line has.
    CHECK(reading_says(folder, sweep::part_text(kLinesHead, format, "", 0)).empty());
    CHECK(
        contains(reading_says(folder, head + sweep::end_line({0, 3, 0}, format)), " instead of "));
    std::string damaged = body + sweep::end_line(end, format);
    damaged.replace(damaged.find("crc32"), 5, "crc23");
    CHECK(reading_says(folder, damaged) == "cut off, or changed: its last line is damaged");
    damaged = body + sweep::end_line({2, end.bytes, 1}, format);
    CHECK(reading_says(folder, damaged) ==
          fmt::format("damaged: its checksum is {:08x} instead of 00000001", end.checksum));
  }
  const std::string no_json = "# archcost part {\"kind\":\"sweep\"}\n";
  CHECK(reading_says(folder, no_json) == "its first line is damaged");
  const auto unreadable = [](const std::string& path, int reason) {
    return fmt::format("error: '{}' can't be read: {}", path, std::strerror(reason));
  };
  CHECK(part_error([&] { sweep::PartFile file(folder / "nothing"); }) ==
        unreadable(folder / "nothing", ENOENT));
  CHECK(part_error([&] { sweep::PartFile file(folder.text()); }) ==
        unreadable(folder.text(), EISDIR));
}

TEST_CASE("a part is read by a program whose standard input is closed", "[parts]") {
  const TestFolder folder;
  const std::string text = sweep::part_text(kLinesHead, sweep::PartFormat::kCsv, "1\n", 1);
  const int input = dup(0);
  close(0);
  const std::string said = reading_says(folder, text);
  if (input >= 0) {
    dup2(input, 0);
    close(input);
  }
  CHECK(said.empty());
}

TEST_CASE("the command of a part by the kind of its work", "[parts]") {
  const auto command = [](const std::string& kind) {
    return sweep::part_command({kind, "r", "0.1.0", {2, 5}, {kind, "a b"}}, 4, "my part");
  };
  CHECK(command("sweep") == "archcost sweep 'a b' --shard 4/5 --resume -o 'my part'");
  CHECK(command("search") == "archcost search 'a b' --shard 4/5 --resume -o 'my part'");
  CHECK(command("accuracy") == "archcost accuracy 'a b' --shard 4/5 -o 'my part'");
  CHECK(command("profile") == "archcost profile 'a b' --shard 4/5 --db 'my part'");
  CHECK(command("check") == "archcost check 'a b' --shard 4/5 --db 'my part'");
}

TEST_CASE("the number of a part in its path, with and without zeros", "[parts]") {
  struct Row {
    const char* path;
    std::uint64_t number, other;
    const char* expected;
  };
  for (const Row& row : {
           Row{"12.csv", 12, 3, "3.csv"},
           Row{"part9", 9, 10, "part10"},
           Row{"part09", 9, 10, "part10"},
           Row{"part009.jsonl", 9, 123, "part123.jsonl"},
           Row{"part009.jsonl", 9, 1234, "part1234.jsonl"},
           Row{"3-of-3.csv", 3, 1, "3-of-1.csv"},
           Row{"3of16.csv", 3, 11, "11of16.csv"},
           Row{"a/b3/part.csv", 3, 4, "a/b3/part-4.csv"},
           Row{"a.b/part", 3, 4, "a.b/part-4"},
           Row{"part33", 3, 4, "part33-4"},
           Row{"/4", 4, 5, "/5"},
           Row{"99999999999999999999999", 1, 2, "99999999999999999999999-2"},
       }) {
    INFO(row.path);
    CHECK(sweep::sibling_path(row.path, row.number, row.other) == row.expected);
  }
}

TEST_CASE("a set of parts names everything that is wrong with it", "[parts]") {
  sweep::PartSet nothing;
  nothing.check();
  CHECK(!nothing.has_problems());
  CHECK(nothing.parts().empty());
  sweep::PartSet set;
  set.add_problem("notes.txt", "no part of an archcost run");
  set.add_damaged(part_of_set("p2", head_of_set(2, 3)), "cut off");
  CHECK(set.has_problems());
  CHECK(set_says(set) ==
        "notes.txt: error: no part of an archcost run\np2: error: cut off; make it again:\n"
        "    archcost search net --shard 2/3 --resume -o p2\n2 errors");
  // Of two works with as many parts the first one is taken.
  sweep::PartSet two;
  two.add(part_of_set("a1", head_of_set(1, 2, "first")));
  two.add(part_of_set("b2", head_of_set(2, 2, "second")));
  two.check();
  CHECK(set_says(two) ==
        "b2: error: of another search than 'a1'\nerror: part 2/2 is missing; make it:\n"
        "    archcost search net --shard 2/2 --resume -o a2\n2 errors");
  REQUIRE(two.parts().size() == 1);
  CHECK(two.parts().at(1).path == "a1");
  sweep::PartSet more;
  more.add(part_of_set("a1", head_of_set(1, 2, "first")));
  more.add(part_of_set("b2", head_of_set(2, 2, "second")));
  more.add(part_of_set("b1", head_of_set(1, 2, "second")));
  more.check();
  CHECK(set_says(more) == "a1: error: of another search than 'b2'");
  sweep::PartHead kind = head_of_set(1, 2);
  kind.kind = "sweep";
  kind.version = "0.2.0";
  sweep::PartSet kinds;
  kinds.add(part_of_set("a1", head_of_set(1, 2)));
  kinds.add(part_of_set("a2", head_of_set(2, 2)));
  kinds.add(part_of_set("c1", kind));
  kinds.check();
  CHECK(set_says(kinds) == "c1: error: of a sweep, not of a search");
  // Parts whose content isn't known are not the same.
  sweep::PartSet unknown;
  unknown.add(part_of_set("a1", head_of_set(1, 1)));
  unknown.add(part_of_set("b1", head_of_set(1, 1)));
  unknown.check();
  CHECK(unknown.notes().empty());
  CHECK(set_says(unknown) ==
        "b1: error: part 1/1 a second time, with other content than 'a1'; remove the wrong one, or "
        "make it again:\n    archcost search net --shard 1/1 --resume -o b1");
}

TEST_CASE("of many missing parts ten are named", "[parts]") {
  for (const std::uint64_t missing : {9u, 10u, 11u, 13u}) {
    INFO(missing);
    sweep::PartSet set;
    set.add(part_of_set("p3", head_of_set(3, missing + 1)));
    set.check();
    const std::string said = set_says(set);
    std::size_t named = 0;
    for (std::uint64_t k = 1; k <= missing + 1; ++k) {
      const bool has = contains(said, fmt::format("error: part {}/{} is missing", k, missing + 1));
      CHECK(has == (k != 3 && k <= 11));
      named += has ? 1 : 0;
    }
    CHECK(named == std::min<std::uint64_t>(missing, 10));
    CHECK(contains(said, "other parts are missing too") == (missing > 10));
    if (missing > 10)
      CHECK(contains(said, fmt::format("error: {} other parts are missing too", missing - 10)));
  }
}
