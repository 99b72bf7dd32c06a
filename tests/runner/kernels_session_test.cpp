// SPDX-License-Identifier: Apache-2.0
// What archcost asks the program of the kernels, and what it makes of its answers and failures.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "latency/latency_db.hpp"
#include "latency/machine.hpp"
#include "runner/latency_check.hpp"
#include "runner/measurement.hpp"
#include "runner/network_json.hpp"
#include "runner/recorded_kernels.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

graph::Network two_layers() {
  return network_of(
      "name: pair\ninput: {channels: 3, height: 5, width: 7}\nlayers:\n"
      "  - conv: {name: a, out: 4, kernel: 3}\n  - conv: {name: b, out: 2}\n");
}

Json program_event(const Texts& faults = {"", ""}) {
  std::vector<runner::MeasuredRow> rows(2);
  for (std::size_t i = 0; i < 2; ++i) {
    rows[i].layers = {static_cast<int>(i)};
    rows[i].problem = "problem " + std::to_string(i);
    rows[i].fault = faults[i];
  }
  return {{"event", "program"}, {"rows", rows}, {"arena_bytes", 1234}, {"weight_bytes", 567}};
}

Json block_event(double seconds, double reference = 1e-3) {
  Json event = runner::MeasuredBlock{
      {0.25 * seconds, 0.75 * seconds}, seconds, 1.125 * seconds, reference, 12, false, 0, seconds};
  event["event"] = "block";
  return event;
}

Json tried_event(const std::string& problem, const std::string& option, const std::string& fault,
                 double seconds = 0.5) {
  return {{"event", "tried"},
          {"problem", problem},
          {"option", option},
          {"seconds", seconds},
          {"implementation", "jit"},
          {"fault", fault},
          {"layer", "a"},
          {"number", 2},
          {"count", 9}};
}

std::string session_error(const std::function<void()>& run) {
  try {
    run();
  } catch (const runner::EngineError& error) {
    return error.diagnostics().front().message;
  }
  return {};
}

const runner::MeasureProgress kSilent = [](const std::string&) {};

}  // namespace

TEST_CASE("the machine's engine is told by the program's first event", "[measure]") {
  const RecordedKernels kernels;
  CHECK(runner::ask_machine().version == "2.6.3");
  CHECK(runner::ask_machine().isa == "avx2");
  CHECK(runner::ask_machine().engine == "onednn");
  kernels.answer("hello", 1,
                 {{{"event", "other"}, {"library", "x"}},
                  {{"event", "hello"}, {"library", "another 3"}, {"isa", "sve"}},
                  RecordedKernels::done_event()});
  CHECK(runner::ask_machine().version == "another 3");
  CHECK(runner::ask_machine().isa == "sve");
  CHECK(kernels.requests("hello").size() == 5);
}

TEST_CASE("the program's threads are bound to processors beside each other", "[measure]") {
  const RecordedKernels kernels;
  const char* before = std::getenv("OMP_PROC_BIND");
  const std::string kept = before != nullptr ? before : "";
  unsetenv("OMP_PROC_BIND");
  runner::RunOptions options;
  runner::ask_machine(options);
  options.threads = 2;
  runner::ask_machine(options);
  setenv("OMP_PROC_BIND", "spread", 1);
  options.threads = 3;
  runner::ask_machine(options);
  if (before == nullptr)
    unsetenv("OMP_PROC_BIND");
  else
    setenv("OMP_PROC_BIND", kept.c_str(), 1);
  CHECK(read_file(kernels / "variables") == "1 \n2 close\n3 spread\n");
}

