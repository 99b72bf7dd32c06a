// SPDX-License-Identifier: Apache-2.0
#include "search/methods/ranking.hpp"

#include <algorithm>

#include "search/methods/pareto.hpp"

namespace archcost::methods {
namespace {

using Members = std::vector<std::uint32_t>;

// How far the neighbours of the same rank are, objective by objective.
void set_crowding(std::span<Individual> individuals, const Members& members) {
  const std::size_t objectives = individuals[members.front()].key.size();
  std::vector<std::pair<double, std::uint32_t>> order(members.size());
  for (std::size_t k = 0; k < members.size(); ++k) order[k].second = members[k];
  for (std::size_t g = 0; g < objectives; ++g) {
    // Of two objectives, the order of one is nearly the reverse order of the other.
    if (g > 0) std::reverse(order.begin(), order.end());
    for (auto& [value, member] : order) value = individuals[member].key[g];
    if (!std::is_sorted(order.begin(), order.end())) std::sort(order.begin(), order.end());
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

// One rank while members come in the order of their keys: a member has nothing larger than the
// first objective of any that come later.
struct Front {
  Members members;
  /// Of three objectives: the second and third of the members that no other dominates in these two,
  /// in the order of the second.
  std::vector<std::pair<double, double>> steps;
};

std::size_t steps_up_to(const Front& front, double second) {
  const auto end =
      std::upper_bound(front.steps.begin(), front.steps.end(), second,
                       [](double value, const auto& step) { return value < step.first; });
  return static_cast<std::size_t>(end - front.steps.begin());
}

// Whether one of the front dominates a key that is none of its own.
bool front_dominates(std::span<const Individual> individuals, const Front& front,
                     const std::vector<double>& key) {
  const std::vector<double>& last = individuals[front.members.back()].key;
  if (key.size() == 1) return true;
  if (key.size() == 2) return last[1] <= key[1];  // the last has the least second objective
  if (key.size() == 3) {
    const std::size_t step = steps_up_to(front, key[1]);
    return step > 0 && front.steps[step - 1].second <= key[2];
  }
  // What dominates a member stands near the end.
  return std::any_of(front.members.rbegin(), front.members.rend(),
                     [&](std::uint32_t member) { return dominates(individuals[member].key, key); });
}

void add_member(Front& front, std::uint32_t member, const std::vector<double>& key) {
  front.members.push_back(member);
  if (key.size() != 3) return;
  auto begin = front.steps.begin() + static_cast<std::ptrdiff_t>(steps_up_to(front, key[1]));
  if (begin != front.steps.begin() && std::prev(begin)->second <= key[2]) return;  // an equal key
  if (begin != front.steps.begin() && std::prev(begin)->first == key[1]) --begin;
  auto end = begin;
  while (end != front.steps.end() && end->second >= key[2]) ++end;
  front.steps.insert(front.steps.erase(begin, end), {key[1], key[2]});
}

// Feasible ones by their fronts. Nothing is dominated by what stands behind it in the order of the
// keys.
std::vector<Front> fronts_of(std::span<const Individual> individuals, const Members& members) {
  std::vector<std::pair<double, std::uint32_t>> order;  // by the first objective, if that decides
  order.reserve(members.size());
  for (std::uint32_t member : members) order.emplace_back(individuals[member].key[0], member);
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    const auto &x = individuals[a.second].key, &y = individuals[b.second].key;
    return x != y ? x < y : a.second < b.second;
  });
  std::vector<Front> fronts;
  std::size_t before = 0;  // the front of the member before
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::uint32_t member = order[k].second;
    const std::vector<double>& key = individuals[member].key;
    if (k == 0 || key != individuals[order[k - 1].second].key) {  // equal ones have equal ranks
      // What a front doesn't dominate, the later ones don't either.
      const auto place = std::partition_point(
          fronts.begin(), fronts.end(),
          [&](const Front& front) { return front_dominates(individuals, front, key); });
      before = static_cast<std::size_t>(place - fronts.begin());
      if (place == fronts.end()) fronts.emplace_back();
    }
    add_member(fronts[before], member, key);
  }
  return fronts;
}

}  // namespace

std::vector<std::uint32_t> rank(std::span<Individual> individuals, std::size_t keep) {
  Members feasible, others, best;
  for (std::uint32_t k = 0; k < individuals.size(); ++k) {
    individuals[k].crowding = 0;
    (individuals[k].feasible() ? feasible : others).push_back(k);
  }
  int level = -1;
  for (Front& front : fronts_of(individuals, feasible)) {
    ++level;
    for (std::uint32_t member : front.members) individuals[member].rank = level;
    if (best.size() >= keep) continue;
    set_crowding(individuals, front.members);
    std::sort(front.members.begin(), front.members.end(), [&](std::uint32_t a, std::uint32_t b) {
      const double x = individuals[a].crowding, y = individuals[b].crowding;
      return x != y ? x > y : a < b;
    });
    best.insert(best.end(), front.members.begin(), front.members.end());
  }
  std::stable_sort(others.begin(), others.end(), [&](std::uint32_t a, std::uint32_t b) {
    return individuals[a].violation < individuals[b].violation;
  });
  for (std::size_t k = 0; k < others.size(); ++k) {
    if (k == 0 || individuals[others[k]].violation > individuals[others[k - 1]].violation) ++level;
    individuals[others[k]].rank = level;
  }
  best.insert(best.end(), others.begin(), others.end());
  if (best.size() > keep) best.resize(keep);
  return best;
}

}  // namespace archcost::methods
