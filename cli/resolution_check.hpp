// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::cli {

/// Warns where a parameter sets an ONNX file's input to another size, and the file read at that
/// size has other costs: layers that move numbers, as slices, have the sizes of the file.
/// `settings` are looked at one by one, each with `options`.
void warn_of_fixed_sizes(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                         const std::vector<graph::ParameterSetting>& settings);

}  // namespace archcost::cli
