// SPDX-License-Identifier: Apache-2.0
// The examples of the documentation are whole and right.
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

// The ```yaml blocks of a page that are whole specs: those that begin with a name.
std::vector<std::string> whole_specs(const std::string& page) {
  std::vector<std::string> specs;
  const std::string text = read_file(source_dir() / page);
  for (std::size_t at = text.find("```yaml\n"); at != std::string::npos;
       at = text.find("```yaml\n", at)) {
    at += 8;
    const std::string block = text.substr(at, text.find("```", at) - at);
    if (block.starts_with("name:")) specs.push_back(block);
  }
  return specs;
}

}  // namespace

TEST_CASE("the specs in the documentation can be analysed", "[spec]") {
  std::size_t count = 0;
  for (const std::string page : {"README.md", "docs/SPEC_LANGUAGE.md"}) {
    for (const std::string& spec : whole_specs(page)) {
      INFO(spec);
      CHECK(error_of(spec).empty());
      ++count;
    }
  }
  CHECK(count >= 6);
}
