// SPDX-License-Identifier: Apache-2.0
#include "latency/machine.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/diagnostic.hpp"
#include "cost/cost_table.hpp"
#include "support/catch.hpp"

using namespace archcost;
namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

namespace {

latency::Machine example() {
  latency::Machine machine;
  machine.cpu = "AMD EPYC (family 26 model 2)";
  machine.isa = "avx512_core_bf16";
  machine.library = "oneDNN 2.6.3";
  machine.measured = "2024-05-01T12:34:56Z";
  machine.threads = 2;
  machine.caches = {{"L1", 49152}, {"L2", 1048576}, {"L3", 16777216}};
  machine.peaks = {{"f32", 1, 222.5}, {"u8s8", 1, 830}, {"f32", 2, 447}, {"u8s8", 2, 1500}};
  machine.bandwidths = {{"L1", 1, 400, 36864},
                        {"memory", 1, 38.25, 268435456},
                        {"L1", 2, 840, 36864},
                        {"memory", 2, 70.5, 134217728}};
  return machine;
}

/// A file that is gone with the object; messages name it "FILE".
class TestFile {
 public:
  explicit TestFile(const std::string& text)
      : path_(fs::temp_directory_path() / fmt::format("archcost_machine_{}.json", getpid())) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TestFile() { fs::remove(path_); }
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

std::string error_of_machine(const std::string& text) {
  const TestFile file(text);
  try {
    latency::read_machine(file.path());
  } catch (const Error& error) {
    std::string message = error.what();
    const std::size_t at = message.find(file.path());
    return at == std::string::npos ? message : message.replace(at, file.path().size(), "FILE");
  }
  return {};
}

/// The error after a change of the example; `pointer` as "/peaks/0/type".
std::string error_with(const std::string& pointer, const OrderedJson& value) {
  OrderedJson json = OrderedJson::parse(latency::to_json(example()));
  json[OrderedJson::json_pointer(pointer)] = value;
  return error_of_machine(json.dump());
}

std::string error_without(const std::string& key) {
  OrderedJson json = OrderedJson::parse(latency::to_json(example()));
  json.erase(key);
  return error_of_machine(json.dump());
}

}  // namespace

TEST_CASE("a machine survives its file", "[measure]") {
  const latency::Machine machine = example();
  const TestFile file(latency::to_json(machine));
  const latency::Machine read = latency::read_machine(file.path());
  CHECK(read.cpu == machine.cpu);
  CHECK(read.isa == machine.isa);
  CHECK(read.library == machine.library);
  CHECK(read.measured == machine.measured);
  CHECK(read.threads == machine.threads);
  REQUIRE(read.caches.size() == 3);
  CHECK(read.caches[1].level == "L2");
  CHECK(read.caches[1].bytes == 1048576);
  REQUIRE(read.peaks.size() == 4);
  CHECK(read.peaks[3].type == "u8s8");
  CHECK(read.peaks[3].threads == 2);
  CHECK(read.peaks[3].giga_ops == 1500);
  REQUIRE(read.bandwidths.size() == 4);
  CHECK(read.bandwidths[1].level == "memory");
  CHECK(read.bandwidths[1].threads == 1);
  CHECK(read.bandwidths[1].gbs == 38.25);
  CHECK(read.bandwidths[1].working_set == 268435456);
  CHECK(latency::to_json(read) == latency::to_json(machine));
}

TEST_CASE("the roofline of analytic tables takes a measured machine", "[measure]") {
  const TestFile file(latency::to_json(example()));
  const cost::Roofline two = cost::read_machine_file(file.path(), 2);
  CHECK(two.peak_gflops == 447);
  CHECK(two.bandwidth_gbs == 70.5);
  CHECK(two.threads == 2);
  const cost::Roofline one = cost::read_machine_file(file.path(), 1);
  CHECK(one.peak_gflops == 222.5);
  CHECK(one.bandwidth_gbs == 38.25);
  CHECK(one.threads == 1);
  CHECK(one.stable);
  CHECK_THROWS_WITH(cost::read_machine_file(file.path(), 3),
                    Catch::Matchers::Equals("error: '" + file.path() +
                                            "' has no figures for --threads 3; it has those for "
                                            "--threads 1 or 2"));
}

TEST_CASE("rates whose best is not reached twice are unstable", "[measure]") {
  const auto of = [](const std::vector<latency::RateSamples>& samples) {
    return latency::instability(samples);
  };
  CHECK(of({}).empty());
  CHECK(of({{"f32", 1, {236}, 0}}).empty());  // a single one isn't judged
  // A repetition of other work among three good ones; two numbers of threads.
  CHECK(of({{"f32", 1, {236, 118, 232, 235}, 4}, {"f32", 2, {440, 446, 300, 90}, 4}}).empty());
  // As found on a busy machine.
  CHECK(of({{"f32", 1, {118, 118.2, 236.1, 90}, 4}}) ==
        "unstable: the best two of 4 repetitions of f32 with 1 thread differ by 50 %");
  CHECK(of({{"f32", 1, {118, 118.2}, 2}, {"f32", 2, {78.97, 78.5}, 2}}) ==
        "unstable: f32 with 2 threads is slower than with 1");
  CHECK(of({{"memory", 2, {16, 16, 16, 16}, 1}}) ==
        "unstable: memory with 2 threads was interrupted in 3 of 4 repetitions");
  CHECK(
      of({{"L1", 1, {1, 2}, 2},
          {"L2", 1, {1, 2}, 2},
          {"L3", 1, {1, 2}, 2},
          {"memory", 1, {1, 2}, 2}}) ==
      "unstable: the best two of 2 repetitions of L1 with 1 thread differ by 50 %, the best two of "
      "2 repetitions of L2 with 1 thread differ by 50 %, the best two of 2 repetitions of L3 with "
      "1 thread differ by 50 %, and 1 more");
}

TEST_CASE("the limits of what counts as unstable", "[measure]") {
  const auto of = [](const std::vector<latency::RateSamples>& samples) {
    return latency::instability(samples);
  };
  // The best two may differ by 10 %.
  CHECK(of({{"f32", 1, {9, 10}, 2}}).empty());
  CHECK(of({{"f32", 1, {8.9, 10}, 2}}) ==
        "unstable: the best two of 2 repetitions of f32 with 1 thread differ by 11 %");
  CHECK(of({{"L2", 3, {1, 100, 20}, 2}}) ==
        "unstable: the best two of 3 repetitions of L2 with 3 threads differ by 80 %");
  CHECK(of({{"L2", 3, {100, 99}, 1}}) ==
        "unstable: L2 with 3 threads was interrupted in 1 of 2 repetitions");
  CHECK(of({{"L2", 3, {100, 99}, 0}}) ==
        "unstable: L2 with 3 threads was interrupted in 2 of 2 repetitions");
  // More threads may be slower by 10 %.
  CHECK(of({{"f32", 1, {10, 10}, 2}, {"f32", 2, {9, 9}, 2}}).empty());
  CHECK(of({{"f32", 2, {8.9, 8.9}, 2}, {"f32", 1, {10, 10}, 2}}) ==
        "unstable: f32 with 2 threads is slower than with 1");
  CHECK(of({{"f32", 1, {10, 10}, 2}, {"bf16", 2, {2, 2}, 2}}).empty());
  CHECK(of({{"f32", 2, {10, 10}, 2}, {"f32", 2, {2, 2}, 2}}).empty());  // no more threads
  CHECK(of({{"f32", 1, {10, 10}, 2}, {"f32", 2, {2}, 0}}).empty());     // a single repetition
  CHECK(of({{"f32", 1, {10}, 0}, {"f32", 2, {2, 2}, 2}}) ==
        "unstable: f32 with 2 threads is slower than with 1");
  CHECK(of({{"f32", 1, {}, 0}, {"f32", 2, {0.5, 0.5}, 2}}).empty());
  // Three are named.
  const latency::RateSamples odd{"L1", 1, {1, 2}, 2};
  const std::string one = "the best two of 2 repetitions of L1 with 1 thread differ by 50 %";
  CHECK(of({odd, odd}) == "unstable: " + one + ", " + one);
  CHECK(of({odd, odd, odd}) == "unstable: " + one + ", " + one + ", " + one);
  CHECK(of({odd, odd, odd, odd, odd}) ==
        "unstable: " + one + ", " + one + ", " + one + ", and 2 more");
}

TEST_CASE("of rates with the same threads the first counts", "[measure]") {
  latency::Machine machine = example();
  machine.peaks.push_back({"f32", 2, 99});
  machine.bandwidths.push_back({"memory", 2, 98, 1});
  const auto json = nlohmann::json::parse(latency::to_json(machine));
  CHECK(json["peak_gflops"] == machine.peak_gflops(2));
  CHECK(json["bandwidth_gbs"] == machine.bandwidth_gbs("memory", 2));
}

TEST_CASE("the file of a machine, whole", "[measure]") {
  latency::Machine machine;
  machine.cpu = "a \xff CPU";
  machine.isa = "avx2";
  machine.library = "oneDNN";
  machine.measured = "2024";
  CHECK(latency::to_json(machine) ==
        "{\n  \"cpu\": \"a \xef\xbf\xbd CPU\",\n  \"isa\": \"avx2\",\n  \"library\": \"oneDNN\",\n"
        "  \"measured\": \"2024\",\n  \"threads\": 1,\n  \"caches\": [],\n  \"peaks\": [],\n"
        "  \"bandwidths\": []\n}\n");
  machine.threads = 3;
  machine.caches = {{"L2", 512}};
  machine.peaks = {{"u8s8", 3, 9}, {"f32", 2, 0.5}, {"f32", 1, 0.25}};
  machine.bandwidths = {{"L2", 3, 7, 64}, {"memory", 1, 0.25, 128}, {"memory", 2, 0.5, 128}};
  machine.stable = false;
  const OrderedJson json = OrderedJson::parse(latency::to_json(machine));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"cpu", "isa", "library", "measured", "threads",
                                         "peak_gflops", "bandwidth_gbs", "stable", "caches",
                                         "peaks", "bandwidths"});
  CHECK(json["peak_gflops"] == 0.5);
  CHECK(json["bandwidth_gbs"] == 0.5);
  CHECK(json["stable"] == false);
  CHECK(json["caches"].dump() == R"([{"level":"L2","bytes":512.0}])");
  CHECK(json["peaks"][0].dump() == R"({"type":"u8s8","threads":3,"giga_ops":9.0})");
  CHECK(json["bandwidths"][0].dump() ==
        R"({"level":"L2","threads":3,"gbs":7.0,"working_set":64.0})");
  CHECK(!latency::machine_from_json(latency::to_json(machine), "m.json").stable);
  machine.stable = true;
  CHECK(latency::machine_from_json(latency::to_json(machine), "m.json").stable);
}

