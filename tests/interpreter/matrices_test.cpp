// SPDX-License-Identifier: Apache-2.0
// Products of matrices and attention against their formulas, at random sizes.
#include "interpreter/guarded_run.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// Row `row` of a matrix of so many columns by a column of numbers.
double product_of(const std::vector<float>& matrix, std::size_t first, std::int64_t row,
                  const std::vector<double>& column) {
  double sum = 0;
  for (std::size_t k = 0; k < column.size(); ++k)
    sum += matrix.at(first + static_cast<std::size_t>(row) * column.size() + k) * column[k];
  return sum;
}

std::vector<double> column_of(const NumberGrid& grid, std::int64_t position) {
  std::vector<double> column;
  for (std::int64_t c = 0; c < grid.channels; ++c)
    column.push_back(grid.at(c, position / grid.width, position % grid.width));
  return column;
}

/// One drawn attention, computed token by token.
struct DrawnAttention {
  int heads, kv_heads, depth, windows;
  bool bias;
  NumberGrid queries, context;
  interpreter::LayerWeights weights;

  /// Projection `which` (0 queries, 1 keys, 2 values) of a token, a number for each channel.
  std::vector<double> projected(int which, std::int64_t token) const {
    const int width = heads * depth, key_width = kv_heads * depth;
    const auto query_size = static_cast<std::size_t>(width * queries.channels),
               key_size = static_cast<std::size_t>(key_width * context.channels);
    const std::size_t first = which == 0 ? 0 : query_size + (which - 1) * key_size;
    const std::size_t first_bias = which == 0 ? 0 : width + (which - 1) * key_width;
    const std::vector<double> in = column_of(which == 0 ? queries : context, token);
    std::vector<double> out;
    for (int row = 0; row < (which == 0 ? width : key_width); ++row)
      out.push_back(product_of(weights.kernel, first, row, in) +
                    (bias ? weights.bias.at(first_bias + row) : 0));
    return out;
  }

  /// The output of one token.
  std::vector<double> result(std::int64_t token) const {
    const std::int64_t tokens = queries.height * queries.width,
                       others = context.height * context.width;
    const std::int64_t window = token * windows / tokens, seen = others / windows;
    const std::vector<double> query = projected(0, token);
    std::vector<double> mixed(heads * depth);
    for (int head = 0; head < heads; ++head) {
      const int kv_head = head * kv_heads / heads;
      double sum = 0;
      for (std::int64_t other = window * seen; other < (window + 1) * seen; ++other) {
        const std::vector<double> key = projected(1, other), value = projected(2, other);
        double score = 0;
        for (int d = 0; d < depth; ++d) score += query[head * depth + d] * key[kv_head * depth + d];
        const double weight = std::exp(score / std::sqrt(depth));
        sum += weight;
        for (int d = 0; d < depth; ++d)
          mixed[head * depth + d] += weight * value[kv_head * depth + d];
      }
      for (int d = 0; d < depth; ++d) mixed[head * depth + d] /= sum;
    }
    const std::size_t first = static_cast<std::size_t>(heads * depth * queries.channels +
                                                       2 * kv_heads * depth * context.channels),
                      first_bias = (heads + 2 * kv_heads) * depth;
    std::vector<double> out;
    for (std::int64_t row = 0; row < queries.channels; ++row)
      out.push_back(product_of(weights.kernel, first, row, mixed) +
                    (bias ? weights.bias.at(first_bias + row) : 0));
    return out;
  }
};

}  // namespace

TEST_CASE("a linear layer is the same product at every position", "[interpreter]") {
  std::mt19937 random(21);
  for (int round = 0; round < 20; ++round) {
    const bool bias = round % 2 == 0;
    const NumberGrid input = random_grid(random, random_int(random, 1, 6), random_int(random, 1, 3),
                                         random_int(random, 1, 4));
    const int out = random_int(random, 1, 5);
    const interpreter::LayerWeights weights = {
        .kernel = random_numbers(random, out * input.channels),
        .bias = random_numbers(random, bias ? out : 0)};
    const std::string item =
        fmt::format("linear: {{out: {}, per_position: true, bias: {}}}", out, bias);
    INFO(item << " of " << input.shape());
    check_grid(run_guarded(item, input, weights), [&](auto c, auto y, auto x) {
      return product_of(weights.kernel, 0, c, column_of(input, y * input.width + x)) +
             (bias ? weights.bias.at(c) : 0);
    });
  }
}

