// A 64-bit whole number whose arithmetic refuses to overflow.
//
// Every size and cost in archcost is a Count: a wrong number is worse than none, so a sum or
// product that leaves 64 bits throws CountOverflow instead of wrapping.
#pragma once

#include <compare>
#include <cstdint>
#include <stdexcept>

namespace archcost {

/// Thrown when a result needs more than 64 bits (signed), or a rational more than 64-bit terms.
class CountOverflow : public std::overflow_error {
 public:
  CountOverflow() : std::overflow_error("a size or cost exceeds 64 bits") {}
};

class Count {
 public:
  constexpr Count() = default;
  constexpr Count(std::int64_t value) : value_(value) {}  // NOLINT: numbers are counts
  constexpr std::int64_t value() const { return value_; }

  friend constexpr Count operator+(Count a, Count b) {
    Count r;
    if (__builtin_add_overflow(a.value_, b.value_, &r.value_)) throw CountOverflow();
    return r;
  }
  friend constexpr Count operator-(Count a, Count b) {
    Count r;
    if (__builtin_sub_overflow(a.value_, b.value_, &r.value_)) throw CountOverflow();
    return r;
  }
  friend constexpr Count operator*(Count a, Count b) {
    Count r;
    if (__builtin_mul_overflow(a.value_, b.value_, &r.value_)) throw CountOverflow();
    return r;
  }
  constexpr Count& operator+=(Count b) { return *this = *this + b; }
  friend constexpr auto operator<=>(Count, Count) = default;

 private:
  std::int64_t value_ = 0;
};

// The operations below have names, not operators, because a formula must say which rounding it
// means. Divisors are positive.

/// floor(a / b)
constexpr Count div_floor(Count a, Count b) {
  const std::int64_t q = a.value() / b.value();
  return q - (a.value() % b.value() < 0 ? 1 : 0);
}
/// ceil(a / b)
constexpr Count div_ceil(Count a, Count b) {
  const std::int64_t q = a.value() / b.value();
  return q + (a.value() % b.value() > 0 ? 1 : 0);
}
constexpr bool divides(Count divisor, Count a) { return a.value() % divisor.value() == 0; }
constexpr Count select(bool condition, Count yes, Count no) { return condition ? yes : no; }
constexpr Count max(Count a, Count b) { return a < b ? b : a; }
constexpr Count gcd(Count a, Count b) {
  while (b != Count(0)) {
    const Count r = a.value() % b.value();
    a = b;
    b = r;
  }
  return a;
}

}  // namespace archcost
