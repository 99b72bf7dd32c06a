// SPDX-License-Identifier: Apache-2.0
#include "search/methods/pareto.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace archcost::methods {

bool dominates(std::span<const double> a, std::span<const double> b) {
  bool better = false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] > b[k]) return false;
    better = better || a[k] < b[k];
  }
  return better;
}

namespace {

bool nowhere_worse(const double* a, const double* b, std::size_t objectives) {
  for (std::size_t k = 0; k < objectives; ++k) {
    if (a[k] > b[k]) return false;
  }
  return true;
}

}  // namespace

// With two objectives: the first point whose first number is above `first`.
std::size_t ParetoFront::place_of(double first) const {
  std::size_t low = 0, high = size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (keys_[2 * middle] <= first)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool ParetoFront::takes(std::span<const double> key) {
  if (objectives_ == 2) {
    const std::size_t place = place_of(key[0]);
    return place == 0 || keys_[2 * (place - 1) + 1] > key[1];
  }
  for (std::size_t k = 0; k < size(); ++k) {
    if (!nowhere_worse(keys_.data() + k * objectives_, key.data(), objectives_)) continue;
    if (k > 0) {  // what dominates one point often dominates its neighbours: it is asked first next
                  // time
      std::swap(tags_[k], tags_[k / 2]);
      std::swap_ranges(keys_.begin() + static_cast<std::ptrdiff_t>(k * objectives_),
                       keys_.begin() + static_cast<std::ptrdiff_t>((k + 1) * objectives_),
                       keys_.begin() + static_cast<std::ptrdiff_t>(k / 2 * objectives_));
    }
    return false;
  }
  return true;
}

void ParetoFront::erase(std::size_t from, std::size_t to) {
  if (from == to) return;
  const auto at = [](std::size_t k) { return static_cast<std::ptrdiff_t>(k); };
  keys_.erase(keys_.begin() + at(from * objectives_), keys_.begin() + at(to * objectives_));
  tags_.erase(tags_.begin() + at(from), tags_.begin() + at(to));
}

void ParetoFront::add(std::span<const double> key, std::uint64_t tag) {
  std::size_t place = 0;
  if (objectives_ == 2) {
    place = place_of(key[0]);
    if (place > 0 && keys_[2 * (place - 1)] == key[0]) --place;  // that one is worse
    std::size_t end = place;
    while (end < size() && keys_[2 * end + 1] >= key[1]) ++end;
    if (end > place) {  // it takes the place of one of those that it dominates
      std::copy(key.begin(), key.end(), keys_.begin() + static_cast<std::ptrdiff_t>(2 * place));
      tags_[place] = tag;
      return erase(place + 1, end);
    }
  } else {
    for (std::size_t k = size(); k-- > 0;) {
      if (nowhere_worse(key.data(), keys_.data() + k * objectives_, objectives_)) erase(k, k + 1);
    }
    place = size();
  }
  keys_.insert(keys_.begin() + static_cast<std::ptrdiff_t>(place * objectives_), key.begin(),
               key.end());
  tags_.insert(tags_.begin() + static_cast<std::ptrdiff_t>(place), tag);
}

void ParetoFront::renumber() { std::iota(tags_.begin(), tags_.end(), std::uint64_t{0}); }

namespace {

// Of the first `objectives` numbers of the points: slices along the last of them.
double volume(std::vector<const double*> points, const std::vector<double>& reference,
              std::size_t objectives) {
  if (points.empty()) return 0;
  if (objectives == 1) {
    double best = reference[0];
    for (const double* point : points) best = std::min(best, point[0]);
    return reference[0] - best;
  }
  const std::size_t last = objectives - 1;
  std::sort(points.begin(), points.end(),
            [&](const double* a, const double* b) { return a[last] < b[last]; });
  if (objectives == 2) {
    double total = 0, lowest = reference[0];
    for (const double* point : points) {
      if (point[0] >= lowest) continue;
      total += (lowest - point[0]) * (reference[1] - point[1]);
      lowest = point[0];
    }
    return total;
  }
  double total = 0;
  std::vector<const double*> slice;
  for (std::size_t k = 0; k < points.size(); ++k) {
    slice.push_back(points[k]);
    const double next = k + 1 < points.size() ? points[k + 1][last] : reference[last];
    if (next > points[k][last]) total += (next - points[k][last]) * volume(slice, reference, last);
  }
  return total;
}

}  // namespace

double hypervolume(const std::vector<std::vector<double>>& points,
                   const std::vector<double>& reference) {
  std::vector<const double*> inside;
  for (const std::vector<double>& point : points) {
    bool below = true;
    for (std::size_t k = 0; k < reference.size(); ++k) below = below && point[k] < reference[k];
    if (below) inside.push_back(point.data());
  }
  return volume(std::move(inside), reference, reference.size());
}

double normalised_hypervolume(const std::vector<std::vector<double>>& front,
                              const std::vector<std::vector<double>>& exact) {
  if (exact.empty()) return 0;
  const std::size_t objectives = exact.front().size();
  std::vector<double> ideal(objectives, std::numeric_limits<double>::infinity()),
      nadir(objectives, -ideal[0]);
  for (const std::vector<double>& point : exact) {
    for (std::size_t k = 0; k < objectives; ++k) {
      ideal[k] = std::min(ideal[k], point[k]);
      nadir[k] = std::max(nadir[k], point[k]);
    }
  }
  std::vector<std::vector<double>> scaled = front;
  for (std::vector<double>& point : scaled) {
    for (std::size_t k = 0; k < objectives; ++k)
      point[k] = (point[k] - ideal[k]) / (nadir[k] > ideal[k] ? nadir[k] - ideal[k] : 1);
  }
  return hypervolume(scaled, std::vector<double>(objectives, 1.1));
}

}  // namespace archcost::methods
