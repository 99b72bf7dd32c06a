// Grouped 1x1 convolutions of our own: the library has no fast kernel for many of their shapes.
#pragma once

#include "runner/onednn/kernel.hpp"

namespace archcost {

/// True for 1x1 convolutions of several groups with more than one channel each, stride 1, unpadded.
bool is_grouped_pointwise(const WindowProblem& window);

/// Channels last; a product of matrices for each group, in tiles that stay in registers.
Option grouped_pointwise_option(const StepTask& task, const WindowProblem& window);

}  // namespace archcost
