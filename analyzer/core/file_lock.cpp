// SPDX-License-Identifier: Apache-2.0
#include "core/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace archcost {
namespace {

// Whether the name still stands for the opened file: the process that held it may have removed it.
bool is_same_file(const std::filesystem::path& file, int descriptor) {
  struct stat named = {}, opened = {};
  return stat(file.c_str(), &named) == 0 && fstat(descriptor, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

}  // namespace

FileLock::FileLock(std::filesystem::path file) : file_(std::move(file)) {
  for (;;) {
    descriptor_ = open(file_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (descriptor_ < 0) return;
    const bool held = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
    taken_ = !held && errno == EWOULDBLOCK;
    if (held && is_same_file(file_, descriptor_)) return;
    close(descriptor_);
    descriptor_ = -1;
    if (!held) return;
  }
}

FileLock::~FileLock() { release(); }

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      taken_(other.taken_) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this == &other) return *this;
  release();
  file_ = std::move(other.file_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  taken_ = other.taken_;
  return *this;
}

// Removed before it is released: later it could be the file of another lock.
void FileLock::release() {
  if (descriptor_ < 0) return;
  unlink(file_.c_str());
  close(descriptor_);
  descriptor_ = -1;
}

}  // namespace archcost
