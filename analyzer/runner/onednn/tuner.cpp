// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/tuner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <new>
#include <set>

#include "runner/onednn/kernel_clock.hpp"
#include "runner/onednn/machine_probe.hpp"

namespace archcost::onednn {
namespace {

/// Kernels with weights of this size or more are timed with all caches empty, since between two
/// passes of a network such weights leave the caches. Smaller ones are timed with an empty L2.
constexpr std::size_t kLargeWeights = 256 << 10;

/// A reference kernel that takes longer than this can't be measured: a network needs some hundred
/// runs.
constexpr double kSlowestReference = 1;

/// Options that take less than this factor of the best one's time are timed again, in turns.
constexpr double kClose = 1.15;
constexpr int kRounds = 2;

/// Memory that replaces everything else in the caches when it is read.
class CacheFlush {
 public:
  explicit CacheFlush(int threads) : threads_(threads) {
    constexpr std::size_t kLeast = 16 << 20, kMost = 256 << 20;
    const std::vector<latency::CacheSize> caches = reported_cache_sizes();
    second_ = static_cast<std::size_t>(2 * caches[1].bytes * threads);
    all_ = std::clamp(static_cast<std::size_t>(2 * caches.back().bytes), std::max(second_, kLeast),
                      kMost);
  }
  /// Empties the L2 cache of each thread, or all caches.
  void run(bool all) {
    if (numbers_ == nullptr) {
      numbers_ = static_cast<float*>(pool_.allocate(all_));
      // Memory that was never written is mapped to one page of zeros.
      std::fill_n(numbers_, all_ / sizeof(float), 1.f);
    }
    const auto lines = static_cast<std::int64_t>((all ? all_ : second_) / sizeof(float) / kLine);
    float sum = 0;  // keeps the compiler from removing the reads
#pragma omp parallel for num_threads(threads_) reduction(+ : sum) if (threads_ > 1)
    for (std::int64_t i = 0; i < lines; ++i) sum += numbers_[i * kLine];
    sink_ = sum;
  }

 private:
  static constexpr std::int64_t kLine = 16;  // numbers of a cache line
  int threads_;
  std::size_t second_, all_;  // bytes
  MemoryPool pool_;
  float* numbers_ = nullptr;
  volatile float sink_ = 0;
};

class Tuner {
 public:
  Tuner(const Tasks& tasks, plan::KernelChoices& choices, Announcer& announcer, bool warm)
      : tasks_(tasks),
        choices_(choices),
        announcer_(announcer),
        flush_(tasks.context().threads),
        warm_(warm) {}

  void run() {
    const auto values = static_cast<std::size_t>(tasks_.network().layers.size()) + 1;
    count_ = tasks_.size() + values;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      ++number_;
      layer_ = tasks_.network().layers[tasks_.task(i).step.main].name;
      std::map<plan::KernelOption, Made> made;
      for (const Option& option : tasks_.options(i)) {
        try_one(tasks_.key(i), option.id,
                [&]() -> const Made& { return made[option.id] = make(i, option); });
      }
      const auto& trials = choices_[tasks_.key(i)];
      if (std::none_of(trials.begin(), trials.end(),
                       [](const auto& trial) { return trial.second.works(); }))
        time_reference_kernels(i, made);
      try_best_again(tasks_.key(i), made);
    }
    std::set<std::string> seen;
    for (graph::LayerId v = graph::kNetworkInput;
         v < static_cast<graph::LayerId>(tasks_.network().layers.size()); ++v) {
      ++number_;
      layer_ = "reorders of " +
               (v == graph::kNetworkInput ? "the input" : tasks_.network().layers[v].name);
      const graph::Dims dims = graph::dims_of(tasks_.network(), v);
      if (!seen.insert(plan::reorder_key(dims, tasks_.context().threads)).second &&
          v != graph::kNetworkInput)
        continue;
      try_reorders(v, dims);
    }
  }

