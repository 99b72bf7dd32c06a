// SPDX-License-Identifier: Apache-2.0
// Checks of option values, with messages that say what would have been right.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace archcost::cli {

/// One of these words, with '-' or '_' in it; else the error lists them and names the nearest.
CLI::Validator one_of(std::vector<std::string> words);
/// A whole number of at least 1.
CLI::Validator at_least_one();
/// A finite number above 0.
CLI::Validator above_zero();

}  // namespace archcost::cli
