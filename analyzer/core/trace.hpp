// SPDX-License-Identifier: Apache-2.0
// A record of how numbers were computed for one configuration, that holds for many.
//
// While a trace is recorded, the numbers that depend on varied parameters are nodes of it. Sums,
// products, quotients and maxima become nodes; comparisons are decided by the configuration at hand
// and recorded as conditions. Every other configuration that meets the conditions has the same
// structure, and the nodes give its numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/count.hpp"

namespace archcost {

struct TraceNode {
  TraceOp op = TraceOp::kConstant;
  std::int32_t a = 0, b = 0;  ///< operands; of kInput: its index
  std::int64_t value = 0;     ///< for the configuration that was traced
  double low = 0, high = 0;   ///< bounds over all configurations
};

/// Decided when it was recorded; the trace does not hold for configurations that decide otherwise.
struct TraceCondition {
  bool equal = true;  ///< a == b, else a < b
  std::int32_t a = 0, b = 0;
  bool holds = true;
};

class Trace {
 public:
  Trace();
  /// A varied number: its value now, its bounds over all configurations.
  Count input(std::int64_t value, std::int64_t low, std::int64_t high);
  /// The node of a number, a constant where it isn't traced.
  std::int32_t node_of(Count number);

  /// In the order of computing: operands precede their uses. Node 0 isn't used.
  const std::vector<TraceNode>& nodes() const { return nodes_; }
  const std::vector<TraceCondition>& conditions() const { return conditions_; }
  /// Whether doubles hold every node exactly, for all configurations.
  bool exact_in_doubles() const { return exact_; }

 private:
  friend class Count;
  struct KeyHash {
    std::size_t operator()(const std::array<std::int64_t, 3>& key) const;
  };
  /// The number a op b, which is `value` now.
  Count apply(TraceOp op, Count a, Count b, std::int64_t value);
  /// What the algebra knows needs no node: x + 0, x * 1, x - x.
  static std::optional<Count> simple_result(TraceOp op, Count a, Count b);
  /// x + (y - x) is y, and x + y - x, too; nothing where no terms meet.
  std::optional<Count> cancel_terms(TraceOp op, Count a, Count b) const;
  /// x * 2 * 3 is x * 6, x * 6 / 3 is x * 2, and (x * 6 + 3) / 3 * 3 is x * 6 + 3; nothing where no
  /// factors meet.
  std::optional<Count> merge_factors(TraceOp op, Count a, Count b, std::int64_t value);
  /// x * 2 + x * 3 is x * 5; nothing where the terms aren't multiples of one number.
  std::optional<Count> merge_multiples(TraceOp op, Count a, Count b, std::int64_t value);
  /// a + constant: x - 1 + 1 is x.
  Count add_constant(Count a, Count constant, std::int64_t value);
  /// The node of a op b, the same for the same operands.
  Count find_or_add(TraceOp op, Count a, Count b, std::int64_t value);
  static bool is_constant(Count number, std::int64_t constant);
  /// A constant that doubles hold exactly.
  static bool is_small(Count number);
  Count count_of(std::int32_t node) const;
  /// The node without a constant factor, and the factor; 0: it has none.
  std::pair<std::int32_t, std::int64_t> factor_of(std::int32_t node) const;
  /// Whether the divisor divides the node's number in all configurations, as far as so many nodes
  /// of its sums and products show.
  bool is_multiple(std::int32_t node, std::int64_t divisor, int& most) const;
  bool decide(bool equal, Count a, Count b, bool holds);
  std::int32_t without_positive_factors(std::int32_t node) const;
  std::int32_t add(TraceNode node);

  std::vector<TraceNode> nodes_;
  std::vector<TraceCondition> conditions_;
  std::unordered_map<std::array<std::int64_t, 3>, std::int32_t, KeyHash> known_;
  std::unordered_map<std::array<std::int64_t, 3>, bool, KeyHash> decided_;
  std::int32_t inputs_ = 0;
  bool exact_ = true;
};

/// Makes a trace the one that this thread records, while it lives.
class TraceScope {
 public:
  explicit TraceScope(Trace& trace);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  Trace* before_;
};

}  // namespace archcost
