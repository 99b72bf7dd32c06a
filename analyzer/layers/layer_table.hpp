// SPDX-License-Identifier: Apache-2.0
// All kinds of layer.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/layer_kind.hpp"

namespace archcost::layers {

/// Every kind, in the order in which help and schema show them.
std::span<const LayerKind* const> layer_table();
/// The kind of that name, or null.
const LayerKind* find_kind(std::string_view name);
const std::vector<std::string>& kind_names();

/// The index of the attribute of that name, or -1.
int find_attribute(const LayerKind& kind, std::string_view name);

}  // namespace archcost::layers
