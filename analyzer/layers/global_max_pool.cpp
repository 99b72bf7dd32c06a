// SPDX-License-Identifier: Apache-2.0
// The maximum of each channel.
#include "layers/pooling.hpp"

namespace archcost::layers::kinds {

extern const LayerKind global_max_pool_kind;
const LayerKind global_max_pool_kind = {
    .name = "global_max_pool",
    .family = Family::kPooling,
    .help = "maximum of each channel; gives [C,1,1]",
    .source = "arXiv:1709.01507; every input element counts once",
    .spatial = SpatialEffect::kGather,
    .kept_for_backward = KeptForBackward::kInputs,
    .shape = global_shape,
    .cost = global_pool_cost,
};

}  // namespace archcost::layers::kinds
