// SPDX-License-Identifier: Apache-2.0
// Random specs for property tests: every seed gives the same one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace archcost::test {

/// A valid spec with parameters alpha, rho, deep (0 switches items off) and times (of repeats):
/// convolutions plain, depthwise and grouped, norms, activations, pools, residual and concatenated
/// branches, repeats, switched items.
std::string random_spec(std::uint32_t seed);
/// The same, where `next` gives each choice as any number.
std::string chosen_spec(const std::function<std::uint32_t()>& next);

}  // namespace archcost::test
