// SPDX-License-Identifier: Apache-2.0
// A file that one process holds.
#pragma once

#include <filesystem>

namespace archcost {

/// Held as long as it lives, also by a process that is killed: the system lets go then. The file is
/// there while it is held, and one that a killed process left is no obstacle.
class FileLock {
 public:
  FileLock() = default;
  /// Nothing is held where the file can't be created, or its file system has no locks: what writes
  /// beside it fails then, or is not protected.
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
