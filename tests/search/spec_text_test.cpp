// SPDX-License-Identifier: Apache-2.0
// Which of several SPECs a value of an option names.
#include "search/space/spec_text.hpp"

#include "core/diagnostic.hpp"
#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("values of options name one of several specs", "[search]") {
  const std::vector<std::string> specs = {"a", "a:x=1", "b:y=2,z=3", "c.yaml:x=1", "c.yaml:x=2"};
  const auto split = [&](const std::string& text) {
    const space::SpecText parts = space::split_spec_text("--vary", text, specs);
    return parts.spec.value_or("all") + " | " + parts.rest;
  };
  CHECK(split("x=0.5:1:0.1") == "all | x=0.5:1:0.1");
  CHECK(split("a:x=1:y=3") == "a:x=1 | y=3");
  CHECK(split("b:y=2,z=3:w") == "b:y=2,z=3 | w");
  CHECK(split("b:w") == "b:y=2,z=3 | w");
  CHECK(split("a:w") == "a | w");
  CHECK(split("arXiv:1611.05431") == "all | arXiv:1611.05431");
  CHECK(split("b:arXiv:1611.05431") == "b:y=2,z=3 | arXiv:1611.05431");
  std::string wrong;
  try {
    split("c.yaml:w");
  } catch (const Error& error) {
    wrong = error.what();
  }
  CHECK(wrong ==
        "--vary c.yaml:w: error: 'c.yaml' may be 'c.yaml:x=1' or 'c.yaml:x=2'; write the one that "
        "is meant");
  CHECK(space::plain_name("dir:with/net.yaml") == "dir:with/net.yaml");
  CHECK(space::plain_name("resnet50+se:reduction=8") == "resnet50+se");
}
