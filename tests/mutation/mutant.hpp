// SPDX-License-Identifier: Apache-2.0
// What mutated sources call. Every mutant of a program is compiled in; the environment says which
// one is on: ARCHCOST_MUTANT=17. With ARCHCOST_MUTANT_HITS=FILE, a byte for each mutant says
// whether it was reached: 1, or 2 where the types have no such operator. Included by mutate.py, not
// by the program's own sources.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <type_traits>
#include <utility>

namespace archcost_mutant {

constexpr int kMost = 1 << 17;

inline const int active = [] {
  const char* text = std::getenv("ARCHCOST_MUTANT");
  return text == nullptr ? -1 : std::atoi(text);
}();

inline unsigned char* const hits = []() -> unsigned char* {
  const char* file = std::getenv("ARCHCOST_MUTANT_HITS");
  if (file == nullptr) return nullptr;
  const int opened = open(file, O_RDWR | O_CREAT, 0644);
  if (opened < 0 || ftruncate(opened, kMost) != 0) return nullptr;
  void* memory = mmap(nullptr, kMost, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  close(opened);
  return memory == MAP_FAILED ? nullptr : static_cast<unsigned char*>(memory);
}();

inline bool reached(int id) {
  if (hits != nullptr) hits[id] = 1;
  return id == active;
}
inline void reached_without_operator(int id) {
  if (hits != nullptr) hits[id] = 2;
}
// Nothing here is constexpr: what the compiler evaluates could not be switched.
/// Whether the mutant is on.
inline bool on(int id) { return reached(id); }
/// An integer literal, one more or less.
template <class T>
T shifted(T value, int more, int less) {
  const bool is_more = on(more), is_less = on(less);
  return static_cast<T>(is_more ? value + 1 : is_less ? value - 1 : value);
}
inline double scaled(double value, int id) { return on(id) ? value * 2 : value; }
/// A term or factor, or 0 or 1 in its place.
template <class T>
T dropped(const T& term, int id, int neutral) {
  return on(id) ? static_cast<T>(neutral) : term;
}

// `a < Less{17} < b` is `a < b`, or `a <= b` when the mutant is on; so for the other operators.
template <class A, class Tag>
struct Left {
  A&& value;
  int id;
};

#define ARCHCOST_MUTANT_OPERATOR(TAG, OP, OTHER)                                         \
  struct TAG {                                                                           \
    int id;                                                                              \
  };                                                                                     \
  template <class A>                                                                     \
  Left<A, TAG> operator OP(A&& a, TAG tag) {                                             \
    return {std::forward<A>(a), tag.id};                                                 \
  }                                                                                      \
  template <class A, class B>                                                            \
  auto operator OP(Left<A, TAG> left, B&& b)                                             \
      ->decltype(std::forward<A>(left.value) OP std::forward<B>(b)) {                    \
    if constexpr (requires { std::forward<A>(left.value) OTHER std::forward<B>(b); }) {  \
      if (on(left.id)) {                                                                 \
        return static_cast<decltype(std::forward<A>(left.value) OP std::forward<B>(b))>( \
            std::forward<A>(left.value) OTHER std::forward<B>(b));                       \
      }                                                                                  \
    } else {                                                                             \
      reached_without_operator(left.id);                                                 \
    }                                                                                    \
    return std::forward<A>(left.value) OP std::forward<B>(b);                            \
  }

ARCHCOST_MUTANT_OPERATOR(Less, <, <=)
ARCHCOST_MUTANT_OPERATOR(LessEqual, <=, <)
ARCHCOST_MUTANT_OPERATOR(Greater, >, >=)
ARCHCOST_MUTANT_OPERATOR(GreaterEqual, >=, >)
ARCHCOST_MUTANT_OPERATOR(Equal, ==, !=)
ARCHCOST_MUTANT_OPERATOR(NotEqual, !=, ==)
ARCHCOST_MUTANT_OPERATOR(Plus, +, -)
ARCHCOST_MUTANT_OPERATOR(Minus, -, +)
ARCHCOST_MUTANT_OPERATOR(Times, *, +)
ARCHCOST_MUTANT_OPERATOR(Divide, /, *)
ARCHCOST_MUTANT_OPERATOR(Modulo, %, *)

#undef ARCHCOST_MUTANT_OPERATOR

}  // namespace archcost_mutant
