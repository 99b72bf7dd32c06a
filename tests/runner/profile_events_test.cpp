// SPDX-License-Identifier: Apache-2.0
// What a profile asks the program of the kernels, and what it stores of its answers.
#include <fmt/core.h>

#include <atomic>

#include "core/diagnostic.hpp"
#include "latency/latency_db.hpp"
#include "plan/step_problem.hpp"
#include "runner/network_json.hpp"
#include "runner/profile.hpp"
#include "runner/recorded_kernels.hpp"
#include "runner/this_machine.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Json = nlohmann::json;
using Lines = std::vector<std::string>;

const char* const kTriedOptions[] = {"nchw>nhwc",
                                     "nhwc>nhwc"};  // of the steps: nothing is reordered

graph::Network pair_network(const std::string& name = "pair", int channels = 4) {
  return network_of(
      fmt::format("name: {}\ninput: {{channels: 3, height: 5, width: 7}}\nlayers:\n"
                  "  - conv: {{name: a, out: {}, kernel: 3}}\n  - conv: {{name: b, out: 2}}\n",
                  name, channels));
}

Lines problem_keys(const graph::Network& network, int threads = 1) {
  const plan::StepProblems problems(network, plan::plan_execution(network), threads);
  Lines keys;
  for (std::size_t i = 0; i < problems.size(); ++i) keys.push_back(problems.key(i));
  return keys;
}

Json trial_event(const std::string& problem, const std::string& option) {
  return {{"event", "tried"},
          {"problem", problem},
          {"option", option},
          {"seconds", 1e-3},
          {"implementation", "jit"},
          {"fault", ""},
          {"layer", "x"},
          {"number", 1},
          {"count", 2}};
}

Json figure_row(const std::string& problem, const std::string& option,
                const std::vector<double>& samples, const std::vector<double>& references,
                const std::vector<double>& core_latencies) {
  return {{"problem", problem},
          {"option", option},
          {"implementation", "jit:x"},
          {"origin", "reference"},
          {"samples", samples},
          {"references", references},
          {"core_latencies", core_latencies}};
}

Json figures_event(const std::vector<Json>& rows) {
  return {{"event", "figures"},     {"rows", rows}, {"passes", 36},
          {"bytes", 3.25 * 0x1p20}, {"batches", 2}, {"networks", 3}};
}

/// Two tried kernels and their figures; the second has the given samples.
std::vector<Json> whole_profile(const Lines& keys, const std::vector<double>& samples = {2, 2, 2},
                                const std::vector<double>& references = {1, 1, 1},
                                const std::vector<double>& core_latencies = {0, 0, 0}) {
  return {
      trial_event(keys[0], kTriedOptions[0]),
      trial_event(keys[1], kTriedOptions[1]),
      {{"event", "rows"}, {"count", 5}},
      figures_event({figure_row(keys[0], kTriedOptions[0], {4, 5, 4.5}, {1, 1, 1}, {0, 0, 0}),
                     figure_row(keys[1], kTriedOptions[1], samples, references, core_latencies)}),
      RecordedKernels::done_event()};
}

runner::ProfileResult profiled(const std::vector<graph::Network>& networks,
                               const runner::ProfileOptions& options, Lines* texts = nullptr,
                               bool stopped = false) {
  const std::atomic<bool> stop = stopped;
  return runner::profile_networks(
      networks, options,
      [&](const std::string& text) {
        if (texts != nullptr) texts->push_back(text);
      },
      stop);
}

runner::ProfileOptions profile_options(const RecordedKernels& kernels) {
  runner::ProfileOptions options;
  options.db = kernels / "l.db";
  return options;
}

std::vector<latency::LayerFigure> stored_figures(const std::string& path, int threads = 1) {
  const latency::LatencyDb db(path, latency::LatencyDb::Mode::kRead);
  REQUIRE(db.machines().size() == 1);
  return db.layers(db.machines()[0].id, threads);
}

}  // namespace

