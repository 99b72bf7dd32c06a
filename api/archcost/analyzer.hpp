// SPDX-License-Identifier: Apache-2.0
// archcost as a library: the costs of a network. This header and archcost/search.hpp are stable:
// more may come, nothing is renamed. They include nothing of archcost's other headers.
//
//   archcost::api::NetworkCosts costs = archcost::api::costs_of({.spec = "mobilenet_v1"});
//   costs.totals.at("macs");  // 568740352
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace archcost::api {

/// Bad input: what() has the place, what is wrong and what would have worked.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A network. `settings` are "alpha=0.5" or "widths=[24,48]"; `rewrites` are "separable" or
/// "se:reduction=8".
struct NetworkRequest {
  std::string spec;  ///< a shipped spec, a preset, or a file: YAML or ONNX
  std::vector<std::string> settings = {};
  std::vector<std::string> rewrites = {};
  std::array<std::int64_t, 3> input = {};  ///< channels, height, width; 0: the spec's
  std::int64_t batch = 1;
};

/// Costs by their names, as in the JSON of `archcost analyze`: params, macs, bias_adds, ...;
/// numbers of elements and operations.
using Costs = std::map<std::string, std::int64_t>;

struct LayerCosts {
  std::string name;                         ///< "block1.depthwise.conv"
  std::string kind;                         ///< "conv"
  std::array<std::int64_t, 3> output = {};  ///< channels, height, width, of one image
  Costs costs;
};

struct NetworkCosts {
  std::string name;
  std::array<std::int64_t, 3> input = {};
  Costs totals;  ///< those of the layers, and flops, weight_bytes (f32), peak_memory
  std::vector<LayerCosts> layers;  ///< in the order of execution
};

/// Counts a network. Throws Error.
NetworkCosts costs_of(const NetworkRequest& request);

/// The shipped specs. Throws Error where their folder is not found.
std::vector<std::string> spec_names();

/// Where the shipped specs are. $ARCHCOST_SPECS goes before it. find_package(archcost) sets
/// ARCHCOST_SPECS_FOLDER, which is used without a call; not thread-safe.
void use_specs(const std::string& folder);

}  // namespace archcost::api

#ifdef ARCHCOST_SPECS_FOLDER
namespace archcost::api::detail {
inline const bool specs_are_known = (use_specs(ARCHCOST_SPECS_FOLDER), true);
}  // namespace archcost::api::detail
#endif
