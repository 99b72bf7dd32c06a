// SPDX-License-Identifier: Apache-2.0
// A file of accuracies of one's own for several specs: which of its rows are for which of them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "search/accuracy/accuracy_table.hpp"

namespace archcost::accuracy {

/// A SPEC for which rows are read.
struct TableUser {
  std::string label;  ///< as the command line has it: "resnet50:stride_in=k1"
  const spec::ArchSpec* spec = nullptr;
  const graph::BuildOptions* options = nullptr;  ///< of the label and of --set
};

struct OwnTables {
  std::vector<std::optional<AccuracyTable>> tables;  ///< by user; nothing: no row is for it
  bool names_specs = false;                          ///< the file has a column 'spec'
};

/// Reads a table as read_accuracy_csv() does. Its rows are for the specs that its column 'spec'
/// names: by the label, by the label without its settings, or by the spec's own name. Cells go
/// before what the name alone stands for (a preset) and what --set sets; settings of a label count
/// only where a row names the whole label. A row of another spec is passed over, so that columns
/// may be parameters that only some specs have. Without that column all users must have the same
/// name. Throws Error where it is open which spec a row is for, where no row is for any user, and
/// for the mistakes of read_accuracy_csv().
OwnTables read_own_tables(const std::vector<TableUser>& users, const std::string& name,
                          const std::string& text);
/// The same from a file.
OwnTables read_own_tables(const std::vector<TableUser>& users, const std::filesystem::path& path);

}  // namespace archcost::accuracy
