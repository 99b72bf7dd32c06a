// SPDX-License-Identifier: Apache-2.0
// The page of memory in which the program of the kernels says what it is doing.
#pragma once

#include <cstddef>

namespace archcost::runner {

constexpr std::size_t kStatusBytes = 4096;

}  // namespace archcost::runner
