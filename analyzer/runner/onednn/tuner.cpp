#include "runner/onednn/tuner.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <new>
#include <set>

#include "runner/onednn/cache_sizes.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/vector_math.hpp"

namespace archcost {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool is_reference(const std::string& implementation) {
  return implementation.rfind("ref", 0) == 0 || implementation.find(":ref") != std::string::npos ||
         implementation.find(" ref") != std::string::npos;
}

/// Weights from this size on are tried out of all caches: no network leaves them there from one
/// pass to the next, unless it is tiny. Smaller ones are tried out of the second cache.
constexpr std::size_t kLargeWeights = 256 << 10;

/// Options that take less than so many times the best one's time are tried again, so many times.
constexpr double kClose = 1.15;
constexpr int kRounds = 2;

/// Memory that takes the place of everything else in the caches when it is read.
class CacheFlush {
 public:
  explicit CacheFlush(int threads) : threads_(threads) {
    constexpr std::size_t kLeast = 16 << 20, kMost = 256 << 20;
    const std::vector<CacheSize> caches = reported_cache_sizes();
    second_ = 2 * caches[1].bytes * threads;
    all_ = std::clamp<std::size_t>(2 * caches.back().bytes, std::max(second_, kLeast), kMost);
  }
  /// Empties the second cache of each thread, or all.
  void run(bool all) {
    if (numbers_ == nullptr) {
      numbers_ = static_cast<float*>(pool_.allocate(all_));
      // Memory that was never written is one page of zeros, whatever its size.
      rows::fill(numbers_, 1, all_ / sizeof(float));
    }
    const std::size_t bytes = all ? all_ : second_;
    parallel_ranges(threads_, static_cast<std::int64_t>(bytes / sizeof(float) / kLine),
                    [&](std::int64_t begin, std::int64_t end) {
                      float sum = 0;
                      for (std::int64_t i = begin; i < end; ++i) sum += numbers_[i * kLine];
                      sink_.store(sum, std::memory_order_relaxed);
                    });
  }

 private:
  static constexpr std::int64_t kLine = 16;  // numbers of a cache line
  int threads_;
  std::size_t second_, all_;  // bytes
  MemoryPool pool_;
  float* numbers_ = nullptr;
  std::atomic<float> sink_{0};  // so that the reads aren't left out
};

class Tuner {
 public:
  Tuner(const Tasks& tasks, Choices& choices, Announcer& announcer, bool warm)
      : tasks_(tasks),
        choices_(choices),
        announcer_(announcer),
        flush_(tasks.context().threads),
        warm_(warm) {}

