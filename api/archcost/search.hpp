// SPDX-License-Identifier: Apache-2.0
// archcost as a library: sweeps and searches over families of networks.
//
//   archcost::api::SearchAnswer answer = archcost::api::search(
//       {.networks = {{.spec = "mobilenet_v1"}}, .maximize = {"accuracy"}, .limits = {"macs <=
//       150M"}});
//   answer.designs.front().settings.at("alpha");  // "0.5"
#pragma once

#include <map>
#include <string>
#include <vector>

#include "archcost/analyzer.hpp"

namespace archcost::api {

/// As `archcost search` takes it: "alpha=0.25:1:0.05" varies a parameter; without `vary` each spec
/// varies what it has values for. Names of costs, and "accuracy" where accuracies are published.
struct SearchRequest {
  std::vector<NetworkRequest> networks;
  std::vector<std::string> vary = {}, maximize = {}, minimize = {};
  std::vector<std::string> limits = {};   ///< "macs <= 150M"
  std::vector<std::string> columns = {};  ///< costs that are shown beside; empty: macs, params
  std::size_t top = 10;  ///< with one objective: the best N; with more, the whole front
  int threads = 1;
};

struct Design {
  std::string spec;
  std::map<std::string, std::string> settings;  ///< "alpha": "0.5", "rho": "4/7"
  std::map<std::string, double> figures;        ///< objectives, what limits ask for, columns
  bool accuracy_estimated = false;              ///< between published ones
};

struct SearchAnswer {
  bool feasible = false;  ///< false: `designs` come nearest to the limits
  bool exact = false;     ///< no design of the space is better; else evolution found them
  std::vector<Design> designs;
};

/// Throws Error.
SearchAnswer search(const SearchRequest& request);

}  // namespace archcost::api
