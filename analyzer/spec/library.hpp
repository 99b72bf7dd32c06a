// SPDX-License-Identifier: Apache-2.0
// The specs that ship with archcost, found by their names and by the names of their presets.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Where files that ship with archcost are searched, in this order: the value of the environment
/// variable alone, else beside the program (build tree) and in the installed share folder.
std::vector<std::filesystem::path> shipped_places(const char* variable, const char* name);
/// The first of these places that is a folder, else the last.
std::filesystem::path shipped_folder(const char* variable, const char* name);

class SpecLibrary {
 public:
  /// The folder of shipped specs; $ARCHCOST_SPECS names another one.
  SpecLibrary();
  explicit SpecLibrary(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  /// Names of the shipped specs, sorted. Files that only contain blocks for others are left out.
  std::vector<std::string> names() const;
  /// The file of a shipped spec.
  std::optional<std::filesystem::path> find(const std::string& name) const;
  /// The shipped spec that has a preset of that name.
  std::optional<std::filesystem::path> find_with_preset(const std::string& preset) const;
  /// The names of all presets, for suggestions.
  std::vector<std::string> preset_names() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace archcost::spec