TEST_CASE("the least and the most numbers of a file", "[measure]") {
  CHECK(error_with("/threads", 1).empty());
  CHECK(error_with("/threads", 2147483647).empty());
  CHECK(error_with("/threads", std::int64_t{2147483648}) ==
        "error: 'FILE' is no file of a measured machine: 'threads' must be a whole number above 0");
  CHECK(error_with("/caches/0/bytes", 1e-9).empty());
  CHECK(error_with("/peaks/0/giga_ops", 0.5).empty());
}

TEST_CASE("the roofline is of the most threads, in whatever order they were measured",
          "[measure]") {
  latency::Machine machine = example();
  std::swap(machine.peaks.front(), machine.peaks[2]);
  std::swap(machine.bandwidths.front(), machine.bandwidths.back());
  const TestFile file(latency::to_json(machine));
  const auto json = nlohmann::json::parse(latency::to_json(machine));
  CHECK(json["peak_gflops"] == 447);
  CHECK(json["bandwidth_gbs"] == 70.5);
}

TEST_CASE("a machine without measurements has no roofline, but a file", "[measure]") {
  latency::Machine machine = example();
  machine.isa = machine.library = "";  // not known to the probe
  machine.peaks.clear();
  machine.bandwidths.clear();
  const TestFile file(latency::to_json(machine));
  CHECK(latency::read_machine(file.path()).peaks.empty());
  CHECK_THROWS_WITH(cost::read_machine_file(file.path(), 1),
                    Catch::Matchers::Equals("error: '" + file.path() +
                                            "' is no machine file: 'peak_gflops' must be a number "
                                            "above 0"));
}

