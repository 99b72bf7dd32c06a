// SPDX-License-Identifier: Apache-2.0
// The count `i` of an item whose `repeat` uses that of the repeat around it.
#pragma once

#include "core/diagnostic.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// Adds a diagnostic where such an item, or what it contains, uses its own count by the same name.
void check_own_round(const Item& item, DiagnosticList& diagnostics);

}  // namespace archcost::spec
