// SPDX-License-Identifier: Apache-2.0
// Every network that ships, run on this machine's kernels.
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

/// Names of all shipped specs and presets.
std::vector<std::string> shipped() {
  std::vector<std::string> names;
  const auto list = nlohmann::json::parse(run_program("list --format json").out);
  for (const auto& spec : list.at("specs")) {
    names.push_back(spec["spec"]);
    for (const auto& preset : spec["presets"]) names.push_back(preset);
  }
  return names;
}

}  // namespace

TEST_CASE(
    "every shipped network, and some rewritten ones, run, agree with the plain interpreter, and "
    "need no reference kernel",
    "[long][measure][cli]") {
  const fs::path cache = fs::temp_directory_path() / fmt::format("archcost_specs_{}", getpid());
  setenv("ARCHCOST_CACHE", cache.c_str(), 1);
  std::vector<std::string> names = shipped();
  REQUIRE(names.size() > 100);
  for (const char* rewritten :
       {"resnet50+separable", "resnet50+groups:g=4", "resnet50+bottleneck", "resnet18+se",
        "vgg16+separable+width:alpha=0.5", "mobilenet_v2+kernel:kernel=5",
        "shufflenet_v2+activation:act=swish",
        "tests/onnx/models/squeezenet1_1.onnx+separable+groups:g=2"})
    names.emplace_back(rewritten);
  for (const std::string& name : names) {
    INFO(name);
    const Run run = run_program("measure " + name +
                                    " --threads 2 --allow-unstable --blocks 1 --seconds 0 "
                                    "--samples 2 --check --format json",
                                source_dir(), "", 600);
    INFO(run.err);
    CHECK(run.status == 0);
    const nlohmann::json json = nlohmann::json::parse(run.out, nullptr, false);
    REQUIRE(json.is_object());
    CHECK(json["complete"] == true);
    CHECK(json["error"].get<double>() < 1e-3);
    for (const auto& row : json["rows"]) {
      INFO(row["name"]);
      const std::string kernel = row["implementation"];
      CHECK(kernel.rfind("ref", 0) == std::string::npos);
      CHECK(kernel.find(":ref") == std::string::npos);
      CHECK(kernel.find(" ref") == std::string::npos);
    }
  }
  unsetenv("ARCHCOST_CACHE");
  fs::remove_all(cache);
}
