// SPDX-License-Identifier: Apache-2.0
// Figures of ONNX Runtime from its events and its profile, which an interpreter plays back.
#include <fmt/core.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "exporter/export_onnx.hpp"
#include "interpreter/reference.hpp"
#include "interpreter/weights.hpp"
#include "onnx/model.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Json = nlohmann::json;
const char* const kTwo =
    "name: two\ninput: {channels: 2, height: 4, width: 6}\nlayers:\n"
    "  - conv: {name: a, out: 3}\n  - max_pool: {name: p, kernel: 2}\n";

/// An interpreter in the place of Python: of hello it tells a version, then plays `events` back and
/// copies profile.json and output.f32 where the request wants them.
struct PlayedRuntime {
  explicit PlayedRuntime(const std::string& version = "1.20.1") {
    folder.write("two.yaml", kTwo);
    folder.write("hello", Json{{"event", "hello"},
                               {"version", version},
                               {"place", "/somewhere"},
                               {"providers", {"cpu", "cuda", 3}}}
                                  .dump() +
                              "\n{\"event\":\"done\"}\n");
    folder.write(
        "python",
        "#!/bin/sh\ncase \"$2\" in *'\"do\":\"hello\"'*) cat '" + (folder / "hello") +
            "'; exit 0 ;; esac\ncd '" + folder.text() +
            "'\nprintf '%s\\n' \"$2\" >> requests\n"
            "of() { printf '%s' \"$1\" | sed \"s|.*\\\"$2\\\":\\\"\\([^\\\"]*\\)\\\".*|\\1|\"; }\n"
            "grep Cpus_allowed_list /proc/self/status > allowed\n"
            "cp \"$(of \"$2\" input)\" input.f32\n"
            "cp \"$(of \"$2\" model)\" model.onnx\n"
            "cp \"$(of \"$2\" reference)\" reference.onnx\n"
            "[ -f profile.json ] && cp profile.json \"$(of \"$2\" profile)_7.json\"\n"
            "[ -f output.f32 ] && cp output.f32 \"$(of \"$2\" output)\"\ncase \"$2\" in "
            "*'\"shape\":[1,2,4,7]'*) "
            "echo '{\"event\":\"failed\",\"reason\":\"too wide\"}'; exit 1 ;; esac\n"
            "cat events\n");
    std::filesystem::permissions(folder / "python", std::filesystem::perms::owner_all);
    // No other interpreter is found.
    for (const char* other : {"python3", "node"}) {
      folder.write(other, fmt::format("#!/bin/sh\nexit {}\n", *other == 'p' ? 4 : 5));
      std::filesystem::permissions(folder / other, std::filesystem::perms::owner_all);
    }
    const char* paths = std::getenv("PATH");
    path = paths != nullptr ? paths : "";
    setenv("PATH", (folder.text() + ":" + path).c_str(), 1);
    setenv("ARCHCOST_ONNXRUNTIME", (folder / "python").c_str(), 1);
    setenv("ARCHCOST_CACHE", folder.text().c_str(), 1);
  }
  ~PlayedRuntime() {
    unsetenv("ARCHCOST_ONNXRUNTIME");
    unsetenv("ARCHCOST_CACHE");
    setenv("PATH", path.c_str(), 1);
  }
  PlayedRuntime(const PlayedRuntime&) = delete;
  PlayedRuntime& operator=(const PlayedRuntime&) = delete;
  void events(const std::vector<Json>& all) const {
    std::string lines;
    for (const Json& event : all) lines += event.dump() + "\n";
    folder.write("events", lines);
  }
  Run measure(const std::string& options = "--samples 4") const {
    return run_program(
        "measure two.yaml --engine onnxruntime --format json --seconds 0 "
        "--allow-unstable " +
            options + (contains(options, "--blocks") ? "" : " --blocks 2"),
        folder.text());
  }
  TestFolder folder;
  std::string path;
};

Json block_of(const std::vector<double>& plain, double reference = 1e-4) {
  return {{"event", "block"}, {"plain", plain}, {"reference", {reference, 9.0, reference, 9.0}}};
}

