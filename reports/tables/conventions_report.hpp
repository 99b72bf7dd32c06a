// SPDX-License-Identifier: Apache-2.0
// One network under every counting convention, and the difference between two of them by cause.
#pragma once

#include <string>

#include "cost/conventions.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

/// A row for each convention: its figure, the ratio to macs, what it counts.
Document conventions_report(const graph::Network& network);
std::string conventions_json(const graph::Network& network);

/// From one figure to another, cause by cause, adding up exactly.
Document difference_report(const graph::Network& network, const cost::Convention& from,
                           const cost::Convention& to);
/// The same for machines: cause, difference, from, to, as raw numbers; the last row, "total", has
/// the whole figures.
Document difference_data(const graph::Network& network, const cost::Convention& from,
                         const cost::Convention& to);
std::string difference_json(const graph::Network& network, const cost::Convention& from,
                            const cost::Convention& to);

/// The rules and source of every convention, without a network.
Document convention_rules();
/// The same for machines, a row each.
Document convention_rules_data();
std::string convention_rules_json();

}  // namespace archcost::tables