TEST_CASE("a profile times what has no figure, and stores it", "[profile]") {
  const RecordedKernels kernels;
  const graph::Network network = pair_network();
  runner::ProfileOptions options = profile_options(kernels);
  options.threads = 2;
  options.cpu = -1;
  const Lines keys = problem_keys(network, 2);
  runner::ProfileWork work = runner::profile_work({network}, options);
  CHECK(work.networks == 1);
  CHECK(work.layers == 2);
  CHECK(work.known == 0);
  const double macs = 3 * 4 * 9 * 35 + 4 * 2 * 35;
  CHECK(work.seconds == Approx(0.2 + 2 * macs / 8e10 * (2 * 16 * 5 + 25)).epsilon(1e-12));
  kernels.answer("profile", 1, whole_profile(keys));
  Lines texts;
  const runner::ProfileResult result = profiled({network}, options, &texts);
  CHECK(result.stored == 2);
  CHECK(result.samples == 6);
  CHECK(result.samples_left_out == 0);
  CHECK(result.disturbed == 0);
  CHECK(result.uncertain == 1);  // 4 to 5 around 4.5
  CHECK(result.high_core_latency == 0);
  CHECK_FALSE(result.stopped);
  CHECK(result.faults.empty());
  const Json request = kernels.requests("profile").at(0);
  CHECK(request == Json{{"do", "profile"},
                        {"threads", 2},
                        {"seed", 1},
                        {"winograd", true},
                        {"choices", Json::array()},
                        {"blocks", 5},
                        {"seconds", 0.08},
                        {"passes", 12},
                        {"core_latency", 0.0},
                        {"wait", 600.0},
                        {"networks", {runner::to_json(network)}},
                        {"known", Json::array()},
                        {"fuse", true}});
  REQUIRE(texts.size() == 3);
  CHECK(texts[0] == "networks 1 to 1 of 1: trying kernels: x, 1 of 2");
  CHECK(texts[2] == "networks 1 to 1 of 1: 2 kernels timed in 0 s, 3 waiting");
  const std::vector<latency::LayerFigure> figures = stored_figures(options.db, 2);
  REQUIRE(figures.size() == 2);
  const latency::LayerFigure& first = figures[0].problem == keys[0] ? figures[0] : figures[1];
  CHECK(first.seconds == 4.5);
  CHECK(first.spread == Approx(0.5 / 4.5));
  CHECK(first.samples == std::vector<double>{4, 5, 4.5});
  CHECK(first.reference == 1);
  CHECK(first.passes == 36);
  CHECK(first.threads == 2);
  CHECK(first.implementation == "jit:x");
  CHECK(first.origin == plan::KernelOrigin::kReference);
  CHECK(first.how == "in network context, in batches of about 1 kernels of 3 networks, 3.2 MiB");
  // All is known now.
  work = runner::profile_work({network}, options);
  CHECK(work.networks == 0);
  CHECK(work.layers == 0);
  CHECK(work.known == 2);
  CHECK(work.seconds == 0);
  CHECK(profiled({network}, options).stored == 0);
  CHECK(kernels.requests("profile").size() == 1);
  // A network with one layer more is timed for that.
  const graph::Network larger = network_of(
      "name: l\ninput: {channels: 3, height: 5, width: 7}\nlayers:\n"
      "  - conv: {name: a, out: 4, kernel: 3}\n  - conv: {name: b, out: 2}\n"
      "  - conv: {name: c, out: 2}\n");
  work = runner::profile_work({larger, network}, options);
  CHECK(work.networks == 1);
  CHECK(work.layers == 1);
  CHECK(work.known == 2);
  kernels.answer("profile", 1, {RecordedKernels::done_event()});
  options.fusion = plan::Fusion::kNone;
  options.cpu = 0;
  profiled({larger, network}, options);
  const Json second = kernels.requests("profile").at(1);
  CHECK(second["networks"].size() == 1);
  CHECK(second["known"].size() == 2);
  CHECK(second["choices"].size() == 2);
  CHECK(second["fuse"] == false);
}