/// Runs as {a, p, whole run} in microseconds.
Json profile_of(const std::vector<std::vector<int>>& runs) {
  Json events = Json::array();
  for (const std::vector<int>& run : runs) {
    for (const int node : {0, 1})
      events.push_back({{"cat", "Node"},
                        {"ph", "X"},
                        {"dur", run[static_cast<std::size_t>(node)]},
                        {"name", node == 0 ? "a_kernel_time" : "p_kernel_time"},
                        {"args",
                         {{"op_name", node == 0 ? "Conv" : "MaxPool"},
                          {"node_index", std::to_string(node)},
                          {"provider", "CPUExecutionProvider"}}}});
    events.push_back({{"cat", "Session"}, {"ph", "X"}, {"dur", run[2]}, {"name", "model_run"}});
  }
  return events;
}

const std::vector<std::vector<int>> kRuns = {{900, 900, 999}, {10, 5, 50},     {30, 6, 90},
                                             {20, 1, 70},     {800, 800, 999}, {14, 7, 80},
                                             {16, 3, 100},    {40, 40, 200}};
const Json kDone = {{"event", "done"}};

/// "a 15.5, p 4.5, between kernels 6", in microseconds.
std::string row_times(const Json& measured) {
  std::vector<std::string> rows;
  for (const Json& row : measured["rows"])
    rows.push_back(fmt::format("{} {:.4g}", row["name"].get<std::string>(),
                               row["seconds"].get<double>() * 1e6));
  return join(rows, ", ");
}

}  // namespace

TEST_CASE("rows are means over the faster half of a block's profiled runs", "[engines][cli]") {
  const PlayedRuntime runtime;
  runtime.events({{{"event", "loaded"}},
                  block_of({30e-6, 26e-6, 28e-6, 100e-6}),
                  {{"event", "block"}, {"plain", Json::array()}, {"reference", {1}}},
                  {{"event", "block"}, {"plain", {1}}, {"reference", Json::array()}},
                  block_of({40e-6, 20e-6, 30e-6}),
                  kDone});
  runtime.folder.write("profile.json", profile_of(kRuns).dump());
  const Run run = runtime.measure();
  INFO(run.err);
  REQUIRE(run.status == 0);
  const Json measured = Json::parse(run.out);
  CHECK(row_times(measured) == "a 15.5, p 4.5, between kernels 6");
  CHECK(measured["seconds"].get<double>() == Approx(26e-6));
  CHECK(measured["plain_seconds"].get<double>() == Approx(26e-6));
  CHECK(measured["kernel_seconds"].get<double>() == Approx(20e-6));
  CHECK(measured["profiled_seconds"].get<double>() == Approx(75e-6));
  CHECK(measured["fastest_seconds"].get<double>() == Approx(20e-6));
  CHECK(measured["reference_seconds"].get<double>() == Approx(1e-4));
  CHECK(measured["passes"] == 7);
  CHECK(measured["blocks"] == 2);
  CHECK(measured["library"] == "ONNX Runtime 1.20.1 (Python)");
  CHECK(measured["weight_bytes"] == 24);
  const Json request = Json::parse(read_file(runtime.folder / "requests"));
  CHECK(request["shape"] == Json{1, 2, 4, 6});
  CHECK(request["reference_shape"] == Json{1, 512, 14, 14});
  CHECK(request["threads"] == 1);
  CHECK(request["blocks"] == 2);
  CHECK(request["passes"] == 4);
  CHECK(request["profiled_passes"] == 4);
  CHECK(request["seconds"] == 0.0);
  CHECK(request["output"] == "");
  CHECK(request["folders"] == Json{runtime.folder / "python", runtime.folder / "onnxruntime"});
}

TEST_CASE("kernels that take longer with the profiler are scaled to the passes without",
          "[engines][cli]") {
  const PlayedRuntime runtime;
  runtime.events({block_of({10e-6, 10e-6}), block_of({10.5e-6, 10.5e-6}), kDone});
  runtime.folder.write("profile.json", profile_of(kRuns).dump());
  const Json measured = Json::parse(runtime.measure("--samples 9000").out);
  CHECK(row_times(measured) == fmt::format("a {:.4g}, p {:.4g}, between kernels 0",
                                           (15.5 * 10 / 19 + 15.5 * 10.5 / 21) / 2,
                                           (3.5 * 10 / 19 + 5.5 * 10.5 / 21) / 2));
  CHECK(measured["seconds"].get<double>() == Approx(10.25e-6));
  // 40,000 events: of two nodes and the run itself, in two blocks.
  CHECK(Json::parse(read_file(runtime.folder / "requests"))["profiled_passes"] == 6666);
  const auto passes = [&](const std::string& options) {
    std::filesystem::remove(runtime.folder / "requests");
    runtime.measure(options);
    return Json::parse(read_file(runtime.folder / "requests"))["profiled_passes"].get<int>();
  };
  CHECK(passes("--samples 3") == 4);
  CHECK(passes("--samples 50") == 50);
  CHECK(passes("--samples 50 --blocks 5000") == 4);
}