TEST_CASE("the end of a program says why it failed", "[measure]") {
  const RecordedKernels kernels;
  const auto reason = [&](const std::string& printed, const std::string& end) {
    kernels.write("hello.1", printed);
    kernels.failure("hello", 1, "", end);
    return session_error([] { runner::ask_machine(); });
  };
  const std::string start = "archcost-kernels failed at its start: ";
  const std::string failed = R"({"event":"failed","reason":"no library"})";
  CHECK(reason(failed + "\n", "exit 1") == start + "no library");
  CHECK(reason("{\"event\":\"failed\"}\n", "exit 0") == start + "it failed");
  CHECK(reason("{\"event\":\"failed\",\"reason\":3}\n", "exit 0") == start + "it failed");
  CHECK(reason("", "exit 3") == start + "it exited with status 3");
  CHECK(reason("", "exit 0") == start + "it exited with status 0");
  CHECK(reason("", "kill -TERM $$") == start + "SIGTERM");
  CHECK(reason("{\"event\":\"done\"}\n", "kill -ABRT $$") == start + "SIGABRT");
  CHECK(reason("{\"event\":\"done\"}\n", "exit 4").empty());
  CHECK(reason(" odd\ttext \nmore\n", "exit 2") ==
        start + "it printed 'odd\\u{9}text' instead of a result");
  CHECK(reason("{\"event\":3}\n", "exit 2") ==
        start + "it printed '{\"event\":3}' instead of a result");
  CHECK(reason("[\"event\"]\n" + failed + "\n", "exit 2") == start + "no library");
  CHECK(reason(std::string(90, 'y') + "\n", "exit 2") ==
        start + "it printed '" + std::string(79, 'y') + "…' instead of a result");
  // A line without an end is none.
  CHECK(reason("{\"event\":\"done\"}", "exit 5") == start + "it exited with status 5");
  CHECK(reason("", "exit 127") == fmt::format("'{}' could not be started", kernels / "kernels"));
}

TEST_CASE("a measurement asks for what its options say", "[measure]") {
  const RecordedKernels kernels;
  kernels.answer("measure", 1, {program_event(), block_event(2e-3), RecordedKernels::done_event()});
  const graph::Network network = two_layers();
  runner::MeasureOptions options;
  options.threads = 3;
  options.seed = 17;
  options.winograd = false;
  options.blocks = 5;
  options.seconds = 0.125;
  options.passes = 6;
  options.wait_seconds = 40;
  const runner::Measurement m = runner::measure_network(network, options, kSilent);
  options.check = true;
  options.weights = "weights.bin";
  options.winograd = true;
  runner::measure_network(network, options, kSilent);
  const std::vector<Json> requests = kernels.requests("measure");
  REQUIRE(requests.size() == 2);
  const Json expected = {{"do", "measure"},
                         {"threads", 3},
                         {"seed", 17},
                         {"winograd", false},
                         {"choices", Json::array()},
                         {"blocks", 5},
                         {"seconds", 0.125},
                         {"passes", 6},
                         {"core_latency", 0.0},
                         {"wait", 40.0},
                         {"check", false},
                         {"network", runner::to_json(network)}};
  CHECK(requests[0] == expected);
  CHECK(requests[1]["check"] == true);
  CHECK(requests[1]["weights"] == "weights.bin");
  CHECK(requests[1]["winograd"] == true);
  CHECK_FALSE(requests[1].contains("dump"));
  CHECK(m.library == "oneDNN 2.6.3");
  CHECK(m.isa == "avx2");
  CHECK(m.machine.version == "2.6.3");
  CHECK(m.arena_bytes == 1234);
  CHECK(m.weight_bytes == 567);
  CHECK(m.wait_left == 40);
  CHECK(m.passes == 12);
  CHECK(m.seconds == Approx(2e-3));
  CHECK(m.plain_seconds == Approx(2.25e-3));
  CHECK(m.rows[1].seconds == Approx(1.5e-3));
  CHECK(m.date.size() == 20);
  CHECK_FALSE(m.error);
  CHECK(m.complete());
}

TEST_CASE("progress, waiting and the check's error come from the program's events", "[measure]") {
  const RecordedKernels kernels;
  kernels.answer(
      "measure", 1,
      {tried_event("problem 0", "nhwc>nhwc", ""),
       program_event(),
       {{"event", "core_latency"}, {"core_latency", 4e-7}, {"usual", 1e-7}, {"left", 31.5}},
       {{"event", "checked"}, {"error", 0.25}},
       {{"event", "unknown"}},
       block_event(1e-3),
       block_event(1e-3),
       RecordedKernels::done_event()});
  runner::MeasureOptions options;
  options.blocks = 2;
  options.processes = 2;
  options.wait_seconds = 60;
  Texts texts;
  const runner::Measurement m = runner::measure_network(
      two_layers(), options, [&](const std::string& text) { texts.push_back(text); });
  CHECK(m.error == 0.25);
  CHECK(m.wait_left == 30.5);
  CHECK(m.blocks == 4);
  REQUIRE(texts.size() == 8);
  CHECK(texts[0] == "trying kernels: a, 2 of 9");
  CHECK(
      texts[1] ==
      "core-to-core latency is 400 ns instead of 100 (a virtual machine was moved): waiting, 32 s "
      "at most");
  CHECK(texts[2] == "block 1 of 4");
  CHECK(texts[3] == "block 2 of 4");
  CHECK(texts[7] == "block 4 of 4");
  CHECK(kernels.requests("measure")[1]["wait"] == 30.5);
  // The second process gets the first one's trials.
  CHECK(kernels.requests("measure")[0]["choices"].empty());
  REQUIRE(kernels.requests("measure")[1]["choices"].size() == 1);
  CHECK(kernels.requests("measure")[1]["choices"][0]["problem"] == "problem 0");
}

