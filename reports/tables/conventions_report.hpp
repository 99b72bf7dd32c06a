// SPDX-License-Identifier: Apache-2.0
// One network under every counting convention, and the difference between two of them by cause.
#pragma once

#include <string>

#include "cost/conventions.hpp"
#include "reports/document/table.hpp"

namespace archcost {

/// A row for each convention: its figure, the ratio to macs, what it counts.
Document conventions_report(const Network& network);
std::string conventions_json(const Network& network);

/// From one figure to another, cause by cause, adding up exactly.
Document difference_report(const Network& network, const Convention& from, const Convention& to);
/// The same for machines: cause, difference, from, to, as raw numbers; the last row, "total", has
/// the whole figures.
Document difference_data(const Network& network, const Convention& from, const Convention& to);
std::string difference_json(const Network& network, const Convention& from, const Convention& to);

/// The rules and source of every convention, without a network.
Document convention_rules();
/// The same for machines, a row each.
Document convention_rules_data();
std::string convention_rules_json();

}  // namespace archcost
