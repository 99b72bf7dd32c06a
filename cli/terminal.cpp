// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace archcost::cli {
namespace {

std::atomic<bool> interrupt_flag = false;  // the one thing that a signal may set

}  // namespace

void write_error(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::function<void(const std::string&)> progress_line() {
  if (isatty(STDERR_FILENO) == 0) return [](const std::string&) {};
  return [](const std::string& text) { write_error(fmt::format("\r\033[K{:.76}", text)); };
}

const std::atomic<bool>& interrupted() { return interrupt_flag; }

void catch_interrupts() {
  std::signal(SIGINT, [](int) { interrupt_flag = true; });
}

}  // namespace archcost::cli
