// SPDX-License-Identifier: Apache-2.0
// Files of shards: what a truncated, changed, doubled, foreign or missing one gives.
#include "search/sweep/part_file.hpp"

#include <fmt/core.h>

#include <fstream>

#include "core/diagnostic.hpp"
#include "core/partition.hpp"
#include "search/sweep/column_files.hpp"
#include "search/sweep/part_set.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const sweep::PartHead kPartHead = {"sweep", "90f2", "0.1.0", {2, 3}, {"sweep", "a net.yaml"}};

std::string error_of_part(const TestFolder& folder, const std::string& text) {
  folder.write("part2", text);
  try {
    sweep::PartFile(folder / "part2").read_body([](std::string_view) {});
    return "";
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
}

// What the set says of parts with these heads, in files part1, part2 ...
std::string problems_of(const std::vector<sweep::PartHead>& heads) {
  sweep::PartSet set;
  for (const sweep::PartHead& head : heads)
    set.add({fmt::format("dir/part{}.csv", head.shard.number), head,
             head.request + head.version + sweep::to_text(head.shard)});
  set.check();
  try {
    set.throw_if_any();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

sweep::PartHead numbered_part(std::uint64_t number, std::uint64_t of) {
  sweep::PartHead head = kPartHead;
  head.shard = {number, of};
  return head;
}

}  // namespace

TEST_CASE("a part has a head, its rows, and an end", "[parts]") {
  const TestFolder folder;
  const std::string text =
      sweep::part_text(kPartHead, sweep::PartFormat::kCsv, "alpha,macs\n0.5,149497088\n", 1);
  // The checksum is that of `crc32` of the text before the last line.
  CHECK(text ==
        "# archcost part {\"arguments\":[\"sweep\",\"a net.yaml\"],\"kind\":\"sweep\",\"request\":"
        "\"90f2\",\"shard\":\"2/3\",\"version\":\"0.1.0\"}\nalpha,macs\n0.5,149497088\n"
        "# archcost end {\"bytes\":142,\"crc32\":\"0db402ed\",\"rows\":1}\n");
  folder.write("part2", text);
  const sweep::PartFile file(folder / "part2");
  CHECK(sweep::to_json_text(file.head()) == sweep::to_json_text(kPartHead));
  std::string body;
  file.read_body([&](std::string_view piece) { body += piece; });
  CHECK(body == "alpha,macs\n0.5,149497088\n");
}

TEST_CASE("truncated and changed parts are found", "[parts]") {
  const TestFolder folder;
  for (const auto format : {sweep::PartFormat::kCsv, sweep::PartFormat::kJsonLines}) {
    const std::string text = sweep::part_text(kPartHead, format, "1\n2\n", 2);
    CHECK(error_of_part(folder, text).empty());
    for (std::size_t length = 0; length < text.size(); ++length)
      CHECK(!error_of_part(folder, text.substr(0, length)).empty());
    for (std::size_t k = 0; k < text.size(); ++k) {
      if (k == text.rfind("\"rows\":") + 7) continue;  // the checksum is not of the number of rows
      std::string changed = text;
      changed[k] = changed[k] == '7' ? '8' : '7';
      INFO(k);
      CHECK(!error_of_part(folder, changed).empty());
    }
    CHECK(!error_of_part(folder, text + text).empty());
  }
  const std::string text = sweep::part_text(kPartHead, sweep::PartFormat::kCsv, "1\n2\n", 2);
  std::string other = text;
  other[other.find("1\n2")] = '3';
  CHECK(error_of_part(folder, other).starts_with("damaged: its checksum is "));
  CHECK(error_of_part(folder, text.substr(0, text.size() - 3)) ==
        "cut off, or changed: its last line is not complete");
  CHECK(error_of_part(folder, text.substr(0, text.find("# archcost end"))) ==
        "cut off, or changed: its last line is missing");
  CHECK(error_of_part(folder, "# archcost sweep 90f2 shard 2/3\n1\n# end 1\n") ==
        "written by an earlier version of archcost");
  CHECK(error_of_part(folder, "alpha,macs\n1,2\n") == "no part of an archcost run");
  CHECK(error_of_part(folder, "") == "empty");
}

TEST_CASE("a body longer than one piece comes whole", "[parts]") {
  const TestFolder folder;
  std::string rows;
  for (int k = 0; k < 500'000; ++k) rows += fmt::format("{}\n", k);
  folder.write("part2", sweep::part_text(kPartHead, sweep::PartFormat::kJsonLines, rows, 500'000));
  std::string body;
  sweep::PartFile(folder / "part2").read_body([&](std::string_view piece) { body += piece; });
  CHECK(body == rows);
}

TEST_CASE("missing, doubled and foreign parts are named with their commands", "[parts]") {
  CHECK(problems_of({numbered_part(1, 3), numbered_part(3, 3), numbered_part(2, 3)}).empty());
  CHECK(problems_of({numbered_part(3, 3), numbered_part(1, 3)}) ==
        "error: part 2/3 is missing; make it:\n"
        "    archcost sweep 'a net.yaml' --shard 2/3 --resume -o dir/part2.csv");
  CHECK(problems_of({numbered_part(1, 3), numbered_part(2, 3)}) ==
        "error: part 3/3 is missing; make it:\n"
        "    archcost sweep 'a net.yaml' --shard 3/3 --resume -o dir/part3.csv");
  CHECK(contains(problems_of({numbered_part(2, 3), numbered_part(3, 3)}),
                 "error: part 1/3 is missing; make it:\n"));
  CHECK(contains(problems_of({numbered_part(2, 3)}), "error: part 3/3 is missing; make it:\n"));
  CHECK(!contains(problems_of({numbered_part(1, 11)}), "other parts"));
  CHECK(contains(problems_of({numbered_part(1, 12)}), "error: 1 other parts are missing too"));
  sweep::PartHead old = numbered_part(2, 3);
  old.version = "0.0.9";
  old.request = "1234";
  CHECK(problems_of({numbered_part(1, 3), old, numbered_part(3, 3)}) ==
        "dir/part2.csv: error: written by archcost 0.0.9, the others by 0.1.0\n"
        "error: part 2/3 is missing; make it:\n"
        "    archcost sweep 'a net.yaml' --shard 2/3 --resume -o dir/part2.csv\n2 errors");
  sweep::PartHead other = numbered_part(2, 3);
  other.request = "1234";
  CHECK(contains(problems_of({other, numbered_part(1, 3), numbered_part(3, 3)}),
                 "dir/part2.csv: error: of another sweep than 'dir/part1.csv'\n"));
  CHECK(contains(problems_of({numbered_part(1, 3), numbered_part(2, 3), numbered_part(2, 4),
                              numbered_part(3, 3)}),
                 "dir/part2.csv: error: one of 4 parts, not of 3: it belongs to another division; "
                 "remove it, or leave it out"));
  CHECK(contains(problems_of({numbered_part(1, 30)}), "error: 19 other parts are missing too"));
  CHECK(contains(problems_of({numbered_part(1, 1'000'000'000'000)}),
                 "error: 999,999,999,989 other parts are missing too"));
}

TEST_CASE("of two equal parts one is used", "[parts]") {
  sweep::PartSet set;
  set.add({"a", numbered_part(1, 2), "content"});
  set.add({"b", numbered_part(1, 2), "content"});
  set.add({"c", numbered_part(2, 2), "content"});
  set.check();
  CHECK(!set.has_problems());
  CHECK(set.notes() == std::vector<std::string>{"'a' and 'b' are the same part 1/2: it is used "
                                                "once"});
  sweep::PartSet differs;
  differs.add({"a1", numbered_part(1, 2), "content"});
  differs.add({"b1", numbered_part(1, 2), "other"});
  differs.add({"c2", numbered_part(2, 2), "content"});
  differs.check();
  try {
    differs.throw_if_any();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "b1: error: part 1/2 a second time, with other content than 'a1'; remove the wrong one, "
          "or make it again:\n    archcost sweep 'a net.yaml' --shard 1/2 --resume -o b1");
  }
}

TEST_CASE("the path of another part is found by its number", "[parts]") {
  CHECK(sweep::sibling_path("rows2/part2.csv", 2, 15) == "rows2/part15.csv");
  CHECK(sweep::sibling_path("a/part-002-of-016.csv", 2, 15) == "a/part-015-of-016.csv");
  CHECK(sweep::sibling_path("a/first.csv", 1, 2) == "a/first-2.csv");
  CHECK(sweep::sibling_path("2/first.csv", 2, 3) == "2/first-3.csv");
}

TEST_CASE("checksums of two texts give that of both", "[parts]") {
  CHECK(sweep::checksum("123456789") == 0xcbf43926);  // the check value of CRC-32
  CHECK(sweep::joined_checksum(sweep::checksum("1234"), sweep::checksum("56789"), 5) ==
        sweep::checksum("123456789"));
}

TEST_CASE("columns are files of NumPy", "[parts]") {
  const std::string header = sweep::npy_header(sweep::real_column("alpha"), 3);
  CHECK(header.size() == 128);
  CHECK(header.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(header.substr(10, 59) == "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }  ");
  CHECK(header.back() == '\n');
  CHECK(sweep::text_value("aé", 3) == std::string("a\0\0\0\xe9\0\0\0\0\0\0\0", 12));
  CHECK(sweep::text_column("gate", 7).type == "<U7");
}

TEST_CASE("items in a row are divided evenly", "[parts]") {
  CHECK(part_numbers(std::vector<double>{1, 1, 1, 1}, 2) == std::vector<std::uint64_t>{1, 1, 2, 2});
  CHECK(part_numbers(std::vector<double>{6, 1, 1}, 2) == std::vector<std::uint64_t>{1, 2, 2});
  CHECK(part_numbers(std::vector<double>{0, 0}, 2) == std::vector<std::uint64_t>{1, 1});
  CHECK(part_numbers(std::vector<double>{}, 2).empty());
}
