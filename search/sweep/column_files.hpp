// SPDX-License-Identifier: Apache-2.0
// Rows as columns: a folder with one NumPy file (.npy, format 1.0) for each column, which
// numpy.load(mmap_mode="r") maps without reading it, and columns.json, which names them.
//
//   rows/columns.json  {"columns":[{"crc32":"...","name":"alpha","type":"<f8"},...],
//                       "part":{...},"rows":900}
//   rows/alpha.npy     128 bytes of header, then 900 doubles
//
// Source of the format: numpy.lib.format.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "search/sweep/journal.hpp"
#include "search/sweep/part_file.hpp"

namespace archcost::sweep {

/// A column: its file is NAME.npy.
struct ColumnType {
  std::string name;
  std::string type;       ///< NumPy's: "<i8", "<f8", "<U12"
  std::size_t bytes = 0;  ///< of one value
};
/// Columns of whole numbers, of real numbers (NaN: no figure), and of texts of at most so many
/// characters.
ColumnType whole_column(std::string name);
ColumnType real_column(std::string name);
ColumnType text_column(std::string name, std::size_t characters);
/// A text as a value of such a column: UTF-32, filled up with zeros.
std::string text_value(std::string_view text, std::size_t characters);

/// The header of a file with so many rows, 128 bytes.
std::string npy_header(const ColumnType& type, std::uint64_t rows);

/// What columns.json says.
struct ColumnsIndex {
  PartHead head;  ///< shard 1/1: all rows
  std::uint64_t rows = 0;
  std::vector<ColumnType> columns;
  std::vector<std::uint32_t> checksums;  ///< by column, without the header
};
/// Throws Error: no folder of columns, or damaged.
ColumnsIndex read_columns_index(const std::filesystem::path& folder);

/// Columns on their way into a folder: FOLDER.part has those so far.
class ColumnFiles {
 public:
  /// Opens or creates the files in FOLDER.part; what follows the first `rows` rows is cut off.
  /// Throws Error: can't be written, or a file has fewer rows.
  ColumnFiles(std::filesystem::path folder, std::vector<ColumnType> columns, std::uint64_t rows,
              std::vector<std::uint32_t> checksums);

  /// Appends the values of one column.
  void append(std::size_t column, std::string_view bytes);
  void flush();
  const std::vector<std::uint32_t>& checksums() const { return checksums_; }
  /// Writes headers and columns.json; FOLDER.part becomes the folder. A folder of columns that is
  /// there is replaced, a damaged one too; another one is an Error.
  void finish(const PartHead& head, std::uint64_t rows);
  /// Removes FOLDER.part.
  void remove();

 private:
  using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  [[noreturn]] void fail(const std::string& name) const;

  std::filesystem::path folder_, part_;
  std::vector<ColumnType> columns_;
  std::vector<std::uint32_t> checksums_;
  std::vector<Stream> streams_;
};

/// Gives the values of a column of a folder to `piece`, in pieces of whole values. Throws Error:
/// cut off, or its checksum differs (after the last piece).
void read_column(const std::filesystem::path& folder, const ColumnsIndex& index, std::size_t column,
                 const std::function<void(std::string_view)>& piece);

/// Whether a folder may be replaced by one with these columns. Throws Error if it has other files
/// than columns: those that its columns.json names, or, where that is missing or damaged, these.
void check_replaceable_columns(const std::filesystem::path& folder,
                               const std::vector<ColumnType>& columns);
/// Removes a folder of columns. Throws Error as check_replaceable_columns() does.
void remove_columns(const std::filesystem::path& folder,
                    const std::vector<ColumnType>& columns = {});

}  // namespace archcost::sweep
