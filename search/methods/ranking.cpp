// SPDX-License-Identifier: Apache-2.0
#include "search/methods/ranking.hpp"

#include <algorithm>
#include <limits>

#include "search/methods/pareto.hpp"

namespace archcost::methods {
namespace {

using Members = std::vector<std::uint32_t>;

// How far the neighbours of the same rank are, objective by objective.
void set_crowding(std::vector<Individual>& individuals, Members& members) {
  const std::size_t objectives = individuals[members.front()].key.size();
  std::vector<std::pair<double, std::uint32_t>> order(members.size());
  for (std::size_t g = 0; g < objectives; ++g) {
    for (std::size_t k = 0; k < members.size(); ++k)
      order[k] = {individuals[members[k]].key[g], members[k]};
    std::sort(order.begin(), order.end());
    const double low = order.front().first, high = order.back().first;
    constexpr double kEnd = std::numeric_limits<double>::infinity();
    individuals[order.front().second].crowding = kEnd;
    individuals[order.back().second].crowding = kEnd;
    if (high <= low) continue;
    for (std::size_t k = 1; k + 1 < order.size(); ++k)
      individuals[order[k].second].crowding +=
          (order[k + 1].first - order[k - 1].first) / (high - low);
  }
}

// Feasible ones by their fronts. Nothing is dominated by what stands behind it in the order of the
// keys, and a member that dominates one of a front stands near its end.
std::vector<Members> fronts_of(const std::vector<Individual>& individuals, Members members) {
  std::sort(members.begin(), members.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto &x = individuals[a].key, &y = individuals[b].key;
    return x != y ? x < y : a < b;
  });
  std::vector<Members> fronts;
  for (std::uint32_t member : members) {
    const auto dominated = [&](const Members& front) {
      return std::any_of(front.rbegin(), front.rend(), [&](std::uint32_t other) {
        return dominates(individuals[other].key, individuals[member].key);
      });
    };
    // What a front doesn't beat, the later ones don't either.
    const auto place = std::partition_point(fronts.begin(), fronts.end(), dominated);
    if (place == fronts.end())
      fronts.push_back({member});
    else
      place->push_back(member);
  }
  return fronts;
}

}  // namespace

void rank(std::vector<Individual>& individuals) {
  Members feasible, others;
  for (std::uint32_t k = 0; k < individuals.size(); ++k) {
    individuals[k].crowding = 0;
    (individuals[k].feasible() ? feasible : others).push_back(k);
  }
  int level = -1;
  for (Members& front : fronts_of(individuals, std::move(feasible))) {
    ++level;
    for (std::uint32_t member : front) individuals[member].rank = level;
    set_crowding(individuals, front);
  }
  std::stable_sort(others.begin(), others.end(), [&](std::uint32_t a, std::uint32_t b) {
    return individuals[a].violation < individuals[b].violation;
  });
  for (std::size_t k = 0; k < others.size(); ++k) {
    if (k == 0 || individuals[others[k]].violation > individuals[others[k - 1]].violation) ++level;
    individuals[others[k]].rank = level;
  }
}

}  // namespace archcost::methods
