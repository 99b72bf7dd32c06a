#include "search/evolve.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <unordered_set>

#include "core/text.hpp"
#include "search/candidate_pool.hpp"

namespace archcost {
namespace {

constexpr std::size_t kPopulation = 100;
constexpr int kPatience = 60;  // generations without a new design of the front, where no number
                               // of evaluations was asked for
constexpr int kTries = 40;     // for a point that wasn't looked at yet
constexpr std::uint64_t kMostEvaluations = 2'000'000;  // when nobody says how many
constexpr double kNeighbours = 0.5, kFromFront = 0.4, kCrossover = 0.9;

// Distributions of the standard library differ between libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits_() % n); }
  double unit() { return static_cast<double>(bits_() >> 11) * 0x1.0p-53; }
  bool chance(double p) { return unit() < p; }

 private:
  std::mt19937_64 bits_;
};

bool constrained_beats(const Individual& a, const Individual& b) {
  if (a.feasible() != b.feasible()) return a.feasible();
  if (a.feasible()) return dominates(a.key, b.key);
  return a.violation < b.violation;
}

struct PointHash {
  std::size_t operator()(const std::vector<std::size_t>& at) const {
    std::uint64_t h = 0x9e3779b97f4a7c15;
    for (std::size_t x : at) h = (h ^ x) * 0xff51afd7ed558ccd + (h >> 29);
    return h;
  }
};

class Evolution {
 public:
  Evolution(const SearchPlan& plan, std::size_t job, const SearchOptions& options,
            std::uint64_t budget, Collector& collector)
      : job_(job),
        options_(&options),
        budget_(budget),
        collector_(&collector),
        pool_(plan, job, options.threads),
        random_(options.seed * 1'000'003 + job) {
    for (const SweepAxis& axis : plan.jobs[job].space.axes) {
      sizes_.push_back(axis.values.size());
      ordered_.push_back(std::all_of(axis.values.begin(), axis.values.end(),
                                     [](const Value& v) { return v.is_number(); }));
    }
  }

  std::string run(bool& whole) {
    std::vector<Individual> children = first();
    int idle = 0;
    while (!children.empty()) {
      if (options_->stop != nullptr && options_->stop->load()) {
        whole = false;
        return "it was stopped";
      }
      idle = pool_.evaluate(children, *collector_) > 0 ? 0 : idle + 1;
      if (options_->progress) options_->progress(seen_.size(), budget_);
      select(std::move(children));
      if (seen_.size() >= budget_)
        return fmt::format("after {} evaluations, as many as were allowed", shown());
      if (options_->evaluations == 0 && idle >= kPatience)
        return fmt::format("{} generations of {} brought nothing new, after {} evaluations",
                           kPatience, kPopulation, shown());
      children = offspring();
    }
    return fmt::format("no new points were found, after {} evaluations", shown());
  }

 private:
  std::string shown() const { return with_commas(static_cast<std::int64_t>(seen_.size())); }

  // A point that wasn't looked at is noted and becomes a child.
  bool take(std::vector<std::size_t> at, std::vector<Individual>& children) {
    if (seen_.size() >= budget_ || !pool_.in_space(at) || !seen_.insert(at).second) return false;
    Individual child;
    child.at = std::move(at);
    child.violation = std::numeric_limits<double>::infinity();
    children.push_back(std::move(child));
    return true;
  }

  std::vector<std::size_t> anywhere() {
    std::vector<std::size_t> at;
    for (std::size_t size : sizes_) at.push_back(random_.below(size));
    return at;
  }

  // Half along the diagonal from the first values to the last, half anywhere.
  std::vector<Individual> first() {
    std::vector<Individual> children;
    for (std::size_t k = 0; k < kPopulation / 2; ++k) {
      const double share = static_cast<double>(k) / (kPopulation / 2 - 1.0);
      std::vector<std::size_t> at;
      for (std::size_t a = 0; a < sizes_.size(); ++a) {
        const auto last = static_cast<double>(sizes_[a] - 1);
        at.push_back(ordered_[a] ? static_cast<std::size_t>(std::lround(share * last))
                                 : random_.below(sizes_[a]));
      }
      take(std::move(at), children);
    }
    for (int tries = 0; children.size() < kPopulation && tries < 100 * kTries; ++tries)
      take(anywhere(), children);
    return children;
  }

  const std::vector<std::size_t>& tournament() {
    const Individual& a = population_[random_.below(population_.size())];
    const Individual& b = population_[random_.below(population_.size())];
    if (a.rank != b.rank) return a.rank < b.rank ? a.at : b.at;
    return a.crowding >= b.crowding ? a.at : b.at;
  }

  std::size_t front() const { return collector_->best_size(job_); }
  const std::vector<std::size_t>& of_front() {
    return collector_->best_at(job_, random_.below(front()));
  }

  const std::vector<std::size_t>& parent() {
    if (front() > 0 && random_.chance(kFromFront)) return of_front();
    return tournament();
  }

