// SPDX-License-Identifier: Apache-2.0
// Points of one call of the sweep's engine that are computed together.
#pragma once

#include <cstdint>
#include <vector>

#include "search/space/traced_axis.hpp"

namespace archcost::engine {

/// Points by the indices of their values: by axis, then by place.
using PointList = std::vector<std::vector<std::uint32_t>>;

/// The indices of the values of a point: of its number, or, of listed points, of its place.
class PointIndices {
 public:
  /// The axes must outlive it.
  explicit PointIndices(const std::vector<space::TracedAxis>& axes) : axes_(&axes) {}

  /// Points are places in this list from now on; null: they are numbers.
  void set_list(const PointList* list) { list_ = list; }
  const PointList* list() const { return list_; }
  std::size_t at(std::uint64_t point, std::size_t axis) const {
    if (list_ != nullptr) return (*list_)[axis][point];
    const space::TracedAxis& one = (*axes_)[axis];
    return point / one.stride % one.size;
  }
  std::vector<std::size_t> all(std::uint64_t point) const {
    std::vector<std::size_t> indices(axes_->size());
    for (std::size_t k = 0; k < indices.size(); ++k) indices[k] = at(point, k);
    return indices;
  }

 private:
  const std::vector<space::TracedAxis>* axes_;
  const PointList* list_ = nullptr;
};

/// Points of a call that differ in the lane axis only.
struct SweepRun {
  std::uint32_t place;  ///< of the first among those of the call
  std::size_t start;    ///< its value of the lane axis
  std::size_t size;
};

/// Points that are computed together: listed, or of a run.
struct SweepBlock {
  const std::uint32_t* points = nullptr;  ///< places among those of the call, or null: a run
  std::uint32_t place = 0, step = 0;      ///< the first place, and from lane to lane; of a list
                                          ///< step 0: places anywhere
  int lanes = 0;
  int outer = 0;         ///< the run's number in its batch
  std::size_t part = 0;  ///< of the lane axis,
  int first = 0;         ///< from this value of the part on

  std::uint32_t operator[](int lane) const {
    return points == nullptr ? place + static_cast<std::uint32_t>(lane) * step : points[lane];
  }
  /// The lanes [from, from + count) of a run.
  SweepBlock piece(int from, int count) const {
    SweepBlock part_of_it = *this;
    part_of_it.place += static_cast<std::uint32_t>(from) * step;
    part_of_it.first += from;
    part_of_it.lanes = count;
    return part_of_it;
  }
};

}  // namespace archcost::engine