TEST_CASE("times of blocks in which the machine was busy are left out", "[profile]") {
  struct Case {
    std::vector<double> samples, references, core_latencies, kept;
  };
  for (const Case& c : {
           Case{{2, 3, 4}, {1, 1, 1.125}, {0, 0, 0}, {2, 3}},
           Case{{2, 3, 4}, {1, 0.875, 1}, {0, 0, 0}, {2, 4}},
           Case{{2, 3, 4}, {64, 64, 70}, {0, 0, 0}, {2, 3, 4}},
           Case{{2, 3, 4}, {64, 64, 71}, {0, 0, 0}, {2, 3}},
           Case{{0.5, 0.25, 0.75}, {1, 1, 1}, {0, 0, 0}, {0.5, 0.25, 0.75}},
           Case{{2, 0, 4}, {1, 1, 1}, {0, 0, 0}, {2, 4}},
           Case{{2, 3, 4}, {1, 1, 1}, {1e-7, 2.5e-7, 3e-7}, {2, 3}},
           Case{{0, 0, 0}, {1, 1, 1}, {0, 0, 0}, {}},
       }) {
    const RecordedKernels kernels;
    const graph::Network network = pair_network();
    runner::ProfileOptions options = profile_options(kernels);
    options.cpu = 0;
    const Lines keys = problem_keys(network);
    std::vector<Json> events = whole_profile(keys, c.samples, c.references, c.core_latencies);
    events[3]["rows"][0]["core_latencies"] = std::vector<double>(3, c.core_latencies[0]);
    kernels.answer("profile", 1, events);
    const runner::ProfileResult result = profiled({network}, options);
    INFO(fmt::format("{} {} {}", c.references[1], c.references[2], c.core_latencies[2]));
    CHECK(result.samples == 6);
    CHECK(result.samples_left_out == static_cast<std::int64_t>(3 - c.kept.size()));
    CHECK(result.disturbed == (c.kept.empty() ? 1 : 0));
    CHECK(result.stored == (c.kept.empty() ? 1 : 2));
    for (const latency::LayerFigure& figure : stored_figures(options.db)) {
      CHECK(figure.how.ends_with("; processor 0"));
      if (figure.problem == keys[1]) CHECK(figure.samples == c.kept);
    }
    // What was disturbed is measured again.
    CHECK(runner::profile_work({network}, options).layers == (c.kept.empty() ? 1 : 0));
  }
}

TEST_CASE("figures with a higher core-to-core latency than others are counted and measured again",
          "[profile]") {
  const RecordedKernels kernels;
  const graph::Network network = pair_network();
  const runner::ProfileOptions options = profile_options(kernels);
  const Lines keys = problem_keys(network);
  std::vector<Json> events = whole_profile(keys, {2, 2, 2}, {1, 1, 1}, {4e-7, 4e-7, 4e-7});
  events[3]["rows"][0]["core_latencies"] = {1e-7, 1e-7, 1e-7};
  kernels.answer("profile", 1, events);
  const runner::ProfileResult result = profiled({network}, options);
  CHECK(result.stored == 2);
  CHECK(result.high_core_latency == 1);
  const runner::ProfileWork work = runner::profile_work({network}, options);
  CHECK(work.known == 1);
  CHECK(work.layers == 1);
  kernels.answer("profile", 1, {RecordedKernels::done_event()});
  profiled({network}, options);
  CHECK(kernels.requests("profile").at(1)["core_latency"] == 1e-7);
  CHECK(kernels.requests("profile").at(1)["known"].size() == 1);
}

