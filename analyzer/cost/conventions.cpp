// SPDX-License-Identifier: Apache-2.0
#include "cost/conventions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "layers/attention.hpp"

namespace archcost::cost {
namespace {

using Contributions = std::vector<Contribution>;

// Causes; the same word in two conventions means the same thing.
constexpr std::string_view kMacs = "multiply-adds",
                           kSecondOperation = "multiply and add as two operations",
                           kPositions = "positions of linear layers",
                           kPaddingTaps = "taps on padding", kBias = "biases",
                           kBatchNorm = "batch norm", kLayerNorm = "layer norm",
                           kGroupNorm = "group norm", kActivations = "activations",
                           kPooling = "pooling windows",
                           kAdaptivePool = "global and adaptive pools",
                           kMerges = "additions and products", kAttention = "attention",
                           kUpsample = "upsampling", kOtherWork = "other element-wise work",
                           kOtherParams = "parameters of other layers, once";

bool is(const graph::Layer& layer, std::string_view kind) { return layer.kind->name == kind; }
bool is_any(const graph::Layer& layer, std::initializer_list<std::string_view> kinds) {
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](std::string_view kind) { return is(layer, kind); });
}
bool has_weights(const graph::Layer& layer) {
  return layer.kind->family == layers::Family::kConvolution ||
         layer.kind->family == layers::Family::kLinear;
}
bool is_adaptive_pool(const graph::Layer& layer) {
  return is_any(layer, {"global_avg_pool", "adaptive_avg_pool"});
}
Count elements(const graph::Layer& layer) { return layer.output.elements(); }
Count input_elements(const graph::Network& network, const graph::Layer& layer) {
  return network.shape(layer.inputs[0]).elements();
}
bool affine(const graph::Layer& layer) { return layer.cost.params > Count(0); }
bool is_module(const graph::Layer& layer) { return layer.call == graph::Call::kModule; }
/// A module of the library or of a class of its own.
bool is_any_module(const graph::Layer& layer) {
  return is_module(layer) || layer.call == graph::Call::kSubclass;
}

void add(Contributions& list, std::string_view cause, Count amount) {
  if (!(amount == Count(0))) list.push_back({cause, amount});
}

bool is_bilinear(const graph::Layer& layer) { return layer.cost.elementwise > Count(0); }
/// A transposed convolution as tools count it that multiply the kernel by the output's positions.
Count macs_by_outputs(const graph::Network& network, const graph::Layer& layer) {
  return div_floor(layer.cost.macs, network.shape(layer.inputs[0]).area()) * layer.output.area();
}

// The multiply-adds of a layer, separate where tools differ: not all of them see attention, and
// some count a linear layer once for any number of positions.
void add_macs(Contributions& list, const graph::Layer& layer) {
  if (layer.kind->family == layers::Family::kMatrix) {
    add(list, kAttention, layer.cost.macs);
  } else if (layer.kind->family == layers::Family::kLinear) {
    add(list, kMacs, layer.cost.weights);
    add(list, kPositions, layer.cost.macs - layer.cost.weights);
  } else {
    add(list, kMacs, layer.cost.macs);
  }
}

std::string_view norm_cause(const graph::Layer& layer) {
  return is(layer, "batch_norm") ? kBatchNorm : is(layer, "layer_norm") ? kLayerNorm : kGroupNorm;
}

void count_macs(const graph::Network&, const graph::Layer& layer, Contributions& list) {
  add_macs(list, layer);
}

void count_flops(const graph::Network&, const graph::Layer& layer, Contributions& list) {
  const LayerCost& cost = layer.cost;
  add_macs(list, layer);
  add(list, kSecondOperation, cost.macs);
  add(list, kBias, cost.bias_adds);
  add(list, kPooling, is_any(layer, {"max_pool", "avg_pool"}) ? cost.pool_ops : Count(0));
  add(list, kAdaptivePool, is_any(layer, {"max_pool", "avg_pool"}) ? Count(0) : cost.pool_ops);
  const Count rest = cost.elementwise + cost.compares + cost.transcendentals;
  switch (layer.kind->family) {
    case layers::Family::kNormalisation:
      add(list, is(layer, "lrn") ? kOtherWork : norm_cause(layer), rest);
      break;
    case layers::Family::kActivation:
      add(list, kActivations, rest);
      break;
    case layers::Family::kMerge:
      add(list, kMerges, rest);
      break;
    case layers::Family::kMatrix:
      add(list, kAttention, rest);
      break;
    default:
      add(list, is(layer, "upsample") ? kUpsample : kOtherWork, rest);
  }
}

