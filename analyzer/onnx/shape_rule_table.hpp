// SPDX-License-Identifier: Apache-2.0
// The rows of the files that hold shape rules.
#pragma once

#include <span>

#include "onnx/shape_rules.hpp"

namespace archcost::onnx {

using ShapeRule = std::vector<Output> (*)(const NodeView&);

struct ShapeRuleRow {
  std::string_view type;
  ShapeRule rule;
};

std::span<const ShapeRuleRow> window_rules();
std::span<const ShapeRuleRow> product_rules();
std::span<const ShapeRuleRow> move_rules();
std::span<const ShapeRuleRow> resize_rules();

}  // namespace archcost::onnx
