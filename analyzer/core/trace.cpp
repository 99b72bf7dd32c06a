// SPDX-License-Identifier: Apache-2.0
#include "core/trace.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace archcost {
namespace {

// Quotients of whole numbers up to here round to the right whole number in doubles, by division and
// by the divisor's inverse.
constexpr double kLargest = 2251799813685248.0;  // 2^51

constexpr int kMostSearched = 64;  // nodes, for a divisor

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

bool Trace::is_constant(Count number, std::int64_t constant) {
  return number.node_ == 0 && number.value_ == constant;
}

bool Trace::is_small(Count number) {
  return number.node_ == 0 && std::abs(static_cast<double>(number.value_)) <= kLargest;
}

Count Trace::count_of(std::int32_t node) const {
  Count count(nodes_[node].value);
  if (nodes_[node].op != TraceOp::kConstant) count.node_ = node;
  return count;
}

std::pair<std::int32_t, std::int64_t> Trace::factor_of(std::int32_t node) const {
  const TraceNode n = nodes_[node];
  if (n.op == TraceOp::kMultiply && nodes_[n.a].op == TraceOp::kConstant)
    return {n.b, nodes_[n.a].value};
  if (n.op == TraceOp::kMultiply && nodes_[n.b].op == TraceOp::kConstant)
    return {n.a, nodes_[n.b].value};
  return {node, 0};
}

std::optional<Count> Trace::simple_result(TraceOp op, Count a, Count b) {
  const bool same = a.node_ == b.node_ && a.value_ == b.value_;
  switch (op) {
    case TraceOp::kAdd:
      if (is_constant(a, 0)) return b;
      if (is_constant(b, 0)) return a;
      break;
    case TraceOp::kSubtract:
      if (is_constant(b, 0)) return a;
      if (same) return Count(0);
      break;
    case TraceOp::kMultiply:
      if (is_constant(a, 0) || is_constant(b, 0)) return Count(0);
      if (is_constant(a, 1)) return b;
      if (is_constant(b, 1)) return a;
      break;
    case TraceOp::kDivideFloor:
      if (is_constant(b, 1)) return a;
      if (same) return Count(1);
      break;
    case TraceOp::kMax:
      if (same) return a;
      break;
    case TraceOp::kConstant:
    case TraceOp::kInput:
      break;
  }
  return std::nullopt;
}

// The channels that a unit adds to those that it passes on are the difference of two widths: their
// sum is the wider one again.
std::optional<Count> Trace::cancel_terms(TraceOp op, Count a, Count b) const {
  if (a.node_ == 0 || b.node_ == 0) return std::nullopt;
  const TraceNode &x = nodes_[a.node_], &y = nodes_[b.node_];
  if (op == TraceOp::kAdd && y.op == TraceOp::kSubtract && y.b == a.node_) return count_of(y.a);
  if (op == TraceOp::kAdd && x.op == TraceOp::kSubtract && x.b == b.node_) return count_of(x.a);
  if (op != TraceOp::kSubtract) return std::nullopt;
  if (x.op == TraceOp::kAdd && x.a == b.node_) return count_of(x.b);
  if (x.op == TraceOp::kAdd && x.b == b.node_) return count_of(x.a);
  if (y.op == TraceOp::kSubtract && y.a == a.node_) return count_of(y.b);
  return std::nullopt;
}

std::optional<Count> Trace::merge_multiples(TraceOp op, Count a, Count b, std::int64_t value) {
  if ((op != TraceOp::kAdd && op != TraceOp::kSubtract) || a.node_ == 0 || b.node_ == 0)
    return std::nullopt;
  const auto [x, first] = factor_of(a.node_);
  const auto [y, second] = factor_of(b.node_);
  if (x != y || (first == 0 && second == 0)) return std::nullopt;
  const Count m(first == 0 ? 1 : first), n(second == 0 ? 1 : second);
  if (!is_small(m) || !is_small(n)) return std::nullopt;
  return apply(TraceOp::kMultiply, count_of(x), op == TraceOp::kAdd ? m + n : m - n, value);
}

bool Trace::is_multiple(std::int32_t node, std::int64_t divisor, int& most) const {
  if (--most < 0) return false;
  const TraceNode& n = nodes_[node];
  switch (n.op) {
    case TraceOp::kConstant:
      return n.value % divisor == 0;
    case TraceOp::kMultiply:
      return is_multiple(n.a, divisor, most) || is_multiple(n.b, divisor, most);
    case TraceOp::kAdd:
    case TraceOp::kSubtract:
    case TraceOp::kMax:
      return is_multiple(n.a, divisor, most) && is_multiple(n.b, divisor, most);
    case TraceOp::kInput:
    case TraceOp::kDivideFloor:
      break;
  }
  return false;
}

// That groups divide a multiple of them needs no check.
std::optional<Count> Trace::merge_factors(TraceOp op, Count a, Count b, std::int64_t value) {
  if (op == TraceOp::kMultiply && (a.node_ == 0 || b.node_ == 0)) {
    const Count constant = a.node_ == 0 ? a : b;
    const std::int32_t other = a.node_ == 0 ? b.node_ : a.node_;
    if (const TraceNode n = nodes_[other]; n.op == TraceOp::kDivideFloor) {
      const TraceNode divisor = nodes_[n.b];
      int most = kMostSearched;
      if (divisor.op == TraceOp::kConstant && divisor.value > 0 &&
          constant.value_ % divisor.value == 0 && is_multiple(n.a, divisor.value, most))
        return apply(op, count_of(n.a), Count(constant.value_ / divisor.value), value);
    }
    const auto [rest, factor] = factor_of(other);
    Count both;
    if (factor != 0 && !__builtin_mul_overflow(factor, constant.value_, &both.value_) &&
        is_small(both))
      return apply(op, count_of(rest), both, value);
  }
  if (op == TraceOp::kDivideFloor && b.node_ == 0 && b.value_ > 0) {
    const auto [rest, factor] = factor_of(a.node_);
    if (factor == 0 || !is_small(Count(factor))) return std::nullopt;
    const std::int64_t common = std::gcd(factor, b.value_), scale = factor / common;
    if (common == 1) return std::nullopt;
    const Count top =
        apply(TraceOp::kMultiply, count_of(rest), Count(scale), nodes_[rest].value * scale);
    return apply(op, top, Count(b.value_ / common), value);
  }
  return std::nullopt;
}

// With one node for one number, what follows from it is the same, too.
Count Trace::add_constant(Count a, Count constant, std::int64_t value) {
  if (const TraceNode sum = nodes_[a.node_]; sum.op == TraceOp::kAdd) {
    const bool first = nodes_[sum.a].op == TraceOp::kConstant;
    const TraceNode before = nodes_[first ? sum.a : sum.b];
    if (before.op == TraceOp::kConstant && is_small(Count(before.value))) {
      constant.value_ += before.value;
      a = count_of(first ? sum.b : sum.a);
      if (constant.value_ == 0) return a;
    }
  }
  return find_or_add(TraceOp::kAdd, a, constant, value);
}

Count Trace::find_or_add(TraceOp op, Count a, Count b, std::int64_t value) {
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

Count Trace::apply(TraceOp op, Count a, Count b, std::int64_t value) {
  if (const auto simple = simple_result(op, a, b)) return *simple;
  if (op == TraceOp::kSubtract && is_constant(a, 0))
    return apply(TraceOp::kMultiply, b, Count(-1), value);
  if (const auto rest = cancel_terms(op, a, b)) return *rest;
  if (const auto merged = merge_factors(op, a, b, value)) return *merged;
  if (const auto merged = merge_multiples(op, a, b, value)) return *merged;
  if (op == TraceOp::kAdd && a.node_ == 0) std::swap(a, b);
  if (op == TraceOp::kAdd && is_small(b)) return add_constant(a, b, value);
  if (op == TraceOp::kSubtract && is_small(b)) return add_constant(a, Count(-b.value_), value);
  return find_or_add(op, a, b, value);
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
  std::int32_t left = node_of(a), right = node_of(b);
  if (is_constant(b, 0)) left = without_positive_factors(left);
  if (is_constant(a, 0)) right = without_positive_factors(right);
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
// Numbers that aren't traced stand for all configurations too, as the denominator of a fraction
// that is shortened where it is not traced.
void Count::overflow() {
  if (recording != nullptr) recording->exact_ = false;
  throw CountOverflow();
}
void Count::traced_value(Count a) { current().decide(true, a, Count(a.value_), true); }

TraceScope::TraceScope(Trace& trace) : before_(recording) { recording = &trace; }
TraceScope::~TraceScope() { recording = before_; }

}  // namespace archcost