void count_fvcore(const graph::Network& network, const graph::Layer& layer, Contributions& list) {
  add_macs(list, layer);
  if (is(layer, "batch_norm"))
    add(list, kBatchNorm, elements(layer) * Count(affine(layer) ? 2 : 1));
  if (is_any(layer, {"layer_norm", "group_norm"}))
    add(list, norm_cause(layer), elements(layer) * Count(affine(layer) ? 5 : 4));
  if (is_adaptive_pool(layer) && layer.call != graph::Call::kMethod)
    add(list, kAdaptivePool, input_elements(network, layer));
  if (is(layer, "upsample"))
    add(list, kUpsample, elements(layer) * Count(is_bilinear(layer) ? 4 : 1));
}

// How often ptflops' pytorch engine counts a layer: it hooks modules of the library's own classes,
// and replaces functions, which modules call.
std::int64_t ptflops_times(const graph::Layer& layer) {
  const bool function = layer.call != graph::Call::kMethod, module = is_module(layer);
  if (is_any(layer, {"relu", "prelu", "gelu", "upsample"}) ||
      layer.kind->family == layers::Family::kPooling)
    return (function ? 1 : 0) + (module ? 1 : 0);
  if (is(layer, "leaky_relu")) return module ? 1 : 0;  // only the module is known
  // The module of ReLU6 calls another function; of the others only the function is known.
  if (is_any(layer, {"relu6", "swish", "softmax"})) return function ? 1 : 0;
  // Operators are missed.
  if (is_any(layer, {"add", "multiply"})) return layer.call == graph::Call::kFunction ? 1 : 0;
  return 0;
}

// nn.MultiheadAttention: a rule of the module, and the functions that PyTorch 1.13 calls in it.
void count_ptflops_attention(const graph::Network& network, const graph::Layer& layer,
                             Contributions& list) {
  const Count width = layer.output.channels, tokens = layer.output.area();
  const layers::AttentionSizes sizes =
      layers::attention_sizes(layer.numbers, network.input_shapes(layer));
  const Count products = Count(2) * layer.cost.compares * sizes.depth;  // scores and mixture
  add(list, kAttention, products + layer.cost.compares);                // bmm twice, softmax
  if (!is_module(layer)) return;
  // Projections, scores, softmax, the output with its bias; the scaling of the queries. The
  // output's bias counts even where there is none.
  add_macs(list, layer);
  add(list, kBias, max(layer.cost.bias_adds, tokens * width));
  add(list, kAttention, tokens * width + layer.cost.compares);
}

void count_ptflops(const graph::Network& network, const graph::Layer& layer, Contributions& list) {
  if (is(layer, "multi_head_attention")) return count_ptflops_attention(network, layer, list);
  if (has_weights(layer) && is_module(layer)) {
    if (is(layer, "conv_transpose"))
      add(list, kMacs, macs_by_outputs(network, layer));
    else
      add_macs(list, layer);
    add(list, kBias, layer.cost.bias_adds);
  }
  if (is(layer, "matmul") && layer.call != graph::Call::kMethod) add_macs(list, layer);
  if (is_any(layer, {"batch_norm", "group_norm"}) && is_module(layer))
    add(list, norm_cause(layer), elements(layer) * Count(affine(layer) ? 2 : 1));
  if (is(layer, "layer_norm") && is_module(layer)) add(list, kLayerNorm, elements(layer));
  if (is(layer, "lrn") && layer.call != graph::Call::kMethod) {
    // Two products and a sum, and an average over the padded channels.
    const Count padded = layer.output.channels + layer.numbers[0] - Count(1);
    add(list, kOtherWork, Count(3) * elements(layer) + padded * layer.output.area());
  }
  const Count times = ptflops_times(layer);
  if (is(layer, "upsample")) add(list, kUpsample, elements(layer) * times);
  switch (layer.kind->family) {
    case layers::Family::kActivation:
      add(list, kActivations, elements(layer) * times);
      break;
    case layers::Family::kMerge:
      add(list, kMerges, elements(layer) * times);
      break;
    case layers::Family::kPooling: {
      const bool windowed = is_any(layer, {"max_pool", "avg_pool"});
      add(list, windowed ? kPooling : kAdaptivePool, input_elements(network, layer) * times);
      break;
    }
    default:
      break;
  }
}

