// SPDX-License-Identifier: Apache-2.0
// The names of costs, written once: JSON keys, table columns, published figures, limits and
// objectives all read these rows.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/cost.hpp"

namespace archcost {

enum class Unit { kCount, kBytes, kSeconds, kPercent };

struct CostName {
  std::string_view name;   ///< "bias_adds"
  std::string_view title;  ///< for people: "bias adds"
  Unit unit;
  std::string_view help;
  Count LayerCost::*counter = nullptr;  ///< where a layer's value stands, if it is a plain counter
};

std::span<const CostName> glossary();
const CostName* find_cost_name(std::string_view name);
std::vector<std::string> cost_names();

}  // namespace archcost
