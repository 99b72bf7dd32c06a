// SPDX-License-Identifier: Apache-2.0
#include "search/methods/chain_solver.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

namespace archcost::methods {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kCoarse = 24, kFine = 256;           // points of the grid over S
constexpr int kPriceSteps = 24, kPriceRounds = 3;  // of the search for prices
constexpr std::size_t kBeam = 400;                 // of the first pass, which finds a good design
constexpr std::size_t kMostLabels = 4'000'000;     // of one stage

double sum_use(const ChainResource& resource, const ChainModel& model,
               const std::vector<std::size_t>& at) {
  double use = 0;
  for (std::size_t k = 0; k < at.size(); ++k)
    use += resource.use[k][model.pair(k, k == 0 ? 0 : at[k - 1], at[k])];
  return use;
}

// What the rest of the chain is worth at most, by stage, choice and S.
class Bounds {
 public:
  Bounds(const ChainModel& model, std::vector<double> prices, int grid)
      : model_(&model), prices_(std::move(prices)), grid_(grid) {
    const std::size_t stages = model.sizes.size();
    low_.assign(stages, model.start);
    step_.assign(stages, 0);
    double low = model.start, high = model.start;
    for (std::size_t k = 0; k < stages; ++k) {
      low += *std::min_element(model.d[k].begin(), model.d[k].end());
      high += *std::max_element(model.d[k].begin(), model.d[k].end());
      low_[k] = low;
      step_[k] = (high - low) / (grid - 1);
    }
    table_.resize(stages);
    table_[stages - 1].assign(model.sizes[stages - 1] * static_cast<std::size_t>(grid), 0.0);
    for (std::size_t k = stages - 1; k-- > 0;) fill(k);
  }

  /// Behind stage k, at choice x with sum s: objective minus the price of what is used.
  double rest(std::size_t k, std::size_t x, double s) const {
    const double* row = table_[k].data() + x * static_cast<std::size_t>(grid_);
    if (step_[k] <= 0) return row[0];
    const double place = std::clamp((s - low_[k]) / step_[k], 0.0, static_cast<double>(grid_ - 1));
    const int cell = std::min(static_cast<int>(place), grid_ - 2);
    const double share = place - cell;
    return row[cell] + share * (row[cell + 1] - row[cell]);
  }

  /// Objective of a step minus the price of what it uses; -infinity where it isn't allowed.
  double gain(std::size_t k, std::size_t before, std::size_t x, double s) const {
    const std::size_t pair = model_->pair(k, before, x);
    if (!model_->allowed[k][pair]) return -kInfinity;
    double gain = model_->objective[k][pair] + model_->a[k][x] * s + model_->b[k][x];
    for (std::size_t r = 0; r < prices_.size(); ++r)
      gain -= prices_[r] * model_->resources[r].use[k][pair];
    return gain;
  }

  /// The best step after (k - 1, before) with sum s, by the relaxation.
  std::size_t best_step(std::size_t k, std::size_t before, double s, double& value) const {
    std::size_t best = 0;
    value = -kInfinity;
    for (std::size_t x = 0; x < model_->sizes[k]; ++x) {
      const double worth = gain(k, before, x, s) + rest(k, x, s + model_->d[k][x]);
      if (worth > value) {
        value = worth;
        best = x;
      }
    }
    return best;
  }

  /// Of the whole chain.
  double bound() const {
    double value = 0;
    best_step(0, 0, model_->start, value);
    return value + price_of_budgets();
  }
  double price_of_budgets() const {
    double price = model_->base;
    for (std::size_t r = 0; r < prices_.size(); ++r)
      price += prices_[r] * model_->resources[r].budget;
    return price;
  }
  const std::vector<double>& prices() const { return prices_; }

  /// The relaxation's own design.
  std::vector<std::size_t> design() const {
    std::vector<std::size_t> at;
    double s = model_->start, value = 0;
    for (std::size_t k = 0; k < model_->sizes.size(); ++k) {
      at.push_back(best_step(k, k == 0 ? 0 : at.back(), s, value));
      s += model_->d[k][at.back()];
    }
    return at;
  }

