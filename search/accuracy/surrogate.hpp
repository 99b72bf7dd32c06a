// SPDX-License-Identifier: Apache-2.0
// What accuracy a network of a family has, judged by the family's published figures.
//
// Networks of one table are compared in the logarithms of the numbers that the table varies (log α,
// log ρ). Among polynomials of up to second degree the one with the smallest leave-one-out error is
// taken, the one with fewest terms where several are about as good. There is no estimate outside
// the convex hull of the rows, nor for networks that differ from them in anything else.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/build.hpp"
#include "search/accuracy/accuracy_table.hpp"
#include "search/space/sweep_space.hpp"

namespace archcost::accuracy {

struct AccuracyEstimate {
  enum class Kind : std::uint8_t {
    kPublished,  ///< the figure of a row, exactly this network
    kEstimated,
    kOutside,  ///< of the rows' hull
    kOther,    ///< differs from the rows in a parameter that they don't vary, or in their input
    kTooFew,   ///< too few rows for a fit
  };
  Kind kind = Kind::kOutside;
  double top1 = 0;  ///< percent; 0 when there is none
  /// In points: the leave-one-out error (root mean square) of an estimate, half the last digit of a
  /// published figure.
  double error = 0;
  int parameter = -1;      ///< of kOther: index in spec.main().params; -1: the input
  std::size_t models = 0;  ///< that are fitted together, of kEstimated and kOutside
  /// Of kPublished: the table's row with other settings that build the same network; -1: the
  /// settings are those of a row.
  int row = -1;

  bool has_value() const { return kind == Kind::kPublished || kind == Kind::kEstimated; }
};

/// Rows that are fitted together: they have the same words, lists and zeros.
struct AccuracySlice {
  std::vector<std::size_t> rows;  ///< of the table
  std::string form;               ///< "ln α, ln ρ, ln² α", "mean"; empty: too few rows
  std::size_t terms = 0;          ///< with the constant
  /// Leave-one-out: each row is predicted from all others, the choice of the form included.
  double rmse = 0, worst = 0;
  double mean_rmse = 0;  ///< the same with the mean of the others as prediction
};

/// Immutable; may be used by many threads. The spec must outlive it.
class AccuracyModel {
 public:
  AccuracyModel(const spec::ArchSpec& spec, AccuracyTable table);

  const AccuracyTable& table() const { return table_; }
  /// In the order of their first rows.
  const std::vector<AccuracySlice>& slices() const { return slices_; }

  /// Of the network that `options` describe; `built` is that network, if it is there already. A
  /// network that is built with other settings than a row's, and is the row's network all the same
  /// (widths that round to the same numbers), has the row's figure. Throws Error where it can't be
  /// bound.
  AccuracyEstimate estimate(const graph::BuildOptions& options,
                            const graph::Network* built = nullptr) const;
  /// By settings alone: for the values of all parameters, in the order of spec.main().params, and
  /// the spec's own input.
  AccuracyEstimate estimate(std::span<const spec::Value> values) const;
  /// The figure of a row whose network this is; nothing if there is none.
  std::optional<AccuracyEstimate> published_as(const graph::Network& network) const;
  /// The network of a row, built when it is first asked for; null if it can't be built.
  const graph::Network* row_network(std::size_t row) const;
  /// Why there is no estimate, or what stands behind one, for people: "published, paper",
  /// "estimated from 16 models of slim, ± 0.20".
  std::string describe(const AccuracyEstimate& estimate) const;

 private:
  friend class AccuracyOnSpace;
  struct Fit;
  struct RowNetworks;
  AccuracyEstimate estimate_by_settings(const graph::BuildOptions& options) const;
  void sort_parameters();
  void fit(AccuracySlice& slice, std::vector<spec::Value> key);
  /// Whether the value of a parameter that isn't varied is that of the rows.
  bool agrees(std::size_t parameter, const spec::Value& value) const;
  AccuracyEstimate unlike(std::span<const spec::Value> values) const;
  bool derived_agree(std::span<const spec::Value> values, int& parameter) const;

  const spec::ArchSpec* spec_;
  AccuracyTable table_;
  std::vector<std::size_t> features_;  // varied: positive numbers in all rows
  std::vector<std::size_t> keys_;      // the other varied ones
  std::vector<std::size_t> derived_;   // differ between rows, but no row sets them
  std::vector<AccuracySlice> slices_;
  std::vector<std::shared_ptr<const Fit>> fits_;  // by slice
  std::shared_ptr<RowNetworks> row_networks_;
};

/// Estimates by settings at the points of a space, without a look at the networks (published_as());
/// combinations of what the table varies are computed once. Not for two threads at a time. All that
/// it is given must outlive it.
class AccuracyOnSpace {
 public:
  AccuracyOnSpace(const AccuracyModel& model, const spec::ArchSpec& spec,
                  graph::BuildOptions options, const space::SweepSpace& space);
  /// `indices`: of each axis's value.
  AccuracyEstimate at(std::span<const std::size_t> indices);

 private:
  AccuracyEstimate compute(std::span<const std::size_t> indices) const;

  const AccuracyModel* model_;
  graph::BuildOptions options_;
  const space::SweepSpace* space_;
  /// By axis: 0 for one on which no accuracy depends as long as its value is that of the rows.
  std::vector<std::size_t> strides_;
  std::vector<std::vector<bool>> agrees_;  // by axis and value; empty: the axis has a stride
  std::vector<int> parameters_;            // by axis
  std::vector<std::optional<AccuracyEstimate>> known_;
};

/// How much the published figures of one network differ between recipes, over the tables that ship:
/// their standard deviation, in points. A test computes it again.
constexpr double kRecipeSpread = 0.51;

/// Whether a difference of two accuracies says something: it is larger than the sum of their
/// errors, to each of which kRecipeSpread is added where the recipes differ.
bool can_tell_apart(const AccuracyEstimate& a, const AccuracyEstimate& b, bool same_recipe);

}  // namespace archcost::accuracy
