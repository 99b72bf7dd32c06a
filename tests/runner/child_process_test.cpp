// SPDX-License-Identifier: Apache-2.0
// A program's input, environment, processor and lines of events.
#include "runner/child_process.hpp"

#include <fmt/core.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>

#include "core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

runner::ChildRequest shell_request(const std::string& script) {
  runner::ChildRequest request;
  request.command = {"sh", "-c", script};
  request.patience_seconds = 100;
  return request;
}

/// The events that a program sends, in JSON, and how it ends.
std::string events_and_end(const runner::ChildRequest& request) {
  std::string text;
  const runner::ChildEnd end =
      runner::run_child(request, [&](const nlohmann::json& event) { text += event.dump() + " "; });
  return text + (end.done ? "done" : end.not_started ? "not started" : end.reason);
}

}  // namespace

TEST_CASE("events may come in pieces and several at once", "[measure]") {
  CHECK(events_and_end(
            shell_request("printf '{\"event\":\"a\"}\\n{\"ev'; sleep 0.1; "
                          "printf 'ent\":\"b\"}\\n\\n{\"event\":\"done\"}\\n{\"event\":\"c'")) ==
        R"({"event":"a"} {"event":"b"} {"event":"done"} done)");
  CHECK(events_and_end(shell_request("printf '{\"event\":\"a\"}\\n'; sleep 0.1; "
                                     "printf '{\"event\":\"b\"}\\n{\"event\":\"done\"}\\n'")) ==
        R"({"event":"a"} {"event":"b"} {"event":"done"} done)");
  // An empty line is no event, but says nothing.
  CHECK(events_and_end(shell_request("echo; echo x; echo y")) ==
        "it printed 'x' instead of a result");
}

TEST_CASE("input that is larger than a pipe arrives as a whole", "[measure]") {
  const TestFolder folder;
  runner::ChildRequest request =
      shell_request("head -c 300000 > '" + (folder / "got") + "'; echo '{\"event\":\"done\"}'");
  for (int k = 0; request.input.size() < 300000; ++k) request.input += fmt::format("{} ", k);
  request.input.resize(300000);
  CHECK(events_and_end(request) == R"({"event":"done"} done)");
  CHECK(read_file(folder / "got") == request.input);
}

TEST_CASE("a program gets its variables, also in the place of others", "[measure]") {
  setenv("ARCHCOST_TEST_VARIABLE", "before", 1);
  runner::ChildRequest request =
      shell_request("echo '{\"event\":\"'$ARCHCOST_TEST_VARIABLE$OTHER_TEST_VARIABLE'\"}'; exit 3");
  CHECK(events_and_end(request) == R"({"event":"before"} it exited with status 3)");
  request.variables = {{"ARCHCOST_TEST_VARIABLE", "x"}, {"OTHER_TEST_VARIABLE", "y"}};
  CHECK(events_and_end(request) == R"({"event":"xy"} it exited with status 3)");
  unsetenv("ARCHCOST_TEST_VARIABLE");
}

TEST_CASE("a program stays on the processor that is asked for", "[measure]") {
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
  int first = -1, last = -1;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    first = first < 0 ? cpu : first;
    last = cpu;
  }
  const auto processors = [](int cpu) {
    runner::ChildRequest request = shell_request(
        "while read -r key list; do [ $key = Cpus_allowed_list: ] && "
        "echo '{\"event\":\"'$list'\"}'; done < /proc/self/status; exit 1");
    request.cpu = cpu;
    const std::string text = events_and_end(request);
    return text.substr(0, text.find('}'));
  };
  CHECK(processors(first) == fmt::format("{{\"event\":\"{}\"", first));
  CHECK(processors(last) == fmt::format("{{\"event\":\"{}\"", last));
  if (first != last) CHECK(processors(-1) != processors(first));
}

TEST_CASE("errors of a program are hidden where that is asked for", "[measure]") {
  const TestFolder folder;
  runner::ChildRequest request = shell_request(
      "[ /proc/self/fd/2 -ef /dev/null ] && echo '{\"event\":\"hidden\"}'; echo x >&2; exit 1");
  request.hide_errors = true;
  CHECK(events_and_end(request) == R"({"event":"hidden"} it exited with status 1)");
}

TEST_CASE("a program that says and does nothing new for too long is ended", "[measure]") {
  runner::ChildRequest request = shell_request("exec sleep 20");
  request.patience_seconds = 0.01;
  int asked = 0;
  request.doing = [&] { return std::to_string(std::min(++asked, 2)); };
  CHECK(events_and_end(request) == "hang: no event for 0 s");
  CHECK(asked == 3);
}

TEST_CASE("programs that aren't there, and events of another form, are told", "[measure]") {
  runner::ChildRequest request;
  request.command = {"/nowhere/program", "argument"};
  CHECK(events_and_end(request) == "not started");
  request = shell_request("echo '{\"event\":\"a\"}'; exec sleep 20");
  const auto run = [&] {
    runner::run_child(request, [](const nlohmann::json& event) { event.at("missing"); });
  };
  CHECK_THROWS_AS(run(), runner::EngineError);
  CHECK_THROWS_WITH(run(),
                    Catch::Matchers::StartsWith("error: 'sh' sent an event of another form: "));
}
