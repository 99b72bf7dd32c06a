// SPDX-License-Identifier: Apache-2.0
#include "core/trace.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace archcost {
namespace {

// Quotients of whole numbers up to here round to the right whole number in doubles, by division and
// by the divisor's inverse.
constexpr double kLargest = 2251799813685248.0;  // 2^51

thread_local Trace* recording = nullptr;

Trace& current() {
  if (recording == nullptr) throw std::logic_error("a traced number outside its trace");
  return *recording;
}

struct Bounds {
  double low, high;
};

Bounds corners(double a, double b, double c, double d) {
  return {std::min({a, b, c, d}), std::max({a, b, c, d})};
}

Bounds bounds_of(TraceOp op, const TraceNode& a, const TraceNode& b) {
  switch (op) {
    case TraceOp::kAdd:
      return {a.low + b.low, a.high + b.high};
    case TraceOp::kSubtract:
      return {a.low - b.high, a.high - b.low};
    case TraceOp::kMultiply:
      return corners(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high);
    case TraceOp::kDivideFloor: {
      const double least =
          std::max(1.0, b.low);  // divisors are positive, or the trace doesn't hold
      const double most = std::max(least, b.high);
      const Bounds q = corners(a.low / least, a.low / most, a.high / least, a.high / most);
      return {std::floor(q.low), std::floor(q.high)};
    }
    default:
      return {std::max(a.low, b.low), std::max(a.high, b.high)};
  }
}

}  // namespace

