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
  explicit PointSet(std::size_t axes) : axes_(axes), places_(1024) {}

  std::size_t size() const { return size_; }
  /// Whether the point is new.
  bool insert(std::span<const std::size_t> at) {
    if (2 * (size_ + 1) > places_.size()) grow();
    const std::size_t place = find(at);
    if (places_[place] != 0) return false;
    for (std::size_t index : at) indices_.push_back(static_cast<std::uint32_t>(index));
    places_[place] = static_cast<std::uint32_t>(++size_);
    return true;
  }

 private:
  template <class Point>
  static std::uint64_t hash(const Point& at) {
    std::uint64_t h = 0x9e3779b97f4a7c15;
    for (const auto index : at) {
      h = (h ^ index) * 0xff51afd7ed558ccd;
      h ^= h >> 32;
    }
    return h;
  }
  std::span<const std::uint32_t> point(std::size_t number) const {
    return {indices_.data() + number * axes_, axes_};
  }
  // Where the point stands, or would.
  template <class Point>
  std::size_t find(const Point& at) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t place = hash(at) & mask;
    while (places_[place] != 0) {
      const auto known = point(places_[place] - 1);
      if (std::equal(known.begin(), known.end(), at.begin())) break;
      place = (place + 1) & mask;
    }
    return place;
  }
  void grow() {
    places_.assign(2 * places_.size(), 0);
    for (std::size_t k = 0; k < size_; ++k)
      places_[find(point(k))] = static_cast<std::uint32_t>(k + 1);
  }

  std::size_t axes_, size_ = 0;
  std::vector<std::uint32_t> indices_;  // of all points, one after the other
  std::vector<std::uint32_t> places_;   // 0: free; else a point's number, from 1
};

}  // namespace archcost::methods
