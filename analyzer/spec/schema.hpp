// SPDX-License-Identifier: Apache-2.0
// The spec language as a JSON schema, made from the layer table, so that editors complete and
// check.
#pragma once

#include <string>

namespace archcost::spec {

/// A JSON schema (draft 7) of spec files. It accepts every valid spec; blocks, being named by the
/// file itself, are accepted under any name.
std::string spec_schema();

}  // namespace archcost::spec
