// SPDX-License-Identifier: Apache-2.0
// Wrong specs and their whole messages: NAME.yaml beside NAME.expected, options in NAME.args;
// commands without a file in commands.txt.
#include <algorithm>
#include <filesystem>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

fs::path folder() { return source_dir() / "tests/errors"; }

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".expected") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("every wrong spec gets its message", "[errors]") {
  const std::vector<std::string> names = cases();
  REQUIRE(names.size() >= 60);
  for (const std::string& name : names) {
    INFO(name);
    std::string arguments = read_file(folder() / (name + ".args"));
    while (!arguments.empty() && arguments.back() == '\n') arguments.pop_back();
    const Run run = run_program("analyze " + name + ".yaml " + arguments, folder());
    CHECK(run.status == 1);
    CHECK(run.err == read_file(folder() / (name + ".expected")));
    CHECK(run.out.empty());
  }
}

TEST_CASE("every wrong command gets its message", "[errors]") {
  std::string text = read_file(folder() / "commands.txt");
  int count = 0;
  for (const std::string& line : archcost::split(text, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t first = line.find(" | "), second = line.find(" | ", first + 3);
    REQUIRE(second != std::string::npos);
    std::string expected = line.substr(second + 3);
    for (std::size_t at; (at = expected.find("\\n")) != std::string::npos;)
      expected.replace(at, 2, "\n");
    const std::string arguments = line.substr(first + 3, second - first - 3);
    INFO(arguments);
    const Run run = run_program(arguments, folder());
    CHECK(run.status == std::stoi(line.substr(0, first)));
    CHECK(run.err == expected + "\n");
    ++count;
  }
  CHECK(count >= 5);
}
