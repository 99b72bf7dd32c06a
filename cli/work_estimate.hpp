// SPDX-License-Identifier: Apache-2.0
// How long the work of a command takes, asked before it is divided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace archcost::cli {

struct WorkEstimate {
  double seconds = 0;  ///< of one task that does all, with the threads that were asked for
  std::uint64_t most_parts = 0;  ///< into which it can be divided
  std::string what;              ///< "1,000,000,000 points"
};

/// Where the command that runs next puts its estimate instead of doing its work; null: it works.
/// `batch` sets it for the command that it is given.
std::optional<WorkEstimate>*& wanted_estimate();

}  // namespace archcost::cli