void count_aten(const graph::Network&, const graph::Layer& layer, Contributions& list) {
  add_macs(list, layer);
  // PyTorch adds the bias of a linear layer over a map by an operation of its own, which is no
  // addmm.
  const bool over_map = is(layer, "linear") && layer.output.width > Count(1);
  if ((has_weights(layer) && !over_map) || is(layer, "multi_head_attention"))
    add(list, kBias, layer.cost.bias_adds);
}

void count_thop(const graph::Network& network, const graph::Layer& layer, Contributions& list) {
  if (!is_module(layer)) return;
  if (is(layer, "conv_transpose")) {
    add(list, kMacs, macs_by_outputs(network, layer));
  } else if (has_weights(layer)) {
    add_macs(list, layer);
  } else if (is_any(layer, {"batch_norm", "layer_norm"})) {
    add(list, norm_cause(layer), elements(layer) * Count(affine(layer) ? 4 : 2));
  } else if (is(layer, "avg_pool")) {
    add(list, kPooling, elements(layer));
  } else if (is_adaptive_pool(layer)) {
    // A division and input / output elements of a window for each output.
    add(list, kAdaptivePool, input_elements(network, layer) + elements(layer));
  } else if (is(layer, "prelu")) {
    add(list, kActivations, elements(layer));
  } else if (is(layer, "softmax")) {
    add(list, kActivations, layer.output.area() * (Count(3) * layer.output.channels - Count(1)));
  } else if (is(layer, "upsample")) {
    add(list, kUpsample, elements(layer) * Count(is_bilinear(layer) ? 11 : 1));
  }
}

void count_torchinfo(const graph::Network&, const graph::Layer& layer, Contributions& list) {
  // Attention is not a leaf module, and its output projection is never called as one.
  if (!is_any_module(layer) ||
      is_any(layer, {"multi_head_attention", "scale", "class_token", "position_embedding"}))
    return;
  if (layer.kind->family == layers::Family::kConvolution) {
    add(list, kMacs, layer.cost.weights * layer.output.area());
    add(list, kBias, layer.cost.bias_adds);
  } else if (is(layer, "linear")) {
    add(list, kMacs, layer.cost.weights);
    add(list, kBias, layer.cost.params - layer.cost.weights);
  } else {
    const std::string_view cause =
        layer.kind->family == layers::Family::kNormalisation ? norm_cause(layer) : kOtherParams;
    add(list, cause, layer.cost.params);
  }
}

void count_pycls(const graph::Network&, const graph::Layer& layer, Contributions& list) {
  if (has_weights(layer) || layer.kind->family == layers::Family::kMatrix) add_macs(list, layer);
  if (has_weights(layer)) add(list, kBias, layer.cost.bias_adds);
}

void count_benchdnn(const graph::Network& network, const graph::Layer& layer, Contributions& list) {
  add_macs(list, layer);
  add(list, kSecondOperation, layer.cost.macs);
  if (layer.kind->family == layers::Family::kConvolution) {
    add(list, kPaddingTaps, Count(-2) * (layer.cost.macs - unpadded_macs(network, layer)));
  }
}

