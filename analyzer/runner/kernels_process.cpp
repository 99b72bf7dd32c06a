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
#include "core/text.hpp"
#include "runner/status_page.hpp"

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
  switch (number) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGBUS:
      return "SIGBUS";
    case SIGABRT:
      return "SIGABRT";
    case SIGKILL:
      return "SIGKILL (out of memory?)";
    default:
      return fmt::format("signal {}", number);
  }
}

[[noreturn]] void become_kernels(const KernelsOptions& options, int input, int output,
                                 const StatusPage& page) {
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
  execl(options.program.c_str(), options.program.c_str(), "--status-fd", number.c_str(), nullptr);
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

}  // namespace

KernelsEnd run_kernels(const KernelsOptions& options, const nlohmann::json& request,
                       const std::function<std::string(const nlohmann::json&)>& on_event) {
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
  if (id == 0) become_kernels(options, child_input.number(), child_output.number(), page);
  Child child(id);
  child_input.close();
  child_output.close();
  send(input.number(), request.dump() + "\n");

  KernelsEnd end;
  std::string pending, said, last_doing;
  bool done = false, hung = false;
  double last_event = seconds_now();
  while (true) {
    pollfd waiting{output.number(), POLLIN, 0};
    const int ready = poll(&waiting, 1, 200);
    if (std::string doing = page.text(); doing != last_doing) {
      last_doing = std::move(doing);
      last_event = seconds_now();
    }
    if (ready <= 0) {
      if (seconds_now() - last_event > options.patience_seconds) {
        hung = true;
        child.end();
        break;
      }
      continue;
    }
    char buffer[65536];
    const ssize_t n = read(output.number(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    last_event = seconds_now();
    pending.append(buffer, static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t stop = pending.find('\n'); stop != std::string::npos;
         begin = stop + 1, stop = pending.find('\n', begin)) {
      const nlohmann::json event =
          nlohmann::json::parse(pending.substr(begin, stop - begin), nullptr, false);
      if (!event.is_object()) continue;
      const std::string kind = event.value("event", "");
      if (kind == "done") done = true;
      if (kind == "failed") said = event.value("reason", "");
      const std::string reply = on_event(event);
      if (!reply.empty()) send(input.number(), reply + "\n");
    }
    pending.erase(0, begin);
  }
  const int status = child.wait();
  end.doing = page.text();
  if (hung) {
    end.reason = fmt::format("hang: no event for {:.0f} s", options.patience_seconds);
  } else if (WIFSIGNALED(status)) {
    end.reason = signal_name(WTERMSIG(status));
  } else if (WEXITSTATUS(status) == 127) {
    throw Error(fmt::format("'{}' could not be started", options.program));
  } else if (!done) {
    end.reason = said.empty() ? fmt::format("it exited with status {}", WEXITSTATUS(status)) : said;
  }
  end.done = end.reason.empty();
  return end;
}

std::optional<FailedKernel> mark_failed_kernel(const KernelsEnd& end,
                                               plan::KernelChoices& choices) {
  // See Announcer::doing.
  const std::vector<std::string> parts = split(end.doing, '\t');
  const bool trial = parts.size() == 3 && parts[0] == "try";
  const bool row = parts.size() == 4 && parts[0] == "row";
  if (!trial && !row) return {};
  const auto option = plan::option_from_text(parts[2]);
  if (!option) return {};
  FailedKernel failed{trial ? parts[1] : parts[3], *option};
  std::string& fault = choices[failed.problem][failed.option].fault;
  if (!fault.empty()) return {};
  fault = end.reason;
  return failed;
}

void add_trial(const nlohmann::json& event, plan::KernelChoices& choices) {
  const auto option = plan::option_from_text(event.at("option").get<std::string>());
  if (!option) return;
  choices[event.at("problem")][*option] = {event.at("seconds"), event.at("implementation"),
                                           event.at("fault"),
                                           plan::origin_from_name(event.value("origin", ""))};
}

latency::MachineId ask_machine(const KernelsOptions& options) {
  latency::MachineId machine;
  machine.cpu = latency::cpu_name();
  const KernelsEnd end = run_kernels(options, {{"do", "hello"}}, [&](const nlohmann::json& event) {
    if (event.value("event", "") == "hello") {
      machine.library = event.value("library", "");
      machine.isa = event.value("isa", "");
    }
    return std::string();
  });
  if (!end.done) throw Error("archcost-kernels failed at its start: " + end.reason);
  return machine;
}

std::string find_kernels_program() {
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

}  // namespace archcost::runner
