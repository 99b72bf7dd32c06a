// SPDX-License-Identifier: Apache-2.0
// The clock by which kernels are timed, which tests replace: with ARCHCOST_KERNELS_CLOCK=1e-6 each
// reading is a microsecond after the last one, and no process is ever interrupted, so that results
// do not depend on what else the machine does.
#pragma once

namespace archcost::onednn {

/// Seconds; only differences have a meaning.
double clock_now();
/// How often another process took the processor from this one, so far.
long preemptions();
/// Whether so many preemptions in that time of a processor are usual: the system itself takes it
/// now and then; a program that shares it does so every few milliseconds.
bool is_calm(long taken, double seconds);
/// Whether the clock is replaced.
bool clock_is_replaced();

}  // namespace archcost::onednn
