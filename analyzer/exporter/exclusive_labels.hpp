// SPDX-License-Identifier: Apache-2.0
// Labels of the items of a list, as an nn.Sequential has them.
#pragma once

#include <string>
#include <vector>

#include "spec/arch_spec.hpp"

namespace archcost::exporter {

/// The name, else the head; of activations the kind, or "act" where it is chosen by an argument.
std::string label_of_item(const spec::Item& item);
/// Equal labels are numbered, unless their conditions exclude each other, so that at most one of
/// them is there. Not yet names of attributes.
std::vector<std::string> numbered_labels(const std::vector<spec::Item>& items);
/// Whether a number behind the label needs a separator. The label is not empty.
bool ends_with_digit(const std::string& label);

}  // namespace archcost::exporter
