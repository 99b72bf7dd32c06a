// SPDX-License-Identifier: Apache-2.0
// What tests share that measure without kernels: recorded events take the place of the kernels'
// program.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "latency/machine.hpp"
#include "runner/measurement.hpp"
#include "support/support.hpp"

namespace archcost::test {

/// A folder with a network of one layer, and a program that plays events back. It keeps what it is
/// asked for.
class Recorded : public TestFolder {
 public:
  Recorded() {
    write("one.yaml",
          "name: one\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n"
          "  - conv: {name: a, out: 4}\n");
    write("kernels",
          "#!/bin/sh\nread -r request\ncd " + text() +
              "\necho \"$request\" >>requests\n[ ! -e x.csv.figures ] || cp x.csv.figures kept\n"
              "case \"$request\" in\n*'\"do\":\"hello\"'*) cat hello ;;\n"
              "*'\"do\":\"machine\"'*) cat machine ;;\n*'\"do\":\"measure\"'*) cat measure ;;\n"
              "*) cat profile ;;\nesac\necho '{\"event\":\"done\"}'\n");
    std::filesystem::permissions(*this / "kernels", std::filesystem::perms::owner_all);
    write("hello",
          nlohmann::json{{"event", "hello"}, {"library", "oneDNN 2.6.3"}, {"isa", "avx2"}}.dump() +
              "\n");
    set_rates({{"f32", 1, {100, 99, 98}, 3}});
    setenv("ARCHCOST_KERNELS", (*this / "kernels").c_str(), 1);
    setenv("ARCHCOST_CACHE", (*this / "cache").c_str(), 1);
  }
  ~Recorded() {
    unsetenv("ARCHCOST_KERNELS");
    unsetenv("ARCHCOST_CACHE");
  }
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;

  void set_rates(const std::vector<latency::RateSamples>& samples) const {
    latency::Machine machine;
    machine.cpu = latency::cpu_name();
    machine.isa = "avx2";
    machine.library = "oneDNN 2.6.3";
    machine.measured = "2026-01-01T00:00:00Z";
    machine.peaks = {{"f32", 1, samples.front().rates.front()}};
    machine.bandwidths = {{"memory", 1, 20, 1e8}};
    write("machine", nlohmann::json{{"event", "machine"},
                                    {"machine", nlohmann::json::parse(latency::to_json(machine))},
                                    {"samples", samples}}
                             .dump() +
                         "\n");
  }

  /// Blocks of 12 passes, of which the fastest took 1.5 ms; a row that did not run has a fault.
  void set_blocks(bool disturbed, const std::vector<double>& seconds = {2e-3, 2e-3, 2e-3},
                  const std::string& fault = "") const {
    runner::MeasuredRow row;
    row.layers = {0};
    row.problem = "conv";
    row.implementation = "a_kernel";
    row.fault = fault;
    std::string events = nlohmann::json{{"event", "program"},
                                        {"rows", std::vector{row}},
                                        {"arena_bytes", 1024},
                                        {"weight_bytes", 1024}}
                             .dump() +
                         "\n";
    for (const double time : seconds) {
      nlohmann::json block =
          runner::MeasuredBlock{{time}, time, 1.9e-3, 1e-3, 12, disturbed, 0, 1.5e-3};
      block["event"] = "block";
      events += block.dump() + "\n";
    }
    write("measure", events);
  }

  /// What the program was asked to measure, since the last call of this.
  std::vector<nlohmann::json> asked() const {
    std::vector<nlohmann::json> requests;
    if (!std::filesystem::exists(*this / "requests")) return requests;
    for (const std::string& line : split(read_file(*this / "requests"), '\n')) {
      const nlohmann::json request = nlohmann::json::parse(line, nullptr, false);
      if (request.is_object() && request["do"] == "measure") requests.push_back(request);
    }
    std::filesystem::remove(*this / "requests");
    return requests;
  }

  Run run(const std::string& arguments) const { return run_program(arguments, text()); }
  std::string saved() const { return *this / "cache/machine.json"; }
};

}  // namespace archcost::test
