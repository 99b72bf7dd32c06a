// SPDX-License-Identifier: Apache-2.0
// Which primitives run which kind of layer. A kind without a row has no primitive: plain loops.
#include <array>

#include "runner/onednn/kernel.hpp"

namespace archcost::onednn {
namespace {

struct KindRow {
  std::string_view kind;
  std::vector<Option> (*options)(const StepTask&);
};

constexpr auto kKinds = std::to_array<KindRow>({
    {"conv", convolution_options},
    {"conv_transpose", transposed_options},
    {"linear", linear_options},
    {"add", pointwise_options},
    {"multiply", pointwise_options},
    {"prelu", pointwise_options},
    {"concat", concat_options},
    {"split", split_options},
    {"slice", slice_options},
    {"channel_shuffle", shuffle_options},
    {"max_pool", max_pool_options},
    {"global_max_pool", max_pool_options},
    {"avg_pool", avg_pool_options},
    {"adaptive_avg_pool", adaptive_pool_options},
    {"adaptive_max_pool", adaptive_pool_options},
    {"global_avg_pool", adaptive_pool_options},
    {"upsample", upsample_options},
    {"flatten", reshape_options},
    {"reshape", reshape_options},
    {"class_token", class_token_options},
    {"take_token", take_token_options},
    {"position_embedding", position_embedding_options},
    {"layer_norm", layer_norm_options},
    {"lrn", lrn_options},
    {"softmax", softmax_options},
    {"matmul", matmul_options},
    {"multi_head_attention", attention_options},
});

}  // namespace

std::vector<Option> options_of(const StepTask& task) {
  const layers::LayerKind& kind = *task.layer().kind;
  if (kind.activation || kind.folds_into_convolution) return pointwise_options(task);
  for (const KindRow& row : kKinds) {
    if (row.kind == kind.name) return row.options(task);
  }
  return plain_options(task);
}

std::vector<plan::Layout> layouts_of(const graph::Dims& dims, const Context& context) {
  if (!can_be_blocked(dims, context)) return {plan::Layout::kLast};
  return {plan::Layout::kLast, plan::Layout::kBlocked};
}

bool can_be_blocked(const graph::Dims& dims, const Context& context) {
  return dims.positions() > 1 && dims.channels >= context.block;
}

}  // namespace archcost::onednn
