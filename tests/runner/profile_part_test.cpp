// SPDX-License-Identifier: Apache-2.0
// The distinct layers of a profile, divided into parts.
#include <algorithm>

#include "runner/profile.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::vector<graph::Network> some_networks() {
  std::vector<graph::Network> networks;
  for (const char* alpha : {"alpha=1", "alpha=0.5", "alpha=0.25"})
    networks.push_back(shipped("mobilenet_v1", {alpha}));
  networks.push_back(shipped("resnet18"));
  networks.push_back(shipped("mobilenet_v1", {"alpha=0.5"}));  // nothing new
  return networks;
}

// The distinct layers of all networks.
std::set<std::string> all_problems(const std::vector<graph::Network>& networks) {
  return runner::profile_part(networks, {}).problems;
}

}  // namespace

TEST_CASE("parts of a profile have each distinct layer once", "[profile]") {
  const std::vector<graph::Network> networks = some_networks();
  const std::set<std::string> all = all_problems(networks);
  CHECK(all.size() > 60);
  for (const std::uint64_t parts : {1u, 2u, 7u, 16u, 200u}) {
    std::set<std::string> found;
    std::size_t count = 0, loaded = 0;
    for (std::uint64_t part = 1; part <= parts; ++part) {
      runner::ProfileOptions options;
      options.part = part;
      options.parts = parts;
      const runner::ProfilePart one = runner::profile_part(networks, options);
      count += one.problems.size();
      found.insert(one.problems.begin(), one.problems.end());
      loaded += one.networks.size();
      CHECK((parts == 1 || one.networks.empty() == one.problems.empty()));
    }
    INFO(parts);
    CHECK(found == all);
    CHECK(count == all.size());
    // A network is loaded by as many parts as share its layers: one more at each cut.
    if (parts > 1) CHECK(loaded <= 4 + parts - 1);
  }
}

TEST_CASE("parts of a profile do not depend on what is known", "[profile]") {
  std::vector<graph::Network> networks = some_networks();
  runner::ProfileOptions options;
  options.part = 2;
  options.parts = 3;
  const std::set<std::string> before = runner::profile_part(networks, options).problems;
  CHECK(!before.empty());
  CHECK(runner::profile_part(networks, options).problems == before);
  // Another network is another division, but of the same layers.
  networks.pop_back();
  CHECK(runner::profile_part(networks, options).problems == before);
}
