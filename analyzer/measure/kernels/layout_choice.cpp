// The layouts of all steps together: each kernel's own time, and that of the reorders between them.
#include <algorithm>
#include <limits>

#include "measure/kernels/program.hpp"

namespace archcost {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

class Chooser {
 public:
  Chooser(const Tasks& tasks, const Choices& choices) : tasks_(tasks), choices_(choices) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      std::vector<double> seconds;
      for (const Option& option : tasks.options(i)) {
        seconds.push_back(known(tasks.key(i), option.name));
      }
      seconds_.push_back(std::move(seconds));
      wanted_.emplace_back();
      for (const Option& option : tasks.options(i)) {
        std::vector<Layout> layouts;
        for (std::size_t k = 0; k < tasks.task(i).step.inputs.size(); ++k) {
          layouts.push_back(tasks.wanted(i, option, k));
        }
        wanted_.back().push_back(std::move(layouts));
      }
    }
    read_reorders();
  }

  OptionChoice run() {
    OptionChoice best;
    double least = kNever;
    for (const Layout layout : {Layout::kLast, Layout::kBlocked}) {
      OptionChoice choice(tasks_.size());
      for (std::size_t i = 0; i < tasks_.size(); ++i) choice[i] = best_with(i, layout);
      const double seconds = improve(choice);
      if (best.empty() || seconds < least) {
        least = seconds;
        best = choice;
      }
    }
    for (std::size_t i = 0; i < best.size(); ++i) {
      if (best[i] < 0 || seconds_[i][best[i]] == kNever) best[i] = -1;
    }
    return best;
  }

 private:
  double known(const std::string& key, const std::string& option) const {
    const auto problem = choices_.find(key);
    if (problem == choices_.end()) return kNever;
    const auto tried = problem->second.find(option);
    if (tried == problem->second.end() || !tried->second.fault.empty()) return kNever;
    return tried->second.seconds;
  }

  void read_reorders() {
    const auto values = tasks_.network().layers.size() + 1;
    reorders_.assign(values * 9, kNever);
    for (std::size_t v = 0; v < values; ++v) {
      const Dims dims = dims_of(tasks_.network(), static_cast<LayerId>(v) - 1);
      const std::string key = reorder_key(dims, tasks_.context());
      for (const Layout from : {Layout::kPlain, Layout::kLast, Layout::kBlocked}) {
        for (const Layout to : {Layout::kLast, Layout::kBlocked}) {
          reorders_[index(v, from, to)] = known(key, reorder_option(from, to));
        }
      }
    }
  }
  static std::size_t index(std::size_t value, Layout from, Layout to) {
    return value * 9 + static_cast<int>(from) * 3 + static_cast<int>(to);
  }

  /// The fastest option that reads and writes the layout, or else the fastest of all.
  int best_with(std::size_t step, Layout layout) const {
    int best = -1, fitting = -1;
    for (std::size_t k = 0; k < seconds_[step].size(); ++k) {
      const Option& option = tasks_.options(step)[k];
      const int at = static_cast<int>(k);
      if (best < 0 || seconds_[step][k] < seconds_[step][best]) best = at;
      if (option.in == layout && option.out == layout && seconds_[step][k] < kNever &&
          (fitting < 0 || seconds_[step][k] < seconds_[step][fitting])) {
        fitting = at;
      }
    }
    return fitting >= 0 ? fitting : best;
  }

  /// Steps that no option runs cost nothing: they are told of elsewhere.
  double total(const OptionChoice& choice) const {
    homes_.assign(tasks_.network().layers.size() + 1, Layout::kLast);
    there_.assign(homes_.size(), 0);
    homes_[0] = input_layout(tasks_.network());
    there_[0] = 1 << static_cast<int>(homes_[0]);
    double seconds = 0;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      const Step& step = tasks_.task(i).step;
      const int k = choice[i];
      const std::size_t output = tasks_.plan().value_of(step.output) + 1;
      if (k < 0 || seconds_[i][k] == kNever) {
        there_[output] = 7;
        continue;
      }
      seconds += seconds_[i][k];
      for (std::size_t n = 0; n < step.inputs.size(); ++n) {
        const std::size_t value = tasks_.plan().value_of(step.inputs[n]) + 1;
        const Layout wanted = wanted_[i][k][n];
        const int bit = 1 << static_cast<int>(wanted);
        if (there_[value] & bit) continue;
        there_[value] |= bit;
        seconds += reorders_[index(value, homes_[value], wanted)];
      }
      homes_[output] = tasks_.options(i)[k].out;
      there_[output] = 1 << static_cast<int>(homes_[output]);
    }
    return seconds;
  }

  /// Changes single steps and runs of steps for as long as that helps; returns the time.
  double improve(OptionChoice& choice) const {
    double least = total(choice);
    const std::size_t steps = choice.size();
    for (int round = 0; round < 8; ++round) {
      const double before = least;
      const auto keep_if_better = [&](OptionChoice candidate) {
        const double seconds = total(candidate);
        if (seconds >= least) return;
        least = seconds;
        choice = std::move(candidate);
      };
      for (std::size_t i = 0; i < steps; ++i) {
        for (std::size_t k = 0; k < seconds_[i].size(); ++k) {
          if (static_cast<int>(k) == choice[i] || seconds_[i][k] == kNever) continue;
          OptionChoice candidate = choice;
          candidate[i] = static_cast<int>(k);
          keep_if_better(std::move(candidate));
        }
      }
      // Runs of up to so many steps; longer ones are what the two starts differ in.
      const std::size_t longest = std::min<std::size_t>(steps, 24);
      for (const Layout layout : {Layout::kLast, Layout::kBlocked}) {
        for (std::size_t first = 0; first < steps; ++first) {
          OptionChoice candidate = choice;
          for (std::size_t i = first; i < std::min(steps, first + longest); ++i) {
            candidate[i] = best_with(i, layout);
            if (i > first) keep_if_better(candidate);
          }
        }
      }
      if (least == before) break;
    }
    return least;
  }

  const Tasks& tasks_;
  const Choices& choices_;
  std::vector<std::vector<double>> seconds_;              // by step and option
  std::vector<std::vector<std::vector<Layout>>> wanted_;  // by step, option and input
  std::vector<double> reorders_;
  mutable std::vector<Layout> homes_;
  mutable std::vector<int> there_;
};

}  // namespace

OptionChoice choose_options(const Tasks& tasks, const Choices& choices) {
  return Chooser(tasks, choices).run();
}

}  // namespace archcost