 private:
  // Prices and objectives of pairs are added up once; then each pair is tried at every S.
  void fill(std::size_t k) {
    const ChainModel& m = *model_;
    const std::size_t sizes = m.sizes[k], next = m.sizes[k + 1],
                      grid = static_cast<std::size_t>(grid_);
    table_[k].assign(sizes * grid, -kInfinity);
    std::vector<double> after(next * grid);  // of the next choice at our S
    for (std::size_t x = 0; x < next; ++x) {
      for (std::size_t g = 0; g < grid; ++g) {
        const double s = low_[k] + step_[k] * static_cast<double>(g);
        after[x * grid + g] = m.a[k + 1][x] * s + m.b[k + 1][x] + rest(k + 1, x, s + m.d[k + 1][x]);
      }
    }
    for (std::size_t y = 0; y < sizes; ++y) {
      double* row = table_[k].data() + y * grid;
      for (std::size_t x = 0; x < next; ++x) {
        const std::size_t pair = m.pair(k + 1, y, x);
        if (!m.allowed[k + 1][pair]) continue;
        double fixed = m.objective[k + 1][pair];
        for (std::size_t r = 0; r < prices_.size(); ++r)
          fixed -= prices_[r] * m.resources[r].use[k + 1][pair];
        const double* from = after.data() + x * grid;
        for (std::size_t g = 0; g < grid; ++g) row[g] = std::max(row[g], fixed + from[g]);
      }
    }
  }

  const ChainModel* model_;
  std::vector<double> prices_;
  int grid_;
  std::vector<double> low_, step_;
  std::vector<std::vector<double>> table_;
};

// The prices at which the bound is lowest: each resource in turn, by halving on whether the
// relaxation's design uses more than there is.
std::vector<double> find_prices(const ChainModel& model,
                                std::vector<std::vector<std::size_t>>& designs) {
  std::vector<double> prices(model.resources.size(), 0.0);
  const int rounds = prices.size() > 1 ? kPriceRounds : 1;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t r = 0; r < prices.size(); ++r) {
      const auto over = [&](double price) {
        prices[r] = price;
        const std::vector<std::size_t> at = Bounds(model, prices, kCoarse).design();
        designs.push_back(at);
        return sum_use(model.resources[r], model, at) > model.resources[r].budget;
      };
      if (!over(0)) continue;
      double high = 1e-12;
      while (high < 1e12 && over(high)) high *= 16;
      double low = high / 16;
      for (int step = 0; step < kPriceSteps; ++step) {
        const double middle = std::sqrt(low * high);
        (over(middle) ? low : high) = middle;
      }
      prices[r] = high;
    }
  }
  return prices;
}

// Part of a design: the choices up to a stage.
struct Label {
  std::uint32_t x = 0, parent = 0;
  double s = 0, value = 0, bound = 0;
  std::array<double, kMostResources> used{};
};

class Solver {
 public:
  Solver(const ChainModel& model, const std::atomic<bool>* stop) : model_(&model), stop_(stop) {
    rest_of_resources();
    rest_of_sum();
  }

  ChainSolution run() {
    std::vector<std::vector<std::size_t>> designs;
    const std::vector<double> prices = find_prices(*model_, designs);
    bounds_.emplace_back(*model_, prices, kFine);
    solution_.bound = bounds_.front().bound();
    for (const std::vector<std::size_t>& design : designs) offer(design);
    if (!branch(kBeam)) return solution_;
    if (solution_.feasible) improve();
    solution_.proved = branch(0);
    return solution_;
  }

 private:
  // What the rest uses at least, by stage and choice: labels beyond it lead nowhere.
  void rest_of_resources() {
    const ChainModel& m = *model_;
    for (const ChainResource& resource : m.resources) {
      auto& rest = least_use_.emplace_back(m.sizes.size());
      rest.back().assign(m.sizes.back(), 0.0);
      for (std::size_t k = m.sizes.size() - 1; k-- > 0;) {
        rest[k].assign(m.sizes[k], kInfinity);
        for (std::size_t y = 0; y < m.sizes[k]; ++y) {
          for (std::size_t x = 0; x < m.sizes[k + 1]; ++x) {
            const std::size_t pair = m.pair(k + 1, y, x);
            if (m.allowed[k + 1][pair])
              rest[k][y] = std::min(rest[k][y], resource.use[k + 1][pair] + rest[k + 1][x]);
          }
        }
      }
    }
  }

