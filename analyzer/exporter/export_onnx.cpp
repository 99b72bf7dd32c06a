// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_onnx.hpp"

#include <algorithm>
#include <cmath>

#include "exporter/kind_row.hpp"
#include "exporter/refusals.hpp"
#include "layers/kinds.hpp"

namespace archcost::exporter {
namespace {

// What the network gives: a vector or an image, never tokens.
void add_output(OnnxTarget& target, graph::LayerId id) {
  const TensorShape shape = target.network.shape(id);
  const LayerTensor& tensor =
      id == graph::kNetworkInput ? target.input : target.tensors[static_cast<std::size_t>(id)];
  const bool vector = shape.area() == Count(1) && tensor.first.empty();
  const Layout layout = vector ? Layout::kLast : Layout::kFirst;
  const std::string name = converted(target, id, layout);
  auto& values = target.graph.values;
  target.graph.outputs.push_back({name, sizes_in(shape, target.network.batch, layout)});
  values.erase(std::remove_if(values.begin(), values.end(),
                              [&](const OnnxValue& value) { return value.name == name; }),
               values.end());
}

// A further input; its place among the layers is kept for readers of the file.
void add_input(OnnxTarget& target, std::size_t k) {
  const graph::Layer& layer = target.network.layers[k];
  const auto folded = std::count_if(
      target.folded_into.begin(),
      target.folded_into.begin() + static_cast<std::ptrdiff_t>(target.folded_into.empty() ? 0 : k),
      [](graph::LayerId id) { return id >= 0; });
  target.graph.inputs.push_back(
      {layer.name, sizes_in(layer.output, target.network.batch, Layout::kFirst),
       "layer " + std::to_string(static_cast<std::ptrdiff_t>(k) - folded)});
  target.tensors[k].first = layer.name;
}

// By layer: whether it uses the weights of another one, or another one uses its.
std::vector<bool> sharing_layers(const graph::Network& network) {
  std::vector<bool> shares(network.layers.size());
  for (std::size_t k = 0; k < shares.size(); ++k) {
    const auto owner = network.layers[k].weights_of;
    if (owner) shares[k] = shares[static_cast<std::size_t>(*owner)] = true;
  }
  return shares;
}

}  // namespace

const KindRow* find_row(std::string_view kind) {
  for (const auto rows :
       {window_rows(), pool_rows(), matrix_rows(), norm_rows(), element_rows(), move_rows()}) {
    for (const KindRow& row : rows) {
      if (row.kind == kind) return &row;
    }
  }
  return nullptr;
}

std::vector<graph::LayerId> folded_layers(const graph::Network& network) {
  const auto readers = graph::readers_of(network);
  const std::vector<bool> shares = sharing_layers(network);
  std::vector<graph::LayerId> folded_into(network.layers.size(), -1);
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    if (!layer.kind->folds_into_convolution || layer.inputs[0] == graph::kNetworkInput) continue;
    if (shares[k]) continue;
    const auto before = static_cast<std::size_t>(layer.inputs[0]);
    const graph::LayerId root =
        folded_into[before] >= 0 ? folded_into[before] : static_cast<graph::LayerId>(before);
    if (!layers::has_kernel(*network.layers[static_cast<std::size_t>(root)].kind)) continue;
    if (shares[static_cast<std::size_t>(root)]) continue;
    if (readers[before].size() != 1 || network.is_output(layer.inputs[0])) continue;
    folded_into[k] = root;
  }
  return folded_into;
}

void fold_weights(const graph::Network& network, const std::vector<graph::LayerId>& folded_into,
                  std::vector<interpreter::LayerWeights>& weights) {
  for (std::size_t k = 0; k < folded_into.size(); ++k) {
    if (folded_into[k] < 0) continue;
    const auto root = static_cast<std::size_t>(folded_into[k]);
    const graph::Layer& layer = network.layers[root];
    interpreter::LayerWeights &norm = weights[k], &target = weights[root];
    const std::size_t channels = interpreter::size(layer.output.channels);
    target.bias.resize(channels);
    const bool transposed = layer.kind->spatial == layers::SpatialEffect::kTransposedWindow;
    // Of a transposed convolution the kernel is (in, out / groups, ...), else (out, ...).
    const std::size_t groups =
        transposed ? static_cast<std::size_t>(graph::number_of(layer, "groups")) : 1;
    const std::size_t rows =
        transposed ? interpreter::size(network.shape(layer.inputs[0]).channels) : channels;
    const std::size_t columns = transposed ? channels / groups : 1;
    const std::size_t taps = target.kernel.size() / (rows * columns);
    std::vector<double> factors(channels, 1);
    for (std::size_t c = 0; c < channels; ++c) {
      double shift = norm.shift.empty() ? 0 : norm.shift[c];
      if (!norm.scale.empty()) factors[c] = norm.scale[c];
      if (!norm.variance.empty()) {
        factors[c] /= std::sqrt(static_cast<double>(norm.variance[c]) + interpreter::kNormEpsilon);
        shift -= norm.mean[c] * factors[c];
      }
      target.bias[c] = static_cast<float>(target.bias[c] * factors[c] + shift);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        const std::size_t channel = transposed ? row / (rows / groups) * columns + column : row;
        float* kernel = target.kernel.data() + (row * columns + column) * taps;
        for (std::size_t t = 0; t < taps; ++t)
          kernel[t] = static_cast<float>(kernel[t] * factors[channel]);
      }
    }
    norm = {};
  }
}

void add_cost_attributes(const graph::Network& network, OnnxGraph& graph) {
  for (OnnxNode& node : graph.nodes) {
    if (node.layer == graph::kNetworkInput) continue;  // a change of the input's layout
    const graph::Layer& layer = network.layers[static_cast<std::size_t>(node.layer)];
    const bool is_result =
        node.name == layer.name || node.name == layer.name + "/" + std::string(layer.kind->name);
    if (!is_result) continue;
    node.attributes.push_back({"archcost_params", layer.cost.params.value()});
    node.attributes.push_back({"archcost_macs", layer.cost.macs.value() * network.batch});
    node.attributes.push_back(
        {"archcost_activations", layer.cost.activations.value() * network.batch});
    node.attributes.push_back({"archcost_output", to_string(layer.output)});
  }
}

OnnxGraph onnx_graph(const graph::Network& network, int opset,
                     const std::vector<graph::LayerId>& folded_into) {
  OnnxTarget target = {network, opset, folded_into, {}, {}, {}, {}, {}};
  target.graph.name = network.name;
  target.graph.inputs = {{"input", sizes_in(network.input, network.batch, Layout::kFirst)}};
  target.input.first = target.graph.inputs.front().name;
  target.tensors.resize(network.layers.size());
  for (const graph::Layer& layer : network.layers) target.names.insert(layer.name);
  refuse_unwritable(network);
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const graph::Layer& layer = network.layers[k];
    if (!folded_into.empty() && folded_into[k] >= 0) {
      target.tensors[k] = target.tensors[static_cast<std::size_t>(layer.inputs[0])];
      continue;
    }
    if (layer.is(layers::kinds::input_kind)) {
      add_input(target, k);
      continue;
    }
    OnnxLayer step(target, static_cast<graph::LayerId>(k));
    find_row(layer.kind->name)->onnx(step);
  }
  for (const graph::LayerId id : network.outputs) add_output(target, id);
  return std::move(target.graph);
}

}  // namespace archcost::exporter
