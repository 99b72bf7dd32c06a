// SPDX-License-Identifier: Apache-2.0
#include "runner/child_process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "core/clock.hpp"
#include "core/text.hpp"

namespace archcost::runner {
namespace {

constexpr int kNotStarted = 127;  // as a shell's

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  const std::string text =
      name == nullptr ? fmt::format("signal {}", number) : fmt::format("SIG{}", name);
  return number == SIGKILL ? text + " (out of memory?)" : text;
}

[[noreturn]] void become_program(const ChildRequest& request, int input, int output) {
  // When the parent process ends, nothing reads the results.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  if (request.hide_errors) {
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  }
  if (request.cpu >= 0) {
    std::array<cpu_set_t, 8> set = {};
    CPU_SET_S(request.cpu, sizeof(set), set.data());
    sched_setaffinity(0, sizeof(set), set.data());
  }
  for (const auto& [name, value] : request.variables) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& word : request.command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(kNotStarted);
}

void send(int descriptor, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = write(descriptor, text.data() + sent, text.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // it has ended; run_child reports how
    sent += static_cast<std::size_t>(n);
  }
}

/// Kills the child when it goes out of scope.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  ~Child() {
    if (id_ > 0) {
      kill(id_, SIGKILL);
      waitpid(id_, nullptr, 0);
    }
  }
  int wait() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status;
  }
  void end() const { kill(id_, SIGKILL); }

 private:
  pid_t id_;
};

/// The events in the lines that the program has written.
class Events {
 public:
  Events(const EventHandler& handler, const std::string& program)
      : handler_(handler), program_(program) {}

  void read(const char* text, std::size_t size) {
    pending_.append(text, size);
    std::size_t begin = 0;
    for (std::size_t stop = pending_.find('\n'); stop != std::string::npos;
         begin = stop + 1, stop = pending_.find('\n', begin)) {
      read_line(pending_.substr(begin, stop - begin));
    }
    pending_.erase(0, begin);
    if (pending_.size() > kMostLine) {  // no event is as long as that
      if (other_.empty()) other_ = shorten_end(pending_.substr(0, kShownLine), kShownLine);
      pending_.clear();
    }
  }
  bool done() const { return done_; }
  /// Why the program failed: its own message, or the first line that is not an event.
  std::string reason() const {
    if (!reason_.empty()) return reason_;
    return other_.empty() ? "" : fmt::format("it printed '{}' instead of a result", other_);
  }

 private:
  static constexpr std::size_t kMostLine = 256 << 20, kShownLine = 80;

  void read_line(const std::string& line) {
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || !event.contains("event") || !event["event"].is_string()) {
      if (other_.empty()) other_ = printable(shorten_end(trim(line), kShownLine));
      return;
    }
    const auto kind = event["event"].get<std::string>();
    if (kind == "done") done_ = true;
    if (kind == "failed") {
      const auto reason = event.find("reason");
      const bool told = reason != event.end() && reason->is_string();
      reason_ = told ? reason->get<std::string>() : "it failed";
    }
    try {
      handler_(event);
    } catch (const nlohmann::json::exception& error) {
      throw EngineError(
          fmt::format("'{}' sent an event of another form: {}", program_, printable(error.what())));
    }
  }

  const EventHandler& handler_;
  const std::string& program_;
  std::string pending_, reason_, other_;
  bool done_ = false;
};

/// Reads events until the program ends; false where it hangs.
bool read_events(int output, const ChildRequest& request, Events& events) {
  std::string last_doing;
  double last_event = seconds_now();
  while (true) {
    pollfd waiting{output, POLLIN, 0};
    const int ready = poll(&waiting, 1, 200);
    if (request.doing) {
      if (std::string doing = request.doing(); doing != last_doing) {
        last_doing = std::move(doing);
        last_event = seconds_now();
      }
    }
    if (ready <= 0) {
      if (seconds_now() - last_event > request.patience_seconds) return false;
      continue;
    }
    char buffer[65536];
    const ssize_t n = read(output, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw EngineError(
          fmt::format("'{}' can't be read: {}", request.command.front(), std::strerror(errno)));
    if (n == 0) return true;
    last_event = seconds_now();
    events.read(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

ChildEnd run_child(const ChildRequest& request, const EventHandler& on_event) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string& program = request.command.front();
  int to_child[2], from_child[2];
  if (pipe2(to_child, O_CLOEXEC) != 0)
    throw EngineError(fmt::format("no pipe to '{}' could be made", program));
  Descriptor child_input(to_child[0]), input(to_child[1]);
  if (pipe2(from_child, O_CLOEXEC) != 0)
    throw EngineError(fmt::format("no pipe to '{}' could be made", program));
  Descriptor output(from_child[0]), child_output(from_child[1]);
  const pid_t id = fork();
  if (id < 0) throw EngineError(fmt::format("'{}' could not be started", program));
  if (id == 0) become_program(request, child_input.number(), child_output.number());
  Child child(id);
  child_input.close();
  child_output.close();
  send(input.number(), request.input);

  Events events(on_event, program);
  const bool hung = !read_events(output.number(), request, events);
  if (hung) child.end();
  const int status = child.wait();
  ChildEnd end;
  if (hung) {
    end.reason = fmt::format("hang: no event for {:.0f} s", request.patience_seconds);
  } else if (WIFSIGNALED(status)) {
    end.reason = signal_name(WTERMSIG(status));
  } else if (WEXITSTATUS(status) == kNotStarted) {
    end.not_started = true;
    end.reason = "it could not be started";
  } else if (!events.done()) {
    end.reason = events.reason().empty()
                     ? fmt::format("it exited with status {}", WEXITSTATUS(status))
                     : events.reason();
  }
  end.done = end.reason.empty();
  return end;
}

}  // namespace archcost::runner
