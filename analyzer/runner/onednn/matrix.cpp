// Products of activations: matrix products by channel, and attention. Channels last.
#include <dnnl.h>

#include <cmath>

#include "runner/onednn/kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/vector_math.hpp"

namespace archcost {
namespace {

/// C = alpha A B + beta C, row by row; `transposed`: B is given as columns.
void multiply_matrices(bool transposed, dnnl_dim_t m, dnnl_dim_t n, dnnl_dim_t k, float alpha,
                       const float* a, dnnl_dim_t lda, const float* b, dnnl_dim_t ldb, float beta,
                       float* c, dnnl_dim_t ldc) {
  const dnnl_status_t status =
      dnnl_sgemm('N', transposed ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  if (status != dnnl_success) throw dnnl::error(status, "a matrix product could not be computed");
}

Kernel matmul_kernel(const StepTask& task) {
  const Dims a = task.input(0), b = task.input(1), out = task.output();
  const bool transposed = flag_of(task.layer(), "transpose");
  Kernel kernel;
  kernel.implementation = "archcost:matmul";
  kernel.bind = [=, threads = task.context.threads](const Operands& operands) -> Run {
    return [=] {
      const std::size_t channels = out.channels;
      parallel_ranges(
          threads, std::int64_t{out.batch} * out.positions(),
          [&](std::int64_t begin, std::int64_t end) {
            std::vector<float> product(channels);
            for (std::int64_t i = begin; i < end; ++i) {
              const std::size_t image = i / out.positions(), at = i % out.positions();
              const std::size_t y = at / out.width, x = at % out.width;
              float* row = operands.output + i * channels;
              rows::fill(row, 0, channels);
              for (int k = 0; k < a.width; ++k) {
                const std::size_t left = (image * a.height + y) * a.width + k;
                const std::size_t right = transposed ? (image * b.height + x) * b.width + k
                                                     : (image * b.height + k) * b.width + x;
                rows::copy(product.data(), operands.inputs[0] + left * channels, channels);
                rows::multiply(product.data(), operands.inputs[1] + right * channels, channels);
                rows::add(row, product.data(), channels);
              }
            }
          });
    };
  };
  return kernel;
}

Kernel attention_kernel(const StepTask& task) {
  const Dims dims = task.output();
  const LayerWeights& weights = task.weights[task.step.main];
  const int heads = static_cast<int>(number_of(task.layer(), "heads"));
  const std::size_t width = dims.channels, tokens = dims.positions(), all = dims.batch * tokens;
  const std::size_t head = width / heads;
  Kernel kernel;
  kernel.implementation = "sgemm:oneDNN";
  kernel.scratch_bytes = sizeof(float) * (all * 3 * width + tokens * tokens + all * width);
  kernel.bind = [=, threads = task.context.threads, kernel_numbers = weights.kernel,
                 bias = weights.bias](const Operands& operands) -> Run {
    return [=] {
      float* projected = static_cast<float*>(operands.scratch);  // query, key, value of a token
      float* scores = projected + all * 3 * width;
      float* mixed = scores + tokens * tokens;
      const auto project = [&](const float* from, const float* matrix, std::size_t offset,
                               std::size_t outputs, float* to) {
        for (std::size_t t = 0; t < all && !bias.empty(); ++t) {
          rows::copy(to + t * outputs, bias.data() + offset, outputs);
        }
        multiply_matrices(true, all, outputs, width, 1, from, width, matrix, width,
                          bias.empty() ? 0.f : 1.f, to, outputs);
      };
      project(operands.inputs[0], kernel_numbers.data(), 0, 3 * width, projected);
      const float by = 1 / std::sqrt(static_cast<float>(head));
      for (int image = 0; image < dims.batch; ++image) {
        for (int h = 0; h < heads; ++h) {
          const float* query = projected + image * tokens * 3 * width + h * head;
          multiply_matrices(true, tokens, tokens, head, by, query, 3 * width, query + width,
                            3 * width, 0, scores, tokens);
          parallel_ranges(threads, static_cast<std::int64_t>(tokens),
                          [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t t = begin; t < end; ++t) {
                              float* row = scores + t * tokens;
                              const float total =
                                  rows::exponentials(row, rows::largest(row, tokens), tokens);
                              rows::scale(row, 1 / total, tokens);
                            }
                          });
          multiply_matrices(false, tokens, head, tokens, 1, scores, tokens, query + 2 * width,
                            3 * width, 0, mixed + image * tokens * width + h * head, width);
        }
      }
      project(mixed, kernel_numbers.data() + 3 * width * width, 3 * width, width, operands.output);
    };
  };
  return kernel;
}

}  // namespace

std::vector<Option> matrix_options(const StepTask& task) {
  const bool attention = task.layer().kind->name == "multi_head_attention";
  return {{"nhwc", Layout::kLast, Layout::kLast,
           [=] { return attention ? attention_kernel(task) : matmul_kernel(task); }}};
}

}  // namespace archcost