TEST_CASE("a kernel that fails during a profile is stored as failed", "[profile]") {
  const RecordedKernels kernels;
  const graph::Network network = pair_network();
  const runner::ProfileOptions options = profile_options(kernels);
  const Lines keys = problem_keys(network);
  kernels.answer(
      "profile", 1,
      {trial_event(keys[0], kTriedOptions[0]),
       {{"event", "core_latency"}, {"core_latency", 4e-7}, {"usual", 1e-7}, {"left", 9}}});
  kernels.failure("profile", 1, "try\t" + keys[1] + "\tnhwc>nhwc", "kill -FPE $$");
  kernels.answer("profile", 2, {trial_event(keys[1], "nChwc>nhwc"), RecordedKernels::done_event()});
  Lines texts;
  const runner::ProfileResult result = profiled({network}, options, &texts);
  CHECK(result.faults == Lines{keys[1] + ", nhwc>nhwc: SIGFPE"});
  CHECK(result.stored == 0);
  CHECK(texts[1] ==
        "core-to-core latency is 400 ns instead of 100 (a virtual machine was moved): waiting, 9 s "
        "at most");
  CHECK(kernels.requests("profile").at(1)["wait"] == 8.0);
  CHECK(kernels.requests("profile").at(1)["choices"].size() == 2);
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  plan::KernelChoices choices = db.choices(db.machines()[0].id);
  CHECK(choices[keys[0]].size() == 1);
  REQUIRE(choices[keys[1]].size() == 2);
  CHECK(choices[keys[1]][*plan::option_from_text("nhwc>nhwc")].fault() == "SIGFPE");
  CHECK(choices[keys[1]][*plan::option_from_text("nChwc>nhwc")].fault().empty());
}

TEST_CASE("trials are stored before the kernels are timed, and when a profile fails", "[profile]") {
  const RecordedKernels kernels;
  const graph::Network network = pair_network();
  const runner::ProfileOptions options = profile_options(kernels);
  const Lines keys = problem_keys(network);
  kernels.answer("profile", 1,
                 {trial_event(keys[0], kTriedOptions[0]),
                  {{"event", "rows"}, {"count", 5}},
                  {{"event", "rows"}, {"no count", 5}}});
  CHECK_THROWS_AS(profiled({network}, options), runner::EngineError);
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  CHECK(db.choices(db.machines()[0].id).size() == 1);
  kernels.answer("profile", 1, {trial_event(keys[1], kTriedOptions[1])});
  kernels.failure("profile", 1, "loading", "exit 1");
  CHECK_THROWS_WITH(
      profiled({network}, options),
      "error: the kernels could not be run: it exited with status 1 (while: loading)");
  CHECK(db.choices(db.machines()[0].id).size() == 2);
}

TEST_CASE("a profile that is stopped keeps what it has", "[profile]") {
  const RecordedKernels kernels;
  const graph::Network network = pair_network();
  const runner::ProfileOptions options = profile_options(kernels);
  kernels.answer("profile", 1, whole_profile(problem_keys(network)));
  const runner::ProfileResult result = profiled({network}, options, nullptr, true);
  CHECK(result.stopped);
  CHECK(result.stored == 0);
  // In the middle: after the first trial.
  std::atomic<bool> stop = false;
  const runner::ProfileResult later = runner::profile_networks(
      {network}, options, [&](const std::string&) { stop = true; }, stop);
  CHECK(later.stopped);
  CHECK(later.stored == 0);
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  CHECK(db.choices(db.machines()[0].id).size() == 1);
}

TEST_CASE("a kernel that failed before a profile is stopped is known", "[profile]") {
  const RecordedKernels kernels;
  const graph::Network network = pair_network();
  const runner::ProfileOptions options = profile_options(kernels);
  const Lines keys = problem_keys(network);
  kernels.answer("profile", 1, {});
  kernels.failure("profile", 1, "try\t" + keys[1] + "\tnhwc>nhwc", "kill -FPE $$");
  kernels.answer("profile", 2, {trial_event(keys[0], kTriedOptions[0])});
  std::atomic<bool> stop = false;
  CHECK(runner::profile_networks(
            {network}, options, [&](const std::string&) { stop = true; }, stop)
            .stopped);
  const latency::LatencyDb db(options.db, latency::LatencyDb::Mode::kRead);
  const plan::KernelChoices choices = db.choices(db.machines()[0].id);
  REQUIRE(choices.contains(keys[1]));
  CHECK(choices.at(keys[1]).begin()->second.fault() == "SIGFPE");
}

