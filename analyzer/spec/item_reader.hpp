// SPDX-License-Identifier: Apache-2.0
// Reading lists of layers: items, groups, branches.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {

/// The items of a list of layers; `what` names the list in messages. `blocks` maps the names of the
/// blocks that can be used to their indices in `signatures`.
std::vector<Item> read_items(FieldReader& fields, const std::map<std::string, int>& blocks,
                             const std::vector<BlockSpec>& signatures, const YamlNode& node,
                             std::string_view what);

}  // namespace archcost::spec
