// SPDX-License-Identifier: Apache-2.0
#include "spec/library.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "core/text_file.hpp"

namespace archcost::spec {
namespace {

namespace fs = std::filesystem;

// Whether a line of the text is the key of that name, indented: what a preset looks like. Reading
// only the files that may have it keeps the start fast.
bool may_have_preset(const std::string& text, const std::string& preset) {
  for (std::size_t at = text.find(preset); at != std::string::npos;
       at = text.find(preset, at + 1)) {
    const std::size_t end = at + preset.size();
    const bool starts = at > 0 && (text[at - 1] == ' ' || text[at - 1] == '{');
    if (starts && end < text.size() && text[end] == ':') return true;
  }
  return false;
}

}  // namespace

std::vector<fs::path> shipped_places(const char* variable, const char* name) {
  if (const char* given = std::getenv(variable)) return {given};
  std::error_code status;
  const fs::path program = fs::read_symlink("/proc/self/exe", status);
  return {program.parent_path() / name,
          program.parent_path().parent_path() / "share" / "archcost" / name};
}

fs::path shipped_folder(const char* variable, const char* name) {
  const std::vector<fs::path> places = shipped_places(variable, name);
  std::error_code status;
  return fs::is_directory(places.front(), status) ? places.front() : places.back();
}

SpecLibrary::SpecLibrary() : SpecLibrary(shipped_folder("ARCHCOST_SPECS", "arch_specs")) {}

std::vector<std::string> SpecLibrary::names() const {
  std::vector<std::string> names;
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, status)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string text = read_text_file(entry.path());
    if (text.starts_with("layers:") || text.find("\nlayers:") != std::string::npos)
      names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<fs::path> SpecLibrary::find(const std::string& name) const {
  const fs::path path = folder_ / (name + ".yaml");
  std::error_code status;
  if (name.find('/') != std::string::npos || !fs::is_regular_file(path, status))
    return std::nullopt;
  return path;
}

std::optional<fs::path> SpecLibrary::find_with_preset(const std::string& preset) const {
  for (const std::string& name : names()) {
    const fs::path path = folder_ / (name + ".yaml");
    if (!may_have_preset(read_text_file(path), preset)) continue;
    if (read_spec(path).find_preset(preset) != nullptr) return path;
  }
  return std::nullopt;
}

std::vector<std::string> SpecLibrary::preset_names() const {
  std::vector<std::string> presets;
  for (const std::string& name : names()) {
    for (const Preset& preset : read_spec(folder_ / (name + ".yaml")).presets)
      presets.push_back(preset.name);
  }
  return presets;
}

}  // namespace archcost::spec
