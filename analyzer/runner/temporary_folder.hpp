// SPDX-License-Identifier: Apache-2.0
// A folder for the files that another process reads.
#pragma once

#include <filesystem>

namespace archcost::runner {

/// A new folder in that of temporary files; removed with its contents at the end of its scope.
class TemporaryFolder {
 public:
  /// Throws EngineError when none can be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace archcost::runner
