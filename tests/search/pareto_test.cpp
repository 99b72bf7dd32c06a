// SPDX-License-Identifier: Apache-2.0
// Fronts against comparing all with all, and hypervolumes against counting unit cells.
#include "search/methods/pareto.hpp"

#include <algorithm>
#include <random>

#include "support/catch.hpp"

using namespace archcost;

namespace {

using ParetoKeys = std::vector<std::vector<double>>;

ParetoKeys whole_keys(std::mt19937& random, std::size_t objectives, std::size_t count, int range) {
  ParetoKeys keys(count);
  for (auto& key : keys) {
    for (std::size_t g = 0; g < objectives; ++g)
      key.push_back(static_cast<double>(random() % static_cast<unsigned>(range)));
  }
  return keys;
}

bool no_worse(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t g = 0; g < a.size(); ++g) {
    if (a[g] > b[g]) return false;
  }
  return true;
}

// Of whole numbers: how many unit cells below the reference lie above a point.
double cells_by_hand(const ParetoKeys& points, const std::vector<double>& reference) {
  double cells = 0;
  std::vector<double> cell(reference.size(), 0);
  for (bool more = true; more;) {
    if (std::any_of(points.begin(), points.end(),
                    [&](const auto& point) { return no_worse(point, cell); }))
      ++cells;
    more = false;
    for (std::size_t g = cell.size(); g-- > 0 && !more;) {
      more = ++cell[g] < reference[g];
      if (!more) cell[g] = 0;
    }
  }
  return cells;
}

}  // namespace

TEST_CASE("a point dominates what is nowhere better and somewhere worse", "[search]") {
  const std::vector<double> a = {2, 3, 4};
  struct Other {
    std::vector<double> key;
    bool worse, better;  // than a
  };
  for (const Other& other : std::vector<Other>{{{2, 3, 4}, false, false},
                                               {{3, 3, 4}, true, false},
                                               {{2, 4, 4}, true, false},
                                               {{2, 3, 5}, true, false},
                                               {{1, 3, 4}, false, true},
                                               {{2, 3, 3}, false, true},
                                               {{1, 4, 4}, false, false},
                                               {{3, 3, 3}, false, false},
                                               {{5, 5, 5}, true, false},
                                               {{1, 1, 1}, false, true}}) {
    CHECK(methods::dominates(a, other.key) == other.worse);
    CHECK(methods::dominates(other.key, a) == other.better);
  }
}

TEST_CASE("a front of offered points has those that no other dominates, at any moment",
          "[search]") {
  std::mt19937 random(17);
  for (int round = 0; round < 120; ++round) {
    const std::size_t objectives = 1 + static_cast<std::size_t>(round) % 4;
    const ParetoKeys keys = whole_keys(random, objectives, 40, round % 3 == 0 ? 4 : 30);
    methods::ParetoFront front(objectives);
    CHECK(front.size() == 0);
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const bool taken = front.takes(keys[k]);
      CHECK(taken == std::none_of(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(k),
                                  [&](const auto& other) { return no_worse(other, keys[k]); }));
      if (taken) front.add(keys[k], 100 + k);
      std::vector<std::uint64_t> expected, tags;
      for (std::size_t i = 0; i <= k; ++i) {
        bool stays = true;
        for (std::size_t j = 0; j <= k; ++j)
          stays = stays && !methods::dominates(keys[j], keys[i]) && !(j < i && keys[j] == keys[i]);
        if (stays) expected.push_back(100 + i);
      }
      for (std::size_t i = 0; i < front.size(); ++i) {
        tags.push_back(front.tag(i));
        CHECK(std::equal(front.key(i).begin(), front.key(i).end(), keys[tags.back() - 100].begin(),
                         keys[tags.back() - 100].end()));
        // Of two objectives in the order of the first.
        if (objectives == 2 && i > 0) CHECK(front.key(i - 1)[0] < front.key(i)[0]);
      }
      std::sort(tags.begin(), tags.end());
      CHECK(tags == expected);
    }
    front.renumber();
    for (std::size_t i = 0; i < front.size(); ++i) CHECK(front.tag(i) == i);
  }
}

TEST_CASE("a hypervolume of whole numbers is the number of cells that are dominated", "[search]") {
  std::mt19937 random(19);
  for (int round = 0; round < 160; ++round) {
    const std::size_t objectives = 1 + static_cast<std::size_t>(round) % 4;
    std::vector<double> reference;
    for (std::size_t g = 0; g < objectives; ++g)
      reference.push_back(3.0 + (round + 2 * static_cast<int>(g)) % 5);
    // Some points lie at the reference or beyond it, in one objective or all.
    const ParetoKeys points = whole_keys(random, objectives, random() % 9, 9);
    INFO("round " << round);
    CHECK(methods::hypervolume(points, reference) == cells_by_hand(points, reference));
  }
  CHECK(methods::hypervolume({}, {2, 3}) == 0);
}

TEST_CASE("a hypervolume is measured in the box of the exact front", "[search]") {
  // Ideal (10, 200, 5), nadir (30, 600, 5): the third is the same everywhere.
  const ParetoKeys exact = {{10, 600, 5}, {20, 300, 5}, {30, 200, 5}};
  // (0, 1), (0.5, 0.25), (1, 0) below (1.1, 1.1), times what the third leaves of its own.
  const double area = 0.5 * 0.1 + 0.5 * 0.85 + 0.1 * 1.1;
  CHECK(methods::normalised_hypervolume(exact, exact) == Approx(area * 1.1));
  CHECK(methods::normalised_hypervolume({{20, 300, 5.5}}, exact) == Approx(0.6 * 0.85 * 0.6));
  CHECK(methods::normalised_hypervolume({{10, 200, 5}}, exact) == Approx(1.1 * 1.1 * 1.1));
  CHECK(methods::normalised_hypervolume({{40, 200, 5}}, exact) == 0);
  CHECK(methods::normalised_hypervolume({}, exact) == 0);
  CHECK(methods::normalised_hypervolume(exact, {}) == 0);
}
