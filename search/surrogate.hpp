// What accuracy a network of a family has, judged by the family's published figures.
//
// Networks of one table are compared in the logarithms of the numbers that the table varies (log α,
// log ρ). Among a few polynomials of these the one with the smallest leave-one-out error is taken:
// each row is predicted from all others, and the root mean square of the misses is the error that
// every estimate carries. There is no estimate outside the convex hull of the rows, nor for
// networks that differ from the table in anything else.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/build.hpp"
#include "search/accuracy_table.hpp"
#include "search/sweep_space.hpp"

namespace archcost {

struct AccuracyEstimate {
  enum class Kind : std::uint8_t {
    kPublished,  ///< the figure of a row, exactly this network
    kEstimated,
    kOutside,   ///< of the rows' hull
    kOther,     ///< differs from the rows in a parameter that they don't vary
    kTooFew,    ///< too few rows for any fit
    kUnstable,  ///< no fit predicts rows better than their mean does
  };
  Kind kind = Kind::kOutside;
  double top1 = 0;     ///< percent; 0 when there is none
  double error = 0;    ///< leave-one-out RMSE in points; of a published figure half its last digit
  int parameter = -1;  ///< of kOther: index in spec.main().params

  bool has_value() const { return kind == Kind::kPublished || kind == Kind::kEstimated; }
};

/// Rows that have the same words, lists and zeros are fitted together: a slice of the table.
struct AccuracySlice {
  std::vector<std::size_t> rows;      ///< of the table
  std::vector<std::size_t> features;  ///< parameters whose logarithms count, of the spec
  std::string form;  ///< "1 + a + r + a² + r²" in the parameters' names; empty: no fit
  int terms = 0;
  double rmse = 0;       ///< leave-one-out, in points
  double worst = 0;      ///< the largest miss of a row
  double mean_rmse = 0;  ///< the same when each row is predicted by the mean of the others
};

/// Immutable; may be used by many threads. The spec must outlive it.
class AccuracyModel {
 public:
  AccuracyModel(const ArchSpec& spec, AccuracyTable table);

  const AccuracyTable& table() const { return table_; }
  const std::vector<AccuracySlice>& slices() const { return slices_; }
  /// RMSE of leave-one-out over all rows that belong to a fit; nothing without a fit.
  std::optional<double> rmse() const;

  /// Of the network that `options` describe. Throws Error where parameters can't be bound.
  AccuracyEstimate estimate(const BuildOptions& options) const;
  /// The same for the values of all parameters, in the order of spec.main().params.
  AccuracyEstimate estimate(std::span<const Value> values) const;
  /// Why there is no estimate, for people; or what stands behind one: "published", "estimated from
  /// 16 models, ± 0.20".
  std::string describe(const AccuracyEstimate& estimate) const;

 private:
  struct Fit;
  AccuracyEstimate estimate(std::span<const Value> values, bool input_is_own) const;

  const ArchSpec* spec_;
  AccuracyTable table_;
  std::vector<AccuracySlice> slices_;
  std::vector<std::shared_ptr<const Fit>> fits_;  // by slice
};

/// Estimates at the points of a space, each combination that matters computed once. Not for two
/// threads at a time.
class AccuracyOnSpace {
 public:
  AccuracyOnSpace(const AccuracyModel& model, const ArchSpec& spec, BuildOptions options,
                  const SweepSpace& space);
  /// `indices`: of each axis's value.
  const AccuracyEstimate& at(std::span<const std::size_t> indices);
  const AccuracyEstimate& at(std::uint64_t point);

 private:
  const AccuracyModel* model_;
  const ArchSpec* spec_;
  BuildOptions options_;
  const SweepSpace* space_;
  std::vector<std::size_t> strides_;
  std::vector<AccuracyEstimate> known_;  // by combination of the values
  std::vector<bool> asked_;
};

/// How much the published figures of one network differ between recipes: the standard deviation
/// over the shipped tables, in points (a test computes it again).
constexpr double kRecipeSpread = 0;  // filled in with the tables

/// Whether a difference says something: it is above the sum of the two errors, and for figures of
/// different recipes above kRecipeSpread too.
bool can_tell_apart(const AccuracyEstimate& a, const AccuracyEstimate& b, bool same_recipe);

}  // namespace archcost
