// SPDX-License-Identifier: Apache-2.0
// A bound network as JSON: what the program of the kernels and scripts beside it read.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "graph/network.hpp"

namespace archcost::runner {

/// {"name", "batch", "input": [c, h, w], "outputs": layers, "layers": [{"name", "kind", "inputs",
/// "weights_of": layer or null, "output": [c, h, w], "attributes": {...}, "numbers", "words",
/// "reals"}]}. `attributes` holds the same values by name, for people and scripts; reading goes by
/// the flat lists.
nlohmann::json to_json(const graph::Network& network);
/// Throws std::runtime_error for a kind that this version doesn't know,
/// nlohmann::json::exception for another shape.
graph::Network network_from_json(const nlohmann::json& json);

}  // namespace archcost::runner
