// Fills the database of latencies: the kernels of many networks, each timed once.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "graph/network.hpp"
#include "latency/latency_db.hpp"
#include "plan/execution_plan.hpp"

namespace archcost {

struct ProfileOptions {
  std::string db;
  int threads = 1;
  int cpu = -1;  ///< processor to stay on; -1: any
  int blocks = 5;
  double seconds = 0.08;  ///< of a block, at least
  int passes = 12;        ///< of a block, at least
  bool winograd = true;
  Fusion fusion = Fusion::kAll;
  std::uint64_t seed = 1;  ///< of the company that each kernel gets
  double patience_seconds = 120;
  /// Threads that are farther apart than usual are waited for, so long in all (see handover.hpp).
  double wait_seconds = 600;
};

/// What there is to do.
struct ProfileWork {
  std::int64_t networks = 0;  ///< that have something new
  std::int64_t layers = 0;    ///< distinct layers without a figure
  std::int64_t known = 0;     ///< distinct layers that have one
  double seconds = 0;         ///< about how long it takes
};

struct ProfileResult {
  std::int64_t stored = 0;          ///< figures
  std::vector<std::string> faults;  ///< kernels that failed: "problem, option: SIGFPE"
  /// Kernels that other work on the machine disturbed in every pass: not stored.
  std::int64_t disturbed = 0;
  /// Of those stored, how many had threads farther apart than others: they count where there are no
  /// nearer ones, and are measured again.
  std::int64_t far = 0;
  bool stopped = false;
};

/// Tells what a profile would do. Asks the program of the kernels what machine this is.
ProfileWork profile_work(const std::vector<Network>& networks, const ProfileOptions& options);

using ProfileProgress = std::function<void(const std::string&)>;

/// Times every kernel that the networks run and the database has no figure of, and stores each as
/// it comes. Ends early, with all that is finished stored, once `stop` is set. Throws Error when
/// the program of the kernels can't be started or fails as a whole.
ProfileResult profile_networks(const std::vector<Network>& networks, const ProfileOptions& options,
                               const ProfileProgress& progress, const std::atomic<bool>& stop);

}  // namespace archcost
