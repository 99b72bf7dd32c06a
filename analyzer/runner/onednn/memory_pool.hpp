// SPDX-License-Identifier: Apache-2.0
// Memory in huge pages, handed out in pieces and given back as a whole.
#pragma once

#include <cstddef>
#include <vector>

namespace archcost::onednn {

constexpr std::size_t kHugePage = std::size_t{2} << 20;  ///< bytes

class MemoryPool {
 public:
  MemoryPool() = default;
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// Zeroed, at a multiple of 64 bytes. Throws std::bad_alloc.
  void* allocate(std::size_t bytes);
  std::size_t bytes() const { return handed_out_; }

 private:
  struct Chunk {
    char* begin;
    std::size_t size, used;
  };
  std::vector<Chunk> chunks_;
  std::size_t handed_out_ = 0;
};

}  // namespace archcost::onednn