TEST_CASE("the output of ONNX Runtime is compared with plain loops", "[engines][cli]") {
  const PlayedRuntime runtime;
  const graph::Network network = network_of(kTwo);
  const std::vector<float> input = interpreter::random_input(network, 5);
  std::vector<float> output =
      interpreter::run_reference(network, interpreter::random_weights(network, 5), input)[1];
  const float largest = std::abs(*std::max_element(
      output.begin(), output.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
  output.back() += largest / 4;
  runtime.folder.write(
      "output.f32", std::string(reinterpret_cast<const char*>(output.data()), output.size() * 4));
  runtime.events({block_of({30e-6}), block_of({30e-6}), kDone});
  runtime.folder.write("profile.json", profile_of(kRuns).dump());
  const Json measured = Json::parse(runtime.measure("--check --seed 5").out);
  CHECK(measured["error"].get<double>() == Approx(0.25).epsilon(1e-4));
  const std::string given = read_file(runtime.folder / "input.f32");
  REQUIRE(given.size() == input.size() * 4);
  CHECK(std::memcmp(given.data(), input.data(), given.size()) == 0);
}

TEST_CASE("a run of ONNX Runtime without all blocks or a profile fails", "[engines][cli]") {
  const PlayedRuntime runtime;
  const std::string start = "error: 'two' could not be run on ONNX Runtime 1.20.1 (Python): ";
  const std::string end =
      "; before that, 1 of 2 blocks took 0.027 ms a pass, without the times of layers\n";
  const Json block = block_of({30e-6, 26e-6, 28e-6, 100e-6});
  runtime.events({block, kDone});
  CHECK(runtime.measure().err == start + "it ended before its last block" + end);
  runtime.events({block, {{"event", "failed"}, {"reason", "too hot"}}});
  CHECK(runtime.measure().err == start + "too hot" + end);
  runtime.events({kDone});
  CHECK(runtime.measure().err == start + "it ended before its last block\n");
  runtime.events({block, block, kDone});
  CHECK(runtime.measure().err == "error: ONNX Runtime 1.20.1 (Python) wrote no profile\n");
  runtime.folder.write("profile.json", "[]");
  CHECK(contains(runtime.measure().err, "the profile has no run with kernels"));
  runtime.folder.write("profile.json", profile_of({kRuns[0], kRuns[1], kRuns[2]}).dump());
  const Run lacks = runtime.measure();
  CHECK(lacks.status == 3);
  CHECK(lacks.err == "error: ONNX Runtime 1.20.1 (Python)'s profile lacks runs\n");
  runtime.folder.write("profile.json", profile_of({kRuns[0], kRuns[1], kRuns[4], kRuns[5]}).dump());
  CHECK(runtime.measure().status == 0);
}

TEST_CASE("versions of ONNX Runtime before 1.14 are too old", "[engines][cli]") {
  const auto problem = [](const std::string& version) {
    const PlayedRuntime runtime(version);
    runtime.events({kDone});
    return runtime.measure().err;
  };
  for (const char* version : {"1.13.9", "0.99", "1", "x"}) {
    INFO(version);
    CHECK(
        contains(problem(version),
                 fmt::format("Python: version {} is too old: 1.14 or later is needed; pip install "
                             "onnxruntime\n",
                             version)));
  }
  CHECK(contains(problem(""), "Python: it doesn't tell its version; pip install onnxruntime\n"));
  for (const char* version : {"1.14", "1.100.0", "2.0"}) {
    INFO(version);
    CHECK(contains(problem(version), "it ended before its last block"));
  }
}

TEST_CASE("ONNX Runtime is given the network with the seed's weights, and the reference layer",
          "[engines][cli]") {
  const PlayedRuntime runtime;
  runtime.events({block_of({30e-6}), block_of({30e-6}), kDone});
  runtime.folder.write("profile.json", profile_of(kRuns).dump());
  REQUIRE(runtime.measure("--seed 9").status == 0);
  const graph::Network network = network_of(kTwo);
  std::string model;
  exporter::write_onnx(exporter::onnx_graph(network, exporter::kDefaultOpset), {},
                       interpreter::random_weights(network, 9),
                       [&](std::string_view part) { model += part; });
  CHECK((read_file(runtime.folder / "model.onnx") == model));
  const std::string reference = read_file(runtime.folder / "reference.onnx");
  const onnx::Model layer = onnx::parse_model(reference);
  REQUIRE(layer.graph.nodes.size() == 1);
  CHECK(layer.graph.nodes[0].type == "Conv");
  CHECK(layer.graph.nodes[0].inputs == std::vector<std::string_view>{"input", "weight"});
  CHECK(layer.graph.nodes[0].outputs == std::vector<std::string_view>{"output"});
  REQUIRE(layer.graph.initializers.size() == 1);
  CHECK(layer.graph.initializers[0].name == "weight");
  REQUIRE(layer.graph.inputs.size() == 1);
  CHECK(layer.graph.inputs[0].name == "input");
  REQUIRE(layer.graph.outputs.size() == 1);
  CHECK(layer.graph.outputs[0].name == "output");
  CHECK(reference.size() > 512 * 512 * 4);
}

TEST_CASE("a variable names an interpreter or packages, which are tried first", "[engines][cli]") {
  const PlayedRuntime runtime;
  const auto ways = [&] {
    const Run run = run_program("engines --format json", runtime.folder.text());
    std::vector<std::string> texts;
    const Json report = Json::parse(run.out);
    for (const Json& row : report["sections"][0]["rows"]) {
      if (row["engine"] == "onnxruntime")
        texts.push_back(
            fmt::format("{}|{}|{}|{}|{}", row["program"].get<std::string>(),
                        row["version"].get<std::string>(), row["providers"].get<std::string>(),
                        row["place"].get<std::string>(), row["problem"].get<std::string>()));
    }
    return texts;
  };
  using Ways = std::vector<std::string>;
  const std::string python = "Python||||it exited with status 4",
                    npm = "npm||||it exited with status 5";
  CHECK(ways() == Ways{"Python|1.20.1|cpu, cuda|/somewhere|", python, npm});
  setenv("ARCHCOST_ONNXRUNTIME", runtime.folder.text().c_str(), 1);
  CHECK(ways() == Ways{npm, python});
  setenv("ARCHCOST_ONNXRUNTIME", "", 1);
  CHECK(ways() == Ways{python, npm});
}

TEST_CASE("a profile on ONNX Runtime stores the rows of a network", "[engines][cli]") {
  const PlayedRuntime runtime;
  runtime.events({block_of({30e-6, 26e-6, 28e-6, 100e-6}), block_of({40e-6, 20e-6, 30e-6}), kDone});
  runtime.folder.write("profile.json", profile_of(kRuns).dump());
  const std::string command =
      "profile two.yaml --engine onnxruntime --blocks 2 --seconds 0 --samples 4 --db l.db ";
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  for (const int threads : {2, 1}) {
    const Run run =
        run_program(command + (threads == 2 ? "--threads 2" : fmt::format("--pin {}", cpu)),
                    runtime.folder.text());
    INFO(run.err);
    CHECK(run.status == 0);
    CHECK(contains(run.out, "1 network, 2 distinct layers: 0 known, 2 new; about 1 s\n"));
    CHECK(contains(run.out, "3 figures stored in "));
    if (threads == 1)
      CHECK(read_file(runtime.folder / "allowed") == fmt::format("Cpus_allowed_list:\t{}\n", cpu));
    std::vector<std::string> figures;
    for (const std::string& line :
         split(run_program("db export --db l.db", runtime.folder.text()).out, '\n')) {
      if (line.empty()) continue;
      const Json figure = Json::parse(line);
      if (figure["threads"] != threads) continue;
      const std::string problem = figure["problem"];
      figures.push_back(fmt::format("{} {:.4g} {:.4g} {} {}", problem.substr(0, problem.find(' ')),
                                    figure["seconds"].get<double>() * 1e6,
                                    figure["reference"].get<double>() * 1e6,
                                    figure["passes"].get<int>(), figure["how"].get<std::string>()));
      // Six parameters; five channels of 4x6 of the convolution.
      CHECK(figure["footprints"] == Json::array({4.0 * (6 + 5 * 24)}));
    }
    const std::string how = "7 in its network, from the engine's profile" +
                            (threads == 2 ? "" : fmt::format("; processor {}", cpu));
    CHECK(figures == std::vector<std::string>{"conv 15.5 100 " + how, "max_pool 4.5 100 " + how,
                                              "remainder 6 100 " + how});
  }
  const Run again = run_program(command + "--threads 2", runtime.folder.text());
  CHECK(again.out == "1 network, 2 distinct layers: 2 known, 0 new\n0 figures stored in l.db\n");
}

TEST_CASE("the time of a profile on ONNX Runtime grows with passes and blocks", "[engines][cli]") {
  const PlayedRuntime runtime;
  // 4e10 multiply-adds an image: a second on a thread.
  runtime.folder.write("large.yaml",
                       "name: large\ninput: {channels: 2000, height: 100, width: 100}\nlayers:\n"
                       "  - conv: {name: a, out: 2000}\n");
  const auto seconds = [&](const std::string& options, const std::string& file = "large.yaml") {
    const std::string out =
        run_program("profile " + file + " --engine onnxruntime --dry-run " + options,
                    runtime.folder.text())
            .out;
    const std::size_t begin = out.find("about ");
    return begin == std::string::npos ? out : out.substr(begin + 6, out.find('\n') - begin - 6);
  };
  CHECK(seconds("--blocks 1 --samples 2 --seconds 0") == "5 s");
  CHECK(seconds("--blocks 1 --samples 2 --seconds 9") == "12 s");
  CHECK(seconds("--blocks 2 --samples 3 --seconds 0") == "13 s");
  CHECK(seconds("--blocks 2 --samples 3 --seconds 0 --threads 2") == "7 s");
  CHECK(seconds("--blocks 2 --samples 3 --seconds 0 --threads 2 --batch 4") == "25 s");
  CHECK(seconds("--blocks 500 --samples 3 --seconds 0", "two.yaml") == "16 s");
  CHECK(seconds("--blocks 50 --samples 3 --seconds 1", "two.yaml") == "53 s");
}

TEST_CASE("networks that fail are told, and three in a row end a profile", "[engines][cli]") {
  const PlayedRuntime runtime;
  runtime.events({block_of({30e-6}), block_of({30e-6}), kDone});
  runtime.folder.write("profile.json", profile_of(kRuns).dump());
  for (const char* name : {"w1", "w2", "w3", "w4"})
    runtime.folder.write(std::string(name) + ".yaml",
                         fmt::format("name: {}\ninput: {{channels: 2, height: 4, width: 7}}\n"
                                     "layers:\n  - conv: {{name: a, out: {}}}\n",
                                     name, name[1]));
  const auto profile = [&](const std::string& networks) {
    return run_program("profile " + networks +
                           " --engine onnxruntime --threads 2 --blocks 2 --seconds 0 --samples 4",
                       runtime.folder.text());
  };
  const auto failure = [](const char* name) {
    return fmt::format("'{}' could not be run on ONNX Runtime 1.20.1 (Python): too wide", name);
  };
  const Run some = profile("w1.yaml w2.yaml two.yaml w3.yaml w4.yaml");
  INFO(some.err);
  CHECK(contains(some.out, "3 figures stored in "));
  for (const char* name : {"w1", "w2", "w3", "w4"}) CHECK(contains(some.err, failure(name)));
  const Run many = profile("w1.yaml w2.yaml w3.yaml w4.yaml");
  CHECK(many.status == 3);
  CHECK(contains(many.err, failure("w3")));
  CHECK_FALSE(contains(many.err, failure("w4")));
  CHECK(profile("w1.yaml").status == 3);
  CHECK(contains(profile("w1.yaml w2.yaml").err, failure("w2")));
}
