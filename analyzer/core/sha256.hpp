// SPDX-License-Identifier: Apache-2.0
// SHA-256, so that a report can say which text it was made from, as sha256sum does.
#pragma once

#include <string>
#include <string_view>

namespace archcost {

/// 64 lower-case hexadecimal digits. Source: FIPS 180-4, section 6.2.
std::string sha256(std::string_view text);

}  // namespace archcost