TEST_CASE("a kernel that ends the program is left out, and its process starts again", "[measure]") {
  const RecordedKernels kernels;
  kernels.answer("measure", 1, {program_event(), block_event(1e-3), RecordedKernels::done_event()});
  kernels.answer("measure", 2, {program_event(), block_event(7e-3)});
  kernels.failure("measure", 2, "row\t4\tnhwc>nhwc\tproblem 1", "kill -FPE $$");
  kernels.answer("measure", 3, {program_event(), block_event(9e-3)});
  kernels.failure("measure", 3, "try\tproblem 0\tnChwc>nChwc winograd", "kill -SEGV $$");
  runner::MeasureOptions options;
  options.processes = 2;
  options.blocks = 1;
  options.db = kernels / "l.db";
  Texts texts;
  const runner::Measurement m = runner::measure_network(
      two_layers(), options, [&](const std::string& text) { texts.push_back(text); });
  CHECK(m.process_seconds == std::vector<double>{1e-3, 1e-3});
  CHECK(m.process_references == std::vector<double>{1e-3, 1e-3});
  CHECK(m.blocks == 2);
  CHECK(texts == Texts{"block 1 of 2", "block 2 of 2",
                       "a kernel failed (SIGFPE); continuing with the next best, process 2",
                       "block 2 of 2",
                       "a kernel failed (SIGSEGV); continuing with the next best, process 2",
                       "block 2 of 2"});
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  REQUIRE(db.machines().size() == 1);
  plan::KernelChoices choices = db.choices(db.machines()[0].id);
  REQUIRE(choices.size() == 2);
  CHECK(choices["problem 1"][*plan::option_from_text("nhwc>nhwc")].fault() == "SIGFPE");
  CHECK(choices["problem 0"][*plan::option_from_text("nChwc>nChwc winograd")].fault() == "SIGSEGV");
  const std::vector<Json> requests = kernels.requests("measure");
  REQUIRE(requests.size() == 4);
  CHECK(requests[1]["choices"].empty());
  CHECK(requests[2]["choices"].size() == 1);
  CHECK(requests[3]["choices"].size() == 2);
  // Stored choices are used again, unless they shall not be.
  options.processes = 1;
  runner::measure_network(two_layers(), options, kSilent);
  options.use_stored_choices = false;
  runner::measure_network(two_layers(), options, kSilent);
  CHECK(kernels.requests("measure")[4]["choices"].size() == 2);
  CHECK(kernels.requests("measure")[5]["choices"].empty());
}

TEST_CASE("a failure that isn't a kernel's, or one's a second time, ends the measurement",
          "[measure]") {
  const auto error_while = [](const std::string& doing, const std::string& end,
                              const std::vector<Json>& before = {}) {
    const RecordedKernels kernels;
    std::vector<Json> events = before;
    events.push_back(block_event(1));
    events.insert(events.begin(), program_event());
    kernels.answer("measure", 1, events);
    kernels.failure("measure", 1, doing, end);
    return session_error([] { runner::measure_network(two_layers(), {}, kSilent); });
  };
  const std::string start = "the kernels of 'pair' could not be run: ";
  CHECK(error_while("", "exit 1") == start + "it exited with status 1");
  CHECK(error_while("loading", "exit 1") == start + "it exited with status 1 (while: loading)");
  for (const char* doing : {"try\tp", "try\tp\tno option", "try\tp\tnhwc>nhwc\tx",
                            "row\tp\tnhwc>nhwc", "row\t1\tno option\tp", "Try\tp\tnhwc>nhwc",
                            "run\t1\tnhwc>nhwc\tp", "row\t1\tnhwc>nhwc\tp\tx"}) {
    INFO(doing);
    CHECK(error_while(doing, "kill -FPE $$") == fmt::format("{}SIGFPE (while: {})", start, doing));
  }
  // The kernel had failed already.
  const std::string row = "row\t1\tnhwc>nhwc\tp";
  CHECK(error_while(row, "kill -FPE $$", {tried_event("p", "nhwc>nhwc", "SIGILL")}) ==
        start + "SIGFPE (while: " + row + ")");
  CHECK(error_while(row, "kill -FPE $$") == start + "SIGFPE (while: " + row + ")");
}

