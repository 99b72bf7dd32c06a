// SPDX-License-Identifier: Apache-2.0
// Joins folders of columns, column by column.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/command.hpp"
#include "cli/join.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "search/sweep/column_files.hpp"

namespace archcost::cli {
namespace {

using Indices = std::map<std::string, sweep::ColumnsIndex>;  // by folder

std::string folder_content(const sweep::ColumnsIndex& index) {
  std::string content = fmt::format("{}", index.rows);
  for (const std::uint32_t sum : index.checksums) content += fmt::format(" {:x}", sum);
  return content;
}

void add_folder(const std::string& folder, sweep::PartSet& set, Indices& indices) {
  std::error_code status;
  if (!std::filesystem::is_directory(folder, status)) {
    const bool begun = std::filesystem::exists(folder + ".part", status);
    set.add_problem(folder, begun
                                ? "not finished: the command that writes it continues with --resume"
                                : "there is no such folder");
    return;
  }
  try {
    const sweep::ColumnsIndex index = sweep::read_columns_index(folder);
    set.add({folder, index.head, folder_content(index)});
    indices.emplace(folder, index);
  } catch (const Error& error) {
    set.add_problem(folder, error.diagnostics().front().message);
  }
}

// The columns that all parts have: texts are as wide as the widest.
std::vector<sweep::ColumnType> common_columns(const sweep::PartSet& set, const Indices& indices) {
  const sweep::PartSet::Part& first = set.parts().begin()->second;
  const std::vector<sweep::ColumnType>& columns = indices.at(first.path).columns;
  for (const auto& [number, part] : set.parts()) {
    const std::vector<sweep::ColumnType>& other = indices.at(part.path).columns;
    const bool same = std::equal(columns.begin(), columns.end(), other.begin(), other.end(),
                                 [](const sweep::ColumnType& a, const sweep::ColumnType& b) {
                                   return a.name == b.name && a.type == b.type;
                                 });
    if (!same) throw Error(part.path, fmt::format("it has other columns than '{}'", first.path));
  }
  return columns;
}

// Before anything is written, whether the folder can be.
void check_folder(const std::string& output, const std::vector<sweep::ColumnType>& columns) {
  check_output_name(output, "columns", ".npy");
  std::error_code status;
  if (!std::filesystem::exists(output, status)) return;
  if (!std::filesystem::is_directory(output, status))
    throw Error(fmt::format("-o {}: columns are joined to a folder, and this is a file", output));
  sweep::check_replaceable_columns(output, columns);
}

void copy_part(const sweep::PartSet::Part& part, const sweep::ColumnsIndex& index,
               sweep::PartSet& set, sweep::ColumnFiles& files) {
  try {
    for (std::size_t c = 0; c < index.columns.size(); ++c) {
      sweep::read_column(part.path, index, c, [&](std::string_view values) {
        if (!set.has_problems()) files.append(c, values);  // with one, the rest is only checked
      });
    }
  } catch (const Error& error) {
    // What can't be written has no place.
    if (error.diagnostics().front().place.empty()) throw;
    set.add_damaged(part, error.diagnostics().front().message);
  }
}

}  // namespace

void join_columns(const std::vector<std::string>& folders, const std::string& output) {
  sweep::PartSet set;
  Indices indices;
  for (const std::string& folder : folders) add_folder(folder, set, indices);
  set.check();
  for (const std::string& note : set.notes()) print_note("{}", note);
  set.throw_if_any();
  for (const std::string& folder : folders) {
    std::error_code status;
    if (std::filesystem::equivalent(folder, output, status))
      throw Error(fmt::format("-o {}: the command reads this folder; name another one", output));
  }
  const std::vector<sweep::ColumnType> columns = common_columns(set, indices);
  check_folder(output, columns);
  sweep::ColumnFiles files(output, columns, 0, {});
  std::uint64_t rows = 0;
  try {
    for (const auto& [number, part] : set.parts()) {
      copy_part(part, indices.at(part.path), set, files);
      rows += indices.at(part.path).rows;
    }
    set.throw_if_any();
    sweep::PartHead head = set.parts().begin()->second.head;
    head.shard = {};
    files.finish(head, rows);
  } catch (const Error&) {
    files.remove();
    throw;
  }
}

}  // namespace archcost::cli