  void run() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      std::map<std::string, Made> made;
      for (const Option& option : tasks_.options(i)) {
        // Our own plain convolution stands in where the library has nothing.
        if (is_last_resort(option) && something_works(tasks_.key(i))) continue;
        try_one(tasks_.key(i), option.name,
                [&]() -> const Made& { return made[option.name] = make(i, option); });
      }
      try_best_again(tasks_.key(i), made);
    }
    std::set<std::string> seen;
    for (LayerId v = kNetworkInput; v < static_cast<LayerId>(tasks_.network().layers.size()); ++v) {
      const Dims dims = dims_of(tasks_.network(), v);
      if (!seen.insert(reorder_key(dims, tasks_.context().threads)).second && v != kNetworkInput)
        continue;
      try_reorders(v, dims);
    }
  }

 private:
  struct Made {
    std::unique_ptr<MemoryPool> pool;
    Kernel kernel;
    Run run;
    /// Leaves in the caches what a producer would leave; empty: all stays as the last run left it.
    std::function<void()> cool;
    std::vector<float*> inputs;
  };

  static bool is_last_resort(const Option& option) { return option.name == "nhwc own"; }

  bool something_works(const std::string& key) const {
    const auto problem = choices_.find(key);
    if (problem == choices_.end()) return false;
    return std::any_of(problem->second.begin(), problem->second.end(),
                       [](const auto& tried) { return tried.second.fault.empty(); });
  }

  void bind(Made& made, std::vector<std::size_t> input_bytes, std::size_t output_bytes,
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
    operands.output = overwritten >= 0 ? const_cast<float*>(operands.inputs[overwritten])
                                       : static_cast<float*>(made.pool->allocate(output_bytes));
    operands.scratch = made.pool->allocate(made.kernel.scratch_bytes);
    made.run = made.kernel.bind(operands);
  }

  std::size_t bytes_of(const Dims& dims, Layout layout) const {
    return View(dims, layout, tasks_.context().block).elements() * sizeof(float);
  }

  Made make(std::size_t step, const Option& option) {
    const StepTask& task = tasks_.task(step);
    Made made;
    made.pool = std::make_unique<MemoryPool>();
    // The option's kernels draw their memory from the pool of the program's context.
    MemoryPool*& pool = const_cast<Context&>(tasks_.context()).pool;
    MemoryPool* const kept = pool;
    pool = made.pool.get();
    try {
      made.kernel = option.make();
    } catch (...) {
      pool = kept;
      throw;
    }
    pool = kept;
    if (is_reference(made.kernel.implementation)) return made;
    std::vector<std::size_t> inputs;
    int overwritten = -1;
    for (std::size_t k = 0; k < task.step.inputs.size(); ++k) {
      inputs.push_back(bytes_of(task.input(static_cast<int>(k)), tasks_.wanted(step, option, k)));
    }
    if (made.kernel.sums_in_place) {
      for (const PointwiseOp& op : task.step.pointwise) {
        if (op.kind == PointwiseOp::kAdd) overwritten = op.operand;
      }
    }
    bind(made, inputs, bytes_of(task.output(), option.out), overwritten);
    const std::size_t weights = task.weights[task.step.main].kernel.size() * sizeof(float);
    if (weights > 0 && !warm_) {
      made.cool = [this, numbers = made.inputs, bytes = inputs, all = weights >= kLargeWeights] {
        flush_.run(all);
        for (std::size_t k = 0; k < numbers.size(); ++k)
          rows::scale(numbers[k], 1, bytes[k] / sizeof(float));
      };
    }
    return made;
  }

  void try_reorders(LayerId value, const Dims& dims) {
    std::vector<Layout> layouts = layouts_of(dims, tasks_.context());
    if (value == kNetworkInput && input_layout(tasks_.network()) == Layout::kPlain) {
      layouts.push_back(Layout::kPlain);
    }
    for (const Layout from : layouts) {
      for (const Layout to : layouts) {
        if (from == to || to == Layout::kPlain) continue;
        try_one(reorder_key(dims, tasks_.context().threads), reorder_option(from, to), [&] {
          Made made;
          made.pool = std::make_unique<MemoryPool>();
          made.kernel = reorder_kernel(tasks_.context(), dims, from, to);
          bind(made, {bytes_of(dims, from)}, bytes_of(dims, to), -1);
          return made;
        });
      }
    }
  }

  template <class Make>
  void try_one(const std::string& key, const std::string& option, const Make& make_it) {
    std::map<std::string, Tried>& known = choices_[key];
    if (known.count(option) > 0) return;
    Tried tried;
    try {
      announcer_.doing(doing(key, option));
      const Made& made = make_it();
      tried.implementation = made.kernel.implementation;
      if (is_reference(tried.implementation) && key.rfind("reorder", 0) != 0) {
        tried.fault = "reference kernel";
      } else {
        tried.seconds = time_kernel(made.run, seconds_, made.cool);
      }
    } catch (const dnnl::error& error) {
      tried.fault = error.status == dnnl_unimplemented ? "unimplemented" : error.what();
    } catch (const std::bad_alloc&) {
      tried.fault = "out of memory";
    }
    known[option] = tried;
    announce(key, option, tried);
  }

  /// Close ones in turns, so that a moment in which the machine is slower chooses for none.
  void try_best_again(const std::string& key, const std::map<std::string, Made>& made) {
    std::map<std::string, Tried>& known = choices_[key];
    const auto works = [&](const std::string& option) { return known.at(option).fault.empty(); };
    double least = std::numeric_limits<double>::infinity();
    for (const auto& [option, unused] : made) {
      if (works(option)) least = std::min(least, known.at(option).seconds);
    }
    std::vector<std::string> close;
    for (const auto& [option, unused] : made) {
      if (works(option) && known.at(option).seconds < kClose * least) close.push_back(option);
    }
    if (close.size() < 2) return;
    for (int round = 0; round < kRounds; ++round) {
      for (const std::string& option : close) {
        announcer_.doing(doing(key, option));
        Tried& tried = known.at(option);
        const Made& again = made.at(option);
        tried.seconds = std::min(tried.seconds, time_kernel(again.run, seconds_, again.cool));
      }
    }
    for (const std::string& option : close) announce(key, option, known.at(option));
  }

  static std::string doing(const std::string& key, const std::string& option) {
    return "try\t" + key + "\t" + option;
  }

  void announce(const std::string& key, const std::string& option, const Tried& tried) {
    announcer_.event({{"event", "tried"},
                      {"problem", key},
                      {"option", option},
                      {"seconds", tried.seconds},
                      {"implementation", tried.implementation},
                      {"fault", tried.fault}});
  }

  const Tasks& tasks_;
  Choices& choices_;
  Announcer& announcer_;
  CacheFlush flush_;
  bool warm_;
  double seconds_ = warm_ ? 0.02 : 0.004;  // of a trial, at least
};

}  // namespace

double time_kernel(const Run& run, double seconds, const std::function<void()>& before) {
  constexpr int kLeastRuns = 5;
  run();
  const double begun = now();
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kLeastRuns || now() - begun < seconds; ++i) {
    if (before) before();
    const double begin = now();
    run();
    least = std::min(least, now() - begin);
  }
  return least;
}

void try_options(const Tasks& tasks, Choices& choices, Announcer& announcer, bool warm) {
  Tuner(tasks, choices, announcer, warm).run();
}

}  // namespace archcost