 private:
  struct Made {
    std::unique_ptr<MemoryPool> pool;
    Kernel kernel;
    Run run;
    /// Brings the caches into the state that the previous kernels of a network leave; empty: they
    /// stay as the last run left them.
    std::function<void()> prepare_caches;
    std::vector<float*> inputs;
  };

  /// Only where nothing else works: a reference kernel may take a thousand times longer.
  void time_reference_kernels(std::size_t step, std::map<plan::KernelOption, Made>& made) {
    const std::string& key = tasks_.key(step);
    for (const Option& option : tasks_.options(step)) {
      plan::Trial& trial = choices_[key][option.id];
      if (trial.result != plan::TrialResult::kNotNeeded) continue;
      announcer_.doing(doing(key, option.id));
      if (made.count(option.id) == 0) made[option.id] = make(step, option);
      const Run& run = made[option.id].run;
      const double begin = clock_now();
      run();
      trial.seconds = clock_now() - begin;
      if (trial.seconds < kSlowestReference) {
        trial.seconds = std::min(trial.seconds, time_kernel(run, seconds_));
        trial.result = plan::TrialResult::kTimed;
      } else {
        trial.set_fault(fmt::format("reference kernel, {:.2g} s a run", trial.seconds));
      }
      announce(key, option.id, trial);
    }
  }

  void bind(Made& made, const std::vector<std::size_t>& input_bytes, std::size_t output_bytes,
            int overwritten) {
    Operands operands;
    for (const std::size_t bytes : input_bytes) {
      auto* numbers = static_cast<float*>(made.pool->allocate(bytes));
      for (std::size_t i = 0; i < bytes / sizeof(float); ++i) {
        numbers[i] = static_cast<float>(i % 13) * 0.1f - 0.6f;
      }
      operands.inputs.push_back(numbers);
      made.inputs.push_back(numbers);
    }
    operands.output = overwritten >= 0 ? operands.inputs[overwritten]
                                       : static_cast<float*>(made.pool->allocate(output_bytes));
    operands.scratch = made.pool->allocate(made.kernel.scratch_bytes);
    made.run = made.kernel.bind(operands);
  }

  std::size_t bytes_of(const graph::Dims& dims, plan::Layout layout) const {
    return plan::View(dims, layout, tasks_.context().block).bytes();
  }

  Made make(std::size_t step, const Option& option) {
    const StepTask& task = tasks_.task(step);
    Made made;
    made.pool = std::make_unique<MemoryPool>();
    made.kernel = option.make(*made.pool);
    std::vector<std::size_t> inputs;
    const plan::StepLayouts layouts = tasks_.problems().layouts(step, option.id);
    for (std::size_t k = 0; k < layouts.inputs.size(); ++k)
      inputs.push_back(bytes_of(task.input(static_cast<int>(k)), layouts.inputs[k]));
    const int overwritten = made.kernel.sums_in_place ? task.step.sum_operand() : -1;
    bind(made, inputs, bytes_of(task.output(), option.id.out), overwritten);
    const std::size_t weights = task.weights[task.step.main].kernel.size() * sizeof(float);
    if (weights > 0 && !warm_) {
      made.prepare_caches = [this, numbers = made.inputs, bytes = inputs,
                             all = weights >= kLargeWeights] {
        flush_.run(all);
        // The inputs were just written by the kernels before.
        for (std::size_t k = 0; k < numbers.size(); ++k) {
          volatile float* input = numbers[k];
          for (std::size_t i = 0; i < bytes[k] / sizeof(float); ++i) input[i] = input[i];
        }
      };
    }
    return made;
  }

  void try_reorders(graph::LayerId value, const graph::Dims& dims) {
    std::vector<plan::Layout> layouts = layouts_of(dims, tasks_.context());
    if (value == graph::kNetworkInput &&
        plan::input_layout(tasks_.network()) == plan::Layout::kPlain) {
      layouts.push_back(plan::Layout::kPlain);
    }
    for (const plan::Layout from : layouts) {
      for (const plan::Layout to : layouts) {
        if (from == to || to == plan::Layout::kPlain) continue;
        try_one(
            plan::reorder_key(dims, tasks_.context().threads), {from, to},
            [&] {
              Made made;
              made.pool = std::make_unique<MemoryPool>();
              made.kernel = reorder_kernel(tasks_.context(), dims, from, to);
              bind(made, {bytes_of(dims, from)}, bytes_of(dims, to), -1);
              return made;
            },
            true);
      }
    }
  }

