// SPDX-License-Identifier: Apache-2.0
// Published accuracies of a family: which settings of a spec reached which top-1 accuracy on
// ImageNet, under one training recipe. Figures of different recipes are never put into one table.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/rational.hpp"
#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::accuracy {

struct AccuracyRow {
  std::string name;                 ///< for people: "alpha=0.5 rho=4/7", or the preset
  graph::BuildOptions at;           ///< preset and settings, as they are written
  std::vector<spec::Value> values;  ///< of all parameters, in the order of spec.main().params
  Rational top1;                    ///< in percent, as printed
  Rational unit;                    ///< of the last printed digit: 0.1 for 70.9
};

/// Rows differ in their values: one figure for each network.
struct AccuracyTable {
  std::string family;  ///< the spec's name
  std::string recipe;  ///< "slim"; of a person's own table what the file is called
  std::string source;  ///< what the rows name as source, joined by "; "
  std::vector<AccuracyRow> rows;
  /// Indices of the parameters that some row sets and in which rows differ, in the order of the
  /// spec.
  std::vector<std::size_t> varied;
};

/// The tables that a spec carries: rows with a `top1` of its sections `published` and `accuracy`,
/// by their `recipe` (without one: by their source), in the order of first appearance. Of rows that
/// describe the same network the first counts. Throws Error for a row whose parameters can't be
/// bound.
std::vector<AccuracyTable> accuracy_tables(const spec::ArchSpec& spec);

/// The table of that recipe. Throws Error when there is none.
const AccuracyTable& table_of(const std::vector<AccuracyTable>& tables, const std::string& recipe);

/// A table of one's own. The first line names columns: parameters of the spec, `preset`, and
/// `accuracy` or `top1`, in percent; a cell is a value as --set takes it, an empty one leaves what
/// holds without it. Lines that start with '#' and empty ones are skipped; cells with commas stand
/// in double quotes. Preset and settings of `base` hold for all rows, the cells' go before them.
/// `name` is what messages call the text. Throws Error with every mistake found: place, what is
/// wrong, what would have worked.
AccuracyTable read_accuracy_csv(const spec::ArchSpec& spec, const graph::BuildOptions& base,
                                const std::string& name, const std::string& text);

/// All that estimates by it depend on, as a text for sweep::fingerprint().
std::string identity(const AccuracyTable& table);

/// The values of all parameters, in the order of spec.main().params. Throws Error as binding does.
std::vector<spec::Value> values_of(const spec::ArchSpec& spec, const graph::BuildOptions& options);
/// Whether values of all parameters, neutral ones apart, are the same.
bool same_accuracy(const spec::ArchSpec& spec, std::span<const spec::Value> a,
                   std::span<const spec::Value> b);

/// Fills in what follows from the rows' options and figures: their values, and `varied`. Throws
/// Error for a row whose parameters can't be bound.
void bind_rows(const spec::ArchSpec& spec, AccuracyTable& table);

}  // namespace archcost::accuracy
