// 3x3 convolutions by Winograd's minimal filtering, of our own: for CPUs for which the library has
// none, and faster where it has one. Source: Lavin, Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2015, sections 3 and 4.
#pragma once

#include "runner/onednn/kernel.hpp"

namespace archcost {

/// True for 3x3 convolutions of one group with stride and dilation 1.
bool can_be_winograd(const WindowProblem& window);

/// Outputs made in squares of 2x2 and of 4x4: with 2.25 and 4 times fewer multiplications, and
/// coarser rounding. Empty where input or output can't be blocked.
std::vector<Option> winograd_options(const StepTask& task, const WindowProblem& window);

}  // namespace archcost
