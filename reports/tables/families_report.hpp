// SPDX-License-Identifier: Apache-2.0
// All families of specs with what they cost.
#pragma once

#include <string>

#include "reports/tables/names.hpp"
#include "spec/library.hpp"

namespace archcost::tables {

/// A row for each shipped spec and each of its presets: parameters, multiply-adds, input, source.
Document families_report(const spec::SpecLibrary& library);
/// The same for machines: spec or preset, family, params, macs, input, source.
Document families_data(const spec::SpecLibrary& library);
std::string families_json(const spec::SpecLibrary& library);

/// The shipped specs with their sources, then the presets of each; nothing is counted.
Document specs_report(const spec::SpecLibrary& library);
std::string specs_json(const spec::SpecLibrary& library);

}  // namespace archcost::tables