  void rest_of_sum() {
    most_sum_.assign(model_->sizes.size(), 0.0);
    for (std::size_t k = model_->sizes.size() - 1; k-- > 0;)
      most_sum_[k] =
          most_sum_[k + 1] + *std::max_element(model_->d[k + 1].begin(), model_->d[k + 1].end());
  }

  void offer(const std::vector<std::size_t>& at) {
    if (!chain_feasible(*model_, at)) return;
    const double value = chain_value(*model_, at);
    if (solution_.feasible && value <= solution_.value) return;
    solution_.feasible = true;
    solution_.value = value;
    solution_.at = at;
  }

  // One or two choices at a time, as long as that helps.
  void improve() {
    bool better = true;
    while (better) {
      const double before = solution_.value;
      for (std::size_t a = 0; a < model_->sizes.size(); ++a) {
        for (std::size_t b = a; b < model_->sizes.size(); ++b) {
          for (int da = -3; da <= 3; ++da) {
            for (int db = -3; db <= 3; ++db) {
              std::vector<std::size_t> at = solution_.at;
              if (move(at, a, da) && (a == b || move(at, b, db))) offer(at);
            }
          }
        }
      }
      better = solution_.value > before + kChainGap;
    }
  }
  bool move(std::vector<std::size_t>& at, std::size_t k, int by) const {
    const auto moved = static_cast<std::int64_t>(at[k]) + by;
    if (moved < 0 || moved >= static_cast<std::int64_t>(model_->sizes[k])) return false;
    at[k] = static_cast<std::size_t>(moved);
    return true;
  }

  double worth_keeping() const {
    return solution_.feasible ? solution_.value - kChainGap : -kInfinity;
  }

  // The label after a step; false where it leads nowhere.
  bool step(std::size_t k, const Label& from, std::size_t x, Label& to) const {
    const ChainModel& m = *model_;
    const std::size_t pair = m.pair(k, from.x, x);
    if (!m.allowed[k][pair]) return false;
    to.x = static_cast<std::uint32_t>(x);
    to.s = from.s + m.d[k][x];
    if (m.least_sum && to.s + most_sum_[k] < *m.least_sum - 1e-9) return false;
    to.value = from.value + m.objective[k][pair] + m.a[k][x] * from.s + m.b[k][x];
    for (std::size_t r = 0; r < m.resources.size(); ++r) {
      to.used[r] = from.used[r] + m.resources[r].use[k][pair];
      if (to.used[r] + least_use_[r][k][x] > m.resources[r].budget) return false;
    }
    to.bound = kInfinity;
    for (const Bounds& bounds : bounds_) {
      double bound = to.value + bounds.rest(k, x, to.s);
      for (std::size_t r = 0; r < m.resources.size(); ++r)
        bound += bounds.prices()[r] * (m.resources[r].budget - to.used[r]);
      to.bound = std::min(to.bound, bound);
    }
    return to.bound > worth_keeping();
  }

