// SPDX-License-Identifier: Apache-2.0
// The rows of a sweep as columns of NumPy: parameters, then costs.
#pragma once

#include <string>
#include <vector>

#include "search/sweep/column_files.hpp"
#include "search/sweep/sweep_run.hpp"

namespace archcost::tables {

/// Parameters whose values are numbers are doubles, others are texts; whole costs are 64-bit
/// integers, other costs, and those that some rows have no figure for, are doubles.
class SweepColumnWriter {
 public:
  explicit SweepColumnWriter(const std::vector<sweep::SweepJob>& jobs);
  const std::vector<sweep::ColumnType>& columns() const { return columns_; }
  /// The values of some points that have rows: all of the first column, then all of the second ...
  std::string blocks(const sweep::SweepJob& job, const engine::SweepRows& rows) const;

 private:
  void add_parameters();
  void add_costs();

  const std::vector<sweep::SweepJob>* jobs_;
  std::vector<sweep::ColumnType> columns_;
  std::vector<std::string>
      labels_;  ///< of the jobs, as values of the column "spec", if there is one
  std::vector<std::string> params_;
  /// By job, parameter, value: its bytes. One value where the job does not vary the parameter.
  std::vector<std::vector<std::vector<std::string>>> values_;
};

}  // namespace archcost::tables
