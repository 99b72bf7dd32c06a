// SPDX-License-Identifier: Apache-2.0
// Binding: parameters to values, a layer's arguments to its attributes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/build.hpp"

namespace archcost::graph {

/// The parameters of every file of the spec; the main file's as set from outside. Throws Error for
/// values that a parameter doesn't allow.
std::vector<spec::FileValues> bind_parameters(const spec::ArchSpec& spec,
                                              const BuildOptions& options);

/// A mistake in an attribute. `fixable` marks the ones that another value of a parameter would
/// correct.
struct AttributeFault {
  SourceRef where;
  std::string message;
  bool fixable = false;
};

/// Evaluates the arguments of a layer into its flat attribute arrays. False when a value isn't
/// known because of a mistake elsewhere, or is wrong: then there are faults.
bool bind_attributes(const layers::LayerKind& kind,
                     const std::vector<spec::NamedExpression>& arguments,
                     const spec::Environment& environment, Layer& layer,
                     std::vector<AttributeFault>& faults);

/// The values of the names in an expression: "alpha = 0.33, out = 32"; empty without names.
std::string show_names(const spec::Expression& expression, const spec::Environment& environment);

}  // namespace archcost::graph
