// SPDX-License-Identifier: Apache-2.0
// Linear layers, products of activations, attention. Sources: PyTorch's Linear, matmul and
// MultiheadAttention.
#include <algorithm>
#include <array>
#include <cmath>

#include "interpreter/layer_run.hpp"

namespace archcost::interpreter {
namespace {

// out[row, position] = sum over k of matrix[row, k] * in[k, position], and bias[row] if there is
// one. Numbers of `in` and of the result lie as an image's: channels, then positions.
template <class Number>
std::vector<double> project(const float* matrix, const float* bias, std::int64_t rows,
                            const Number* in, std::int64_t channels, std::int64_t positions) {
  std::vector<double> out(rows * positions);
  for (std::int64_t row = 0; row < rows; ++row) {
    double* sums = out.data() + row * positions;
    std::fill(sums, sums + positions, bias == nullptr ? 0 : bias[row]);
    for (std::int64_t k = 0; k < channels; ++k) {
      const double weight = matrix[row * channels + k];
      const Number* from = in + k * positions;
      for (std::int64_t p = 0; p < positions; ++p) sums[p] += weight * from[p];
    }
  }
  return out;
}

void write(const std::vector<double>& numbers, float* out) {
  for (double number : numbers) *out++ = static_cast<float>(number);
}

const float* bias_at(const LayerRun& run, std::int64_t first) {
  return run.weights.bias.empty() ? nullptr : run.weights.bias.data() + first;
}

// The weights are the same at every position; without per_position there is only one.
void linear(const LayerRun& run) {
  const InputImage& in = run.input();
  write(project(run.weights.kernel.data(), bias_at(run, 0), run.output.channels, in.data,
                in.channels, in.area()),
        run.output.data);
}

void matmul(const LayerRun& run) {
  const InputImage &a = run.inputs[0], &b = run.inputs[1];
  const bool transposed = run.attributes.flag("transpose");
  float* out = run.output.data;
  for (std::int64_t channel = 0; channel < a.channels; ++channel) {
    for (std::int64_t y = 0; y < run.output.height; ++y) {
      for (std::int64_t x = 0; x < run.output.width; ++x) {
        double sum = 0;
        for (std::int64_t k = 0; k < a.width; ++k) {
          const float* other = transposed ? b.row(channel, x) + k : b.row(channel, k) + x;
          sum += static_cast<double>(a.row(channel, y)[k]) * *other;
        }
        *out++ = static_cast<float>(sum);
      }
    }
  }
}

// What each token takes from the others, as weights that add up to 1: for one head, whose query and
// key have `depth` channels.
std::vector<double> attention(const double* query, const double* key, std::int64_t token,
                              std::int64_t depth, std::int64_t tokens) {
  std::vector<double> weights(tokens);
  for (std::int64_t d = 0; d < depth; ++d) {
    for (std::int64_t other = 0; other < tokens; ++other)
      weights[other] += query[d * tokens + token] * key[d * tokens + other];
  }
  const double scale = 1 / std::sqrt(static_cast<double>(depth));
  const double largest = *std::max_element(weights.begin(), weights.end());
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp((weight - largest) * scale);
  for (double& weight : weights) weight /= sum;
  return weights;
}

// Tokens are the positions; head h has the channels from h * depth on.
void multi_head_attention(const LayerRun& run) {
  const InputImage& in = run.input();
  const std::int64_t width = in.channels, tokens = in.area();
  const std::int64_t depth = width / run.attributes.number("heads");
  const float* matrices = run.weights.kernel.data();
  const std::vector<double> projected =
      project(matrices, bias_at(run, 0), 3 * width, in.data, width, tokens);
  std::vector<double> mixed(width * tokens);
  for (std::int64_t first = 0; first < width; first += depth) {
    const double* query = projected.data() + first * tokens;
    const double* key = query + width * tokens;
    const double* value = key + width * tokens;
    for (std::int64_t token = 0; token < tokens; ++token) {
      const std::vector<double> weights = attention(query, key, token, depth, tokens);
      for (std::int64_t d = 0; d < depth; ++d) {
        double sum = 0;
        for (std::int64_t other = 0; other < tokens; ++other)
          sum += weights[other] * value[d * tokens + other];
        mixed[(first + d) * tokens + token] = sum;
      }
    }
  }
  write(project(matrices + 3 * width * width, bias_at(run, 3 * width), width, mixed.data(), width,
                tokens),
        run.output.data);
}

constexpr auto kMatrixRows = std::to_array<ReferenceRow>({
    {"linear", linear},
    {"matmul", matmul},
    {"multi_head_attention", multi_head_attention},
});

}  // namespace

std::span<const ReferenceRow> reference_matrices() { return kMatrixRows; }

}  // namespace archcost::interpreter
