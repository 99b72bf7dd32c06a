// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <span>

#include "core/text.hpp"
#include "search/methods/candidate_pool.hpp"
#include "search/methods/checkpoint_timer.hpp"
#include "search/methods/method_runs.hpp"
#include "search/methods/point_set.hpp"
#include "search/methods/ranking.hpp"

namespace archcost::methods {
namespace {

constexpr std::size_t kPopulation = 100;
constexpr int kPatience = 60;  // generations without a new design of the front, where no number
                               // of evaluations was asked for
constexpr int kTries = 40;     // for a point that wasn't looked at yet
constexpr std::uint64_t kMostEvaluations = 2'000'000;  // by default
constexpr double kNeighbours = 0.5, kFromFront = 0.4, kCrossover = 0.9;
// Children anywhere in the space: a front may have parts that lie far from each other. More of them
// the longer nothing new is found.
constexpr double kAnywhere = 0.05, kMostAnywhere = 0.5;

// Distributions of the standard library differ between libraries. Numbers can be put back, so that
// draws that were made ahead and not used change nothing.
class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }
  std::uint64_t bits() {
    if (next_ == drawn_.size()) {
      drawn_.resize(next_ + kAtOnce);
      for (std::size_t k = next_; k < drawn_.size(); ++k) drawn_[k] = bits_();
    }
    return drawn_[next_++];
  }
  double unit() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  bool chance(double p) { return unit() < p; }

  /// How many numbers were used since the seed.
  std::uint64_t used() const { return forgotten_ + next_; }
  /// As if so many had been used. Only before the first number.
  void skip(std::uint64_t count) {
    bits_.discard(count);
    forgotten_ = count;
  }

  /// How many numbers were drawn since the last forget().
  std::size_t drawn() const { return next_; }
  /// Puts back all numbers but the first `count`.
  void put_back(std::size_t count) { next_ = count; }
  /// No number of before is put back.
  void forget() {
    if (next_ < kKept) return;
    drawn_.erase(drawn_.begin(), drawn_.begin() + static_cast<std::ptrdiff_t>(next_));
    forgotten_ += next_;
    next_ = 0;
  }

 private:
  static constexpr std::size_t kKept = 4096, kAtOnce = 256;

  std::mt19937_64 bits_;
  std::vector<std::uint64_t> drawn_;
  std::size_t next_ = 0;
  std::uint64_t forgotten_ = 0;
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
        random_((options.seed * 1'000'003 + job) * options.part.of + options.part.number - 1),
        seen_(plan.jobs[job].space.axes.size()),
        drawn_(plan.jobs[job].space.axes.size()) {
    for (const space::SweepAxis& axis : plan.jobs[job].space.axes) {
      sizes_.push_back(axis.values.size());
      ordered_.push_back(std::all_of(axis.values.begin(), axis.values.end(),
                                     [](const spec::Value& v) { return v.is_number(); }));
    }
  }

  void restore(const EvolutionState& state) {
    random_.skip(state.random);
    idle_ = state.idle;
    individuals_ = state.parents;
    parents_ = individuals_.size();
    std::vector<std::size_t> at;
    for (std::size_t k = 0; k < state.points; ++k) {
      const auto point = state.known.subspan(k * sizes_.size(), sizes_.size());
      at.assign(point.begin(), point.end());
      seen_.insert(at);
    }
  }

  /// `save` is called between generations, now and then and when it is stopped.
  std::string run(bool& whole, CheckpointTimer& timer,
                  const std::function<void(EvolutionState)>& save) {
    for (;;) {
      whole = options_->stop == nullptr || !options_->stop->load();
      if (save && (!whole || timer.is_due())) timer.run([&] { save(state()); });
      if (!whole) return "it was stopped";
      if (parents_ > 0)
        offspring();
      else
        first();
      if (children_ == 0)
        return fmt::format("no new points were found, after {} evaluations", shown());
      const std::span<Individual> fresh(individuals_.data() + parents_, children_);
      idle_ = pool_.evaluate(fresh, *collector_) > 0 ? 0 : idle_ + 1;
      if (options_->progress) options_->progress(seen_.size(), budget_);
      select();
      if (seen_.size() >= budget_)
        return fmt::format("after {} evaluations, as many as were allowed", shown());
      if (options_->evaluations == 0 && idle_ >= kPatience)
        return fmt::format("{} generations of {} brought nothing new, after {} evaluations",
                           kPatience, kPopulation, shown());
    }
  }