TEST_CASE("rates are found by threads, and by type or level", "[measure]") {
  const latency::Machine machine = example();
  CHECK(machine.peak_gflops(1) == 222.5);
  CHECK(machine.peak_gflops(2) == 447);
  CHECK(machine.peak_gflops(2, "u8s8") == 1500);
  CHECK(machine.peak_gflops(2, "bf16") == 0);
  CHECK(machine.peak_gflops(4) == 0);
  CHECK(machine.bandwidth_gbs("memory", 1) == 38.25);
  CHECK(machine.bandwidth_gbs("L1", 2) == 840);
  CHECK(machine.bandwidth_gbs("L2", 1) == 0);
  CHECK(machine.bandwidth_gbs("L1", 3) == 0);
}

TEST_CASE("the level that holds so many bytes", "[measure]") {
  latency::Machine machine = example();
  CHECK(machine.level_of(0, 1) == "L1");
  CHECK(machine.level_of(49152, 1) == "L1");
  CHECK(machine.level_of(49153, 1) == "L2");
  CHECK(machine.level_of(1048576, 1) == "L2");
  CHECK(machine.level_of(1048577, 1) == "L3");
  CHECK(machine.level_of(16777216, 1) == "L3");
  CHECK(machine.level_of(16777217, 1) == "memory");

  // L1 and L2 are each core's own, L3 is shared.
  CHECK(machine.level_of(98304, 2) == "L1");
  CHECK(machine.level_of(98305, 2) == "L2");
  CHECK(machine.level_of(2097152, 2) == "L2");
  CHECK(machine.level_of(2097153, 2) == "L3");
  CHECK(machine.level_of(16777216, 2) == "L3");
  CHECK(machine.level_of(16777217, 2) == "memory");

  std::swap(machine.caches.front(), machine.caches.back());
  CHECK(machine.level_of(1000, 1) == "L1");
  CHECK(machine.level_of(49153, 1) == "L2");
  // Of equal ones the first.
  machine.caches = {{"L2", 4096}, {"L1", 4096}};
  CHECK(machine.level_of(4096, 1) == "L2");
  machine.caches = {{"L1", 4096}, {"L2", 4096}, {"L3", 4096}};
  CHECK(machine.level_of(4096, 1) == "L1");
  CHECK(machine.level_of(4096, 2) == "L3");  // of two threads the others hold twice as much
  machine.caches.clear();
  CHECK(machine.level_of(1, 1) == "memory");
}

