// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/column_files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/diagnostic.hpp"
#include "core/text_file.hpp"

namespace archcost::sweep {
namespace {

namespace fs = std::filesystem;
using IndexJson = nlohmann::json;

constexpr std::size_t kHeaderBytes = 128, kColumnPiece = 1 << 20;
constexpr const char* kIndexFile = "columns.json";

std::string npy_name(const ColumnType& column) { return column.name + ".npy"; }

std::size_t bytes_of_type(const std::string& type) {
  if (type == "<i8" || type == "<f8") return 8;
  std::size_t characters = 0;
  if (type.starts_with("<U"))
    std::from_chars(type.data() + 2, type.data() + type.size(), characters);
  return 4 * characters;
}

std::string index_text(const PartHead& head, std::uint64_t rows,
                       const std::vector<ColumnType>& columns,
                       const std::vector<std::uint32_t>& checksums) {
  IndexJson list = IndexJson::array();
  for (std::size_t c = 0; c < columns.size(); ++c)
    list.push_back({{"name", columns[c].name},
                    {"type", columns[c].type},
                    {"crc32", fmt::format("{:08x}", checksums[c])}});
  const IndexJson out = {
      {"part", IndexJson::parse(to_json_text(head))}, {"rows", rows}, {"columns", list}};
  return out.dump() + "\n";
}

[[noreturn]] void throw_no_columns(const fs::path& folder) {
  throw Error(folder.string(), fmt::format("no folder of columns: it has no {}", kIndexFile));
}

// The files that columns.json names with itself. Where it is missing or damaged, those that a
// folder with the given columns has: other .npy files may be somebody's data.
std::set<std::string> own_files(const fs::path& folder, const std::vector<ColumnType>& columns) {
  std::vector<ColumnType> known = columns;
  try {
    known = read_columns_index(folder).columns;
  } catch (const Error&) {
  }
  std::set<std::string> own = {kIndexFile};
  for (const ColumnType& column : known) own.insert(npy_name(column));
  return own;
}

}  // namespace

ColumnType whole_column(std::string name) { return {std::move(name), "<i8", 8}; }
ColumnType real_column(std::string name) { return {std::move(name), "<f8", 8}; }
ColumnType text_column(std::string name, std::size_t characters) {
  characters = std::max<std::size_t>(1, characters);
  return {std::move(name), fmt::format("<U{}", characters), 4 * characters};
}

std::string text_value(std::string_view text, std::size_t characters) {
  std::string value(4 * std::max<std::size_t>(1, characters), '\0');
  std::size_t at = 0;
  for (std::size_t k = 0; k < text.size() && at < value.size(); at += 4) {
    const auto first = static_cast<unsigned char>(text[k]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t code = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t j = 1; j < length && k + j < text.size(); ++j)
      code = code << 6 | (static_cast<unsigned char>(text[k + j]) & 0x3fu);
    std::memcpy(value.data() + at, &code, 4);
    k += length;
  }
  return value;
}

std::string npy_header(const ColumnType& type, std::uint64_t rows) {
  std::string header("\x93NUMPY\x01\x00", 8);
  const std::uint16_t length = kHeaderBytes - 10;
  header.append(reinterpret_cast<const char*>(&length), 2);
  header +=
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({},), }}", type.type, rows);
  header.resize(kHeaderBytes - 1, ' ');
  return header + '\n';
}

ColumnsIndex read_columns_index(const fs::path& folder) {
  const fs::path file = folder / kIndexFile;
  std::error_code status;
  if (!fs::is_regular_file(file, status)) throw_no_columns(folder);
  ColumnsIndex index;
  try {
    const IndexJson in = IndexJson::parse(read_text_file(file));
    index.head = part_head(in.at("part").dump(), folder.string());
    index.rows = in.at("rows");
    for (const IndexJson& one : in.at("columns")) {
      const std::string type = one.at("type"), digits = one.at("crc32");
      index.columns.push_back({one.at("name"), type, bytes_of_type(type)});
      std::uint32_t& sum = index.checksums.emplace_back(0);
      std::from_chars(digits.data(), digits.data() + digits.size(), sum, 16);
    }
  } catch (const IndexJson::exception&) {
    throw Error(file.string(), "cut off, or changed");
  }
  for (const ColumnType& column : index.columns) {
    if (column.bytes == 0 || column.name.find('/') != std::string::npos)
      throw Error(file.string(), "cut off, or changed");
  }
  return index;
}

