// SPDX-License-Identifier: Apache-2.0
// Linear layers, products of activations, attention. Sources: PyTorch's Linear, matmul and
// MultiheadAttention.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

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

// What a token takes from each of `tokens` others, as weights that add up to 1: for one head.
// `query` begins at the token and has its numbers `step` apart; those of `key` are `key_step`
// apart.
std::vector<double> attention(const double* query, std::int64_t step, const double* key,
                              std::int64_t key_step, std::int64_t depth, std::int64_t tokens) {
  std::vector<double> weights(tokens);
  for (std::int64_t d = 0; d < depth; ++d) {
    for (std::int64_t other = 0; other < tokens; ++other)
      weights[other] += query[d * step] * key[d * key_step + other];
  }
  const double scale = 1 / std::sqrt(static_cast<double>(depth));
  const double largest = *std::max_element(weights.begin(), weights.end());
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp((weight - largest) * scale);
  for (double& weight : weights) weight /= sum;
  return weights;
}

// Tokens are the positions; head h has the channels from h * depth on. The queries are of the first
// input, keys and values of the last.
void multi_head_attention(const LayerRun& run) {
  const InputImage &in = run.input(), &context = run.inputs.back();
  const std::int64_t heads = run.attributes.number("heads"), tokens = in.area(),
                     others = context.area();
  const std::int64_t given_depth = run.attributes.number("head_channels"),
                     given_kv_heads = run.attributes.number("kv_heads");
  const std::int64_t depth = given_depth == 0 ? in.channels / heads : given_depth,
                     kv_heads = given_kv_heads == 0 ? heads : given_kv_heads;
  const std::int64_t query_width = heads * depth, key_width = kv_heads * depth;
  const float* matrix = run.weights.kernel.data();
  const auto next = [&](std::int64_t rows, std::int64_t channels) {
    return std::exchange(matrix, matrix + rows * channels);
  };
  const std::vector<double> queries = project(next(query_width, in.channels), bias_at(run, 0),
                                              query_width, in.data, in.channels, tokens);
  const std::vector<double> keys_and_values =
      project(next(2 * key_width, context.channels), bias_at(run, query_width), 2 * key_width,
              context.data, context.channels, others);
  const std::int64_t windows = std::max<std::int64_t>(1, run.attributes.number("windows"));
  const std::int64_t seen = others / windows;  // by a token
  std::vector<double> mixed(query_width * tokens);
  for (std::int64_t head = 0; head < heads; ++head) {
    const std::int64_t kv_head = head / (heads / kv_heads);
    for (std::int64_t token = 0; token < tokens; ++token) {
      const double* key =
          keys_and_values.data() + kv_head * depth * others + token / (tokens / windows) * seen;
      const double* value = key + key_width * others;
      const std::vector<double> weights = attention(queries.data() + head * depth * tokens + token,
                                                    tokens, key, others, depth, seen);
      for (std::int64_t d = 0; d < depth; ++d) {
        double sum = 0;
        for (std::int64_t other = 0; other < seen; ++other)
          sum += weights[other] * value[d * others + other];
        mixed[(head * depth + d) * tokens + token] = sum;
      }
    }
  }
  write(project(matrix, bias_at(run, query_width + 2 * key_width), in.channels, mixed.data(),
                query_width, tokens),
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
