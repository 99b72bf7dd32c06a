// SPDX-License-Identifier: Apache-2.0
// Exit statuses of the program. main.cpp returns what a command's function returns; errors that are
// thrown become kBadInput, kUsage or kBug there.
#pragma once

namespace archcost::cli {

enum ExitStatus {
  kFine = 0,
  kBadInput = 1,
  kUsage = 2,
  kMeasurementFailed = 3,
  kBug = 4,
  kCheckFailed = 5,     ///< check: a limit isn't met; verify: a figure differs; search: no design
  kInterrupted = 130,   ///< the run can be resumed
  kOutputClosed = 141,  ///< as of a program that SIGPIPE ends
};

/// As --help and the man page say it.
inline constexpr const char* kExitStatuses =
    "0 success, 1 bad input, 2 usage, 3 not measured or not known, 4 bug in archcost, 5 check "
    "failed, 130 interrupted.";

}  // namespace archcost::cli
