// SPDX-License-Identifier: Apache-2.0
// Limits and whether networks meet them: one row a limit.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/rational.hpp"
#include "reports/document/table.hpp"

namespace archcost::tables {

enum class Verdict : std::uint8_t {
  kMet,
  kExceeded,
  kUnknown,  ///< a cost that it asks for has no figure
};

/// "met", "EXCEEDED" or "UNKNOWN".
std::string_view name_of(Verdict verdict);

struct CheckedLimit {
  std::string text;   ///< "macs <= 300M"
  std::string costs;  ///< what it asks for, as computed: "macs 300,774,272", or why it is unknown
  /// Of an exceeded comparison of costs: the distance of its sides in percent of the right one; 0:
  /// there is none.
  double missed_percent = 0;
  std::vector<std::pair<std::string, Rational>> values;  ///< the same as numbers
  Verdict verdict = Verdict::kMet;
};

struct LimitCheck {
  std::string network;  ///< name and settings
  std::vector<CheckedLimit> limits;
  std::vector<std::string> notes;
  /// Why the network could not be opened, built or checked; empty: it was. Then there are no
  /// limits.
  std::string error;
  std::string details;  ///< all of its messages, with the lines of the file
};

/// Limits with that verdict.
std::size_t count(const std::vector<LimitCheck>& checks, Verdict verdict);

/// All are of one or more networks. Several networks have a column of their own. A network with an
/// error is a row with the verdict ERROR.
document::Document check_report(const std::vector<LimitCheck>& checks);
/// An object for one network; for several "met" and "networks", a list of these objects.
std::string check_json(const std::vector<LimitCheck>& checks);
/// <testsuites> with the totals and a test suite for each network with a test for each limit, in
/// the XML that continuous integration reads. A network with an error has one test, "network", with
/// that error. Class names have '_' in place of '.', where Jenkins would begin a package.
std::string check_junit(const std::vector<LimitCheck>& checks);

}  // namespace archcost::tables
