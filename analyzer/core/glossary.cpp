#include "core/glossary.hpp"

#include <array>

namespace archcost {
namespace {

constexpr auto kGlossary = std::to_array<CostName>({
    {"params", "params", Unit::kCount, "learned numbers: weights, biases, normalisation scale and shift",
     &LayerCost::params},
    {"weights", "weights", Unit::kCount, "kernels of convolutions and linear layers only",
     &LayerCost::weights},
    {"buffers", "buffers", Unit::kCount, "kept but not learned: running mean and variance",
     &LayerCost::buffers},
    {"macs", "macs", Unit::kCount, "multiply-adds of convolutions, linear layers and matrix products",
     &LayerCost::macs},
    {"bias_adds", "bias adds", Unit::kCount, "additions of a bias to an output element",
     &LayerCost::bias_adds},
    {"elementwise", "elementwise", Unit::kCount, "additions, multiplications and divisions element by element",
     &LayerCost::elementwise},
    {"compares", "compares", Unit::kCount, "comparisons, as in ReLU",
     &LayerCost::compares},
    {"transcendentals", "transcend.", Unit::kCount, "exponentials, roots, tanh, erf, powers",
     &LayerCost::transcendentals},
    {"pool_ops", "pool ops", Unit::kCount, "taps of pooling windows",
     &LayerCost::pool_ops},
    {"activations", "activations", Unit::kCount, "output elements",
     &LayerCost::activations},
});

}  // namespace

std::span<const CostName> glossary() { return kGlossary; }

const CostName* find_cost_name(std::string_view name) {
  for (const CostName& row : kGlossary) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string> cost_names() {
  std::vector<std::string> names;
  for (const CostName& row : kGlossary) names.emplace_back(row.name);
  return names;
}

}  // namespace archcost
