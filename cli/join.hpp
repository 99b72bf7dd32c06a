// SPDX-License-Identifier: Apache-2.0
// Joins the parts of one work, by what their files are. Each part is read once, in pieces; a join
// that fails leaves no output, and the same join again gives the same output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "search/sweep/part_set.hpp"

namespace archcost::cli {

/// What kind of file a part is.
enum class PartKind : std::uint8_t {
  kRows,      ///< CSV or JSON lines of sweep and accuracy
  kSearch,    ///< of search --shard
  kColumns,   ///< a folder of .npy files
  kDatabase,  ///< of latencies, or lines of db export
  kFigures,   ///< measured figures of a search: FILE.figures
};

/// Whether a file is a database of SQLite.
bool is_database(const std::string& path);
/// What begins a file tells; nothing for files of other programs. Throws Error: can't be read.
std::optional<PartKind> part_kind(const std::string& path);

/// Refuses a name of the output that claims to be a file of another kind than `extension`; `what`
/// the parts have: "rows of CSV".
void check_output_name(const std::string& output, const std::string& what,
                       const std::string& extension);

/// Parts of rows become the file that one run would have written. Throws Error with all parts that
/// are missing, doubled, of another work, or damaged, and the commands that make them again.
void join_rows(const std::vector<std::string>& files, const std::string& output);
/// Parts of a search become the result of one run: the command that is named in them is run with
/// --join. Returns its exit status. Throws Error as join_rows() does.
int join_search(const std::vector<std::string>& files, const std::string& output);
/// Folders of columns become one. Throws Error as join_rows() does.
void join_columns(const std::vector<std::string>& folders, const std::string& output);
/// The figures of databases are added to one: of two for one kernel the later one is kept. Parts
/// that are missing are named after that.
void join_databases(const std::vector<std::string>& files, const std::string& output);
/// The figures of journals become one journal.
void join_figures(const std::vector<std::string>& files, const std::string& output);

/// The parts of these files. Those that can't be read become problems of the set.
sweep::PartSet read_parts(const std::vector<std::string>& files);

}  // namespace archcost::cli
