// SPDX-License-Identifier: Apache-2.0
// Values, costs and shapes as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/cost.hpp"
#include "core/shape.hpp"
#include "reports/document/table.hpp"
#include "spec/value.hpp"

/// Counts are numbers of JSON.
template <>
struct nlohmann::adl_serializer<archcost::Count> {
  template <class Json>
  static void to_json(Json& json, archcost::Count count) {
    json = count.value();
  }
};

namespace archcost::document {

using Json = nlohmann::ordered_json;

/// Whole numbers as integers, others as the nearest double, words as strings, lists as arrays.
Json to_json(const spec::Value& value);
/// The same for CSV: 4/7 is 0.5714285714285714, which reads back as the same double.
std::string decimal_text(const spec::Value& value);
/// The value of a parameter: fractions as numbers with a text, words and lists as texts.
Cell value_cell(const spec::Value& value);
/// Every counter under its name.
Json to_json(const LayerCost& cost);
/// [N, C, H, W].
Json to_json(const TensorShape& shape, std::int64_t batch);

}  // namespace archcost::document
