// SPDX-License-Identifier: Apache-2.0
// The sources of a report: the command that reproduces it, and the specs' hashes.
#include <fmt/core.h>

#include <filesystem>
#include <set>

#include "core/sha256.hpp"
#include "reports/pages/page_parts.hpp"

namespace archcost::pages {

std::vector<PagePart> origin_parts(const std::vector<const spec::ArchSpec*>& specs,
                                   const ReportOrigin& origin) {
  std::vector<PagePart> parts;
  parts.push_back(Paragraph{fmt::format(
      "Made by {}. This command reproduces the analytic parts byte for byte:", origin.version)});
  parts.push_back(Listing{"sh", origin.command});
  PageTable table;
  table.name = "specs";
  table.table.columns = {{"file", "file"}, {"sha256", "SHA-256"}};
  std::set<std::string> known;
  for (const spec::ArchSpec* spec : specs) {
    for (int f = 0; f < static_cast<int>(spec->files.size()); ++f) {
      const SourceFile& source = spec->sources.file(f);
      // Folders differ from machine to machine.
      const std::string file = std::filesystem::path(source.name).filename().string();
      const std::string hash = sha256(source.text);
      if (known.insert(file + hash).second) table.table.rows.push_back({file, hash});
    }
  }
  parts.push_back(std::move(table));
  return parts;
}

std::vector<PagePart> measured_origin(const runner::Measurement& m, const std::string& command) {
  std::vector<PagePart> parts;
  parts.push_back(Paragraph{fmt::format(
      "Measured {} on {}, {} thread{}, with {} ({}), f32. This command repeats the measurement:",
      m.date, m.cpu, m.options.threads, m.options.threads == 1 ? "" : "s", m.library, m.isa)});
  parts.push_back(Listing{"sh", command});
  return parts;
}

}  // namespace archcost::pages
