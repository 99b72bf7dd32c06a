// SPDX-License-Identifier: Apache-2.0
// The installed program finds the installed specs.
#include <fmt/core.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

TEST_CASE("an installed program finds its specs", "[cli]") {
  const fs::path prefix = fs::temp_directory_path() / fmt::format("archcost_install_{}", getpid());
  const std::string install = fmt::format("cmake --install {} --prefix {} >/dev/null",
                                          ARCHCOST_BINARY_DIR, prefix.string());
  REQUIRE(std::system(install.c_str()) == 0);
  const std::string verify =
      fmt::format("cd / && env -u ARCHCOST_SPECS {}/bin/archcost verify mobilenet_v1 >/dev/null",
                  prefix.string());
  CHECK(std::system(verify.c_str()) == 0);
  fs::remove_all(prefix);
}
