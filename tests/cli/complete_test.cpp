// SPDX-License-Identifier: Apache-2.0
// What completions offer; tests/completion drives the shells.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::vector<std::string> candidates(const std::string& line) {
  const Run run = run_program("complete " + shell_quoted(line));
  CHECK(run.status == 0);
  CHECK(run.err == "");
  std::vector<std::string> texts;
  for (const std::string& each : split(run.out, '\n'))
    if (!each.empty()) texts.push_back(each.substr(0, each.find('\t')));
  return texts;
}

using Texts = std::vector<std::string>;

bool offers(const std::string& line, const std::string& text) {
  const Texts all = candidates(line);
  return std::find(all.begin(), all.end(), text) != all.end();
}

}  // namespace

TEST_CASE("completions know commands and their options", "[cli][completion]") {
  CHECK(candidates("archcost me") == Texts{"memory", "measure"});
  CHECK(candidates("archcost complet") == Texts{"completion"});  // complete is not shown
  CHECK(candidates("archcost db sh") == Texts{"show"});
  CHECK(candidates("archcost analyze mobilenet_v1 --to") == Texts{"--top"});
  CHECK(candidates("archcost analyze mobilenet_v1 --by ") ==
        Texts{"layer", "kind", "stage", "block"});
  CHECK(candidates("archcost analyze mobilenet_v1 --by=st") == Texts{"--by=stage"});
  CHECK(candidates("archcost completion ") == Texts{"bash", "zsh", "fish"});
  CHECK(offers("archcost report --story x --tem", "--template"));
  CHECK_FALSE(offers("archcost report --st", "--story"));
}

TEST_CASE("completions know networks and their parameters", "[cli][completion]") {
  CHECK(offers("archcost analyze ", "mobilenet_v1"));
  CHECK(offers("archcost analyze ", "resnet50"));
  CHECK(offers("archcost analyze ", ":files"));
  CHECK(candidates("archcost analyze mobilenet_v1 --set a") == Texts{"alpha="});
  CHECK(candidates("archcost analyze mobilenet_v1 --set separable=") ==
        Texts{"separable=0", "separable=1"});
  CHECK(candidates("archcost sweep mobilenet_v1 --vary rho=4/7,5") == Texts{"rho=4/7,5/7"});
  CHECK(candidates("archcost sweep mobilenet_v1 se_resnet50 --vary reduc") == Texts{"reduction="});
  CHECK(candidates("archcost compare resnet50 mobilenet_v1:alpha=0.5,rh") ==
        Texts{"mobilenet_v1:alpha=0.5,rho="});
  CHECK(candidates("archcost analyze resnet50+separable+gro") ==
        Texts{"resnet50+separable+groups"});
  CHECK(candidates("archcost analyze - --set a") == Texts{});  // standard input isn't read
  CHECK(candidates("archcost analyze no_such.yaml --set a") == Texts{});
  CHECK(candidates("archcost analyze resnet50 --columns params,bias_a") ==
        Texts{"params,bias_adds"});
}

TEST_CASE("completions read quotes and the ends of lines", "[cli][completion]") {
  CHECK(candidates("archcost analyze 'mobilenet_v1' --set \"al") == Texts{"alpha="});
  CHECK(candidates("archcost") == Texts{});
  CHECK(candidates("archcost no_such_command ") == Texts{});
}

TEST_CASE("man pages are made for all commands", "[cli][manual]") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("archcost_man_{}", getpid());
  REQUIRE(run_program("manual --share " + folder.string()).status == 0);
  std::size_t pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "man/man1")) {
    ++pages;
    const std::string check =
        fmt::format("man --warnings -l {} >/dev/null 2>&1", entry.path().string());
    if (std::system("command -v man >/dev/null") == 0) CHECK(std::system(check.c_str()) == 0);
  }
  // archcost(1), archcost-kernels(1) and one for each command.
  CHECK(pages == candidates("archcost ").size() + 2);
  for (const char* file :
       {"bash-completion/completions/archcost", "zsh/vendor-completions/_archcost",
        "fish/vendor_completions.d/archcost.fish"})
    CHECK(std::filesystem::exists(folder / file));
  std::filesystem::remove_all(folder);
}
