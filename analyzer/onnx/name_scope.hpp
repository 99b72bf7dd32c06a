// SPDX-License-Identifier: Apache-2.0
// The names that the nodes of a graph see, and what graphs inside of nodes take from around them.
#pragma once

#include <functional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "onnx/folded_graph.hpp"

namespace archcost::onnx {

constexpr int kMostDepth = 32;  ///< functions and graphs inside each other

using Names = std::unordered_map<std::string_view, ValueId>;

/// The names that nodes of one graph or function see.
struct NameScope {
  Names names;
  const NameScope* around = nullptr;

  ValueId find(std::string_view name) const {
    for (const NameScope* scope = this; scope != nullptr; scope = scope->around) {
      if (const auto found = scope->names.find(name); found != scope->names.end())
        return found->second;
    }
    return kNone;
  }
};

/// The values that the graphs among a node's attributes take from around them. `count_node` is
/// called for each of their nodes. Throws Error for graphs that are nested too deep.
std::set<ValueId> captured_values(const std::vector<Attribute>& attributes, const NameScope& scope,
                                  const std::function<void()>& count_node);

}  // namespace archcost::onnx
