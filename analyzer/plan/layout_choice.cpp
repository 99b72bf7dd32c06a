// SPDX-License-Identifier: Apache-2.0
#include "plan/layout_choice.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_map>

namespace archcost::plan {
namespace {

/// Of a reorder that was never timed: chosen only where nothing else is possible.
constexpr double kUntimed = 1e3;
/// More states than this are cut down to the best; few networks come near it.
constexpr std::size_t kMostStates = 256;

// A value that later steps read, as a byte: its first layout and all those in which it stands.
constexpr char value_state(Layout home, int there) {
  return static_cast<char>(static_cast<int>(home) | there << 2 | 0x40);
}
constexpr Layout home_of(char value) { return static_cast<Layout>(value & 3); }
constexpr int there_of(char value) { return value >> 2 & 7; }
constexpr int bit_of(Layout layout) { return 1 << static_cast<int>(layout); }

/// One way to have run all steps so far.
struct State {
  std::string values;  ///< a byte for each slot; 0 where no value is alive
  double seconds = 0;
  int before = -1;  ///< the state of the step before
  int option = -1;
};

struct TimedOption {
  KernelOption option;
  StepLayouts layouts;
  double seconds;
};

/// Step by step, the cheapest way to every arrangement of the values that are still needed.
class Chooser {
 public:
  Chooser(const StepProblems& problems, const KernelChoices& choices, const StepOptions& options)
      : problems_(problems), choices_(choices), slots_(problems.network().layers.size() + 1, -1) {
    reorders_.resize(slots_.size());
    wanted_.resize(slots_.size());
    for (std::size_t i = 0; i < problems.size(); ++i) {
      options_.push_back(timed(i, options[i]));
      const std::vector<graph::LayerId>& inputs = problems.step(i).inputs;
      for (const TimedOption& option : options_.back()) {
        for (std::size_t n = 0; n < inputs.size(); ++n)
          wanted_[value_of(inputs[n]) + 1] |= bit_of(option.layouts.inputs[n]);
      }
    }
  }

  ChosenOptions run() {
    State start;
    const Layout home = input_layout(problems_.network());
    start.values.assign(1, value_state(home, bit_of(home)));
    slots_[0] = 0;
    alive_ = {graph::kNetworkInput};
    states_.push_back({start});
    for (std::size_t i = 0; i < problems_.size(); ++i) advance(i);
    ChosenOptions chosen(problems_.size());
    const auto least =
        std::min_element(states_.back().begin(), states_.back().end(),
                         [](const State& a, const State& b) { return a.seconds < b.seconds; });
    auto at = least - states_.back().begin();
    for (std::size_t i = problems_.size(); i > 0; --i) {
      const State& state = states_[i][at];
      if (state.option >= 0) chosen[i - 1] = options_[i - 1][state.option].option;
      at = state.before;
    }
    return chosen;
  }

 private:
  const Trial* known(const std::string& key, const KernelOption& option) const {
    const auto problem = choices_.find(key);
    if (problem == choices_.end()) return nullptr;
    const auto trial = problem->second.find(option);
    return trial == problem->second.end() || !trial->second.works() ? nullptr : &trial->second;
  }

  /// The options that work, in order; of those with the same layouts only the fastest.
  std::vector<TimedOption> timed(std::size_t step, std::vector<KernelOption> candidates) const {
    std::sort(candidates.begin(), candidates.end());
    std::vector<TimedOption> options;
    for (const KernelOption& candidate : candidates) {
      const Trial* trial = known(problems_.key(step), candidate);
      if (trial == nullptr) continue;
      TimedOption option{candidate, problems_.layouts(step, candidate), trial->seconds};
      const auto same = std::find_if(options.begin(), options.end(), [&](const TimedOption& o) {
        return o.layouts == option.layouts;
      });
      if (same == options.end()) {
        options.push_back(std::move(option));
      } else if (option.seconds < same->seconds) {
        *same = std::move(option);
      }
    }
    return options;
  }

  double reorder(graph::LayerId value, Layout from, Layout to) {
    auto& times = reorders_[value + 1];
    if (!times) {
      const std::string key =
          reorder_key(graph::dims_of(problems_.network(), value), problems_.threads());
      times.emplace();
      for (int f = 0; f < kLayouts; ++f) {
        for (int t = 0; t < kLayouts; ++t) {
          const Trial* trial = known(key, {static_cast<Layout>(f), static_cast<Layout>(t)});
          (*times)[f * kLayouts + t] = trial != nullptr ? trial->seconds : kUntimed;
        }
      }
    }
    return (*times)[static_cast<int>(from) * kLayouts + static_cast<int>(to)];
  }

  graph::LayerId value_of(graph::LayerId id) const { return problems_.plan().value_of(id); }

  void advance(std::size_t step) {
    const std::vector<State>& before = states_.back();
    const graph::LayerId output = value_of(problems_.step(step).output);
    const int slot = free_slot(before);
    slots_[output + 1] = slot;
    alive_.push_back(output);
    // Whatever this step is the last to read goes; so does a result that is not read.
    std::vector<int> freed;
    std::erase_if(alive_, [&](graph::LayerId value) {
      if (problems_.last_reader(value) > static_cast<int>(step)) return false;
      freed.push_back(slots_[value + 1]);
      return true;
    });
    std::vector<State> next;
    std::unordered_map<std::string, std::size_t> places;
    const int options = static_cast<int>(options_[step].size());
    for (std::size_t b = 0; b < before.size(); ++b) {
      for (int k = options == 0 ? -1 : 0; k < options; ++k) {
        State state = after(before[b], step, k, slot);
        state.before = static_cast<int>(b);
        for (const int f : freed) state.values[f] = 0;
        const auto [place, fresh] = places.emplace(state.values, next.size());
        if (fresh) {
          next.push_back(std::move(state));
        } else if (state.seconds < next[place->second].seconds) {
          next[place->second] = std::move(state);
        }
      }
    }
    prune(next);
    states_.push_back(std::move(next));
  }

