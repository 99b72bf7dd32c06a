// SPDX-License-Identifier: Apache-2.0
// A program in the place of archcost-kernels that plays recorded events back and keeps requests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/support.hpp"

namespace archcost::test {

class RecordedKernels : public TestFolder {
 public:
  RecordedKernels() {
    if (const char* before = std::getenv("ARCHCOST_KERNELS")) before_ = before;
    write(
        "kernels",
        "#!/bin/sh\nread -r request\ncd '" + text() +
            "'\nprintf '%s\\n' \"$request\" >> requests\n"
            "printf '%s %s\\n' \"$OMP_NUM_THREADS\" \"$OMP_PROC_BIND\" >> variables\n"
            "case \"$request\" in\n*'\"do\":\"hello\"'*) kind=hello ;;\n"
            "*'\"do\":\"machine\"'*) kind=machine ;;\n*'\"do\":\"measure\"'*) kind=measure ;;\n"
            "*) kind=profile ;;\nesac\nn=1\n[ -f \"$kind.count\" ] && read -r n < \"$kind.count\"\n"
            "echo $((n + 1)) > \"$kind.count\"\n[ -f \"$kind.$n\" ] || n=1\n"
            "[ -f \"$kind.$n.doing\" ] && cat \"$kind.$n.doing\" 1<> \"/proc/self/fd/$2\"\n"
            "cat \"$kind.$n\"\n[ -f \"$kind.$n.end\" ] && . \"./$kind.$n.end\"\nexit 0\n");
    std::filesystem::permissions(*this / "kernels", std::filesystem::perms::owner_all);
    setenv("ARCHCOST_KERNELS", (*this / "kernels").c_str(), 1);
    answer("hello", 1,
           {{{"event", "hello"}, {"library", "oneDNN 2.6.3"}, {"isa", "avx2"}}, done_event()});
  }
  ~RecordedKernels() {
    if (before_.empty())
      unsetenv("ARCHCOST_KERNELS");
    else
      setenv("ARCHCOST_KERNELS", before_.c_str(), 1);
  }
  RecordedKernels(const RecordedKernels&) = delete;
  RecordedKernels& operator=(const RecordedKernels&) = delete;

  static nlohmann::json done_event() { return {{"event", "done"}}; }

  /// What the program answers to the n-th request of a kind, from 1; to later ones as to the first.
  void answer(const std::string& kind, int n, const std::vector<nlohmann::json>& events) const {
    std::string lines;
    for (const nlohmann::json& event : events) lines += event.dump() + "\n";
    write(kind + "." + std::to_string(n), lines);
  }
  /// What its status page says then, and commands of a shell that end it.
  void failure(const std::string& kind, int n, const std::string& doing,
               const std::string& end) const {
    const std::string name = kind + "." + std::to_string(n);
    if (!doing.empty()) write(name + ".doing", doing);
    write(name + ".end", end + "\n");
  }
  /// The requests so far, of a kind.
  std::vector<nlohmann::json> requests(const std::string& kind) const {
    std::vector<nlohmann::json> found;
    const std::string all = read_file(*this / "requests");
    for (std::size_t begin = 0, end; (end = all.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      nlohmann::json request = nlohmann::json::parse(all.substr(begin, end - begin));
      if (request["do"] == kind) found.push_back(std::move(request));
    }
    return found;
  }

 private:
  std::string before_;
};

}  // namespace archcost::test