std::size_t Trace::KeyHash::operator()(const std::array<std::int64_t, 3>& key) const {
  std::uint64_t hash = 1469598103934665603u;
  for (std::int64_t part : key)
    hash = (hash ^ static_cast<std::uint64_t>(part)) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

Trace::Trace() { nodes_.emplace_back(); }

std::int32_t Trace::add(TraceNode node) {
  exact_ = exact_ && std::abs(node.low) <= kLargest && std::abs(node.high) <= kLargest;
  nodes_.push_back(node);
  return static_cast<std::int32_t>(nodes_.size()) - 1;
}

Count Trace::input(std::int64_t value, std::int64_t low, std::int64_t high) {
  Count number(value);
  if (low == high) return number;
  number.node_ = add(
      {TraceOp::kInput, inputs_, 0, value, static_cast<double>(low), static_cast<double>(high)});
  ++inputs_;
  return number;
}

std::int32_t Trace::node_of(Count number) {
  if (number.node_ != 0) return number.node_;
  const auto [known, fresh] =
      known_.try_emplace({static_cast<std::int64_t>(TraceOp::kConstant), number.value_, 0}, 0);
  if (fresh) {
    const auto value = static_cast<double>(number.value_);
    known->second = add({TraceOp::kConstant, 0, 0, number.value_, value, value});
  }
  return known->second;
}

Count Trace::apply(TraceOp op, Count a, Count b, std::int64_t value) {
  // What the algebra knows needs no node.
  const auto is = [](Count x, std::int64_t constant) {
    return x.node_ == 0 && x.value_ == constant;
  };
  const auto is_small = [](Count x) {
    return x.node_ == 0 && std::abs(static_cast<double>(x.value_)) <= kLargest;
  };
  const bool same = a.node_ == b.node_ && a.value_ == b.value_;
  if (op == TraceOp::kAdd && is(a, 0)) return b;
  if ((op == TraceOp::kAdd || op == TraceOp::kSubtract) && is(b, 0)) return a;
  if (op == TraceOp::kSubtract && same) return 0;
  if (op == TraceOp::kMultiply && (is(a, 0) || is(b, 0))) return 0;
  if (op == TraceOp::kMultiply && is(a, 1)) return b;
  if ((op == TraceOp::kMultiply || op == TraceOp::kDivideFloor) && is(b, 1)) return a;
  if (op == TraceOp::kDivideFloor && same) return 1;
  if (op == TraceOp::kMax && same) return a;

  // x * 2 * 3 is x * 6, and x * 6 / 3 is x * 2: that groups divide a multiple of them needs no
  // check.
  const auto count_of = [&](std::int32_t node) {
    Count count(nodes_[node].value);
    if (nodes_[node].op != TraceOp::kConstant) count.node_ = node;
    return count;
  };
  // The node without a constant factor, and the factor; 0: it has none.
  const auto factor_of = [&](std::int32_t node) {
    const TraceNode n = nodes_[node];
    if (n.op == TraceOp::kMultiply && nodes_[n.a].op == TraceOp::kConstant)
      return std::pair{n.b, nodes_[n.a].value};
    if (n.op == TraceOp::kMultiply && nodes_[n.b].op == TraceOp::kConstant)
      return std::pair{n.a, nodes_[n.b].value};
    return std::pair{node, std::int64_t{0}};
  };
  if (op == TraceOp::kMultiply && (a.node_ == 0 || b.node_ == 0)) {
    const Count constant = a.node_ == 0 ? a : b;
    const auto [rest, factor] = factor_of(a.node_ == 0 ? b.node_ : a.node_);
    Count both;
    if (factor != 0 && !__builtin_mul_overflow(factor, constant.value_, &both.value_) &&
        is_small(both))
      return apply(op, count_of(rest), both, value);
  }
  if (op == TraceOp::kDivideFloor && b.node_ == 0) {
    const auto [rest, factor] = factor_of(a.node_);
    if (factor != 0 && b.value_ > 0 && factor % b.value_ == 0)
      return apply(TraceOp::kMultiply, count_of(rest), Count(factor / b.value_), value);
  }

  // x - 1 + 1 is x: with one node for one number, what follows from it is the same, too.
  if (op == TraceOp::kAdd && a.node_ == 0) std::swap(a, b);
  if ((op == TraceOp::kAdd || op == TraceOp::kSubtract) && is_small(b)) {
    Count shift = op == TraceOp::kAdd ? b : Count(-b.value_);
    op = TraceOp::kAdd;
    if (const TraceNode sum = nodes_[a.node_]; sum.op == TraceOp::kAdd) {
      const bool first = nodes_[sum.a].op == TraceOp::kConstant;
      const Count constant(nodes_[first ? sum.a : sum.b].value);
      const std::int32_t rest = first ? sum.b : sum.a;
      if (nodes_[first ? sum.a : sum.b].op == TraceOp::kConstant && is_small(constant)) {
        shift.value_ += constant.value_;
        a.value_ = nodes_[rest].value;
        a.node_ = rest;
        if (shift.value_ == 0) return a;
      }
    }
    b = shift;
  }

  std::int32_t left = node_of(a), right = node_of(b);
  const TraceNode x = nodes_[left], y = nodes_[right];
  if (op == TraceOp::kMax && x.low >= y.high) return a;
  if (op == TraceOp::kMax && y.low >= x.high) return b;
  const bool commutes = op == TraceOp::kAdd || op == TraceOp::kMultiply || op == TraceOp::kMax;
  if (commutes && right < left) std::swap(left, right);
  const auto [known, fresh] = known_.try_emplace({static_cast<std::int64_t>(op), left, right}, 0);
  if (fresh) {
    const Bounds bounds = bounds_of(op, x, y);
    known->second = add({op, left, right, value, bounds.low, bounds.high});
  }
  Count result(value);
  result.node_ = known->second;
  return result;
}

// A product is compared with 0 as its factors are that aren't known to be positive: with fewer
// numbers, often of fewer inputs.
std::int32_t Trace::without_positive_factors(std::int32_t node) const {
  while (nodes_[node].op == TraceOp::kMultiply) {
    if (nodes_[nodes_[node].a].low > 0)
      node = nodes_[node].b;
    else if (nodes_[nodes_[node].b].low > 0)
      node = nodes_[node].a;
    else
      break;
  }
  return node;
}

bool Trace::decide(bool equal, Count a, Count b, bool holds) {
  if (a.node_ == b.node_ && a.value_ == b.value_) return holds;
  const auto is_zero = [](Count x) { return x.node_ == 0 && x.value_ == 0; };
  std::int32_t left = node_of(a), right = node_of(b);
  if (is_zero(b)) left = without_positive_factors(left);
  if (is_zero(a)) right = without_positive_factors(right);
  const TraceNode &x = nodes_[left], &y = nodes_[right];
  const bool apart = x.high < y.low || y.high < x.low;
  if (equal ? apart : x.high < y.low || x.low >= y.high) return holds;  // the same for all
  if (decided_.try_emplace({equal, left, right}, holds).second) {
    conditions_.push_back({equal, left, right, holds});
  }
  return holds;
}

Count Count::traced(TraceOp op, Count a, Count b, std::int64_t value) {
  return current().apply(op, a, b, value);
}
bool Count::traced_equal(Count a, Count b) {
  return current().decide(true, a, b, a.value_ == b.value_);
}
bool Count::traced_less(Count a, Count b) {
  return current().decide(false, a, b, a.value_ < b.value_);
}
void Count::overflow(Count a, Count b) {
  if ((a.node_ | b.node_) != 0) current().exact_ = false;
  throw CountOverflow();
}
void Count::traced_value(Count a) { current().decide(true, a, Count(a.value_), true); }

TraceScope::TraceScope(Trace& trace) : before_(recording) { recording = &trace; }
TraceScope::~TraceScope() { recording = before_; }

}  // namespace archcost
