// SPDX-License-Identifier: Apache-2.0
#include "runner/kernels_process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "core/clock.hpp"
#include "core/diagnostic.hpp"
#include "core/json_line.hpp"
#include "core/text.hpp"

namespace archcost::runner {
namespace {

/// A descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  void reset(int number) {
    close();
    number_ = number;
  }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

/// The shared page, read by the parent process.
class StatusPage {
 public:
  StatusPage() : file_(memfd_create("archcost-status", 0)) {
    if (file_.number() < 0 || ftruncate(file_.number(), kStatusBytes) != 0) {
      throw Error("no memory could be shared with archcost-kernels");
    }
    void* page = mmap(nullptr, kStatusBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.number(), 0);
    if (page == MAP_FAILED) {
      throw Error("no memory could be shared with archcost-kernels");
    }
    page_ = static_cast<char*>(page);
  }
  ~StatusPage() { munmap(page_, kStatusBytes); }
  int descriptor() const { return file_.number(); }
  std::string text() const { return {page_, strnlen(page_, kStatusBytes)}; }

 private:
  Descriptor file_;
  char* page_ = nullptr;
};

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  const std::string text =
      name == nullptr ? fmt::format("signal {}", number) : fmt::format("SIG{}", name);
  return number == SIGKILL ? text + " (out of memory?)" : text;
}

/// archcost-kernels in the folder of this program, or the path in the variable ARCHCOST_KERNELS.
std::string kernels_program() {
  if (const char* given = std::getenv("ARCHCOST_KERNELS")) return given;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "archcost-kernels";
  if (!error && access(beside.c_str(), X_OK) == 0) return beside.string();
  throw Error(
      fmt::format("'{}' does not exist: measuring needs the program archcost-kernels in the folder "
                  "of archcost, or "
                  "its path in the variable ARCHCOST_KERNELS",
                  beside.string()));
}

[[noreturn]] void become_kernels(const std::string& program, const RunOptions& options, int input,
                                 int output, const StatusPage& page) {
  // When the parent process ends, nothing reads the results.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  if (options.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(options.cpu, &set);
    sched_setaffinity(0, sizeof(set), &set);
  }
  setenv("OMP_NUM_THREADS", std::to_string(options.threads).c_str(), 1);
  if (options.threads > 1) setenv("OMP_PROC_BIND", "close", 0);
  const std::string number = std::to_string(page.descriptor());
  execl(program.c_str(), program.c_str(), "--status-fd", number.c_str(), nullptr);
  _exit(127);
}

