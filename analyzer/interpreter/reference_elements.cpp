// SPDX-License-Identifier: Apache-2.0
// What is computed element by element: activations, sums, products, learned factors. The kinds' own
// help gives the formulas.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "interpreter/layer_run.hpp"

namespace archcost::interpreter {
namespace {

double relu(double x) { return x < 0 ? 0 : x; }  // passes NaN on
double relu6(double x) { return std::clamp(x, 0.0, 6.0); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double hard_sigmoid(double x) { return relu6(x + 3) / 6; }
double tangent(double x) { return std::tanh(x); }
double swish(double x) { return x * sigmoid(x); }
double hard_swish(double x) { return x * hard_sigmoid(x); }
double gelu(double x) { return x * (1 + std::erf(x / std::sqrt(2.0))) / 2; }

template <double (*kFunction)(double)>
void each(const LayerRun& run) {
  const InputImage& in = run.input();
  for (std::int64_t i = 0; i < in.elements(); ++i)
    run.output.data[i] = static_cast<float>(kFunction(in.data[i]));
}

void elu(const LayerRun& run) {
  const InputImage& in = run.input();
  const double alpha = run.attributes.real("alpha");
  for (std::int64_t i = 0; i < in.elements(); ++i)
    run.output.data[i] =
        static_cast<float>(in.data[i] > 0 ? in.data[i] : alpha * std::expm1(in.data[i]));
}

void leaky_relu(const LayerRun& run) {
  const InputImage& in = run.input();
  const double slope = run.attributes.real("slope");
  for (std::int64_t i = 0; i < in.elements(); ++i)
    run.output.data[i] = static_cast<float>(in.data[i] > 0 ? in.data[i] : slope * in.data[i]);
}

void prelu(const LayerRun& run) {
  const InputImage& in = run.input();
  const std::vector<float>& slopes = run.weights.scale;
  for (std::int64_t i = 0; i < in.elements(); ++i) {
    const double slope = slopes[slopes.size() == 1 ? 0 : i / in.area()];
    run.output.data[i] = static_cast<float>(in.data[i] > 0 ? in.data[i] : slope * in.data[i]);
  }
}

// Over the channels of each position.
void softmax(const LayerRun& run) {
  const InputImage& in = run.input();
  std::vector<double> powers(in.channels);
  for (std::int64_t p = 0; p < in.area(); ++p) {
    double largest = in.data[p], sum = 0;
    for (std::int64_t c = 0; c < in.channels; ++c)
      largest = std::max<double>(largest, in.plane(c)[p]);
    for (std::int64_t c = 0; c < in.channels; ++c)
      sum += powers[c] = std::exp(in.plane(c)[p] - largest);
    for (std::int64_t c = 0; c < in.channels; ++c)
      run.output.plane(c)[p] = static_cast<float>(powers[c] / sum);
  }
}

// Where an input has the number for an output's place; its sizes are the output's, or 1.
std::int64_t spread_index(const InputImage& in, std::int64_t c, std::int64_t y, std::int64_t x) {
  return ((in.channels == 1 ? 0 : c) * in.height + (in.height == 1 ? 0 : y)) * in.width +
         (in.width == 1 ? 0 : x);
}

template <class Operation>
void merge(const LayerRun& run, double neutral, Operation operation) {
  float* out = run.output.data;
  for (std::int64_t c = 0; c < run.output.channels; ++c) {
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        double result = neutral;
        for (const InputImage& in : run.inputs)
          result = operation(result, in.data[spread_index(in, c, y, x)]);
        *out++ = static_cast<float>(result);
      }
    }
  }
}

void add(const LayerRun& run) { merge(run, 0, std::plus<double>()); }
void multiply(const LayerRun& run) { merge(run, 1, std::multiplies<double>()); }

void scale(const LayerRun& run) {
  const InputImage& in = run.input();
  for (std::int64_t c = 0; c < in.channels; ++c) {
    const double factor = run.weights.scale[c];
    const double shift = run.weights.shift.empty() ? 0 : run.weights.shift[c];
    for (std::int64_t p = 0; p < in.area(); ++p)
      run.output.plane(c)[p] = static_cast<float>(in.plane(c)[p] * factor + shift);
  }
}

void position_embedding(const LayerRun& run) {
  const InputImage& in = run.input();
  for (std::int64_t i = 0; i < in.elements(); ++i)
    run.output.data[i] = in.data[i] + run.weights.kernel[i];
}

constexpr auto kElementRows = std::to_array<ReferenceRow>({
    {"relu", each<relu>},
    {"relu6", each<relu6>},
    {"leaky_relu", leaky_relu},
    {"elu", elu},
    {"prelu", prelu},
    {"sigmoid", each<sigmoid>},
    {"hard_sigmoid", each<hard_sigmoid>},
    {"tanh", each<tangent>},
    {"swish", each<swish>},
    {"hard_swish", each<hard_swish>},
    {"gelu", each<gelu>},
    {"softmax", softmax},
    {"add", add},
    {"multiply", multiply},
    {"pointwise", add},  // specs don't say which function it is
    {"scale", scale},
    {"position_embedding", position_embedding},
});

}  // namespace

std::span<const ReferenceRow> reference_elements() { return kElementRows; }

}  // namespace archcost::interpreter
