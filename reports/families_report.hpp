// All families of specs with what they cost.
#pragma once

#include "reports/table.hpp"
#include "spec/library.hpp"

namespace archcost {

/// A row for each shipped spec and each of its presets: parameters, multiply-adds, input, source.
Document families_report(const SpecLibrary& library);

}  // namespace archcost
