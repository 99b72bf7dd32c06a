// SPDX-License-Identifier: Apache-2.0
// A spec as YAML: reading the text gives the same spec.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// `comments` are written at the top, one a line. What the spec includes is written into it: see
/// inline_includes().
std::string write_spec(const ArchSpec& spec, const std::vector<std::string>& comments = {});

/// The spec as one network: parameters have these defaults; presets, published figures,
/// accuracies and the search, which are about other settings, are left out.
ArchSpec with_defaults(ArchSpec spec, const std::map<std::string, Value>& values);

}  // namespace archcost::spec
