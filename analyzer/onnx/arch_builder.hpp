// SPDX-License-Identifier: Apache-2.0
// From layers to a spec: groups by the modules' names, references, parameters.
#pragma once

#include <string>

#include "onnx/draft.hpp"
#include "onnx/folded_graph.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::onnx {

/// A spec with the parameters `alpha`, `rho`, `widths` and `divisor`, names resolved. `file` is
/// what messages call it; line k of its text stands for node k of the graph. Throws Error.
spec::ArchSpec build_arch(const FoldedGraph& graph, const Draft& draft, const std::string& name,
                          const std::string& file);

}  // namespace archcost::onnx
