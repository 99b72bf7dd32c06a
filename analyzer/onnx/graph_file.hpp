// SPDX-License-Identifier: Apache-2.0
// The bytes of an ONNX file without the numbers of its large tensors: these are not read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace archcost::onnx {

class GraphFile {
 public:
  /// Throws Error for what can't be read, and for folders.
  explicit GraphFile(const std::filesystem::path& path);
  ~GraphFile();
  GraphFile(const GraphFile&) = delete;
  GraphFile& operator=(const GraphFile&) = delete;

  /// As long as the file. The numbers of tensors that numbers_of() doesn't look at are zeros,
  /// which take no memory; of a damaged file everything is there.
  std::string_view bytes() const { return {memory_, size_}; }

 private:
  char* memory_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace archcost::onnx