void send(int descriptor, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = write(descriptor, text.data() + sent, text.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // it has ended; run_kernels reports how
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
  explicit Events(const EventHandler& handler) : handler_(handler) {}

  void read(const char* text, std::size_t size) {
    pending_.append(text, size);
    std::size_t begin = 0;
    for (std::size_t stop = pending_.find('\n'); stop != std::string::npos;
         begin = stop + 1, stop = pending_.find('\n', begin)) {
      const auto event =
          nlohmann::json::parse(pending_.substr(begin, stop - begin), nullptr, false);
      if (!event.is_object()) continue;
      try {
        handle(event);
      } catch (const nlohmann::json::exception& error) {
        throw Error(fmt::format("archcost-kernels sent an event of another form: {}",
                                printable(error.what())));
      }
    }
    pending_.erase(0, begin);
  }
  bool done() const { return done_; }
  /// Its own message when it failed.
  const std::string& reason() const { return reason_; }

 private:
  void handle(const nlohmann::json& event) {
    const std::string kind = event.value("event", "");
    if (kind == "done") done_ = true;
    if (kind == "failed") reason_ = event.value("reason", "");
    handler_(event);
  }

  const EventHandler& handler_;
  std::string pending_, reason_;
  bool done_ = false;
};

/// Reads events until the program ends; false where it hangs.
bool read_events(int output, const StatusPage& page, double patience, Events& events) {
  std::string last_doing;
  double last_event = seconds_now();
  while (true) {
    pollfd waiting{output, POLLIN, 0};
    const int ready = poll(&waiting, 1, 200);
    if (std::string doing = page.text(); doing != last_doing) {
      last_doing = std::move(doing);
      last_event = seconds_now();
    }
    if (ready <= 0) {
      if (seconds_now() - last_event > patience) return false;
      continue;
    }
    char buffer[65536];
    const ssize_t n = read(output, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw Error(fmt::format("what archcost-kernels sent can't be read: {}", strerror(errno)));
    if (n == 0) return true;
    last_event = seconds_now();
    events.read(buffer, static_cast<std::size_t>(n));
  }
}

/// The kernel that was running when the program failed.
struct FailedKernel {
  std::string problem;
  plan::KernelOption option;
};

/// See Announcer::doing; nothing when no kernel was running.
std::optional<FailedKernel> failed_kernel(const KernelsEnd& end) {
  const std::vector<std::string> parts = split(end.doing, '\t');
  const bool trial = parts.size() == 3 && parts[0] == "try";
  const bool row = parts.size() == 4 && parts[0] == "row";
  if (!trial && !row) return {};
  const auto option = plan::option_from_text(parts[2]);
  if (!option) return {};
  return FailedKernel{trial ? parts[1] : parts[3], *option};
}

}  // namespace

KernelsEnd run_kernels(const RunOptions& options, const nlohmann::json& request,
                       const EventHandler& on_event) {
  const std::string program = kernels_program();
  std::signal(SIGPIPE, SIG_IGN);
  StatusPage page;
  int to_child[2], from_child[2];
  if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0) {
    throw Error("no pipe to archcost-kernels could be made");
  }
  Descriptor child_input(to_child[0]), input(to_child[1]), output(from_child[0]),
      child_output(from_child[1]);
  const pid_t id = fork();
  if (id < 0) throw Error("archcost-kernels could not be started");
  if (id == 0) become_kernels(program, options, child_input.number(), child_output.number(), page);
  Child child(id);
  child_input.close();
  child_output.close();
  send(input.number(), json_line(request) + "\n");

  Events events(on_event);
  const bool hung = !read_events(output.number(), page, options.patience_seconds, events);
  if (hung) child.end();
  const int status = child.wait();
  KernelsEnd end;
  end.doing = page.text();
  if (hung) {
    end.reason = fmt::format("hang: no event for {:.0f} s", options.patience_seconds);
  } else if (WIFSIGNALED(status)) {
    end.reason = signal_name(WTERMSIG(status));
  } else if (WEXITSTATUS(status) == 127) {
    throw Error(fmt::format("'{}' could not be started", program));
  } else if (!events.done()) {
    end.reason = events.reason().empty()
                     ? fmt::format("it exited with status {}", WEXITSTATUS(status))
                     : events.reason();
  }
  end.done = end.reason.empty();
  return end;
}

void run_to_the_end(const KernelsRun& run) {
  // Each failure removes one kernel, so this ends.
  for (int attempt = 0; attempt < 200; ++attempt) {
    const KernelsEnd end = run_kernels(run.options, run.request(), run.on_event);
    run.after_attempt();
    if (end.done) return;
    const auto failed = failed_kernel(end);
    const bool known =
        failed && run.choices[failed->problem].contains(failed->option) &&
        run.choices[failed->problem][failed->option].result == plan::TrialResult::kFailed;
    if (!failed || known) {
      throw Error(fmt::format("{} could not be run: {}{}", run.name, end.reason,
                              end.doing.empty() ? "" : fmt::format(" (while: {})", end.doing)));
    }
    run.choices[failed->problem][failed->option].set_fault(end.reason);
    run.on_failed_kernel(failed->problem, failed->option, end.reason);
  }
  throw Error("too many kernels fail");
}

nlohmann::json request_of(const char* what, const RunOptions& options,
                          const plan::KernelChoices& choices, double usual_core_latency) {
  return {{"do", what},
          {"threads", options.threads},
          {"seed", options.seed},
          {"winograd", options.winograd},
          {"choices", plan::to_json(choices)},
          {"blocks", options.blocks},
          {"seconds", options.seconds},
          {"passes", options.passes},
          {"core_latency", usual_core_latency},
          {"wait", options.wait_seconds}};
}

latency::MachineId ask_machine(const RunOptions& options) {
  latency::MachineId machine;
  machine.cpu = latency::cpu_name();
  const KernelsEnd end = run_kernels(options, {{"do", "hello"}}, [&](const nlohmann::json& event) {
    if (event.value("event", "") == "hello") {
      machine.library = event.value("library", "");
      machine.isa = event.value("isa", "");
    }
  });
  if (!end.done) throw Error("archcost-kernels failed at its start: " + end.reason);
  return machine;
}

}  // namespace archcost::runner
