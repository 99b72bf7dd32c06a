// SPDX-License-Identifier: Apache-2.0
// A network as one class with a module for each layer, for these values of the parameters.
#pragma once

#include <string>

#include "exporter/torch_items.hpp"
#include "graph/network.hpp"

namespace archcost::exporter {

/// The class `name`. Every layer has a row with a module.
std::string flat_class(const graph::Network& network, const std::string& name, TorchUses& uses);

}  // namespace archcost::exporter
