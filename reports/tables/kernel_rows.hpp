// SPDX-License-Identifier: Apache-2.0
// Rows, columns and notes that the tables of measured and of predicted kernels share.
#pragma once

#include <set>

#include "reports/tables/kernel_tables.hpp"

namespace archcost::tables {

/// A row: a kernel, or several summed.
struct KernelRow {
  std::string name, what;
  int kernels = 0;
  double macs = 0, bytes = 0, seconds = 0, spread = 0, roof_seconds = 0;
  std::set<std::string> bounds, figures;
  std::vector<std::string> implementations, faults;  ///< in the order of first appearance

  bool ran() const { return seconds > 0 && faults.empty(); }
};

/// The rows of kernels, those of the same name summed.
std::vector<KernelRow> sum_by_name(const std::vector<KernelRow>& kernels);

/// The places of the rows that are shown, in their order. Throws Error for a column without an
/// order.
std::vector<std::size_t> order_of_rows(const std::vector<KernelRow>& rows,
                                       const KernelOrder& order);
/// The same as rows; the others are summed in a last one, "12 others".
std::vector<KernelRow> ordered_rows(std::vector<KernelRow> rows, const KernelOrder& order);

struct ShownColumn {
  std::string_view key;
  int expendable = 0;
};
/// The columns for each row and the total, which the last row shows. The first column and the
/// second one, kinds or numbers of kernels, depend on the grouping.
Table kernel_table(std::vector<KernelRow> rows, KernelRow total, cost::Grouping grouping,
                   const std::vector<ShownColumn>& columns);
/// The sum of all rows, named "total" or "total (incomplete)".
KernelRow total_of(const std::vector<KernelRow>& rows, bool complete);

/// How much of a time is not the library's optimised code.
struct OriginSeconds {
  double all = 0, reference = 0, plain_loops = 0;

  void add(plan::KernelOrigin origin, double seconds);
  /// "0.4 % of the time in reference kernels of the library, 0.0 % in plain loops of archcost".
  std::string note() const;
};

}  // namespace archcost::tables