TEST_CASE("a product of two inputs is taken channel by channel", "[interpreter]") {
  std::mt19937 random(22);
  for (int round = 0; round < 20; ++round) {
    const int channels = random_int(random, 1, 3), rows = random_int(random, 1, 4),
              inner = random_int(random, 1, 5), columns = random_int(random, 1, 4);
    const bool transposed = round % 2 == 0;
    const NumberGrid a = random_grid(random, channels, rows, inner),
                     b = transposed ? random_grid(random, channels, columns, inner)
                                    : random_grid(random, channels, inner, columns);
    const graph::Network network = network_of(
        spec_with(fmt::format("- input: {{name: a, channels: {0}, height: {1}, width: {2}}}\n"
                              "- input: {{name: b, channels: {0}, height: {3}, width: {4}}}\n"
                              "- matmul: {{transpose: {5}, from: [a, b]}}",
                              channels, rows, inner, b.height, b.width, transposed)));
    INFO(a.shape() << " by " << b.shape());
    const NumberGrid result = run_last(network, {a, b});
    CHECK(result.shape() == fmt::format("{}x{}x{}", channels, rows, columns));
    check_grid(result, [&](auto c, auto y, auto x) {
      double sum = 0;
      for (int k = 0; k < inner; ++k)
        sum += a.at(c, y, k) * (transposed ? b.at(c, x, k) : b.at(c, k, x));
      return sum;
    });
  }
}

TEST_CASE("attention mixes the values of a window by the scores of their keys", "[interpreter]") {
  std::mt19937 random(23);
  for (int round = 0; round < 48; ++round) {
    DrawnAttention drawn;
    drawn.kv_heads = random_int(random, 1, 2);
    drawn.heads = drawn.kv_heads * random_int(random, 1, 3);
    drawn.windows = random_int(random, 1, 3);
    drawn.bias = round % 2 == 0;
    const bool own_depth = round % 3 == 0, own_context = round % 4 == 0;
    const int per_head = random_int(random, 1, 3);
    drawn.depth = own_depth ? random_int(random, 1, 4) : per_head;
    const int channels = drawn.heads * per_head;
    drawn.queries = random_grid(random, channels, drawn.windows * random_int(random, 1, 2),
                                random_int(random, 1, 2));
    drawn.context = own_context ? random_grid(random, random_int(random, 1, 5), drawn.windows,
                                              random_int(random, 1, 4))
                                : drawn.queries;
    const int width = drawn.heads * drawn.depth, key_width = drawn.kv_heads * drawn.depth;
    drawn.weights.kernel =
        random_numbers(random, 2 * width * channels + 2 * key_width * drawn.context.channels);
    drawn.weights.bias = random_numbers(random, drawn.bias ? width + 2 * key_width + channels : 0);
    for (float& number : drawn.weights.kernel) number /= 32;
    const auto input = [](const char* name, const NumberGrid& grid) {
      return fmt::format("- input: {{name: {}, channels: {}, height: {}, width: {}}}\n", name,
                         grid.channels, grid.height, grid.width);
    };
    std::string item = fmt::format("- multi_head_attention: {{heads: {}, bias: {}, from: {}",
                                   drawn.heads, drawn.bias, own_context ? "[a, b]" : "a");
    if (drawn.kv_heads != drawn.heads) item += fmt::format(", kv_heads: {}", drawn.kv_heads);
    if (own_depth) item += fmt::format(", head_channels: {}", drawn.depth);
    if (drawn.windows != 1) item += fmt::format(", windows: {}", drawn.windows);
    const graph::Network network = network_of(spec_with(
        input("a", drawn.queries) + (own_context ? input("b", drawn.context) : "") + item + "}"));
    INFO(drawn.queries.shape() << " with " << drawn.context.shape() << ", heads " << drawn.heads
                               << " and " << drawn.kv_heads << ", depth " << drawn.depth
                               << ", windows " << drawn.windows);
    std::vector<NumberGrid> inputs = {drawn.queries};
    if (own_context) inputs.push_back(drawn.context);
    std::vector<std::vector<double>> results;
    for (std::int64_t token = 0; token < drawn.queries.height * drawn.queries.width; ++token)
      results.push_back(drawn.result(token));
    check_grid_nearly(run_last(network, inputs, drawn.weights), [&](auto c, auto y, auto x) {
      return results.at(y * drawn.queries.width + x).at(c);
    });
  }
}

TEST_CASE("scores of attention don't overflow", "[interpreter]") {
  // One head of one channel; the scores are 2000 times a key.
  const interpreter::LayerWeights weights = {.kernel = {1000, 2, 1, 1}};
  const std::string item = "multi_head_attention: {heads: 1, bias: false}";
  for (const float sign : {1.0f, -1.0f}) {
    // Each token takes what has its sign, and the largest of that.
    const NumberGrid result = run_guarded(item, {1, 4, 1, {3 * sign, -1, 1, -2 * sign}}, weights);
    const float other = -2 * sign;
    CHECK(result.numbers == std::vector<float>{3 * sign, sign > 0 ? other : 3 * sign,
                                               sign > 0 ? 3 * sign : other, other});
  }
}