  // Labels of one choice that another dominates in everything go: less used, more S, more value.
  void thin_out(std::vector<Label>& labels) const {
    if (model_->resources.size() > 1) return thin_out_slowly(labels);
    std::sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) {
      return a.used[0] != b.used[0] ? a.used[0] < b.used[0]
             : a.s != b.s           ? a.s > b.s
                                    : a.value > b.value;
    });
    std::map<double, double> stairs;  // of those that use less: value by S, falling
    std::vector<Label> kept;
    for (const Label& label : labels) {
      const auto above = stairs.lower_bound(label.s);
      if (above != stairs.end() && above->second >= label.value) continue;
      auto place = stairs.insert_or_assign(label.s, label.value).first;
      while (place != stairs.begin() && std::prev(place)->second <= label.value)
        stairs.erase(std::prev(place));
      kept.push_back(label);
    }
    labels = std::move(kept);
  }

  void thin_out_slowly(std::vector<Label>& labels) const {
    std::sort(labels.begin(), labels.end(),
              [](const Label& a, const Label& b) { return a.bound > b.bound; });
    constexpr std::size_t kCompared = 200;
    std::vector<Label> kept;
    for (const Label& label : labels) {
      const auto dominates = [&](const Label& other) {
        bool all = other.s >= label.s && other.value >= label.value;
        for (std::size_t r = 0; r < model_->resources.size(); ++r)
          all = all && other.used[r] <= label.used[r];
        return all;
      };
      if (std::none_of(kept.begin(),
                       kept.begin() + static_cast<std::ptrdiff_t>(std::min(kept.size(), kCompared)),
                       dominates))
        kept.push_back(label);
    }
    labels = std::move(kept);
  }

  // Stage by stage; `beam`: only the best labels of each stage, 0: all that could lead to a better
  // design. False when it had to give up.
  bool branch(std::size_t beam) {
    std::vector<std::vector<Label>> stages;
    std::vector<Label> open = {Label{}};
    open.front().s = model_->start;
    open.front().value = model_->base;
    for (std::size_t k = 0; k < model_->sizes.size(); ++k) {
      std::vector<std::vector<Label>> by_choice(model_->sizes[k]);
      std::size_t count = 0;
      for (std::uint32_t parent = 0; parent < open.size(); ++parent) {
        for (std::size_t x = 0; x < model_->sizes[k]; ++x) {
          Label label;
          if (!step(k, open[parent], x, label)) continue;
          label.parent = parent;
          by_choice[x].push_back(label);
          ++count;
        }
        if (count > kMostLabels || (stop_ != nullptr && stop_->load())) return false;
      }
      solution_.labels += count;
      std::vector<Label> next;
      for (std::vector<Label>& labels : by_choice) {
        thin_out(labels);
        next.insert(next.end(), labels.begin(), labels.end());
      }
      if (beam > 0 && next.size() > beam) {
        std::nth_element(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(beam), next.end(),
                         [](const Label& a, const Label& b) { return a.bound > b.bound; });
        next.resize(beam);
      }
      stages.push_back(next);
      open = std::move(next);
    }
    for (std::uint32_t last = 0; last < open.size(); ++last) {
      std::vector<std::size_t> at(model_->sizes.size());
      std::uint32_t label = last;
      for (std::size_t k = stages.size(); k-- > 0;) {
        at[k] = stages[k][label].x;
        label = stages[k][label].parent;
      }
      offer(at);
    }
    return true;
  }

  const ChainModel* model_;
  const std::atomic<bool>* stop_;
  std::vector<Bounds> bounds_;
  std::vector<std::vector<std::vector<double>>> least_use_;  // by resource, stage, choice
  std::vector<double> most_sum_;                             // that the rest adds to S
  ChainSolution solution_;
};

}  // namespace

double chain_value(const ChainModel& model, const std::vector<std::size_t>& at) {
  double value = model.base, s = model.start;
  for (std::size_t k = 0; k < at.size(); ++k) {
    value += model.objective[k][model.pair(k, k == 0 ? 0 : at[k - 1], at[k])] +
             model.a[k][at[k]] * s + model.b[k][at[k]];
    s += model.d[k][at[k]];
  }
  return value;
}

bool chain_feasible(const ChainModel& model, const std::vector<std::size_t>& at) {
  double s = model.start;
  for (std::size_t k = 0; k < at.size(); ++k) {
    if (!model.allowed[k][model.pair(k, k == 0 ? 0 : at[k - 1], at[k])]) return false;
    s += model.d[k][at[k]];
  }
  if (model.least_sum && s < *model.least_sum - 1e-9) return false;
  return std::all_of(model.resources.begin(), model.resources.end(),
                     [&](const ChainResource& r) { return sum_use(r, model, at) <= r.budget; });
}

ChainSolution solve_chain(const ChainModel& model, const std::atomic<bool>* stop) {
  return Solver(model, stop).run();
}

}  // namespace archcost::methods
