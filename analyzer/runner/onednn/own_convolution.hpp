// A convolution of our own for shapes that the library only has its reference kernel for.
#pragma once

#include "runner/onednn/kernel.hpp"

namespace archcost {

/// Any convolution or transposed convolution, channels last.
Option own_convolution_option(const StepTask& task, const WindowProblem& window);

}  // namespace archcost
