// SPDX-License-Identifier: Apache-2.0
// Standard output, standard error and signals. A reader may close its end of a pipe at any time.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <functional>
#include <string>

namespace archcost::cli {

/// Standard output is closed, as after `| head -1`: the command ends quietly.
struct OutputClosed {};

/// Called first: standard streams that are closed become /dev/null, so that no file that is opened
/// later gets their number; writing to a closed pipe or beyond a file size limit is an error of the
/// write instead of a signal.
void prepare_standard_streams();
/// Writes to standard output. Throws OutputClosed, or Error: the device is full.
void write_standard_output(const std::string& text);
/// Writes to standard error; what cannot be written is dropped.
void write_error(const std::string& text);
/// A line on standard error.
template <class... Arguments>
void print_note(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_error(fmt::format(format, std::forward<Arguments>(arguments)...) + "\n");
}

/// A line that is overwritten on a terminal; nothing elsewhere.
std::function<void(const std::string&)> progress_line();

/// Set by Ctrl-C, SIGTERM, SIGHUP or SIGUSR1 after catch_interrupts().
const std::atomic<bool>& interrupted();
/// From now on these signals set interrupted() instead of ending the program.
void catch_interrupts();

}  // namespace archcost::cli
