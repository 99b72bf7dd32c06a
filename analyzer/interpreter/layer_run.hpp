// SPDX-License-Identifier: Apache-2.0
// The input of the functions of the interpreter: one layer on one image, in plain numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "graph/layer_problem.hpp"
#include "interpreter/weights.hpp"

namespace archcost::interpreter {

/// Height and width.
struct Size {
  std::int64_t height = 0, width = 0;
};

/// Rows and columns on each side.
struct Sides {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
};

/// A layer's attributes by their names; see the functions of layer_problem.hpp.
class Attributes {
 public:
  explicit Attributes(const graph::Layer& layer) : layer_(layer) {}

  std::int64_t number(std::string_view name) const { return graph::number_of(layer_, name); }
  Size size(std::string_view name) const {
    return {graph::number_of(layer_, name, 0), graph::number_of(layer_, name, 1)};
  }
  /// Of a split: the first channel of its part.
  std::int64_t first_channel() const { return graph::first_channel(layer_); }
  bool flag(std::string_view name) const { return graph::flag_of(layer_, name); }
  std::string_view word(std::string_view name) const { return graph::word_of(layer_, name); }
  double real(std::string_view name) const { return graph::real_of(layer_, name); }

 private:
  const graph::Layer& layer_;
};

/// One image: channels, height, width, in this order in memory.
template <class Number>
struct ImageOf {
  Number* data = nullptr;
  std::int64_t channels = 0, height = 0, width = 0;

  ImageOf(Number* numbers, const TensorShape& shape)
      : data(numbers),
        channels(shape.channels.value()),
        height(shape.height.value()),
        width(shape.width.value()) {}
  std::int64_t area() const { return height * width; }
  std::int64_t elements() const { return channels * area(); }
  Number* plane(std::int64_t channel) const { return data + channel * area(); }
  Number* row(std::int64_t channel, std::int64_t y) const { return plane(channel) + y * width; }
};
using InputImage = ImageOf<const float>;
using OutputImage = ImageOf<float>;

struct LayerRun {
  const LayerWeights& weights;
  Attributes attributes;
  Sides pad;  ///< resolved; all 0 for kinds without one
  std::vector<InputImage> inputs;
  OutputImage output;

  const InputImage& input() const { return inputs[0]; }
};

/// Computes a layer's output; the sizes of inputs, weights and output are right.
using RunLayer = void (*)(const LayerRun&);

struct ReferenceRow {
  std::string_view kind;
  RunLayer run;
};

// The rows of each file reference_*.cpp.
std::span<const ReferenceRow> reference_windows();
std::span<const ReferenceRow> reference_matrices();
std::span<const ReferenceRow> reference_norms();
std::span<const ReferenceRow> reference_elements();
std::span<const ReferenceRow> reference_moves();

/// The function of a kind, or null.
RunLayer find_reference(std::string_view kind);

}  // namespace archcost::interpreter
