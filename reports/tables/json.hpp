// SPDX-License-Identifier: Apache-2.0
// What the JSON forms of the tables share.
#pragma once

#include "graph/network.hpp"
#include "reports/document/json.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

using document::Json, document::to_json;

/// As printed: two blanks for each level, and a line end. Bytes that are no UTF-8 are replaced.
inline std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}
/// {"channels", "height", "width"}.
inline Json shape_json(const TensorShape& shape) {
  return {{"channels", shape.channels}, {"height", shape.height}, {"width", shape.width}};
}
/// The values of the parameters by their names.
inline Json parameters_json(const graph::Network& network) {
  Json json = Json::object();
  for (const graph::Parameter& parameter : network.parameters)
    json[parameter.name] = to_json(parameter.value);
  return json;
}

}  // namespace archcost::tables