TEST_CASE("files that are no measured machine", "[measure]") {
  const std::string start = "error: 'FILE' is no file of a measured machine: ";
  for (const char* text : {"", "{", "[]", "7", "{\"threads\": 1e999}"})
    CHECK(error_of_machine(text) == start + "it isn't a JSON object");
  for (const char* key : {"cpu", "isa", "library", "measured"}) {
    CHECK(error_without(key) == start + fmt::format("'{}' must be a text", key));
    CHECK(error_with(fmt::format("/{}", key), 7) ==
          start + fmt::format("'{}' must be a text", key));
  }
  for (const char* key : {"caches", "peaks", "bandwidths"}) {
    const std::string must_be_list = start + fmt::format("'{}' must be a list", key);
    CHECK(error_without(key) == must_be_list);
    CHECK(error_with(fmt::format("/{}", key), OrderedJson::object()) == must_be_list);
    CHECK(error_with(fmt::format("/{}/1", key), 7) ==
          start + fmt::format("'{}[1]' must be an object", key));
  }
  CHECK(error_without("threads") == start + "'threads' must be a whole number above 0");
  for (const OrderedJson& value :
       {OrderedJson(0), OrderedJson(-1), OrderedJson(1.5), OrderedJson("2"),
        OrderedJson(4294967297), OrderedJson(std::uint64_t{18446744073709551615u})}) {
    CHECK(error_with("/threads", value) == start + "'threads' must be a whole number above 0");
    CHECK(error_with("/peaks/2/threads", value) ==
          start + "'peaks[2].threads' must be a whole number above 0");
  }
  for (const OrderedJson& value :
       {OrderedJson(0), OrderedJson(-1.5), OrderedJson("2"), OrderedJson(nullptr)}) {
    CHECK(error_with("/caches/0/bytes", value) ==
          start + "'caches[0].bytes' must be a number above 0");
    CHECK(error_with("/peaks/1/giga_ops", value) ==
          start + "'peaks[1].giga_ops' must be a number above 0");
    CHECK(error_with("/bandwidths/3/gbs", value) ==
          start + "'bandwidths[3].gbs' must be a number above 0");
    CHECK(error_with("/bandwidths/3/working_set", value) ==
          start + "'bandwidths[3].working_set' must be a number above 0");
  }
  CHECK(error_with("/peaks/0/type", 7) == start + "'peaks[0].type' must be a text");
  CHECK(error_with("/peaks/0/type", "") ==
        start + "'peaks[0].type' must be a text that isn't empty");
  CHECK(error_with("/caches/1/level", "l2") ==
        start + "'caches[1].level' must be L1, L2, L3 or memory");
  CHECK(error_with("/bandwidths/0/level", nullptr) ==
        start + "'bandwidths[0].level' must be a text");
}

