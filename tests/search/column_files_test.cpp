// SPDX-License-Identifier: Apache-2.0
// Folders of columns: written, continued, read again, and found to be cut off or changed.
#include "search/sweep/column_files.hpp"

#include <fmt/core.h>

#include <cstring>
#include <functional>

#include "core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const sweep::PartHead kColumnsHead = {"sweep", "90f2", "0.1.0", {1, 1}, {"sweep", "net"}};

template <class T>
std::string bytes_of_values(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
std::string whole_bytes(const std::vector<std::int64_t>& values) { return bytes_of_values(values); }
std::string real_bytes(const std::vector<double>& values) { return bytes_of_values(values); }
std::string text_bytes(const std::vector<std::string>& values, std::size_t characters) {
  std::string all;
  for (const std::string& value : values) all += sweep::text_value(value, characters);
  return all;
}

const std::vector<sweep::ColumnType> kColumnTypes = {
    sweep::whole_column("macs"), sweep::real_column("alpha"), sweep::text_column("gate", 3)};

// Three columns with three rows.
sweep::ColumnFiles three_column_rows(const std::string& folder) {
  sweep::ColumnFiles files(folder, kColumnTypes, 0, {});
  files.append(0, whole_bytes({5, -6}));
  files.append(1, real_bytes({0.5, 0.25, 2}));
  files.append(0, whole_bytes({7}));
  files.append(2, text_bytes({"a", "bcd", ""}, 3));
  return files;
}

std::string columns_error(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string column_text(const std::string& folder, std::size_t column,
                        std::vector<std::size_t>* pieces = nullptr) {
  std::string all;
  sweep::read_column(folder, sweep::read_columns_index(folder), column,
                     [&](std::string_view piece) {
                       all += piece;
                       if (pieces != nullptr) pieces->push_back(piece.size());
                     });
  return all;
}

}  // namespace

TEST_CASE("a value of a column of texts is UTF-32 of its width", "[parts]") {
  const auto codes = [](std::string_view text, std::size_t characters) {
    const std::string bytes = sweep::text_value(text, characters);
    std::vector<std::uint32_t> all(bytes.size() / 4);
    std::memcpy(all.data(), bytes.data(), bytes.size());
    return all;
  };
  using Codes = std::vector<std::uint32_t>;
  CHECK(codes("", 2) == Codes{0, 0});
  CHECK(codes("", 0) == Codes{0});
  CHECK(codes("ab", 3) == Codes{'a', 'b', 0});
  CHECK(codes("abcd", 3) == Codes{'a', 'b', 'c'});
  CHECK(codes("\x7f\xc2\x80", 2) == Codes{0x7f, 0x80});
  CHECK(codes("\xdf\xbf\xe0\xa0\x80z", 3) == Codes{0x7ff, 0x800, 'z'});
  CHECK(codes("α≤ζ", 3) == Codes{0x3b1, 0x2264, 0x3b6});
  CHECK(codes("\xef\xbf\xbd\xf0\x90\x80\x80", 2) == Codes{0xfffd, 0x10000});
  CHECK(codes("x\xf0\x9f\x98\x80y", 3) == Codes{'x', 0x1f600, 'y'});
  CHECK(codes("\xe2\x82", 1).size() == 1);  // cut off
  CHECK(sweep::text_column("gate", 0).type == "<U1");
  CHECK(sweep::text_column("gate", 0).bytes == 4);
  CHECK(sweep::text_column("gate", 7).bytes == 28);
  CHECK(sweep::whole_column("macs").type == "<i8");
  CHECK(sweep::whole_column("macs").bytes == 8);
  CHECK(sweep::real_column("alpha").bytes == 8);
}

TEST_CASE("columns are written, and read again", "[parts]") {
  const TestFolder folder;
  const std::string rows = folder / "rows";
  {
    sweep::ColumnFiles files = three_column_rows(rows);
    files.flush();
    CHECK(!fs::exists(rows));
    CHECK(fs::file_size(rows + ".part/macs.npy") == 128 + 3 * 8);
    CHECK(fs::file_size(rows + ".part/alpha.npy") == 128 + 3 * 8);
    CHECK(fs::file_size(rows + ".part/gate.npy") == 128 + 3 * 12);
    CHECK(read_file(rows + ".part/macs.npy").substr(0, 128) ==
          sweep::npy_header(kColumnTypes[0], 0));
    CHECK(files.checksums()[1] == sweep::checksum(real_bytes({0.5, 0.25, 2})));
    files.finish(kColumnsHead, 3);
  }
  CHECK(!fs::exists(rows + ".part"));
  CHECK(read_file(rows + "/alpha.npy") ==
        sweep::npy_header(kColumnTypes[1], 3) + real_bytes({0.5, 0.25, 2}));
  const sweep::ColumnsIndex index = sweep::read_columns_index(rows);
  CHECK(sweep::to_json_text(index.head) == sweep::to_json_text(kColumnsHead));
  CHECK(index.rows == 3);
  REQUIRE(index.columns.size() == 3);
  const std::vector<std::string> expected = {whole_bytes({5, -6, 7}), real_bytes({0.5, 0.25, 2}),
                                             text_bytes({"a", "bcd", ""}, 3)};
  for (std::size_t c = 0; c < 3; ++c) {
    INFO(c);
    CHECK(index.columns[c].name == kColumnTypes[c].name);
    CHECK(index.columns[c].type == kColumnTypes[c].type);
    CHECK(index.columns[c].bytes == kColumnTypes[c].bytes);
    CHECK(index.checksums[c] == sweep::checksum(expected[c]));
    CHECK(column_text(rows, c) == expected[c]);
  }
  CHECK(read_file(rows + "/columns.json") ==
        fmt::format("{{\"columns\":[{{\"crc32\":\"{:08x}\",\"name\":\"macs\",\"type\":\"<i8\"}},"
                    "{{\"crc32\":\"{:08x}\",\"name\":\"alpha\",\"type\":\"<f8\"}},"
                    "{{\"crc32\":\"{:08x}\",\"name\":\"gate\",\"type\":\"<U3\"}}],"
                    "\"part\":{},\"rows\":3}}\n",
                    index.checksums[0], index.checksums[1], index.checksums[2],
                    sweep::to_json_text(kColumnsHead)));
  // Another run replaces the folder, and no other one.
  three_column_rows(rows).finish(kColumnsHead, 3);
  CHECK(column_text(rows, 0) == expected[0]);
  folder.write("rows/notes.txt", "mine");
  CHECK(columns_error([&] { three_column_rows(rows).finish(kColumnsHead, 3); }) ==
        fmt::format("error: '{}' is there and has other files than columns, as 'notes.txt'; remove "
                    "it, or name another folder",
                    rows));
  CHECK(read_file(rows + "/notes.txt") == "mine");
  CHECK(column_text(rows, 2) == expected[2]);
  fs::remove(rows + "/notes.txt");
  sweep::remove_columns(rows);
  CHECK(!fs::exists(rows));
}

TEST_CASE("a damaged folder of columns is replaced, other data is not", "[parts]") {
  const TestFolder folder;
  const std::string rows = folder / "rows";
  const auto replace = [&] {
    return columns_error([&] { three_column_rows(rows).finish(kColumnsHead, 3); });
  };
  fs::create_directory(rows);  // empty
  CHECK(replace().empty());
  const std::string index = read_file(rows + "/columns.json");
  for (const std::string& text : {std::string(), index.substr(0, 50), std::string("null\n")}) {
    INFO(text);
    folder.write("rows/columns.json", text);
    CHECK(columns_error([&] { sweep::check_replaceable_columns(rows, kColumnTypes); }).empty());
    CHECK(replace().empty());
    CHECK(read_file(rows + "/columns.json") == index);
    CHECK(column_text(rows, 0) == whole_bytes({5, -6, 7}));
  }
  fs::remove(rows + "/columns.json");
  fs::remove(rows + "/alpha.npy");
  CHECK(replace().empty());
  // A .npy file that no column of these has is somebody's data.
  const auto other_file = [&](const std::string& name) {
    return fmt::format(
        "error: '{}' is there and has other files than columns, as '{}'; remove it, or name "
        "another folder",
        rows, name);
  };
  fs::remove(rows + "/columns.json");
  folder.write("rows/images.npy", "mine");
  CHECK(columns_error([&] { sweep::check_replaceable_columns(rows, kColumnTypes); }) ==
        other_file("images.npy"));
  CHECK(replace() == other_file("images.npy"));
  CHECK(read_file(rows + "/images.npy") == "mine");
  CHECK(fs::exists(rows + "/macs.npy"));
  fs::remove(rows + "/images.npy");
  fs::remove(rows + "/gate.npy");
  fs::create_directories(rows + "/gate.npy/inner");
  CHECK(replace() == other_file("gate.npy"));
  CHECK(columns_error([&] { sweep::check_replaceable_columns(folder / "none", {}); }) ==
        (folder / "none") + ": error: no folder of columns: it has no columns.json");
}

TEST_CASE("columns without a row", "[parts]") {
  const TestFolder folder;
  sweep::ColumnFiles(folder / "rows", kColumnTypes, 0, {}).finish(kColumnsHead, 0);
  CHECK(sweep::read_columns_index(folder / "rows").rows == 0);
  for (std::size_t c = 0; c < 3; ++c) CHECK(column_text(folder / "rows", c).empty());
  CHECK(read_file(folder / "rows/gate.npy") == sweep::npy_header(kColumnTypes[2], 0));
}

TEST_CASE("columns go on behind the rows that count", "[parts]") {
  const TestFolder folder;
  const std::string rows = folder / "rows";
  three_column_rows(rows);  // ended before its time
  const std::vector<std::uint32_t> checksums = {sweep::checksum(whole_bytes({5, -6})),
                                                sweep::checksum(real_bytes({0.5, 0.25})),
                                                sweep::checksum(text_bytes({"a", "bcd"}, 3))};
  sweep::ColumnFiles files(rows, kColumnTypes, 2, checksums);
  CHECK(fs::file_size(rows + ".part/macs.npy") == 128 + 2 * 8);
  files.append(0, whole_bytes({9, 8}));
  files.append(1, real_bytes({1, 3}));
  files.append(2, text_bytes({"xyz", "u"}, 3));
  files.finish(kColumnsHead, 4);
  CHECK(column_text(rows, 0) == whole_bytes({5, -6, 9, 8}));
  CHECK(column_text(rows, 1) == real_bytes({0.5, 0.25, 1, 3}));
  CHECK(column_text(rows, 2) == text_bytes({"a", "bcd", "xyz", "u"}, 3));
  CHECK(read_file(rows + "/macs.npy").substr(0, 128) == sweep::npy_header(kColumnTypes[0], 4));
  // From the first row on, from exactly as many as there are, from one more, and anew.
  three_column_rows(rows);
  {
    sweep::ColumnFiles one(rows, kColumnTypes, 1, {sweep::checksum(whole_bytes({5})), 0, 0});
    one.append(0, whole_bytes({4}));
    one.flush();
    CHECK(one.checksums()[0] == sweep::checksum(whole_bytes({5, 4})));
    CHECK(read_file(rows + ".part/macs.npy").substr(128) == whole_bytes({5, 4}));
    CHECK(fs::file_size(rows + ".part/gate.npy") == 128 + 12);
  }
  fs::resize_file(rows + ".part/alpha.npy", 128);
  CHECK(contains(columns_error([&] { sweep::ColumnFiles(rows, kColumnTypes, 1, {}); }),
                 "has fewer rows"));
  fs::resize_file(rows + ".part/alpha.npy", 20);
  CHECK(columns_error([&] { sweep::ColumnFiles(rows, kColumnTypes, 0, {}); }).empty());
  three_column_rows(rows);
  CHECK(columns_error([&] { sweep::ColumnFiles(rows, kColumnTypes, 3, checksums); }).empty());
  CHECK(columns_error([&] { sweep::ColumnFiles(rows, kColumnTypes, 4, checksums); }) ==
        fmt::format("error: '{0}.part/macs.npy' has fewer rows than its journal says: remove "
                    "'{0}.part' and start again",
                    rows));
  sweep::ColumnFiles anew(rows, kColumnTypes, 0, {});
  anew.flush();
  CHECK(fs::file_size(rows + ".part/alpha.npy") == 128);
  folder.write("rows.part/columns.json", "");
  anew.remove();
  CHECK(!fs::exists(rows + ".part"));
  CHECK(fs::exists(rows));
}

TEST_CASE("columns that can't be written are named", "[parts]") {
  const TestFolder folder;
  fs::create_directories(folder / "rows.part/alpha.npy");
  CHECK(columns_error([&] { sweep::ColumnFiles(folder / "rows", kColumnTypes, 0, {}); })
            .starts_with(
                fmt::format("error: '{}' can't be written: ", folder / "rows.part/alpha.npy")));
  fs::remove(folder / "rows.part/alpha.npy");
  fs::create_directories(folder / "rows.part/columns.json");
  CHECK(columns_error([&] { three_column_rows(folder / "rows").finish(kColumnsHead, 3); })
            .starts_with(
                fmt::format("error: '{}' can't be written: ", folder / "rows.part/columns.json")));
  CHECK(!fs::exists(folder / "rows"));
}

TEST_CASE("columns that are cut off or changed are found", "[parts]") {
  const TestFolder folder;
  const std::string rows = folder / "rows";
  CHECK(columns_error([&] { sweep::read_columns_index(rows); }) ==
        rows + ": error: no folder of columns: it has no columns.json");
  three_column_rows(rows).finish(kColumnsHead, 3);
  const std::string values = read_file(rows + "/alpha.npy"),
                    index = read_file(rows + "/columns.json");
  for (const std::size_t length : {values.size() - 1, values.size() + 1, values.size() - 8}) {
    std::string other = values;
    other.resize(length, 'x');
    folder.write("rows/alpha.npy", other);
    CHECK(columns_error([&] { column_text(rows, 1); }) ==
          rows + ": error: 'alpha.npy' is missing, cut off, or was changed");
  }
  std::string changed = values;
  changed[130] ^= 1;
  folder.write("rows/alpha.npy", changed);
  CHECK(columns_error([&] { column_text(rows, 1); }) ==
        fmt::format("{}: error: 'alpha.npy' is damaged: its checksum is {:08x} instead of {:08x}",
                    rows, sweep::checksum(changed.substr(128)),
                    sweep::checksum(values.substr(128))));
  changed = values;
  changed[20] ^= 1;  // the header is none of the values
  folder.write("rows/alpha.npy", changed);
  CHECK(columns_error([&] { column_text(rows, 1); }).empty());
  fs::remove(rows + "/alpha.npy");
  CHECK(columns_error([&] { column_text(rows, 1); }) ==
        rows + ": error: 'alpha.npy' is missing, cut off, or was changed");
  const auto with = [&](const std::string& part, const std::string& other) {
    std::string text = index;
    text.replace(text.find(part), part.size(), other);
    folder.write("rows/columns.json", text);
    return columns_error([&] { sweep::read_columns_index(rows); });
  };
  const std::string damaged = rows + "/columns.json: error: cut off, or changed";
  CHECK(with("\"rows\":3", "\"rows\":4").empty());
  CHECK(with("\"rows\":3", "\"row\":3") == damaged);
  CHECK(with("\"columns\"", "\"column\"") == damaged);
  CHECK(with("<U3", "<U0") == damaged);
  CHECK(with("<U3", "<U12").empty());
  CHECK(sweep::read_columns_index(rows).columns[2].bytes == 48);
  CHECK(with("<U3", "<f4") == damaged);
  CHECK(with("<U3", "i8") == damaged);
  CHECK(with("\"macs\"", "\"../macs\"") == damaged);
  CHECK(with("\"macs\"", "3") == damaged);
  CHECK(with(index, index.substr(0, index.size() / 2)) == damaged);
  CHECK(with("\"shard\":\"1/1\"", "\"shard\":\"x\"") ==
        rows + ": error: its first line is damaged");
}

TEST_CASE("long columns come in pieces of whole values", "[parts]") {
  const TestFolder folder;
  const std::string rows = folder / "rows";
  constexpr std::size_t kPiece = 1 << 20, kWide = kPiece / 4 + 5;
  std::vector<std::int64_t> numbers(kPiece / 8 + 3);
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = static_cast<std::int64_t>(k * k);
  sweep::ColumnFiles(rows, {sweep::whole_column("n")}, 0, {}).finish(kColumnsHead, 0);
  {
    sweep::ColumnFiles files(rows, {sweep::whole_column("n")}, 0, {});
    files.append(0, whole_bytes(numbers));
    files.finish(kColumnsHead, numbers.size());
  }
  std::vector<std::size_t> pieces;
  CHECK((column_text(rows, 0, &pieces) == whole_bytes(numbers)));
  CHECK(pieces == std::vector<std::size_t>{kPiece, 24});
  const std::string wide = sweep::text_value("first", kWide) + sweep::text_value("second", kWide);
  {
    sweep::ColumnFiles files(rows, {sweep::text_column("t", kWide)}, 0, {});
    files.append(0, wide);
    files.finish(kColumnsHead, 2);
  }
  pieces.clear();
  CHECK((column_text(rows, 0, &pieces) == wide));
  CHECK(pieces == std::vector<std::size_t>{4 * kWide, 4 * kWide});
}
