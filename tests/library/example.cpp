// SPDX-License-Identifier: Apache-2.0
// Costs of a network, and the most accurate one within a budget.
#include <archcost/analyzer.hpp>
#include <archcost/search.hpp>
#include <iostream>

int main() {
  using namespace archcost;
  try {
    const api::NetworkCosts costs =
        api::costs_of({.spec = "mobilenet_v1", .settings = {"alpha=0.5"}});
    std::cout << costs.name << ": " << costs.totals.at("macs") << " macs in " << costs.layers.size()
              << " layers\n";
    const api::SearchAnswer answer = api::search({.networks = {{.spec = "mobilenet_v1"}},
                                                  .maximize = {"accuracy"},
                                                  .limits = {"macs <= 150M", "params <= 2M"}});
    for (const auto& [name, value] : answer.designs.front().settings)
      std::cout << name << " = " << value << "\n";
    std::cout << answer.designs.front().figures.at("accuracy") << " % top-1"
              << (answer.exact ? ", exact" : "") << "\n";
  } catch (const api::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