  int free_slot(const std::vector<State>& states) const {
    std::vector<char> taken(states.front().values.size() + 1, 0);
    for (const graph::LayerId value : alive_) taken[slots_[value + 1]] = 1;
    return static_cast<int>(std::find(taken.begin(), taken.end(), 0) - taken.begin());
  }

  /// A step that no option runs costs nothing, and its result counts as available in every layout.
  /// It is reported as a failed step elsewhere.
  State after(const State& before, std::size_t step, int k, int slot) {
    State state;
    state.values = before.values;
    state.seconds = before.seconds;
    state.option = k;
    if (slot >= static_cast<int>(state.values.size())) state.values.resize(slot + 1, 0);
    if (k < 0) {
      state.values[slot] = value_state(Layout::kLast, 7);
      return state;
    }
    const TimedOption& option = options_[step][k];
    state.seconds += option.seconds;
    for (std::size_t n = 0; n < option.layouts.inputs.size(); ++n) {
      const graph::LayerId value = value_of(problems_.step(step).inputs[n]);
      const Layout wanted = option.layouts.inputs[n];
      char& at = state.values[slots_[value + 1]];
      if ((there_of(at) & bit_of(wanted)) != 0) continue;
      state.seconds += reorder(value, home_of(at), wanted);
      at = value_state(home_of(at), there_of(at) | bit_of(wanted));
    }
    state.values[slot] = value_state(option.layouts.output, bit_of(option.layouts.output));
    return state;
  }

  /// Drops dominated states: the state that is cheapest once all its values are available in all
  /// layouts that are wanted can be continued in every way.
  void prune(std::vector<State>& states) {
    double bound = std::numeric_limits<double>::infinity();
    for (const State& state : states) {
      double seconds = state.seconds;
      for (const graph::LayerId value : alive_) {
        const char at = state.values[slots_[value + 1]];
        const int missing = wanted_[value + 1] & ~there_of(at);
        for (int to = 0; to < kLayouts; ++to) {
          if ((missing & 1 << to) != 0)
            seconds += reorder(value, home_of(at), static_cast<Layout>(to));
        }
      }
      bound = std::min(bound, seconds);
    }
    std::erase_if(states, [&](const State& state) { return state.seconds > bound; });
    if (states.size() <= kMostStates) return;
    std::stable_sort(states.begin(), states.end(),
                     [](const State& a, const State& b) { return a.seconds < b.seconds; });
    states.resize(kMostStates);
  }

  const StepProblems& problems_;
  const KernelChoices& choices_;
  std::vector<std::vector<TimedOption>> options_;  // by step
  std::vector<std::optional<std::array<double, std::size_t{kLayouts} * kLayouts>>>
      reorders_;             // by value + 1
  std::vector<int> wanted_;  // by value + 1: the layouts that options of its readers take
  std::vector<int> slots_;   // by value + 1
  std::vector<graph::LayerId> alive_;
  std::vector<std::vector<State>> states_;  // by step; first the start
};

}  // namespace

StepOptions known_options(const StepProblems& problems, const KernelChoices& choices,
                          bool winograd) {
  StepOptions options(problems.size());
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const auto problem = choices.find(problems.key(i));
    if (problem == choices.end()) continue;
    for (const auto& [option, trial] : problem->second) {
      if (winograd || option.method != Method::kWinograd) options[i].push_back(option);
    }
  }
  return options;
}

ChosenOptions choose_options(const StepProblems& problems, const KernelChoices& choices,
                             const StepOptions& options) {
  return Chooser(problems, choices, options).run();
}

std::vector<PlannedRow> planned_rows(const StepProblems& problems, const ChosenOptions& chosen) {
  const graph::Network& network = problems.network();
  std::vector<PlannedRow> rows;
  std::vector<char> values(network.layers.size() + 1, 0);
  const Layout given = input_layout(network);
  values[0] = value_state(given, bit_of(given));
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const Step& step = problems.step(i);
    const graph::LayerId output = problems.plan().value_of(step.output);
    const int index = static_cast<int>(i);
    if (!chosen[i]) {
      values[output + 1] = value_state(Layout::kLast, 7);
      rows.push_back({index, false, output, problems.key(i), {}});
      continue;
    }
    const StepLayouts layouts = problems.layouts(i, *chosen[i]);
    for (std::size_t k = 0; k < step.inputs.size(); ++k) {
      const graph::LayerId value = problems.plan().value_of(step.inputs[k]);
      const Layout wanted = layouts.inputs[k];
      char& at = values[value + 1];
      if ((there_of(at) & bit_of(wanted)) != 0) continue;
      rows.push_back({index, true, value,
                      reorder_key(graph::dims_of(network, value), problems.threads()),
                      KernelOption{home_of(at), wanted}});
      at = value_state(home_of(at), there_of(at) | bit_of(wanted));
    }
    values[output + 1] = value_state(layouts.output, bit_of(layouts.output));
    rows.push_back({index, false, output, problems.key(i), chosen[i]});
  }
  return rows;
}

}  // namespace archcost::plan
