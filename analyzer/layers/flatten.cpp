// SPDX-License-Identifier: Apache-2.0
// All elements as channels of one position.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

TensorShape shape(const LayerView& layer) { return {layer.input().elements(), Count(1), Count(1)}; }

}  // namespace

extern const LayerKind flatten_kind;
const LayerKind flatten_kind = {
    .name = "flatten",
    .family = Family::kRearrange,
    .help = "all elements as channels of one position",
    .source = "PyTorch Flatten; moves nothing",
    .view = ViewWhen::kAlways,
    .spatial = SpatialEffect::kGather,
    .shape = shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
