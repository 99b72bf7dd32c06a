// SPDX-License-Identifier: Apache-2.0
// Single kernels in network context.
#include <fmt/core.h>

#include <algorithm>
#include <list>
#include <random>
#include <set>

#include "core/statistics.hpp"
#include "runner/onednn/core_latency_guard.hpp"
#include "runner/onednn/kernel_clock.hpp"
#include "runner/onednn/passes.hpp"
#include "runner/onednn/program.hpp"
#include "runner/onednn/tuner.hpp"

namespace archcost::onednn {
namespace {

using nlohmann::json;

/// A kernel to be timed in network context: the kernels that make its inputs run before it,
/// untimed.
struct Target {
  int row;
  std::vector<int> producers;
};

/// Targets that follow each other in their network: the producers of each but the first were
/// just timed.
using Segment = std::vector<Target>;
constexpr std::size_t kLongestSegment = 6;

/// A network that is ready to run.
struct Loaded {
  Setup setup;
  Tasks tasks;
  Program program;
  std::vector<Segment> segments;  ///< what is timed of it

  Loaded(const json& network, const json& request) : setup(network, request), tasks(setup) {}
  /// Bytes of activations and scratch.
  double arena() const { return static_cast<double>(program.arena_bytes); }
  /// Bytes that a run touches, about.
  double footprint() const { return arena() + static_cast<double>(setup.pool.bytes()); }
};

/// Kernels of one network that are timed one after the other, in each pass.
struct Batch {
  const Loaded* network;
  std::vector<Target> targets;
  std::vector<int> fillers;  ///< rows that run after them, untimed
  std::set<int> rows;        ///< of a pass
  int runs = 0;              ///< of rows in a pass
  double outputs = 0;        ///< bytes of the outputs of all runs
  double weights = 0;        ///< bytes of packed weights, of all runs