TEST_CASE("networks are profiled together, eight and so many bytes at most", "[profile]") {
  const RecordedKernels kernels;
  kernels.answer("profile", 1, {trial_event("p", "nhwc>nhwc"), RecordedKernels::done_event()});
  std::vector<graph::Network> networks;
  for (int k = 0; k < 10; ++k)
    networks.push_back(pair_network(fmt::format("n{}", k), 20 - k));  // the last is the smallest
  Lines texts;
  profiled(networks, profile_options(kernels), &texts);
  CHECK(texts == Lines{"networks 1 to 8 of 10: trying kernels: x, 1 of 2",
                       "networks 9 to 10 of 10: trying kernels: x, 1 of 2"});
  CHECK(kernels.requests("profile").at(0)["networks"][0]["name"] == "n9");
  CHECK(kernels.requests("profile").at(1)["networks"][1]["name"] == "n0");
  // 4 bytes for a weight, twice: two of some 50 million fit.
  std::vector<graph::Network> heavy;
  for (const int out : {499, 500, 501, 2000})
    heavy.push_back(network_of(
        fmt::format("name: h\ninput: {{channels: 100000, height: 1, width: 1}}\nlayers:\n"
                    "  - conv: {{out: {}}}\n  - conv: {{out: {}}}\n",
                    out, 1 + heavy.size())));
  texts.clear();
  profiled(heavy, profile_options(kernels), &texts);
  Lines starts;
  for (const std::string& text : texts) starts.push_back(text.substr(0, text.find(':')));
  CHECK(starts == Lines{"networks 1 to 2 of 4", "networks 3 to 3 of 4", "networks 4 to 4 of 4"});
}

TEST_CASE("a part of a profile times its own layers only", "[profile]") {
  const RecordedKernels kernels;
  kernels.answer("profile", 1, {RecordedKernels::done_event()});
  const std::vector<graph::Network> networks = {pair_network("x", 4), pair_network("y", 8)};
  runner::ProfileOptions options = profile_options(kernels);
  options.parts = 2;
  std::int64_t layers = 0;
  for (const std::uint64_t part : {1u, 2u}) {
    options.part = part;
    layers += runner::profile_work(networks, options).layers;
    profiled(networks, options);
    const Json request = kernels.requests("profile").back();
    CHECK(request["only"].get<std::set<std::string>>() ==
          runner::profile_part(networks, options).problems);
  }
  CHECK(layers == 4);
}

TEST_CASE("a profile warns where more than a tenth was disturbed", "[profile]") {
  runner::ProfileResult result;
  const std::string usual = runner::default_latency_db();
  CHECK(runner::busy_warning(result, usual).empty());
  result.stored = 1000;
  result.samples = 5000;
  result.samples_left_out = 500;
  result.uncertain = 100;
  CHECK(runner::busy_warning(result, usual).empty());
  const std::string end =
      "; figures may be too large: on a quiet machine 'archcost db prune --all --keep-kernels' and "
      "the same command measure all again";
  const std::string left_out = "501 of 5,000 times of kernels are left out",
                    differ = "the blocks of 101 of 1,000 figures differ by more than ± 10 %";
  result.samples_left_out = 501;
  CHECK(runner::busy_warning(result, usual) == "the machine was busy: " + left_out + end);
  result.uncertain = 101;
  CHECK(runner::busy_warning(result, usual) ==
        "the machine was busy: " + left_out + ", " + differ + end);
  result.samples_left_out = 0;
  CHECK(runner::busy_warning(result, usual) == "the machine was busy: " + differ + end);
  // Of a database that isn't the usual one, which the advice names.
  CHECK(runner::busy_warning(result, "my part.db") ==
        "the machine was busy: " + differ +
            "; figures may be too large: on a quiet machine 'archcost db prune --all "
            "--keep-kernels --db 'my part.db'' and the same command measure all again");
}
