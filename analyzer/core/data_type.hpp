// SPDX-License-Identifier: Apache-2.0
// Data types of weights and activations, and the bytes they take.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/count.hpp"

namespace archcost {

enum class DataType { kF32, kF16, kBf16, kInt8, kInt4 };

std::string_view name_of(DataType type);
std::optional<DataType> find_data_type(std::string_view name);
std::vector<std::string> data_type_names();

/// Bytes of that many numbers; int4 packs two to a byte, an odd one takes a whole byte.
Count bytes_of(Count numbers, DataType type);

struct DataTypes {
  DataType weights = DataType::kF32;
  DataType activations = DataType::kF32;
};
/// "f32", or "int4 weights, int8 activations".
std::string describe(const DataTypes& types);

}  // namespace archcost