  explicit Batch(const Loaded& of) : network(&of) {}
  void add(const Target& target);
  /// Adds rows until at least `limit` bytes are touched between two runs of a target.
  void fill(double limit);
  void count(int row);
  /// Different bytes that are touched between two runs of a row: outputs share the arena.
  double between() const {
    const double share = static_cast<double>(rows.size()) / runs;
    return std::min(network->arena(), outputs * share) + weights * share;
  }
};

/// Approximate bytes of a row's packed weights: the network's are divided by parameters.
double weight_bytes(const Loaded& loaded, const ProgramRow& row) {
  const graph::Network& network = loaded.setup.network;
  if (row.reorder) return 0;
  double params = 0, all = 0;
  for (const graph::LayerId layer : loaded.tasks.task(row.step).step.layers)
    params += static_cast<double>(network.layers[layer].cost.params.value());
  for (const graph::Layer& layer : network.layers)
    all += static_cast<double>(layer.cost.params.value());
  return all == 0 ? 0 : params / all * static_cast<double>(loaded.setup.pool.bytes());
}

/// The rows that make its inputs, and the row before it in its network.
std::vector<int> producers_of(const Loaded& loaded, int index) {
  const ProgramRow& row = loaded.program.rows[index];
  std::set<graph::LayerId> inputs;
  if (row.reorder) {
    inputs.insert(row.value);
  } else {
    for (const graph::LayerId input : loaded.tasks.task(row.step).step.inputs)
      inputs.insert(loaded.tasks.plan().value_of(input));
  }
  std::set<int> producers;
  for (int i = index - 1; i >= 0 && !inputs.empty(); --i) {
    if (inputs.erase(loaded.program.rows[i].value) > 0) producers.insert(i);
  }
  if (index > 0) producers.insert(index - 1);
  return {producers.begin(), producers.end()};
}

void Batch::count(int row) {
  rows.insert(row);
  const ProgramRow& it = network->program.rows[row];
  outputs += static_cast<double>(graph::dims_of(network->setup.network, it.value).elements() *
                                 sizeof(float));
  weights += weight_bytes(*network, it);
  ++runs;
}

void Batch::fill(double limit) {
  for (int row = 0; row < static_cast<int>(network->program.rows.size()); ++row) {
    if (between() >= limit) return;
    if (!network->program.rows[row].run || rows.contains(row)) continue;
    count(row);
    fillers.push_back(row);
  }
}

void Batch::add(const Target& target) {
  count(target.row);
  for (const int row : target.producers) {
    if (targets.empty() || targets.back().row != row) count(row);
  }
  targets.push_back(target);
}

/// `only`: problems of the steps that are timed; empty: all.
void add_targets(Loaded& loaded, const std::set<std::string>& only, std::set<std::string>& known) {
  std::vector<Segment>& segments = loaded.segments;
  for (int i = 0; i < static_cast<int>(loaded.program.rows.size()); ++i) {
    const ProgramRow& row = loaded.program.rows[i];
    if (!only.empty() && !only.contains(loaded.tasks.key(row.step))) continue;
    if (!row.run || !known.insert(row.problem + "\t" + plan::to_text(*row.option)).second) continue;
    const bool follows = !segments.empty() && segments.back().back().row == i - 1 &&
                         segments.back().size() < kLongestSegment;
    if (!follows) segments.emplace_back();
    segments.back().push_back({i, producers_of(loaded, i)});
  }
}

void run_row(const Loaded& network, int row) {
  const ProgramRow& it = network.program.rows[row];
  if (it.run) it.run();
}

constexpr double kDisturbed = -1;

/// Seconds of each target; kDisturbed where the process was interrupted in it or its producers.
void pass(const Batch& batch, std::vector<double>& seconds) {
  const std::vector<Target>& targets = batch.targets;
  long before = preemptions();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Target* last = i > 0                   ? &targets[i - 1]
                         : batch.fillers.empty() ? &targets.back()
                                                 : nullptr;
    for (const int row : targets[i].producers) {
      if (last == nullptr || last->row != row) run_row(*batch.network, row);
    }
    const double begin = clock_now();
    run_row(*batch.network, targets[i].row);
    const double end = clock_now();
    const long after = preemptions();
    seconds[i] = after == before ? end - begin : kDisturbed;
    before = after;
  }
  for (const int row : batch.fillers) run_row(*batch.network, row);
}

using Passes = std::vector<std::vector<double>>;  // by pass, then by target

std::vector<double> undisturbed(const Passes& passes, std::size_t target) {
  std::vector<double> seconds;
  for (const std::vector<double>& pass : passes) {
    if (pass[target] >= 0) seconds.push_back(pass[target]);
  }
  return seconds;
}

/// The time of each pass over the usual one, by the targets that weren't disturbed in it.
std::vector<double> slowness(const Passes& passes) {
  std::vector<double> usual;
  for (std::size_t t = 0; t < passes[0].size(); ++t)
    usual.push_back(median(undisturbed(passes, t)));
  std::vector<double> slow;
  for (const std::vector<double>& pass : passes) {
    double taken = 0, expected = 0;
    for (std::size_t t = 0; t < pass.size(); ++t) {
      if (pass[t] < 0) continue;
      taken += pass[t];
      expected += usual[t];
    }
    slow.push_back(expected > 0 ? taken / expected : 1e9);
  }
  return slow;
}

struct BatchBlock {
  std::vector<double> seconds;  ///< by target: the mean over the faster half of the passes
  double reference = 0;
  int passes = 0;
};

BatchBlock time_batch(const Batch& batch, const ReferenceLayer& reference, double seconds,
                      int least) {
  constexpr int kTurn = 6;
  Passes passes;
  std::vector<double> references, times(batch.targets.size());
  const double begin = clock_now();
  while (static_cast<int>(passes.size()) < least || clock_now() - begin < seconds) {
    references.push_back(reference.seconds());
    pass(batch, times);  // finds the caches disturbed
    for (int i = 0; i < kTurn; ++i) {
      pass(batch, times);
      passes.push_back(times);
    }
  }
  BatchBlock block;
  block.passes = static_cast<int>(passes.size());
  block.reference = mean_of_faster(references);
  const std::vector<std::size_t> kept = faster_half(slowness(passes));
  for (std::size_t t = 0; t < batch.targets.size(); ++t) {
    double sum = 0;
    int count = 0;
    for (const std::size_t i : kept) {
      if (passes[i][t] < 0) continue;
      sum += passes[i][t];
      ++count;
    }
    // Disturbed in all of the faster half: the other passes count.
    block.seconds.push_back(count > 0 ? sum / count : median(undisturbed(passes, t)));
  }
  return block;
}

/// The samples of a target, by block.
struct Samples {
  std::vector<double> seconds, references, core_latencies;
};

/// All that is measured, and with what.
struct Profile {
  const json& request;
  const ReferenceLayer& reference;
  CoreLatencyGuard& core_latency_guard;
  Announcer& announcer;
  std::map<std::pair<const Loaded*, int>, Samples> samples;
  std::vector<double> batch_bytes;  ///< of the last block
  int passes = 0;
};

/// Times every target of one network once, in batches, in the order of its segments.
void time_block(const Loaded& network, Profile& profile) {
  // As much is touched between two runs of a kernel as in its network, so that its weights come
  // from the same level of the memory.
  const double limit = network.footprint();
  const std::vector<Segment>& segments = network.segments;
  Batch batch(network);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (const Target& target : segments[i]) batch.add(target);
    if (batch.between() < limit && i + 1 < segments.size()) continue;
    batch.fill(limit);
    profile.announcer.doing(fmt::format("batch of {} kernels", batch.targets.size()));
    const double before = profile.core_latency_guard.settle(profile.announcer);
    const BatchBlock block =
        time_batch(batch, profile.reference, profile.request.value("seconds", 0.08),
                   profile.request.value("passes", 12));
    const double core_latency = profile.core_latency_guard.highest(before);
    for (std::size_t t = 0; t < batch.targets.size(); ++t) {
      Samples& row = profile.samples[{&network, batch.targets[t].row}];
      row.seconds.push_back(block.seconds[t]);
      row.references.push_back(block.reference);
      row.core_latencies.push_back(core_latency);
    }
    profile.passes = std::max(profile.passes, block.passes);
    profile.batch_bytes.push_back(batch.between());
    batch = Batch(network);
  }
}

}  // namespace