  template <class Make>
  void try_one(const std::string& key, const plan::KernelOption& option, const Make& make_it,
               bool is_reorder = false) {
    std::map<plan::KernelOption, plan::Trial>& known = choices_[key];
    if (known.count(option) > 0) return;
    plan::Trial trial;
    try {
      announcer_.doing(doing(key, option));
      const Made& made = make_it();
      trial.implementation = made.kernel.implementation;
      trial.origin = made.kernel.origin;
      if (trial.origin == plan::KernelOrigin::kReference && !is_reorder) {
        trial.result = plan::TrialResult::kNotNeeded;
      } else {
        trial.seconds = time_kernel(made.run, seconds_, made.prepare_caches);
      }
    } catch (const dnnl::error& error) {
      if (error.status == dnnl_unimplemented)
        trial.result = plan::TrialResult::kUnimplemented;
      else
        trial.set_fault(error.what());
    } catch (const std::bad_alloc&) {
      trial.set_fault("out of memory");
    }
    known[option] = trial;
    announce(key, option, trial);
  }

  /// Times close options in turns: a moment in which the machine is slower then favours none.
  void try_best_again(const std::string& key, const std::map<plan::KernelOption, Made>& made) {
    std::map<plan::KernelOption, plan::Trial>& known = choices_[key];
    double least = std::numeric_limits<double>::infinity();
    for (const auto& [option, unused] : made) {
      if (known.at(option).works()) least = std::min(least, known.at(option).seconds);
    }
    std::vector<plan::KernelOption> close;
    for (const auto& [option, unused] : made) {
      if (known.at(option).works() && known.at(option).seconds < kClose * least)
        close.push_back(option);
    }
    if (close.size() < 2) return;
    for (int round = 0; round < kRounds; ++round) {
      for (const plan::KernelOption& option : close) {
        announcer_.doing(doing(key, option));
        plan::Trial& trial = known.at(option);
        const Made& again = made.at(option);
        trial.seconds =
            std::min(trial.seconds, time_kernel(again.run, seconds_, again.prepare_caches));
      }
    }
    for (const plan::KernelOption& option : close) announce(key, option, known.at(option));
  }

  static std::string doing(const std::string& key, const plan::KernelOption& option) {
    return "try\t" + key + "\t" + plan::to_text(option);
  }

  void announce(const std::string& key, const plan::KernelOption& option,
                const plan::Trial& trial) {
    nlohmann::json event = plan::trial_json(key, option, trial);
    event["event"] = "tried";
    event["layer"] = layer_;
    event["number"] = number_;
    event["count"] = count_;
    announcer_.event(event);
  }

  const Tasks& tasks_;
  plan::KernelChoices& choices_;
  Announcer& announcer_;
  CacheFlush flush_;
  bool warm_;
  std::string layer_;                      // for people: what is tried
  std::size_t number_ = 0, count_ = 0;     // of it, among all steps and values
  double seconds_ = warm_ ? 0.02 : 0.004;  // of a trial, at least
};

}  // namespace

double time_kernel(const Run& run, double seconds, const std::function<void()>& before) {
  constexpr int kLeastRuns = 5;
  run();
  const double begun = clock_now();
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kLeastRuns || clock_now() - begun < seconds; ++i) {
    if (before) before();
    const double begin = clock_now();
    run();
    least = std::min(least, clock_now() - begin);
  }
  return least;
}

void try_options(const Tasks& tasks, plan::KernelChoices& choices, Announcer& announcer,
                 bool warm) {
  Tuner(tasks, choices, announcer, warm).run();
}

}  // namespace archcost::onednn