ColumnFiles::ColumnFiles(fs::path folder, std::vector<ColumnType> columns, std::uint64_t rows,
                         std::vector<std::uint32_t> checksums)
    : folder_(std::move(folder)),
      part_(folder_.string() + ".part"),
      columns_(std::move(columns)),
      checksums_(std::move(checksums)) {
  checksums_.resize(columns_.size());
  std::error_code status;
  fs::create_directories(part_, status);
  for (const ColumnType& column : columns_) {
    const fs::path file = part_ / npy_name(column);
    const std::uint64_t bytes = kHeaderBytes + rows * column.bytes;
    if (rows > 0 && fs::exists(file, status) && fs::file_size(file, status) < bytes)
      throw Error(
          fmt::format("'{}' has fewer rows than its journal says: remove '{}' and start "
                      "again",
                      file.string(), part_.string()));
    Stream& stream =
        streams_.emplace_back(std::fopen(file.c_str(), rows > 0 ? "r+b" : "wb"), std::fclose);
    if (stream == nullptr) fail(column.name);
    if (rows == 0) {
      const std::string header = npy_header(column, 0);
      if (std::fwrite(header.data(), 1, header.size(), stream.get()) != header.size())
        fail(column.name);
    } else {
      fs::resize_file(file, bytes, status);
      std::fseek(stream.get(), 0, SEEK_END);
    }
  }
}

void ColumnFiles::fail(const std::string& name) const {
  throw Error(fmt::format("'{}' can't be written: {}", (part_ / (name + ".npy")).string(),
                          std::strerror(errno)));
}

void ColumnFiles::append(std::size_t column, std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), streams_[column].get()) != bytes.size())
    fail(columns_[column].name);
  checksums_[column] = checksum(bytes, checksums_[column]);
}

void ColumnFiles::flush() {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (std::fflush(streams_[c].get()) != 0) fail(columns_[c].name);
  }
}

void ColumnFiles::finish(const PartHead& head, std::uint64_t rows) {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const std::string header = npy_header(columns_[c], rows);
    std::FILE* stream = streams_[c].get();
    const bool written = std::fseek(stream, 0, SEEK_SET) == 0 &&
                         std::fwrite(header.data(), 1, header.size(), stream) == header.size();
    if (std::fclose(streams_[c].release()) != 0 || !written) fail(columns_[c].name);
  }
  std::ofstream index(part_ / kIndexFile, std::ios::binary);
  index << index_text(head, rows, columns_, checksums_) << std::flush;
  if (!index)
    throw Error(fmt::format("'{}' can't be written: {}", (part_ / kIndexFile).string(),
                            std::strerror(errno)));
  std::error_code status;
  if (fs::exists(folder_, status)) remove_columns(folder_, columns_);
  fs::rename(part_, folder_, status);
  if (status)
    throw Error(fmt::format("'{}' can't be written: {}", folder_.string(), status.message()));
}

void ColumnFiles::remove() {
  streams_.clear();
  std::error_code status;
  for (const ColumnType& column : columns_) fs::remove(part_ / npy_name(column), status);
  fs::remove(part_ / kIndexFile, status);
  fs::remove(part_, status);
}

void read_column(const fs::path& folder, const ColumnsIndex& index, std::size_t column,
                 const std::function<void(std::string_view)>& piece) {
  const ColumnType& type = index.columns[column];
  const fs::path file = folder / npy_name(type);
  std::error_code status;
  const std::uint64_t expected = kHeaderBytes + index.rows * type.bytes;
  if (const auto size = fs::file_size(file, status); status || size != expected)
    throw Error(folder.string(),
                fmt::format("'{}' is missing, cut off, or was changed", npy_name(type)));
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(kHeaderBytes);
  std::string bytes;
  std::uint32_t sum = 0;
  const std::uint64_t most = std::max<std::uint64_t>(1, kColumnPiece / type.bytes);
  for (std::uint64_t row = 0; row < index.rows;) {
    const std::uint64_t rows = std::min(most, index.rows - row);
    bytes.resize(rows * type.bytes);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      throw Error(file.string(), "can't be read");
    sum = checksum(bytes, sum);
    piece(bytes);
    row += rows;
  }
  if (sum != index.checksums[column])
    throw Error(folder.string(), fmt::format("'{}' is damaged: its checksum is {:08x} instead of "
                                             "{:08x}",
                                             npy_name(type), sum, index.checksums[column]));
}

void check_replaceable_columns(const fs::path& folder, const std::vector<ColumnType>& columns) {
  std::error_code status;
  if (!fs::is_directory(folder, status)) throw_no_columns(folder);
  const std::set<std::string> own = own_files(folder, columns);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status)) {
    const std::string name = entry.path().filename().string();
    if (!own.contains(name) || entry.is_directory(status))
      throw Error(
          fmt::format("'{}' is there and has other files than columns, as '{}'; remove it, or name "
                      "another folder",
                      folder.string(), name));
  }
}

void remove_columns(const fs::path& folder, const std::vector<ColumnType>& columns) {
  check_replaceable_columns(folder, columns);
  std::error_code status;
  for (const std::string& name : own_files(folder, columns)) fs::remove(folder / name, status);
  fs::remove(folder, status);
}

}  // namespace archcost::sweep
