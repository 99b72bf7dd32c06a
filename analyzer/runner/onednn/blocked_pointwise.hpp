// 1x1 convolutions of our own on blocked tensors.
#pragma once

#include "runner/onednn/kernel.hpp"

namespace archcost {

/// True for 1x1 convolutions of one group, unpadded, with blocked input and output.
bool is_blocked_pointwise(const WindowProblem& window, const Context& context);

/// A product of matrices, with bias, sum and clip on the way.
Option blocked_pointwise_option(const StepTask& task, const WindowProblem& window);

}  // namespace archcost
