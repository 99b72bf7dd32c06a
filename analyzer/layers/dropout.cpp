// SPDX-License-Identifier: Apache-2.0
// Dropout, which does nothing at inference.
#include "layers/layer_kind.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"p", AttributeType::kReal, "0.5", "probability of dropping, in training only"},
});

}  // namespace

extern const LayerKind dropout_kind;
const LayerKind dropout_kind = {
    .name = "dropout",
    .family = Family::kOther,
    .help = "dropout; does nothing at inference",
    .source = "arXiv:1207.0580",
    .view = ViewWhen::kAtInference,
    .elementwise = true,
    .attributes = kAttributes,
    .shape = unchanged_shape,
    .cost = no_cost,
};

}  // namespace archcost::layers::kinds
