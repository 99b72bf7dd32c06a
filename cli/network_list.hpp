// SPDX-License-Identifier: Apache-2.0
// Many networks from one command line: specs, grids of their parameters, lists in files.
#pragma once

#include <string>
#include <vector>

#include "cli/spec_argument.hpp"

namespace archcost::cli {

struct ListedNetwork {
  std::string label;   ///< "mobilenet_v1:alpha=0.5,rho=4/7": opens the same network again
  std::string family;  ///< of a list's first column; else the spec's name
  graph::Network network;
};

struct NetworkList {
  std::vector<ListedNetwork> networks;
  std::vector<std::string> unbuildable;  ///< "shufflenet_v1:g=5: why"
};

/// The networks of SPEC ..., at every combination of `vary` (see sweep_space) if it is not empty,
/// and those of a list: CSV with the header "family,network". Throws Error.
NetworkList list_networks(const std::vector<std::string>& specs,
                          const std::vector<std::string>& vary, const std::string& list,
                          const SpecOptions& options);

}  // namespace archcost::cli
