// SPDX-License-Identifier: Apache-2.0
#include "onnx/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/diagnostic.hpp"

namespace archcost::onnx {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto fail = [&](const char* reason) {
    throw Error(fmt::format("can't read '{}': {}", path.string(), reason));
  };
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) throw Error(fmt::format("no file '{}'", path.string()));
  if (file < 0) fail(std::strerror(errno));
  struct stat status = {};
  const bool known = fstat(file, &status) == 0;
  const int reason = errno;
  const bool regular = known && S_ISREG(status.st_mode);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = nullptr;
  if (regular && size > 0) memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  const int mapping = errno;
  close(file);
  if (!known) fail(std::strerror(reason));
  if (!regular) fail("it isn't a file");
  if (memory == MAP_FAILED) fail(std::strerror(mapping));
  if (memory != nullptr) bytes_ = {static_cast<const char*>(memory), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace archcost::onnx
