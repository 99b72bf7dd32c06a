// SPDX-License-Identifier: Apache-2.0
// A 64-bit whole number whose arithmetic refuses to overflow.
//
// Every size and cost in archcost is a Count: a wrong number is worse than none, so a sum or
// product that leaves 64 bits throws CountOverflow instead of wrapping.
//
// A Count may be traced: while a Trace is recorded (core/trace.hpp), numbers that depend on a
// varied parameter remember how they were computed, so that the same formulas serve many
// configurations at once. Whatever leaves the arithmetic, by a comparison or by value(), becomes a
// condition of the trace.
#pragma once

#include <cstdint>
#include <stdexcept>

namespace archcost {

/// Thrown when a result needs more than 64 bits (signed), or a rational more than 64-bit terms.
class CountOverflow : public std::overflow_error {
 public:
  CountOverflow() : std::overflow_error("a size or cost exceeds 64 bits") {}
};

enum class TraceOp : std::uint8_t {
  kConstant,
  kInput,
  kAdd,
  kSubtract,
  kMultiply,
  kDivideFloor,
  kMax
};

class Count {
 public:
  constexpr Count() = default;
  constexpr Count(std::int64_t value) : value_(value) {}  // NOLINT: numbers are counts
  constexpr std::int64_t value() const {
    if (node_ != 0) traced_value(*this);
    return value_;
  }
  /// The value for messages; unlike value(), it adds no condition to the trace.
  constexpr std::int64_t shown() const { return value_; }
  constexpr bool is_traced() const { return node_ != 0; }

  friend constexpr Count operator+(Count a, Count b) {
    Count r;
    if (__builtin_add_overflow(a.value_, b.value_, &r.value_)) overflow();
    if ((a.node_ | b.node_) != 0) return traced(TraceOp::kAdd, a, b, r.value_);
    return r;
  }
  friend constexpr Count operator-(Count a, Count b) {
    Count r;
    if (__builtin_sub_overflow(a.value_, b.value_, &r.value_)) overflow();
    if ((a.node_ | b.node_) != 0) return traced(TraceOp::kSubtract, a, b, r.value_);
    return r;
  }
  friend constexpr Count operator*(Count a, Count b) {
    Count r;
    if (__builtin_mul_overflow(a.value_, b.value_, &r.value_)) overflow();
    if ((a.node_ | b.node_) != 0) return traced(TraceOp::kMultiply, a, b, r.value_);
    return r;
  }
  constexpr Count& operator+=(Count b) { return *this = *this + b; }

  friend constexpr bool operator==(Count a, Count b) {
    if ((a.node_ | b.node_) != 0) return traced_equal(a, b);
    return a.value_ == b.value_;
  }
  friend constexpr bool operator<(Count a, Count b) {
    if ((a.node_ | b.node_) != 0) return traced_less(a, b);
    return a.value_ < b.value_;
  }
  friend constexpr bool operator>(Count a, Count b) { return b < a; }
  friend constexpr bool operator<=(Count a, Count b) { return !(b < a); }
  friend constexpr bool operator>=(Count a, Count b) { return !(a < b); }

  // The operations below have names, not operators, because a formula must say which rounding it
  // means. Divisors are positive.

  /// floor(a / b)
  friend constexpr Count div_floor(Count a, Count b) {
    const std::int64_t q = a.value_ / b.value_ - (a.value_ % b.value_ < 0 ? 1 : 0);
    if ((a.node_ | b.node_) != 0) return traced(TraceOp::kDivideFloor, a, b, q);
    return q;
  }
  friend constexpr Count max(Count a, Count b) {
    const std::int64_t larger = a.value_ < b.value_ ? b.value_ : a.value_;
    if ((a.node_ | b.node_) != 0) return traced(TraceOp::kMax, a, b, larger);
    return larger;
  }

 private:
  friend class Trace;
  [[noreturn]] static void overflow();
  // In core/trace.cpp: only for numbers of the trace that is being recorded.
  static Count traced(TraceOp op, Count a, Count b, std::int64_t value);
  static bool traced_equal(Count a, Count b);
  static bool traced_less(Count a, Count b);
  static void traced_value(Count a);

  std::int64_t value_ = 0;
  std::int32_t node_ = 0;  // of the trace being recorded; 0: a plain number
};

// Found for plain integers too.
constexpr Count div_floor(Count a, Count b);
constexpr Count max(Count a, Count b);

/// ceil(a / b)
constexpr Count div_ceil(Count a, Count b) { return Count(0) - div_floor(Count(0) - a, b); }
constexpr bool divides(Count divisor, Count a) { return div_floor(a, divisor) * divisor == a; }
constexpr Count select(bool condition, Count yes, Count no) { return condition ? yes : no; }
constexpr Count min(Count a, Count b) { return Count(0) - max(Count(0) - a, Count(0) - b); }
constexpr Count gcd(Count a, Count b) {
  while (b != Count(0)) {
    const Count r = a - div_floor(a, b) * b;
    a = b;
    b = r;
  }
  return a;
}

}  // namespace archcost
