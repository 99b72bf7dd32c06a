// SPDX-License-Identifier: Apache-2.0
// Long sweeps: chunks of points over several threads, their results in the order of the points.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "search/engine/sweep_engine.hpp"
#include "search/sweep/shard.hpp"

namespace archcost::sweep {

/// One spec and what is varied in it.
struct SweepJob {
  std::string label;  ///< as it was asked for: "mobilenet_v1:rho=0.5"
  spec::ArchSpec spec;
  graph::BuildOptions options;
  space::SweepSpace space;
  engine::SweepWants wants;
};

/// Of all jobs.
std::uint64_t total_points(const std::vector<SweepJob>& jobs);

/// All that the networks of a job depend on, as a text for fingerprint().
std::string identity(const SweepJob& job);

struct SweepChunk {
  std::size_t job = 0;
  engine::SweepRows rows;  ///< rows.first counts within the job
  std::string text;        ///< what `render` made of them
};

struct SweepRun {
  SweepRange range;
  int threads = 1;
  /// Made of each chunk by the threads, before its turn.
  std::function<std::string(const SweepJob&, const engine::SweepRows&)> render;
  /// Called in the order of the points, by one thread; `done` counts the points of the range up to
  /// here.
  std::function<void(const SweepChunk&, std::uint64_t done)> consume;
  const std::atomic<bool>* stop = nullptr;  ///< ends the run after the chunks that are under way
};

/// Memory doesn't grow with the number of points. False when it was stopped before the end. What
/// `render` or `consume` throw ends the run and is thrown on.
bool run_sweep(const std::vector<SweepJob>& jobs, const SweepRun& run);

}  // namespace archcost::sweep
