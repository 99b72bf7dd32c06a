// SPDX-License-Identifier: Apache-2.0
// The results of sweeps: rows of data in a stream, tables for terminals; scaling laws.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/tables/names.hpp"
#include "search/sweep/scaling_laws.hpp"
#include "search/sweep/sweep_run.hpp"

namespace archcost::tables {

/// kJson: an array, written as it comes.
enum class RowFormat { kCsv, kJsonLines, kJson };
/// Of csv, jsonl and json; nothing for tables.
std::optional<RowFormat> row_format(std::string_view format);

/// One row of a table.
struct SweepRow {
  std::size_t job = 0;
  std::uint64_t point = 0;
  std::vector<std::int64_t> costs;
  std::int64_t key = 0;  ///< that rows are sorted by
};

/// Texts of the axes' values, made once for all rows.
class SweepRowWriter {
 public:
  SweepRowWriter(const std::vector<sweep::SweepJob>& jobs, RowFormat format);
  /// "spec,alpha,rho,params,macs\n"; "[" for JSON; empty for JSON lines.
  std::string header() const;
  /// What follows the last row.
  std::string footer() const { return format_ == RowFormat::kJson ? "\n]\n" : ""; }
  /// The rows of some points, a line each. In JSON each row begins with ",\n".
  std::string lines(const sweep::SweepJob& job, const engine::SweepRows& rows) const;
  std::string line(const sweep::SweepJob& job, const SweepRow& row) const;

 private:
  RowFormat format_;
  const std::vector<sweep::SweepJob>* jobs_;
  std::vector<std::string> params_;  // of all jobs, in the order of first appearance
  std::vector<std::vector<std::vector<std::string>>> prefixes_;  // by job, axis, value
};

struct SweepSummary {
  std::uint64_t points = 0, rows = 0, filtered = 0, unbuildable = 0;
  std::uint64_t shown = 0;    ///< rows after --top
  std::uint64_t missing = 0;  ///< rows without one of their figures
  /// By job: why points can't be built, and why figures are missing.
  std::vector<engine::SweepFailures> failures, missing_why;
  std::vector<std::string> notes;  ///< where figures come from
};

/// "alpha=0.5" of each.
std::vector<std::string> setting_texts(const std::vector<graph::ParameterSetting>& settings);

/// Counts what became of the points.
void add_chunk(SweepSummary& summary, std::size_t jobs, const sweep::SweepChunk& chunk);

Document sweep_report(const std::vector<sweep::SweepJob>& jobs, const std::vector<SweepRow>& rows,
                      const SweepSummary& summary);
/// What became of the points that have no row, one a line: "12 of 400 combinations can't be built:
/// ...".
std::vector<std::string> summary_lines(const std::vector<sweep::SweepJob>& jobs,
                                       const SweepSummary& summary);

/// As a table; says why if there is no law.
Section laws_section(const sweep::SweepJob& job, const std::vector<sweep::ScalingLaw>& laws);

/// For machines: a line for each exponent,
/// "spec,cost,param,exponent,error,points,worst_ratio,claim, source" or an object with these keys.
/// The header is only in CSV.
std::string laws_header(RowFormat format);
std::string laws_lines(const sweep::SweepJob& job, const std::vector<sweep::ScalingLaw>& laws,
                       RowFormat format);

}  // namespace archcost::tables
