// SPDX-License-Identifier: Apache-2.0
// Names of modules in published implementations, so that their weights are loaded by name.
#pragma once

#include <string_view>

namespace archcost::exporter {

/// Python: NAMES, patterns of the paths of a network's modules and functions that give
/// torchvision's names; empty where the spec of that name has no such implementation.
std::string_view reference_names(std::string_view spec);
/// Python: the function reference_keys, which uses NAMES.
extern const std::string_view kReferenceKeys;
/// Python: the network's method state_dict, which gives tensors under these names.
extern const std::string_view kReferenceStateDict;

}  // namespace archcost::exporter
