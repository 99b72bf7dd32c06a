// SPDX-License-Identifier: Apache-2.0
// Limits and whether a network meets them: one row a limit.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/document/table.hpp"

namespace archcost::tables {

struct CheckedLimit {
  std::string text;   ///< "macs <= 300M"
  std::string costs;  ///< what it asks for, as computed: "macs 300,774,272"
  std::vector<std::pair<std::string, double>> values;  ///< the same as numbers
  bool met = false;
};

struct LimitCheck {
  std::string network;  ///< name and settings
  std::vector<CheckedLimit> limits;
  std::vector<std::string> notes;
};

document::Document check_report(const LimitCheck& check);
std::string check_json(const LimitCheck& check);
/// A test suite with a test for each limit, in the XML that continuous integration reads.
std::string check_junit(const LimitCheck& check);

}  // namespace archcost::tables
