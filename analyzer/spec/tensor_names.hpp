// SPDX-License-Identifier: Apache-2.0
// The names of the tensors that blocks and groups take and give.
#pragma once

#include <string>
#include <vector>

#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"

namespace archcost::spec {

/// The keys `inputs` and `outputs` of a block or group, where they are written.
TensorNames read_tensor_names(FieldReader& fields, const YamlNode& map, std::string_view subject);
/// References under one key: a name or a list of names.
std::vector<Reference> read_references(FieldReader& fields, const YamlNode& node,
                                       std::string_view key);
/// Reports items whose label is the name of an input of their list.
void check_labels(FieldReader& fields, const TensorNames& tensors, const std::vector<Item>& layers);

/// Inputs that neither an item nor an output nor a value uses.
std::vector<std::string> unused_inputs(const TensorNames& tensors, const std::vector<Item>& layers,
                                       const std::vector<NamedExpression>& lets);

}  // namespace archcost::spec