  void mutate(std::vector<std::size_t>& at, std::size_t axis) {
    const std::size_t size = sizes_[axis];
    if (size == 1) return;
    const double kind = random_.unit();
    if (!ordered_[axis] || kind < 0.15) {
      at[axis] = random_.below(size);
      return;
    }
    const double reach = kind < 0.6 ? 1 : std::max(1.0, 0.1 * static_cast<double>(size));
    const auto step = static_cast<std::size_t>(1 + std::floor(random_.unit() * reach));
    if (random_.chance(0.5))
      at[axis] = at[axis] >= step ? at[axis] - step : 0;
    else
      at[axis] = std::min(at[axis] + step, size - 1);
  }

  // Of two parents, or next to a design of the front.
  std::vector<std::size_t> child() {
    if (front() > 0 && random_.chance(kNeighbours)) {
      std::vector<std::size_t> at = of_front();
      const std::size_t axis = random_.below(sizes_.size());
      mutate(at, axis);
      if (random_.chance(0.5)) mutate(at, random_.below(sizes_.size()));
      return at;
    }
    std::vector<std::size_t> at = parent();
    if (random_.chance(kCrossover)) {
      const std::vector<std::size_t>& other = parent();
      for (std::size_t k = 0; k < at.size(); ++k) {
        if (random_.chance(0.5)) at[k] = other[k];
      }
    }
    const double share = 1.0 / static_cast<double>(at.size());
    for (std::size_t k = 0; k < at.size(); ++k) {
      if (random_.chance(share)) mutate(at, k);
    }
    return at;
  }

  std::vector<Individual> offspring() {
    std::vector<Individual> children;
    for (std::size_t k = 0; k < kPopulation; ++k) {
      int tries = 0;
      while (tries < kTries && !take(child(), children)) ++tries;
      for (tries = 0; tries < kTries && children.size() <= k && !take(anywhere(), children);
           ++tries) {
      }
    }
    return children;
  }

  // The best of parents and children.
  void select(std::vector<Individual> children) {
    for (Individual& child : children) population_.push_back(std::move(child));
    rank(population_);
    std::stable_sort(population_.begin(), population_.end(),
                     [](const Individual& a, const Individual& b) {
                       return a.rank != b.rank ? a.rank < b.rank : a.crowding > b.crowding;
                     });
    if (population_.size() > kPopulation) population_.resize(kPopulation);
  }

  std::size_t job_;
  const SearchOptions* options_;
  std::uint64_t budget_;
  Collector* collector_;
  CandidatePool pool_;
  Random random_;
  std::vector<std::size_t> sizes_;
  std::vector<bool> ordered_;
  std::unordered_set<std::vector<std::size_t>, PointHash> seen_;
  std::vector<Individual> population_;
};

// How far the neighbours of the same rank are, goal by goal.
void set_crowding(std::vector<Individual>& individuals, std::vector<std::size_t> members) {
  const std::size_t goals = individuals[members.front()].key.size();
  for (std::size_t m : members) individuals[m].crowding = 0;
  for (std::size_t g = 0; g < goals; ++g) {
    std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      return individuals[a].key[g] < individuals[b].key[g];
    });
    const double low = individuals[members.front()].key[g],
                 high = individuals[members.back()].key[g];
    constexpr double kEnd = std::numeric_limits<double>::infinity();
    individuals[members.front()].crowding = individuals[members.back()].crowding = kEnd;
    if (high <= low) continue;
    for (std::size_t k = 1; k + 1 < members.size(); ++k)
      individuals[members[k]].crowding +=
          (individuals[members[k + 1]].key[g] - individuals[members[k - 1]].key[g]) / (high - low);
  }
}

}  // namespace

void rank(std::vector<Individual>& individuals) {
  const std::size_t n = individuals.size();
  std::vector<int> beaten_by(n, 0);
  std::vector<std::vector<std::size_t>> beats(n);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a + 1; b < n; ++b) {
      if (constrained_beats(individuals[a], individuals[b])) {
        beats[a].push_back(b);
        ++beaten_by[b];
      } else if (constrained_beats(individuals[b], individuals[a])) {
        beats[b].push_back(a);
        ++beaten_by[a];
      }
    }
  }
  std::vector<std::size_t> members;
  for (std::size_t k = 0; k < n; ++k) {
    if (beaten_by[k] == 0) members.push_back(k);
  }
  for (int level = 0; !members.empty(); ++level) {
    std::vector<std::size_t> feasible, next;
    for (std::size_t m : members) {
      individuals[m].rank = level;
      individuals[m].crowding = 0;
      if (individuals[m].feasible()) feasible.push_back(m);
      for (std::size_t b : beats[m]) {
        if (--beaten_by[b] == 0) next.push_back(b);
      }
    }
    if (!feasible.empty()) set_crowding(individuals, std::move(feasible));
    members = std::move(next);
  }
}

std::string evolve(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
                   bool& whole) {
  const std::uint64_t all = options.evaluations > 0 ? options.evaluations : kMostEvaluations;
  std::string ended;
  for (std::size_t j = 0; j < plan.jobs.size() && whole; ++j) {
    const std::uint64_t share = std::max<std::uint64_t>(1, all / plan.jobs.size());
    const std::string why = Evolution(plan, j, options, share, collector).run(whole);
    ended +=
        (ended.empty() ? "" : "; ") + (plan.jobs.size() > 1 ? plan.jobs[j].label + ": " : "") + why;
  }
  return ended;
}

}  // namespace archcost
