// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/memory_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

namespace archcost::onednn {
namespace {

std::size_t rounded(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

MemoryPool::~MemoryPool() {
  for (const Chunk& chunk : chunks_) munmap(chunk.begin, chunk.size);
}

void* MemoryPool::allocate(std::size_t bytes) {
  const std::size_t size = rounded(std::max<std::size_t>(bytes, 1), 64);
  handed_out_ += size;
  for (Chunk& chunk : chunks_) {
    const auto begin = reinterpret_cast<std::uintptr_t>(chunk.begin);
    char* free = chunk.begin + (rounded(begin, kHugePage) - begin);
    const std::size_t there = chunk.begin + chunk.size - free;
    if (chunk.used + size > there) continue;
    chunk.used += size;
    return free + chunk.used - size;
  }
  // One huge page more than asked for, so that the first one can start where one starts.
  const std::size_t mapped = rounded(std::max(size, kHugePage * 8), kHugePage) + kHugePage;
  void* begin = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (begin == MAP_FAILED) throw std::bad_alloc();
  madvise(begin, mapped, MADV_HUGEPAGE);
  chunks_.push_back({static_cast<char*>(begin), mapped, 0});
  handed_out_ -= size;
  return allocate(bytes);
}

}  // namespace archcost::onednn