constexpr auto kConventions = std::to_array<Convention>({
    {"macs", "multiply-adds, as the papers",
     "One multiply-add for each tap of each output; taps on padding count.\nNothing else: no bias, "
     "norm, activation, pool, addition.",
     "the papers' mult-adds, arXiv:1704.04861 section 3.1", count_macs},
    {"flops", "2 x macs + all the rest",
     "2 for each multiply-add, 1 for each bias.\nNorms, activations, pools, additions and "
     "products: as the counters elementwise, compares, "
     "transcendentals and pool_ops say.",
     "docs/COUNTING.md", count_flops},
    {"fvcore", "macs + norms + global pools",
     "Batch norm: 2 an element (1 without scale and shift). Layer and group norm: 5 (4).\nAdaptive "
     "and global average pools: 1 for each "
     "input element; a tensor's mean() counts nothing.\nUpsampling: 4 an output element when "
     "bilinear, 1 when nearest. No bias, activation, addition, windowed pool.",
     "fvcore 0.1.6, fvcore/nn/flop_count.py and jit_handles.py", count_fvcore},
    {"ptflops", "macs + biases, norms, ReLU, pools",
     "Biases: 1 an output element. Batch and group norm: 2 an element (1 without scale and shift). "
     "Layer norm: 1.\nReLU, PReLU, GELU: 1 an element for the module and 1 more for the function "
     "that it calls; ReLU6, SiLU, softmax once; sigmoid, hard sigmoid, hard swish, tanh not at "
     "all.\nPools: 1 for each input element, twice for modules.\nTransposed convolutions by output "
     "positions; upsampling 1 an output element, twice for modules.\nLocal response norm: 3 an "
     "element, and the padded channels.\nAttention: the module's rule, and its two products and "
     "its "
     "softmax again as functions.\nConvolutions and linear layers only as modules of PyTorch's own "
     "classes; additions and products only as torch.add, torch.mul and torch.matmul: operators are "
     "missed.",
     "ptflops 0.7.4 on PyTorch 1.13, pytorch engine, ptflops/pytorch_ops.py", count_ptflops},
    {"ptflops-aten", "macs + biases",
     "Convolutions and linear layers with their biases, but for linear layers over a map: those "
     "add "
     "the bias by another operation. Nothing else.",
     "ptflops 0.7.4 on PyTorch 1.13, aten engine, ptflops/aten_ops.py", count_aten},
    {"thop", "macs + norms + average pools",
     "Batch and layer norm: 4 an element (2 without scale and shift).\nAverage pools: 1 an output "
     "element; adaptive pools: 1 an input and 1 an output element.\nTransposed convolutions by "
     "output positions; upsampling 11 an output element when bilinear, 1 when nearest.\nSoftmax 3C "
     "- "
     "1 a position, PReLU 1 an element.\nOnly modules of PyTorch's own classes: functions, tensor "
     "methods, attention, layer scale and group norm count nothing; biases, ReLU and additions "
     "neither.",
     "thop 0.1.1, thop/vision/basic_hooks.py", count_thop},
    {"torchinfo", "macs + biases + norm parameters",
     "Convolutions: parameters, bias included, times output positions.\nAny other module: its "
     "parameters once (batch norm: 2C), linear layers "
     "over positions too.\nMulti-head attention counts nothing: it is no leaf, and its projections "
     "aren't called as modules.\nFunctions and tensor methods count nothing.",
     "torchinfo 1.8.0, torchinfo/layer_info.py", count_torchinfo},
    {"pycls", "macs + biases",
     "Convolutions and linear layers with their biases; norms, activations and pools count "
     "nothing.",
     "facebookresearch/pycls, pycls/models/blocks.py", count_pycls},
    {"benchdnn", "2 x macs without taps on padding",
     "2 for each multiply-add whose tap lies inside the input.\nConvolutions, inner products and "
     "matmul only.",
     "oneDNN, tests/benchdnn/conv", count_benchdnn},
});

}  // namespace

std::span<const Convention> conventions() { return kConventions; }

const Convention* find_convention(std::string_view name) {
  std::string dashed(name);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  for (const Convention& convention : kConventions) {
    if (convention.name == dashed) return &convention;
  }
  return nullptr;
}

std::vector<std::string> convention_names() {
  std::vector<std::string> names;
  for (const Convention& convention : kConventions) names.emplace_back(convention.name);
  return names;
}

Count convention_cost(const Convention& convention, const graph::Network& network,
                      const graph::Layer& layer) {
  Contributions list;
  convention.count(network, layer, list);
  Count sum;
  for (const Contribution& contribution : list) sum += contribution.amount;
  return sum * network.batch;
}

Count convention_total(const Convention& convention, const graph::Network& network) {
  try {
    Count sum;
    for (const graph::Layer& layer : network.layers)
      sum += convention_cost(convention, network, layer);
    return sum;
  } catch (const CountOverflow&) {
    throw Error(fmt::format("'{}': the total under '{}' needs more than 64 bits", network.name,
                            convention.name));
  }
}

std::vector<Difference> explain_difference(const graph::Network& network, const Convention& from,
                                           const Convention& to) {
  std::vector<Difference> differences;
  const auto row = [&](std::string_view cause) -> Difference& {
    for (Difference& difference : differences) {
      if (difference.cause == cause) return difference;
    }
    differences.push_back({std::string(cause), 0, 0});
    return differences.back();
  };
  Contributions list;
  for (const graph::Layer& layer : network.layers) {
    list.clear();
    from.count(network, layer, list);
    for (const Contribution& c : list) row(c.cause).from += c.amount * network.batch;
    list.clear();
    to.count(network, layer, list);
    for (const Contribution& c : list) row(c.cause).to += c.amount * network.batch;
  }
  std::erase_if(differences, [](const Difference& d) { return d.from == d.to; });
  return differences;
}

Count pycls_activations(const graph::Network& network) {
  Count sum;
  for (const graph::Layer& layer : network.layers) {
    if (has_weights(layer) || is_any(layer, {"max_pool", "avg_pool"}))
      sum += elements(layer) * network.batch;
  }
  return sum;
}

}  // namespace archcost::cost
