// SPDX-License-Identifier: Apache-2.0
// Reading the sections that set parameters: presets, published figures, accuracies, the search.
#pragma once

#include <string>
#include <vector>

#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {

// The spec's parameters are read already.

void read_presets(FieldReader& fields, ArchSpec& spec, const YamlNode& node);
/// The rows of `published` or `accuracy`.
std::vector<PublishedRow> read_rows(FieldReader& fields, const ArchSpec& spec, const YamlNode& node,
                                    const std::string& section);
SearchSpec read_search(FieldReader& fields, const ArchSpec& spec, const YamlNode& node);

/// The `rewrite` section: names of rewrites, with settings or without.
std::vector<RewriteRequest> read_rewrites(FieldReader& fields, const YamlNode& node);

}  // namespace archcost::spec
