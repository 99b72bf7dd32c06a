// SPDX-License-Identifier: Apache-2.0
// JSON of the library nlohmann-json as text, whatever its texts hold.
#pragma once

#include <string>

namespace archcost {

/// One line. Bytes that are no UTF-8, for which dump() alone throws, become U+FFFD.
template <class Json>
std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace archcost
