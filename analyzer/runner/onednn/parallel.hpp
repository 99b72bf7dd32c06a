// SPDX-License-Identifier: Apache-2.0
// Loops over all threads of the run.
#pragma once

#include <omp.h>

#include <cstdint>

namespace archcost::onednn {

/// Calls body(begin, end) with equal parts of [0, count), one a thread.
template <class Body>
void parallel_ranges(int threads, std::int64_t count, const Body& body) {
  if (threads <= 1 || count < 2) {
    body(std::int64_t{0}, count);
    return;
  }
#pragma omp parallel num_threads(threads)
  {
    const std::int64_t parts = omp_get_num_threads(), part = omp_get_thread_num();
    const std::int64_t begin = count * part / parts, end = count * (part + 1) / parts;
    if (begin < end) body(begin, end);
  }
}

}  // namespace archcost::onednn
