// SPDX-License-Identifier: Apache-2.0
// What people see while a command runs: notes and progress on standard error, and Ctrl-C.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <functional>
#include <string>

namespace archcost::cli {

/// Writes to standard error.
void write_error(const std::string& text);
/// A line on standard error.
template <class... Arguments>
void note(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_error(fmt::format(format, std::forward<Arguments>(arguments)...) + "\n");
}

/// A line that is overwritten on a terminal; nothing elsewhere.
std::function<void(const std::string&)> progress_line();

/// Set by Ctrl-C after catch_interrupts().
const std::atomic<bool>& interrupted();
/// From now on Ctrl-C sets interrupted() instead of ending the program.
void catch_interrupts();

}  // namespace archcost::cli
