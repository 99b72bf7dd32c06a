// SPDX-License-Identifier: Apache-2.0
// Runs a program over and over and times it, layer by layer and as a whole.
#pragma once

#include <vector>

#include "runner/measurement.hpp"
#include "runner/onednn/announcer.hpp"
#include "runner/onednn/program.hpp"

namespace archcost::onednn {

/// The layer that every block is held against: a pointwise convolution of 512 channels at 14x14.
class ReferenceLayer {
 public:
  explicit ReferenceLayer(const Context& context);
  double seconds() const;

 private:
  MemoryPool pool_;
  Run run_;
};

/// `seconds`: how long the block may take; at least `least` passes of each sort. Each pass is
/// announced, between the timings: those of large networks take seconds. The core-to-core latency
/// is not measured.
runner::MeasuredBlock time_block(const Program& program, const ReferenceLayer& reference,
                                 double seconds, int least, Announcer& announcer);

/// Indices of the faster half.
std::vector<std::size_t> faster_half(const std::vector<double>& seconds);
double mean_of_faster(const std::vector<double>& seconds);

/// Runs the program once, announcing each row: a kernel that kills the program is known then.
void run_announced(const Program& program, Announcer& announcer);

}  // namespace archcost::onednn
