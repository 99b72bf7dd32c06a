// SPDX-License-Identifier: Apache-2.0
// What the JSON forms of the tables share.
#pragma once

#include "reports/document/json.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

using document::Json, document::to_json;

}  // namespace archcost::tables
