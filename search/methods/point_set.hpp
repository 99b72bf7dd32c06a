// SPDX-License-Identifier: Apache-2.0
// Points that a search looked at, by the indices of their values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace archcost::methods {

/// A set of points with the same number of axes. Millions of them lie in two blocks of memory.
class PointSet {
 public:
  explicit PointSet(std::size_t axes) : axes_(axes), slots_(1024) {}

  std::size_t size() const { return size_; }
  /// Whether the point is new.
  bool insert(std::span<const std::size_t> at) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    const std::uint64_t point_hash = hash(at);
    Slot& slot = slots_[find(at, point_hash)];
    if (slot.number != 0) return false;
    for (std::size_t index : at) indices_.push_back(static_cast<std::uint32_t>(index));
    slot = {check_of(point_hash), static_cast<std::uint32_t>(++size_)};
    return true;
  }

 private:
  // The check is compared before the indices, which lie anywhere in memory.
  struct Slot {
    std::uint32_t check = 0;
    std::uint32_t number = 0;  // 0: free; else a point's number, from 1
  };

  // A sum of products with pseudorandom factors, so that no product waits for another. The low bits
  // give the slot, the high ones the check.
  template <class Point>
  static std::uint64_t hash(const Point& at) {
    std::uint64_t sum = 0, factor = 0x9e3779b97f4a7c15;
    for (const auto index : at) {
      sum += (index + 1) * ((factor ^ (factor >> 29)) | 1);
      factor += 0xd1b54a32d192ed03;
    }
    sum ^= sum >> 32;
    sum *= 0xff51afd7ed558ccd;
    return sum ^ (sum >> 29);
  }
  static std::uint32_t check_of(std::uint64_t point_hash) {
    return static_cast<std::uint32_t>(point_hash >> 32);
  }
  std::span<const std::uint32_t> point(std::size_t number) const {
    return {indices_.data() + number * axes_, axes_};
  }
  // Where the point stands, or would.
  template <class Point>
  std::size_t find(const Point& at, std::uint64_t point_hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = point_hash & mask;
    for (; slots_[place].number != 0; place = (place + 1) & mask) {
      if (slots_[place].check != check_of(point_hash)) continue;
      const auto known = point(slots_[place].number - 1);
      if (std::equal(known.begin(), known.end(), at.begin())) break;
    }
    return place;
  }
  void grow() {
    slots_.assign(2 * slots_.size(), {});
    for (std::size_t k = 0; k < size_; ++k) {
      const std::uint64_t point_hash = hash(point(k));
      slots_[find(point(k), point_hash)] = {check_of(point_hash),
                                            static_cast<std::uint32_t>(k + 1)};
    }
  }

  std::size_t axes_, size_ = 0;
  std::vector<std::uint32_t> indices_;  // of all points, one after the other
  std::vector<Slot> slots_;
};

}  // namespace archcost::methods
