// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.hpp"

#include <csignal>

namespace archcost::cli {
namespace {

std::atomic<bool> flag = false;  // the one thing that a signal may set

}  // namespace

const std::atomic<bool>& interrupted() { return flag; }

void catch_interrupts() {
  std::signal(SIGINT, [](int) { flag = true; });
}

}  // namespace archcost::cli
