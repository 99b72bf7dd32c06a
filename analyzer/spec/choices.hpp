// SPDX-License-Identifier: Apache-2.0
// What values a parameter or argument may have.
#pragma once

#include <optional>
#include <string>

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Why a value isn't allowed ("must be 1, 2 or 4, not 3"), or nothing. Each element of a list is
/// checked.
std::optional<std::string> check_choice(const List& choices, const std::optional<Number>& min,
                                        const std::optional<Number>& max, const Value& value);

/// The same for a value that a parameter is set to; it must also be of the default's type.
/// `fallback` is the default's value, null where it isn't known: then a default written as a plain
/// number, word or list tells the type.
std::optional<std::string> check_param(const ParamSpec& param, const Value& value,
                                       const Value* fallback = nullptr);

}  // namespace archcost::spec
