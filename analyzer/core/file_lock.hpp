// SPDX-License-Identifier: Apache-2.0
// A file that one process holds.
#pragma once

#include <filesystem>

namespace archcost {

/// Held while the object lives; the system releases it when a process is killed. The file exists
/// while it is held. A file that a killed process left can be locked again.
class FileLock {
 public:
  FileLock() = default;
  /// Nothing is held where the file can't be created, or its file system has no locks.
  explicit FileLock(std::filesystem::path file);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  /// Another process, or another lock of this one, holds the file.
  bool is_taken() const { return taken_; }

 private:
  void release();

  std::filesystem::path file_;
  int descriptor_ = -1;
  bool taken_ = false;
};

}  // namespace archcost