 private:
  EvolutionState state() const {
    EvolutionState state;
    state.job = job_;
    state.idle = idle_;
    state.random = random_.used();
    state.parents.assign(individuals_.begin(),
                         individuals_.begin() + static_cast<std::ptrdiff_t>(parents_));
    state.points = seen_.size();
    state.known = seen_.indices();
    return state;
  }

  std::string shown() const { return with_commas(static_cast<std::int64_t>(seen_.size())); }

  // The drawn point becomes a child if it wasn't looked at yet.
  bool take() { return take(drawn_, PointSet::hash_of(drawn_)); }
  bool take(const std::vector<std::size_t>& at, std::uint32_t hash) {
    if (seen_.size() >= budget_ || !pool_.in_space(at) || !seen_.insert(at, hash)) return false;
    if (parents_ + children_ == individuals_.size()) individuals_.emplace_back();
    Individual& child = individuals_[parents_ + children_++];
    child.at = at;
    child.violation = std::numeric_limits<double>::infinity();
    return true;
  }

  void draw_anywhere() {
    for (std::size_t a = 0; a < sizes_.size(); ++a) drawn_[a] = random_.below(sizes_[a]);
  }

  // Half along the diagonal from the first values to the last, half anywhere.
  void first() {
    const std::size_t diagonal = kPopulation / 2;
    for (std::size_t k = 0; k < diagonal; ++k) {
      const double share = static_cast<double>(k) / (static_cast<double>(diagonal) - 1);
      for (std::size_t a = 0; a < sizes_.size(); ++a) {
        const auto last = static_cast<double>(sizes_[a] - 1);
        drawn_[a] = ordered_[a] ? static_cast<std::size_t>(std::lround(share * last))
                                : random_.below(sizes_[a]);
      }
      take();
    }
    for (int tries = 0; children_ < kPopulation && tries < 100 * kTries; ++tries) {
      draw_anywhere();
      take();
    }
  }