TEST_CASE("a row that can't be run lists what became of its kernels", "[measure]") {
  const RecordedKernels kernels;
  kernels.answer("measure", 1,
                 {tried_event("problem 0", "nhwc>nhwc", "SIGFPE"),
                  tried_event("problem 0", "nChwc>nChwc", "hang"),
                  tried_event("problem 0", "nhwc>nChwc", "unimplemented"),
                  tried_event("problem 0", "nChwc>nhwc", ""),
                  tried_event("problem 1", "nhwc>nChwc", "unimplemented"),
                  program_event({"x", "y"}), RecordedKernels::done_event()});
  const runner::Measurement m = runner::measure_network(two_layers(), {}, kSilent);
  REQUIRE(m.rows.size() == 2);
  CHECK_FALSE(m.complete());
  CHECK(m.rows[0].fault == "nhwc>nhwc: SIGFPE; nChwc>nChwc: hang");
  CHECK(m.rows[1].fault == "no kernel");
  kernels.answer("measure", 1, {program_event({"", "y"}), RecordedKernels::done_event()});
  const runner::Measurement other = runner::measure_network(two_layers(), {}, kSilent);
  CHECK(other.rows[0].fault.empty());
  CHECK(other.rows[1].fault == "no kernel");
  CHECK_FALSE(other.complete());
}

TEST_CASE("a dump has the network and the request with the choices", "[measure]") {
  const RecordedKernels kernels;
  kernels.answer("measure", 1,
                 {tried_event("problem 0", "nhwc>nhwc", ""), program_event(), block_event(1e-3),
                  RecordedKernels::done_event()});
  runner::MeasureOptions options;
  options.dump = kernels.text();
  runner::measure_network(two_layers(), options, kSilent);
  CHECK(Json::parse(read_file(kernels / "network.json")) == runner::to_json(two_layers()));
  const Json request = Json::parse(read_file(kernels / "request.json"));
  CHECK(request["dump"] == kernels.text());
  CHECK(request["choices"].size() == 1);
  CHECK(kernels.requests("measure")[0]["dump"] == kernels.text());
  CHECK(kernels.requests("measure")[0]["choices"].empty());
  options.dump = kernels / "nowhere";
  CHECK_THROWS_WITH(runner::measure_network(two_layers(), options, kSilent),
                    "error: '" + options.dump + "/network.json' can't be written");
}

TEST_CASE("a machine is measured at one thread and at that many", "[measure]") {
  const RecordedKernels kernels;
  latency::Machine machine;
  machine.cpu = "a CPU";
  machine.isa = "avx2";
  machine.library = "oneDNN 2.6.3";
  machine.measured = "2026-01-01T00:00:00Z";
  machine.peaks = {{"f32", 1, 100}};
  machine.bandwidths = {{"memory", 1, 20, 1e8}};
  const auto play = [&](const std::vector<double>& rates) {
    const std::vector<latency::RateSamples> samples = {{"f32", 1, rates, 3}};
    kernels.answer("machine", 1,
                   {{{"event", "other"}, {"machine", 3}},
                    {{"event", "machine"},
                     {"machine", Json::parse(latency::to_json(machine))},
                     {"samples", samples}},
                    {{"event", "other"}, {"machine", 3}},
                    RecordedKernels::done_event()});
  };
  play({100, 99, 98});
  const runner::MeasuredMachine calm = runner::measure_machine(1);
  CHECK(calm.instability.empty());
  CHECK(calm.machine.stable);
  CHECK(calm.machine.cpu == "a CPU");
  CHECK(calm.machine.peaks.size() == 1);
  play({100, 40, 35});
  const runner::MeasuredMachine busy = runner::measure_machine(2);
  CHECK_FALSE(busy.instability.empty());
  CHECK_FALSE(busy.machine.stable);
  const std::vector<Json> requests = kernels.requests("machine");
  CHECK(requests.at(0) == Json{{"do", "machine"}, {"threads", {1}}});
  CHECK(requests.at(1) == Json{{"do", "machine"}, {"threads", {1, 2}}});
  CHECK(read_file(kernels / "variables").starts_with("1 "));
  kernels.answer("machine", 1, {});
  CHECK(session_error([] { runner::measure_machine(1); }) ==
        "the machine could not be measured: it exited with status 0");
}
