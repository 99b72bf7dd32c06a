// SPDX-License-Identifier: Apache-2.0
// Every network that ships, run on this machine's kernels.
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cost/conventions.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

/// The shipped specs, and their presets of at most 1 GMAC: larger ones have the same layers in
/// other sizes, and each takes minutes.
std::vector<std::string> small_networks() {
  constexpr std::int64_t kMost = 1'000'000'000;
  std::vector<std::string> names;
  const auto list = nlohmann::json::parse(run_program("list --format json").out);
  for (const auto& spec : list.at("specs")) {
    names.push_back(spec["spec"]);
    for (const std::string preset : spec["presets"]) {
      if (cost::convention_total(cost::conventions().front(), shipped(preset)).value() <= kMost)
        names.push_back(preset);
    }
  }
  return names;
}

}  // namespace

TEST_CASE(
    "every shipped spec, its small presets, and some rewritten networks run, agree with the plain "
    "interpreter, and need no reference kernel",
    "[long][measure][cli]") {
  const fs::path cache = fs::temp_directory_path() / fmt::format("archcost_specs_{}", getpid());
  setenv("ARCHCOST_CACHE", cache.c_str(), 1);
  std::vector<std::string> names = small_networks();
  REQUIRE(names.size() > 55);
  for (const char* rewritten :
       {"resnet50+separable", "resnet50+groups:g=4", "resnet50+bottleneck", "resnet18+se",
        "vgg16+separable+width:alpha=0.5", "mobilenet_v2+kernel:kernel=5",
        "shufflenet_v2+activation:act=swish",
        "tests/onnx/models/squeezenet1_1.onnx+separable+groups:g=2"})
    names.emplace_back(rewritten);
  for (const std::string& name : names) {
    INFO(name);
    const Run run = run_program("measure " + name +
                                    " --threads 1 --allow-unstable --blocks 1 --seconds 0 "
                                    "--samples 2 --check --format json",
                                source_dir(), "", 3000);
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
