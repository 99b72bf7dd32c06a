// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "core/diagnostic.hpp"

namespace archcost::cli {
namespace {

std::atomic<bool> interrupt_flag = false;  // the one thing that a signal may set

}  // namespace

void prepare_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF)
      open("/dev/null", O_RDWR);  // gets the lowest free number: this one
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void write_standard_output(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return;
  if (errno == EPIPE) throw OutputClosed{};
  throw Error(fmt::format("standard output can't be written: {}", std::strerror(errno)));
}

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
  const auto set = [](int) { interrupt_flag = true; };
  // Schedulers end a task by SIGTERM, or by the signal of sbatch --signal before that.
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, set);
  // nohup sets SIGHUP to be ignored.
  if (std::signal(SIGHUP, set) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

}  // namespace archcost::cli
