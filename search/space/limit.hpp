// SPDX-License-Identifier: Apache-2.0
// A limit of a search: a condition over parameters, costs and what else candidates have, and by how
// much a candidate misses it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "graph/build.hpp"
#include "search/space/quantity.hpp"
#include "search/space/sweep_space.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::space {

/// Where a limit is asked: the spec, what is set in it, what varies. All must outlive the limit.
struct LimitScope {
  const spec::ArchSpec* spec;
  const graph::BuildOptions* options;
  const SweepSpace* space;
  std::span<const Quantity> quantities;
};

/// A condition that has no answer for a point, as where it divides by zero.
struct Unanswered : Error {
  using Error::Error;
};

/// Its answers are remembered where only parameters count: one for each thread.
class Limit {
 public:
  /// "params <= 2M", "latency <= 5ms", "accuracy >= 70 and g != 3", over quantities. Throws Error.
  Limit(const LimitScope& scope, const std::string& text);
  /// A condition of the search's space, over parameters.
  Limit(const LimitScope& scope, spec::Expression condition);

  /// 0 where it holds; else how far the sides of its comparisons are apart, as a share of the
  /// right one, summed over what must hold together; 1 for what has no distance. Throws Unanswered
  /// for such points, and Error where it isn't a condition.
  double violation(std::span<const std::size_t> at, const double* values) const;
  const std::string& text() const { return condition_.text; }
  /// Quantities that it asks for.
  const std::vector<int>& asks() const { return asks_; }

 private:
  struct Step {
    spec::ExpressionOp op = spec::ExpressionOp::kNumber;
    double number = 0;
    int axis = -1, quantity = -1;
    int operands = 0;
  };
  void prepare(const LimitScope& scope);
  bool compile(int node, bool condition);
  bool compile_name(const spec::ExpressionNode& node);
  bool compile_call(const spec::ExpressionNode& node);
  void add_step(const Step& step);
  double value_of(const Step& step, std::span<const std::size_t> at, const double* values) const;
  double run(std::span<const std::size_t> at, const double* values, bool& close) const;
  double ask(std::span<const std::size_t> at, const double* values) const;

  const spec::ArchSpec* spec_;
  const graph::BuildOptions* options_;
  const SweepSpace* space_;
  spec::Expression condition_;
  std::vector<QuantityKind> kinds_;
  std::vector<int> asks_;
  std::vector<std::pair<int, int>> slots_;  // of the condition: slot, quantity
  bool of_space_ = false;                   ///< a condition of the space, which has a place
  bool compiled_ = false;
  std::vector<Step> steps_;                       // each after its operands
  std::vector<std::vector<double>> axis_values_;  // of axes that are numbers, else empty
  mutable std::vector<std::int8_t> known_;        // 1: broken, 2: met; by the axes' values
};

}  // namespace archcost::space
