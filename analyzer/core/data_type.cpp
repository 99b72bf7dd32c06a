// SPDX-License-Identifier: Apache-2.0
#include "core/data_type.hpp"

#include <fmt/core.h>

#include <array>

#include "core/text.hpp"

namespace archcost {
namespace {

struct Row {
  DataType type;
  std::string_view name;
  int bits;
};
constexpr auto kTypes = std::to_array<Row>({{DataType::kF32, "f32", 32},
                                            {DataType::kF16, "f16", 16},
                                            {DataType::kBf16, "bf16", 16},
                                            {DataType::kInt8, "int8", 8},
                                            {DataType::kInt4, "int4", 4}});

const Row& row_of(DataType type) { return kTypes[static_cast<std::size_t>(type)]; }

}  // namespace

std::string_view name_of(DataType type) { return row_of(type).name; }

std::optional<DataType> find_data_type(std::string_view name) {
  const Row* row = find_named(kTypes, name);
  return row == nullptr ? std::nullopt : std::optional(row->type);
}

std::vector<std::string> data_type_names() { return names_of(kTypes); }

Count bytes_of(Count numbers, DataType type) {
  const int bits = row_of(type).bits;  // whole bytes stay a product, which adds up over layers
  return bits % 8 == 0 ? numbers * Count(bits / 8) : div_ceil(numbers * Count(bits), Count(8));
}

std::string describe(const DataTypes& types) {
  if (types.weights == types.activations) return std::string(name_of(types.weights));
  return fmt::format("{} weights, {} activations", name_of(types.weights),
                     name_of(types.activations));
}

}  // namespace archcost
