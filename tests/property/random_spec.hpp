// Random specs for property tests: every seed gives the same one.
#pragma once

#include <random>
#include <string>

namespace archcost::test {

/// A valid spec with parameters alpha and rho: convolutions plain, depthwise and grouped, norms,
/// activations, pools, residual and concatenated branches, repeats, switched items.
std::string random_spec(std::uint32_t seed);

}  // namespace archcost::test
