// SPDX-License-Identifier: Apache-2.0
// Pareto fronts: what nothing else dominates. Keys are one number for each objective, smaller is
// better.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace archcost::methods {

/// Whether `a` is nowhere worse than `b`, and somewhere better.
bool dominates(std::span<const double> a, std::span<const double> b);

/// Points that no other point that was offered dominates. Of equal points the first stays.
class ParetoFront {
 public:
  explicit ParetoFront(std::size_t objectives) : objectives_(objectives) {}

  /// Whether a point would stay; then add() it.
  bool takes(std::span<const double> key);
  /// A point that takes() said yes to; `tag` is the caller's name for it.
  void add(std::span<const double> key, std::uint64_t tag);
  /// The tags become 0, 1, 2 ... in the order of the points.
  void renumber();

  std::size_t size() const { return tags_.size(); }
  std::uint64_t tag(std::size_t index) const { return tags_[index]; }
  std::span<const double> key(std::size_t index) const {
    return {keys_.data() + index * objectives_, objectives_};
  }

 private:
  std::size_t place_of(double first) const;
  void erase(std::size_t from, std::size_t to);

  std::size_t objectives_;
  // With two objectives in the order of the first, so that a point has one neighbour to be held
  // against; else in any order.
  std::vector<double> keys_;
  std::vector<std::uint64_t> tags_;
};

/// The volume between points and a reference that all of them dominate: of two or more objectives.
/// Source: While et al. 2006, doi:10.1109/TEVC.2005.851275 (slicing objectives).
double hypervolume(const std::vector<std::vector<double>>& points,
                   const std::vector<double>& reference);

/// The same of a front in the box between an exact front's ideal and nadir points, which become 0
/// and 1, with the reference 1.1; 1 is added to the nadir where both are equal.
double normalised_hypervolume(const std::vector<std::vector<double>>& front,
                              const std::vector<std::vector<double>>& exact);

}  // namespace archcost::methods
