// SPDX-License-Identifier: Apache-2.0
// One network under every counting convention, and the difference between two of them by cause.
#pragma once

#include <string>

#include "cost/conventions.hpp"
#include "reports/document/table.hpp"

namespace archcost::tables {

/// A row for each convention: its figure, the ratio to macs, what it counts. `printed`: a figure as
/// it is printed somewhere ("407M"; empty: none), of which a note says what gives it or comes
/// nearest.
document::Document conventions_report(const graph::Network& network,
                                      const std::string& printed = {});
std::string conventions_json(const graph::Network& network);

/// From one figure to another, cause by cause, adding up exactly.
document::Document difference_report(const graph::Network& network, const cost::Convention& from,
                                     const cost::Convention& to);
/// The same for machines: cause, difference, from, to, as raw numbers; the last row, "total", has
/// the whole figures.
document::Document difference_data(const graph::Network& network, const cost::Convention& from,
                                   const cost::Convention& to);
std::string difference_json(const graph::Network& network, const cost::Convention& from,
                            const cost::Convention& to);

/// The rules and source of every convention, without a network.
document::Document convention_rules();
/// The same for machines, a row each.
document::Document convention_rules_data();
std::string convention_rules_json();

}  // namespace archcost::tables
