// SPDX-License-Identifier: Apache-2.0
// The highest instruction set with which the library works on this machine.
#pragma once

#include <string>

namespace archcost::onednn {

/// oneDNN 3.7.2 divides by the size of a cache. On virtual machines whose CPUID tells no cache
/// sizes, every convolution above SSE4.1 dies with SIGFPE. A child process makes one; while it
/// dies, the library is limited to the next lower instruction set. Returns what to say about it, or
/// empty where nothing is limited. To be called before the library is used. Throws
/// std::runtime_error when no instruction set works. The fault "probe@avx" of
/// ARCHCOST_KERNELS_FAULT (tests) lets the child die with every set above that one.
std::string settle_instruction_set();

}  // namespace archcost::onednn