  const std::vector<std::size_t>& tournament() {
    const Individual& a = individuals_[random_.below(parents_)];
    const Individual& b = individuals_[random_.below(parents_)];
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

  void mutate(std::size_t axis) {
    const std::size_t size = sizes_[axis];
    if (size == 1) return;
    std::size_t& index = drawn_[axis];
    if (!ordered_[axis]) {
      index = random_.below(size);
      return;
    }
    // As many steps from 1 to 2 as from 2 to 4, and so on to the width of the space.
    const auto step = static_cast<std::size_t>(std::pow(static_cast<double>(size), random_.unit()));
    if (random_.chance(0.5))
      index = index >= step ? index - step : 0;
    else
      index = std::min(index + step, size - 1);
  }

  // Of two parents, or next to a design of the front, or anywhere.
  void draw_child() {
    if (random_.chance(std::min(kMostAnywhere, kAnywhere * (1 + idle_)))) return draw_anywhere();
    if (front() > 0 && random_.chance(kNeighbours)) {
      drawn_ = of_front();
      mutate(random_.below(sizes_.size()));
      if (random_.chance(0.5)) mutate(random_.below(sizes_.size()));
      return;
    }
    drawn_ = parent();
    if (random_.chance(kCrossover)) {
      const std::vector<std::size_t>& other = parent();
      std::uint64_t coins = 0;  // 64 of one number
      for (std::size_t k = 0; k < drawn_.size(); ++k, coins >>= 1) {
        if (k % 64 == 0) coins = random_.bits();
        if ((coins & 1) != 0) drawn_[k] = other[k];
      }
    }
    const double share = 1.0 / static_cast<double>(drawn_.size());
    for (std::size_t k = 0; k < drawn_.size(); ++k) {
      if (random_.chance(share)) mutate(k);
    }
  }

  // Several children are drawn at a time, so that their lookups among the known points overlap.
  void draw_ahead() {
    random_.forget();
    for (Ahead& one : ahead_) {
      draw_child();
      one.at = drawn_;
      one.hash = PointSet::hash_of(drawn_);
      one.random = random_.drawn();
      seen_.load_slot(one.hash);
    }
    for (const Ahead& one : ahead_) seen_.load_point(one.hash);
    ahead_used_ = 0;
  }

  bool take_next() {
    if (ahead_used_ == ahead_.size()) draw_ahead();
    const Ahead& next = ahead_[ahead_used_++];
    return take(next.at, next.hash);
  }

  // As if no child had been drawn ahead.
  void put_back() {
    if (ahead_used_ < ahead_.size()) random_.put_back(ahead_[ahead_used_ - 1].random);
    ahead_used_ = ahead_.size();
  }

  void offspring() {
    for (std::size_t k = 0; k < kPopulation; ++k) {
      int tries = 0;
      while (tries < kTries && !take_next()) ++tries;
      if (children_ > k) continue;
      put_back();
      bool taken = false;
      for (tries = 0; tries < kTries && !taken; ++tries) {
        draw_anywhere();
        taken = take();
      }
    }
    put_back();
  }

  // The best of parents and children become the parents. The others' memory is used for the next
  // children.
  void select() {
    const std::size_t count = parents_ + children_;
    const std::vector<std::uint32_t> best =
        rank(std::span(individuals_.data(), count), kPopulation);
    sorted_.resize(individuals_.size());
    std::vector<bool> is_best(count);
    for (std::size_t k = 0; k < best.size(); ++k) {
      std::swap(sorted_[k], individuals_[best[k]]);
      is_best[best[k]] = true;
    }
    std::size_t next = best.size();
    for (std::size_t k = 0; k < individuals_.size(); ++k) {
      if (k >= count || !is_best[k]) std::swap(sorted_[next++], individuals_[k]);
    }
    individuals_.swap(sorted_);
    parents_ = best.size();
    children_ = 0;
  }

  std::size_t job_;
  const SearchOptions* options_;
  std::uint64_t budget_;
  Collector* collector_;
  CandidatePool pool_;
  Random random_;
  std::vector<std::size_t> sizes_;
  std::vector<bool> ordered_;
  PointSet seen_;
  std::vector<std::size_t> drawn_;  // the point that may become a child
  struct Ahead {
    std::vector<std::size_t> at;
    std::uint32_t hash = 0;
    std::size_t random = 0;  // numbers drawn up to it
  };
  std::array<Ahead, 16> ahead_;
  std::size_t ahead_used_ = std::tuple_size_v<decltype(ahead_)>;
  // The parents, the children behind them, then memory for more.
  std::vector<Individual> individuals_, sorted_;
  std::size_t parents_ = 0, children_ = 0;
  int idle_ = 0;  // generations without a new design of the front
};

}  // namespace

std::string evolve(const SearchPlan& plan, const SearchOptions& options, Collector& collector,
                   bool& whole) {
  const auto checkpoint = [&](SearchState state, std::uint64_t done) {
    state.parts = options.part.of;
    state.range = {options.part.number - 1, options.part.number};
    state.done = done;
    options.checkpoint(state);
  };
  const std::uint64_t all =
      (options.evaluations > 0 ? options.evaluations : kMostEvaluations) / options.part.of;
  EvolutionState begin;
  if (options.before != nullptr) {
    collector.restore(*options.before);
    begin = options.before->evolution.value();
  }
  CheckpointTimer timer;
  std::string ended = begin.ended;
  for (std::size_t j = begin.job; j < plan.jobs.size() && whole; ++j) {
    const std::uint64_t share = std::max<std::uint64_t>(1, all / plan.jobs.size());
    Evolution evolution(plan, j, options, share, collector);
    if (j == begin.job) evolution.restore(begin);
    std::function<void(EvolutionState)> save;
    if (options.checkpoint)
      save = [&](EvolutionState state) {
        state.ended = ended;
        SearchState all_found = collector.snapshot();
        all_found.evolution = std::move(state);
        checkpoint(std::move(all_found), 0);
      };
    const std::string why = evolution.run(whole, timer, save);
    ended +=
        (ended.empty() ? "" : "; ") + (plan.jobs.size() > 1 ? plan.jobs[j].label + ": " : "") + why;
  }
  if (options.checkpoint && whole) checkpoint(collector.state(), 1);
  return ended;
}

}  // namespace archcost::methods
