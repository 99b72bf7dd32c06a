// SPDX-License-Identifier: Apache-2.0
// Arrays from NumPy's files.
#pragma once

#include <filesystem>
#include <vector>

namespace archcost::test {

/// The numbers of a .npy file of version 1: little-endian float32, the last axis fastest. Throws
/// std::runtime_error for any other file. Format: numpy.lib.format.
std::vector<float> read_npy(const std::filesystem::path& path);

}  // namespace archcost::test
