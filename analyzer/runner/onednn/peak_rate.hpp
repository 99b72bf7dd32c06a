// SPDX-License-Identifier: Apache-2.0
// The best rates of multiply-adds that this processor reaches from registers.
#pragma once

#include <vector>

#include "latency/machine.hpp"

namespace archcost::onednn {

/// f32 always; bf16 and u8s8 where the processor has instructions for them. Takes about 0.2 s for
/// each type. Types are left out when the threads can't be had.
std::vector<latency::PeakRate> measure_peak_rates(int threads);

}  // namespace archcost::onednn