void profile(const json& request, Announcer& announcer) {
  plan::KernelChoices choices = plan::choices_from_json(request.value("choices", json::array()));
  std::set<std::string> known;
  for (const json& row : request.value("known", json::array())) known.insert(row);
  const auto only = request.value("only", std::set<std::string>());
  // All networks share the memory of activations: outputs are written to memory that was read just
  // before, as in one network.
  constexpr std::size_t kArena = std::size_t{512} << 20;
  MemoryPool activations;
  const Arena arena{activations.allocate(kArena), kArena};
  CoreLatencyGuard core_latency_guard(request);
  core_latency_guard.settle(announcer);
  std::list<Loaded> networks;
  for (const json& network : request.at("networks")) {
    Loaded& loaded = networks.emplace_back(network, request);
    try_options(loaded.tasks, choices, announcer);
    announcer.doing("build");
    loaded.program = build_program(loaded.tasks, choose_options(loaded.tasks, choices),
                                   loaded.setup.pool, arena);
    std::copy(loaded.setup.input.begin(), loaded.setup.input.end(), loaded.program.input);
    run_announced(loaded.program, announcer);
    add_targets(loaded, only, known);
  }
  std::size_t count = 0;
  for (const Loaded& network : networks) {
    for (const Segment& segment : network.segments) count += segment.size();
  }
  announcer.event({{"event", "rows"}, {"count", count}});
  std::mt19937_64 random(request.value("seed", std::uint64_t{1}));
  if (count > 0) {
    const ReferenceLayer reference(networks.front().setup.context);
    Profile profile{request, reference, core_latency_guard, announcer, {}, {}, 0};
    // Each block has other batches, so that an unfavourable one affects one sample only.
    for (int b = 0; b < request.value("blocks", 5); ++b) {
      profile.batch_bytes.clear();
      for (Loaded& network : networks) {
        std::shuffle(network.segments.begin(), network.segments.end(), random);
        time_block(network, profile);
      }
    }
    json rows = json::array();
    for (const auto& [place, row] : profile.samples) {
      const ProgramRow& kernel = place.first->program.rows[place.second];
      rows.push_back({{"problem", kernel.problem},
                      {"option", *kernel.option},
                      {"implementation", kernel.implementation},
                      {"origin", kernel.origin},
                      {"samples", row.seconds},
                      {"references", row.references},
                      {"core_latencies", row.core_latencies}});
    }
    announcer.event({{"event", "figures"},
                     {"rows", std::move(rows)},
                     {"passes", profile.passes},
                     {"bytes", median(profile.batch_bytes)},
                     {"batches", profile.batch_bytes.size()},
                     {"networks", networks.size()}});
  }
  announcer.event({{"event", "done"}});
}

}  // namespace archcost::onednn
