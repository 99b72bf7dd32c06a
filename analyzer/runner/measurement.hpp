// SPDX-License-Identifier: Apache-2.0
// A network, run on this machine: what was measured, and how.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/network.hpp"
#include "latency/machine.hpp"
#include "latency/row_label.hpp"
#include "runner/kernels_process.hpp"

namespace archcost::runner {

/// Blocks of passes, in seconds; each figure is the mean over the faster half of a block's passes.
struct MeasuredBlock {
  std::vector<double> rows;  ///< by row of the measurement
  double stamped = 0;        ///< sum of the rows
  double plain = 0;          ///< of passes without time stamps, in turns with the others
  double reference = 0;      ///< of the reference layer, in turns too
  int passes = 0;
  bool disturbed = false;            ///< nearly all of its passes were interrupted
  double core_latency = 0;           ///< seconds; 0: one thread
  double fastest = 0;                ///< of all passes without time stamps
  double kernels = 0, profiled = 0;  ///< with the engine's profiler: all kernels, and the passes
};

/// A kernel of the network: a layer with what was fused into it, or a change of layout.
struct MeasuredRow {
  std::vector<graph::LayerId> layers;  ///< empty for a reorder
  graph::LayerId main = 0;  ///< the layer that names it; of a reorder the one that needs it
  bool reorder = false;
  graph::LayerId value = 0;  ///< that is computed or reordered
  std::string problem, implementation;
  plan::KernelOption option;
  plan::KernelOrigin origin = plan::KernelOrigin::kLibrary;
  std::string fault;                            ///< why it did not run; empty when it did
  double seconds = 0;                           ///< of one pass
  double spread = 0;                            ///< half the range over the blocks, relative
  std::optional<latency::RowLabel> label = {};  ///< of rows without a layer
};

// Both are events of archcost-kernels.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MeasuredBlock, rows, stamped, plain, reference, passes,
                                   disturbed, core_latency, fastest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MeasuredRow, layers, main, reorder, value, problem,
                                   implementation, option, origin, fault)

struct MeasureOptions : RunOptions {
  int processes = 1;               ///< fresh processes, one after the other
  bool check = false;              ///< compare the output with the interpreter's
  std::string weights;             ///< a weight file; empty: those of the seed
  std::string dump;                ///< folder for network, weights, input and output; empty: none
  bool use_stored_choices = true;  ///< those of earlier runs
};

/// Blocks that don't count, by the first reason.
struct RejectedBlocks {
  int interrupted = 0;    ///< nearly all passes were
  int reference = 0;      ///< the time of the reference layer changed
  int core_latency = 0;   ///< the core-to-core latency rose
  int other_kernels = 0;  ///< of a process in which a kernel had failed

  int sum() const { return interrupted + reference + core_latency + other_kernels; }
};

struct Measurement {
  std::string cpu, library, isa, date;  ///< date: ISO 8601, UTC
  latency::MachineId machine;           ///< with the engine
  MeasureOptions options;
  std::vector<MeasuredRow> rows;
  /// Of one pass: the sum of the rows. Of an unstable measurement the fastest pass, and all other
  /// times but the reference layer's are scaled to it.
  double seconds = 0;
  double spread = 0;             ///< half the range over the blocks that count, relative
  double plain_seconds = 0;      ///< of passes without time stamps
  double profiled_seconds = 0;   ///< of passes with the engine's profiler; 0: it has none
  double kernel_seconds = 0;     ///< what its profile gives for all kernels; 0: no profile
  double fastest_seconds = 0;    ///< the fastest of these: an upper bound for a quiet machine
  double slowdown = 1;           ///< passes of the blocks that count, over the fastest
  double reference_seconds = 0;  ///< of the reference layer
  double reference_spread = 0;
  double core_latency = 0;        ///< seconds, in the blocks that count
  double usual_core_latency = 0;  ///< the lowest in the database; 0: none
  double wait_left = 0;           ///< of the options' wait_seconds
  int passes = 0;                 ///< that were timed, of each sort
  int blocks = 0;                 ///< that count
  RejectedBlocks rejected;
  std::vector<double> process_seconds, process_references;  ///< by process
  std::size_t arena_bytes = 0, weight_bytes = 0;
  std::optional<double> error;  ///< largest error over largest output, where it was checked

  /// Every step ran.
  bool complete() const;
  /// How many blocks the figures are of: where no block is good, all.
  int counted_blocks() const { return blocks > 0 ? blocks : rejected.sum(); }
  /// No block is good, they differ too much, or all are far from the fastest pass, as beside a
  /// steady load: the times are upper bounds.
  bool unstable() const;
  /// Why the figures are no result, with an upper bound of the time; empty when they are one.
  std::string instability() const;
  /// Why the figures are unreliable, and what to try; empty when they are reliable, or when
  /// instability() says why.
  std::string warning() const;
};

/// Progress for people: "trying kernels: 12 of 30", "block 3 of 7".
using MeasureProgress = std::function<void(const std::string&)>;

/// Runs the network on the engine of the options. Throws EngineError when its program can't be
/// started or fails as a whole.
Measurement measure_network(const graph::Network& network, const MeasureOptions& options,
                            const MeasureProgress& progress);

/// On oneDNN. A kernel that fails is stored as failed, and the next best replaces it; a step
/// without any is a row with a fault.
Measurement measure_with_kernels(const graph::Network& network, const MeasureOptions& options,
                                 const MeasureProgress& progress);

struct MeasuredMachine {
  latency::Machine machine;
  std::string instability;  ///< why its rates are no result; empty when they are one
};
/// Peak rates and bandwidths at one thread and at that many; takes some seconds. Throws Error when
/// archcost-kernels fails.
MeasuredMachine measure_machine(int threads);

/// Fills rows, seconds and spreads with the mean over the middle half of the blocks that count,
/// ordered by their totals, so that rows still add up; those of an unstable measurement add up to
/// its fastest pass.
void summarise(const std::vector<MeasuredBlock>& blocks, Measurement& measurement);
/// Calls `run` for each of that many processes, which adds its blocks, and summarises all.
void run_processes(int processes, Measurement& measurement,
                   const std::function<void(int process, std::vector<MeasuredBlock>&)>& run);

}  // namespace archcost::runner
