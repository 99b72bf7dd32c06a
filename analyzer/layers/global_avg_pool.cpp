// SPDX-License-Identifier: Apache-2.0
// The average of each channel.
#include "layers/pooling.hpp"

namespace archcost::layers::kinds {

extern const LayerKind global_avg_pool_kind;
const LayerKind global_avg_pool_kind = {
    .name = "global_avg_pool",
    .family = Family::kPooling,
    .help = "average of each channel; gives [C,1,1]",
    .source = "arXiv:1409.4842; every input element counts once",
    .spatial = SpatialEffect::kGather,
    .shape = global_shape,
    .cost = global_pool_cost,
};

}  // namespace archcost::layers::kinds