TEST_CASE("a measured machine that isn't there", "[measure]") {
  CHECK_THROWS_WITH(latency::read_machine("/nowhere/machine.json"),
                    Catch::Matchers::Equals("error: no file '/nowhere/machine.json'"));
}

TEST_CASE("engines by name, libraries with version and provider", "[latency]") {
  for (const auto& [name, title] :
       std::vector<std::pair<std::string, std::string>>{{"onednn", "oneDNN"},
                                                        {"onnxruntime", "ONNX Runtime"},
                                                        {"tflite", "TensorFlow Lite"},
                                                        {"ncnn", "ncnn"},
                                                        {"mnn", "MNN"},
                                                        {"unheard", "unheard"}}) {
    CHECK(latency::engine_title(name) == title);
  }
  latency::MachineId id;
  CHECK(id.library() == "oneDNN");
  CHECK(id.text() == "oneDNN");
  id.provider = "gpu";
  CHECK(id.library() == "oneDNN on gpu");
  id = {"a CPU", "avx2", "tflite", "2.14", "nnapi", "f16", "phone"};
  CHECK(id.library() == "TensorFlow Lite 2.14 on nnapi");
  CHECK(id.text() == "phone, a CPU, avx2, TensorFlow Lite 2.14 on nnapi, f16");
}

TEST_CASE("processors by name, or by implementer and part on arm64", "[latency]") {
  const auto described = [](const std::string& text) {
    std::istringstream name(text), instructions(text);
    return latency::cpu_name(name) + " | " + latency::cpu_instructions(instructions);
  };
  // The second processor of the text does not count.
  CHECK(described("processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n"
                  "flags\t\t: fpu sse2 avx2 avx512bw\n\nprocessor\t: 1\nmodel name\t: other\n") ==
        "AMD EPYC (family 26 model 2) | avx512");
  CHECK(described("model name\t: old\nflags\t\t: fpu sse2\n") == "old | sse2");
  CHECK(described("model name\t: new\nflags\t\t: sse2 avx avx2 avx512f\n") == "new | avx2");
  CHECK(described("processor\t: 0\nFeatures\t: fp asimd evtstrm\nCPU implementer\t: 0x41\n"
                  "CPU part\t: 0xd0c\n") == "arm64 processor (implementer 0x41 part 0xd0c) | neon");
  CHECK(described("processor\t: 0\nisa\t: rv64\n") == "unknown processor | ");
  CHECK(described("") == "unknown processor | ");
  // Without spaces, and with lines that have no colon or no value.
  CHECK(described("no colon\nflags:avx2\nmodel name:  a CPU: fast\ncpu family:6\nmodel:\n") ==
        "a CPU: fast | avx2");
  CHECK(described("cpu family : 6\nmodel \t: 85\nFeatures: asimd\n") ==
        "unknown processor (family 6 model 85) | neon");
  CHECK(described("CPU implementer: 0x41\nflags: noavx2 sse2x\n") == "unknown processor | ");
  CHECK(described("CPU part: 0xd0c\nflags: avx2\n") == "unknown processor | avx2");
}
