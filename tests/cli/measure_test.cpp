// SPDX-License-Identifier: Apache-2.0
// archcost measure as a process: what it prints, and what happens when kernels fail.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const char* const kNetwork =
    "name: small\ninput: {channels: 16, height: 12, width: 12}\nlayers:\n  - conv: {out: 32, "
    "kernel: 3}\n"
    "  - batch_norm\n  - relu\n  - conv: {out: 32, kernel: 3, groups: in}\n  - relu\n  - conv: "
    "{out: "
    "64}\n  - global_avg_pool\n  - flatten\n  - linear: {out: 10}\n";

/// Runs with a cache folder of its own, and a fault where one is asked for.
struct Measured {
  Run run;
  nlohmann::json json;
};

Measured measure(const std::string& options, const std::string& fault = {}) {
  static int count = 0;
  const fs::path cache =
      fs::temp_directory_path() / fmt::format("archcost_cache_{}_{}", getpid(), count++);
  setenv("ARCHCOST_CACHE", cache.c_str(), 1);
  if (!fault.empty()) setenv("ARCHCOST_KERNELS_FAULT", fault.c_str(), 1);
  Measured measured;
  measured.run = run_program(
      "measure - --allow-unstable --blocks 1 --seconds 0 --samples 2 --format json " + options,
      source_dir(), kNetwork);
  unsetenv("ARCHCOST_KERNELS_FAULT");
  unsetenv("ARCHCOST_CACHE");
  fs::remove_all(cache);
  measured.json = nlohmann::json::parse(measured.run.out, nullptr, false);
  return measured;
}

}  // namespace

TEST_CASE("a network is measured layer by layer and checked", "[measure][cli][native]") {
  for (const char* threads : {"--threads 1", "--threads 2"}) {
    const Measured m = measure(std::string("--check ") + threads);
    INFO(m.run.err);
    REQUIRE(m.json.is_object());
    CHECK(m.run.status == 0);
    CHECK(m.json["complete"] == true);
    CHECK(m.json["error"].get<double>() < 1e-3);
    double sum = 0, macs = 0;
    for (const auto& row : m.json["rows"]) {
      sum += row["seconds"].get<double>();
      macs += row["macs"].get<double>();
      CHECK(row["seconds"].get<double>() > 0);
      CHECK(row["implementation"].get<std::string>().find("ref") != 0);
    }
    CHECK(sum == Approx(m.json["seconds"].get<double>()));
    // 16 x 9 x 32, 9 x 32 and 32 x 64 on 144 positions, and 640.
    CHECK(macs == 144 * (16 * 9 * 32 + 9 * 32 + 32 * 64) + 640);
  }
}

TEST_CASE("a kernel that kills its program is replaced by the next best, and remembered",
          "[measure][cli][native]") {
  for (const std::string fault : {"SIGSEGV", "SIGFPE", "SIGILL", "SIGKILL", "memory"}) {
    INFO(fault);
    // Every kernel with blocked channels on both sides fails while it is tried.
    const Measured m = measure("", fault + "@nChwc>nChwc");
    INFO(m.run.err);
    REQUIRE(m.json.is_object());
    CHECK(m.run.status == 0);
    CHECK(m.json["complete"] == true);
    for (const auto& row : m.json["rows"]) {
      CHECK(row["option"].get<std::string>().find("nChwc>nChwc") == std::string::npos);
    }
  }
}

TEST_CASE("a layer that no kernel runs is marked, and the total with it",
          "[measure][cli][native]") {
  const Measured m = measure("", "SIGFPE@try\tconv 1x32x12x12 > 1x64");
  INFO(m.run.err);
  REQUIRE(m.json.is_object());
  CHECK(m.run.status == 3);
  CHECK(m.json["complete"] == false);
  int failed = 0;
  for (const auto& row : m.json["rows"]) {
    if (!row.contains("fault")) continue;
    ++failed;
    CHECK(row["fault"].get<std::string>().find("nhwc>nhwc: SIGFPE") != std::string::npos);
  }
  CHECK(failed == 1);
}

TEST_CASE("a kernel that fails in the network only is replaced too", "[measure][cli][native]") {
  const Measured m = measure("", "SIGSEGV@row\t0\tnchw>nhwc");
  INFO(m.run.err);
  REQUIRE(m.json.is_object());
  CHECK(m.run.status == 0);
  CHECK(m.json["complete"] == true);
  CHECK(m.json["rows"][0]["option"] != "nchw>nhwc");
}

TEST_CASE("a kernel that hangs is ended", "[measure][cli][native]") {
  const Measured m = measure("--patience 1", "hang@nChwc>nChwc winograd");
  INFO(m.run.err);
  REQUIRE(m.json.is_object());
  CHECK(m.run.status == 0);
  CHECK(m.json["complete"] == true);
}

TEST_CASE("measuring refuses what it can't do", "[measure][cli]") {
  CHECK(run_program("measure mobilenet_v1 --threads 1000")
            .err.find("error: --threads 1000: this process may use") == 0);
  CHECK(run_program("measure mobilenet_v1 --pin 999")
            .err.find("error: --pin 999: this process may use processors") == 0);
  CHECK(run_program("measure mobilenet_v1 --threads 2 --pin 0").err ==
        "error: --pin is for one thread; omit --threads\n");
  setenv("ARCHCOST_KERNELS", "/nowhere/archcost-kernels", 1);
  CHECK(run_program("measure mobilenet_v1").err ==
        "error: '/nowhere/archcost-kernels' could not be started\n");
  unsetenv("ARCHCOST_KERNELS");
}

TEST_CASE("a library that dies with SIGFPE is limited to what works", "[measure][cli][native]") {
  const Measured m = measure("--check", "probe@sse41");
  CHECK(m.run.status == 0);
  REQUIRE(m.json.is_object());
  CHECK(m.json["isa"] == "sse41");
  CHECK(m.json["error"].get<double>() < 1e-3);
  CHECK(m.run.err.find(
            " dies with SIGFPE on this machine, whose CPUID tells no sizes of caches; it "
            "is limited to sse41, the highest instruction set that works\n") != std::string::npos);
}
