// SPDX-License-Identifier: Apache-2.0
// Points that a search looked at, by the indices of their values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace archcost::methods {

/// A set of points with the same number of axes. Millions of them lie in two blocks of memory.
class PointSet {
 public:
  explicit PointSet(std::size_t axes) : axes_(axes), slots_(1024) {}

  /// A sum of products with pseudorandom factors, so that no product waits for another.
  template <class Point>
  static std::uint32_t hash_of(const Point& at) {
    std::uint64_t sum = 0, factor = 0x9e3779b97f4a7c15;
    for (const auto index : at) {
      sum += (index + 1) * ((factor ^ (factor >> 29)) | 1);
      factor += 0xd1b54a32d192ed03;
    }
    sum ^= sum >> 32;
    sum *= 0xff51afd7ed558ccd;
    return static_cast<std::uint32_t>(sum >> 32);
  }

  std::size_t size() const { return size_; }
  /// The indices of all points, one after the other, in the order in which they came.
  std::span<const std::uint32_t> indices() const { return indices_; }
  /// Whether the point is new.
  bool insert(std::span<const std::size_t> at) { return insert(at, hash_of(at)); }
  /// The same where its hash is known.
  bool insert(std::span<const std::size_t> at, std::uint32_t hash) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = slots_[find(at, hash)];
    if (slot.number != 0) return false;
    for (std::size_t index : at) indices_.push_back(static_cast<std::uint32_t>(index));
    slot = {hash, static_cast<std::uint32_t>(++size_)};
    return true;
  }
  /// A lookup in a set of millions of points waits for memory twice. These two start the loads:
  /// called for several points, first the one and then the other, the loads overlap.
  void load_slot(std::uint32_t hash) const { __builtin_prefetch(&slots_[hash & mask()]); }
  void load_point(std::uint32_t hash) const {
    const Slot& slot = slots_[hash & mask()];
    if (slot.number != 0 && slot.hash == hash)
      __builtin_prefetch(indices_.data() + (slot.number - 1) * axes_);
  }

 private:
  // The hash is compared before the indices, which lie anywhere in memory. Its low bits give the
  // place.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  // 0: free; else a point's number, from 1
  };

  std::size_t mask() const { return slots_.size() - 1; }
  // Where the point stands, or would.
  std::size_t find(std::span<const std::size_t> at, std::uint32_t hash) const {
    std::size_t place = hash & mask();
    for (; slots_[place].number != 0; place = (place + 1) & mask()) {
      if (slots_[place].hash != hash) continue;
      const std::uint32_t* known = indices_.data() + (slots_[place].number - 1) * axes_;
      if (std::equal(at.begin(), at.end(), known)) break;
    }
    return place;
  }
  void grow() {
    const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    for (const Slot& slot : before) {
      if (slot.number == 0) continue;
      std::size_t place = slot.hash & mask();
      while (slots_[place].number != 0) place = (place + 1) & mask();
      slots_[place] = slot;
    }
  }

  std::size_t axes_, size_ = 0;
  std::vector<std::uint32_t> indices_;  // of all points, one after the other
  std::vector<Slot> slots_;
};

}  // namespace archcost::methods
