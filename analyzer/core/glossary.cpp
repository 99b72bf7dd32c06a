// SPDX-License-Identifier: Apache-2.0
#include "core/glossary.hpp"

#include <array>

#include "core/text.hpp"

namespace archcost {
namespace {

constexpr auto kGlossary = std::to_array<CostName>({
    {"params", "params", Unit::kCount,
     "learned numbers: weights, biases, normalisation scale and shift", &LayerCost::params},
    {"weights", "weights", Unit::kCount, "kernels of convolutions and linear layers only",
     &LayerCost::weights},
    {"buffers", "buffers", Unit::kCount, "kept but not learned: running mean and variance",
     &LayerCost::buffers},
    {"macs", "macs", Unit::kCount,
     "multiply-adds of convolutions, linear layers and matrix products", &LayerCost::macs},
    {"bias_adds", "bias adds", Unit::kCount, "additions of a bias to an output element",
     &LayerCost::bias_adds},
    {"elementwise", "elementwise", Unit::kCount,
     "additions, multiplications and divisions element by element", &LayerCost::elementwise},
    {"compares", "compares", Unit::kCount, "comparisons, as in ReLU", &LayerCost::compares},
    {"transcendentals", "transcend.", Unit::kCount, "exponentials, roots, tanh, erf, powers",
     &LayerCost::transcendentals},
    {"pool_ops", "pool ops", Unit::kCount, "taps of pooling windows", &LayerCost::pool_ops},
    {"activations", "activations", Unit::kCount, "output elements", &LayerCost::activations},
    {"flops", "flops", Unit::kCount, "every operation: 2 for a multiply-add, and all the rest"},
    {"fvcore", "fvcore", Unit::kCount, "as fvcore counts"},
    {"ptflops", "ptflops", Unit::kCount, "as ptflops' pytorch engine counts"},
    {"ptflops_aten", "ptflops-aten", Unit::kCount, "as ptflops' aten engine counts"},
    {"thop", "thop", Unit::kCount, "as thop counts"},
    {"torchinfo", "torchinfo", Unit::kCount, "as torchinfo counts"},
    {"pycls", "pycls", Unit::kCount, "as pycls counts"},
    {"benchdnn", "benchdnn", Unit::kCount, "as benchdnn counts: 2 x macs without taps on padding"},
    {"size_f32", "size f32", Unit::kBytes, "parameters and buffers in f32"},
    {"size_f16", "size f16", Unit::kBytes, "parameters and buffers in f16"},
    {"size_bf16", "size bf16", Unit::kBytes, "parameters and buffers in bf16"},
    {"size_int8", "size int8", Unit::kBytes, "parameters and buffers in int8"},
    {"size_int4", "size int4", Unit::kBytes, "parameters and buffers in int4"},
});

}  // namespace

std::span<const CostName> glossary() { return kGlossary; }

const CostName* find_cost_name(std::string_view name) { return find_named(kGlossary, name); }

std::vector<std::string> cost_names() { return names_of(kGlossary); }

}  // namespace archcost
