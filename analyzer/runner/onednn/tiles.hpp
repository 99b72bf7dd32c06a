// What kernels are made of that keep tiles of a product of matrices in vector registers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "runner/onednn/vector_math.hpp"

/// Inlined into functions for one instruction set, so that it is compiled for that one.
#define ARCHCOST_INLINE inline __attribute__((always_inline))

namespace archcost {

/// A vector that may stand anywhere. A member, since types given to templates lose their alignment.
template <int kWide>
struct Lanes {
  typedef float Vector __attribute__((vector_size(kWide * sizeof(float)), aligned(sizeof(float))));
};

template <int kWide>
ARCHCOST_INLINE const typename Lanes<kWide>::Vector& at(const float* numbers) {
  return *reinterpret_cast<const typename Lanes<kWide>::Vector*>(numbers);
}
template <int kWide>
ARCHCOST_INLINE typename Lanes<kWide>::Vector& at(float* numbers) {
  return *reinterpret_cast<typename Lanes<kWide>::Vector*>(numbers);
}

/// Functions that make a tile, by its rows and its vectors in a row. `Work` says what of.
template <class Work>
struct TileMaker {
  using Make = void (*)(const Work&);
  int width = 0;      ///< numbers of a vector; 0: there is none for this CPU
  int most_rows = 0;  ///< of a tile
  std::array<std::array<Make, 4>, 16> make{};
};

// The instruction sets for which they are compiled beside each other.
struct PlainIsa {
  static constexpr int kWide = 8;
  template <class Tile>
  static constexpr int kRows = Tile::kRowsPlain;
  template <class Tile, int kRows, int kCount, class Work>
  static void make(const Work& work) {
    Tile::template make<kWide, kRows, kCount>(work);
  }
};
#if defined(__x86_64__)
struct Avx2Isa {
  static constexpr int kWide = 8;
  template <class Tile>
  static constexpr int kRows = Tile::kRows8;
  template <class Tile, int kRows, int kCount, class Work>
  __attribute__((target("avx2,fma"))) static void make(const Work& work) {
    Tile::template make<kWide, kRows, kCount>(work);
  }
};
struct Avx512Isa {
  static constexpr int kWide = 16;
  template <class Tile>
  static constexpr int kRows = Tile::kRows16;
  template <class Tile, int kRows, int kCount, class Work>
  __attribute__((target("avx512f"))) static void make(const Work& work) {
    Tile::template make<kWide, kRows, kCount>(work);
  }
};
#endif

/// use(Isa) for vectors of `width` numbers on this CPU; what it returns by default where there are
/// none.
template <class Use>
auto with_isa(int width, const Use& use) {
#if defined(__x86_64__)
  if (width == 16 && __builtin_cpu_supports("avx512f")) return use(Avx512Isa());
  if (width == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return use(Avx2Isa());
#endif
  return width == 8 ? use(PlainIsa()) : decltype(use(PlainIsa()))();
}

/// Tile::make<kWide, kRows, kCount> for vectors of `width` numbers on this CPU; it must be
/// ARCHCOST_INLINE. nullptr where there are no such vectors.
template <class Tile, int kRows, int kCount, class Work>
typename TileMaker<Work>::Make function_for(int width) {
  return with_isa(width, [](auto isa) -> typename TileMaker<Work>::Make {
    return decltype(isa)::template make<Tile, kRows, kCount, Work>;
  });
}

template <class Tile, class Work, class Isa, int... kRow, int... kColumn>
TileMaker<Work> tile_maker(std::integer_sequence<int, kRow...>,
                           std::integer_sequence<int, kColumn...> columns) {
  TileMaker<Work> maker{Isa::kWide, sizeof...(kRow), {}};
  const auto fill = [&maker]<int kRows, int... kCount>(std::integral_constant<int, kRows>,
                                                       std::integer_sequence<int, kCount...>) {
    ((maker.make[kRows][kCount + 1] = Isa::template make<Tile, kRows, kCount + 1, Work>), ...);
  };
  (fill(std::integral_constant<int, kRow + 1>(), columns), ...);
  return maker;
}

/// For vectors of `width` numbers on this CPU. Tile::make<kWide, kRows, kCount>(work) makes a tile;
/// it must be ARCHCOST_INLINE. Tile::kRows16, kRows8 and kRowsPlain say how many rows leave no
/// register unused with 32 and 16 registers, and without vectors of 8; Tile::kVectors how many
/// vectors a row has at most.
template <class Tile, class Work>
TileMaker<Work> tile_maker(int width) {
  return with_isa(width, [](auto isa) {
    using Isa = decltype(isa);
    return tile_maker<Tile, Work, Isa>(std::make_integer_sequence<int, Isa::template kRows<Tile>>(),
                                       std::make_integer_sequence<int, Tile::kVectors>());
  });
}

/// A clip on its way from a register.
template <class Vector>
ARCHCOST_INLINE void clip(Vector& x, rows::Blend::Clip clip, float high) {
  const Vector low{};
  if (clip != rows::Blend::kNone) x = x > low ? x : low;
  if (clip == rows::Blend::kBoth) x = x < high - low ? x : high - low;
}

inline int quotient_up(int a, int b) { return (a + b - 1) / b; }

/// Where the part begins when `count` is cut into `parts` of about the same size.
inline int share(int count, int part, int parts) {
  return static_cast<int>(std::int64_t{count} * part / parts);
}

}  // namespace archcost
