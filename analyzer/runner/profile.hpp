// SPDX-License-Identifier: Apache-2.0
// Fills the database of latencies: the kernels of many networks, each timed once.
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "graph/network.hpp"
#include "plan/execution_plan.hpp"
#include "runner/kernels_process.hpp"

namespace archcost::runner {

struct ProfileOptions : RunOptions {
  plan::Fusion fusion = plan::Fusion::kAll;
  /// Of the distinct layers only those of one part, from 1, of so many; see profile_part().
  std::uint64_t part = 1, parts = 1;

  ProfileOptions() {
    blocks = 5;
    seconds = 0.08;
    wait_seconds = 600;
  }
};

/// What remains to be measured.
struct ProfileWork {
  std::int64_t networks = 0;  ///< with layers or reorders that have no figure
  std::int64_t layers = 0;    ///< distinct layers without a figure
  std::int64_t known = 0;     ///< distinct layers that have one
  double seconds = 0;         ///< about how long it takes
};

struct ProfileResult {
  std::int64_t stored = 0;                   ///< figures
  std::vector<std::string> faults;           ///< kernels that failed: "problem, option: SIGFPE"
  std::vector<std::string> failed_networks;  ///< that the engine could not run, each with why
  /// Kernels (of oneDNN) or networks (of other engines) that were interrupted in every pass: not
  /// stored.
  std::int64_t disturbed = 0;
  /// Of those stored, how many had a higher core-to-core latency than others: they are used where
  /// there are no better ones, and are measured again.
  std::int64_t high_core_latency = 0;
  /// Times of kernels by block, and how many were left out: the machine was busy. Of oneDNN.
  std::int64_t samples = 0, samples_left_out = 0;
  std::int64_t uncertain = 0;  ///< of those stored: their blocks differ by more than ± 10 %
  bool stopped = false;
};

/// What a profile would measure on the engine of the options. Starts its program to identify this
/// machine.
ProfileWork profile_work(const std::vector<graph::Network>& networks,
                         const ProfileOptions& options);

/// The distinct layers of a part, as keys of their problems, and the networks in which they are
/// timed. The parts take about the same time; they depend on the networks alone. Layers of one
/// network are in one part as far as possible, because a network is loaded to time any of them.
struct ProfilePart {
  std::set<std::string> problems;
  std::vector<const graph::Network*> networks;
};
ProfilePart profile_part(const std::vector<graph::Network>& networks,
                         const ProfileOptions& options);

/// Why the figures of a profile into this database may be too large, and what to try; empty where
/// the machine was quiet.
std::string busy_warning(const ProfileResult& result, const std::string& db);

using ProfileProgress = std::function<void(const std::string&)>;

/// Times every kernel of the networks that the database has no figure of, on the engine of the
/// options. Figures are stored as they are measured: the database is the journal, and a second run
/// measures only what is missing. Ends early once `stop` is set. Throws EngineError when the
/// engine's program can't be started or fails as a whole.
ProfileResult profile_networks(const std::vector<graph::Network>& networks,
                               const ProfileOptions& options, const ProfileProgress& progress,
                               const std::atomic<bool>& stop);

// On oneDNN: each kernel is timed once, in batches (docs/LATENCY.md).
ProfileWork kernels_profile_work(const std::vector<graph::Network>& networks,
                                 const ProfileOptions& options);
ProfileResult profile_kernels(const std::vector<graph::Network>& networks,
                              const ProfileOptions& options, const ProfileProgress& progress,
                              const std::atomic<bool>& stop);

}  // namespace archcost::runner
