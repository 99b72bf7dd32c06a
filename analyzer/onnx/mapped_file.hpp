// SPDX-License-Identifier: Apache-2.0
// A file's bytes, mapped into memory: only the pages that are read are loaded.
#pragma once

#include <filesystem>
#include <string_view>

namespace archcost::onnx {

class MappedFile {
 public:
  /// Throws Error for what can't be read, and for folders.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace archcost::onnx
