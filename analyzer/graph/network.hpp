// SPDX-License-Identifier: Apache-2.0
// A network whose parameters are bound, whose blocks are expanded and whose shapes are known.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cost.hpp"
#include "core/shape.hpp"
#include "layers/layer_kind.hpp"
#include "spec/value.hpp"

namespace archcost::graph {

/// How the code of the reference implementation calls a layer. Only the counting rules of tools
/// that hook modules or functions read it.
enum class Call {
  kModule,    ///< a module of a class of PyTorch
  kSubclass,  ///< a module of a class derived from that
  kFunction,  ///< F.relu(x), torch.add(a, b), a.matmul(b)
  kMethod     ///< x.mean([2, 3]), a + b, a @ b
};

/// Index of a layer in Network::layers, or kNetworkInput.
using LayerId = int;
constexpr LayerId kNetworkInput = -1;

struct Layer {
  std::string name;  ///< unique: "block1.depthwise.conv"
  const layers::LayerKind* kind = nullptr;
  // The attributes' values, flat, in the order of kind->attributes; see slot_of().
  std::vector<Count> numbers;
  std::vector<int> words;
  std::vector<double> reals;
  Call call = Call::kModule;
  std::vector<LayerId> inputs;
  TensorShape output;                 ///< of one image
  LayerCost cost;                     ///< of one image, as if it had weights of its own
  std::optional<LayerId> weights_of;  ///< the layer whose weights it uses, which has its own

  bool is(const layers::LayerKind& wanted) const { return kind == &wanted; }
};

struct Parameter {
  std::string name;
  std::string symbol;  ///< "α", or the name
  spec::Value value;
  bool is_default = true;
};

struct Network {
  std::string name;
  std::string source;
  std::vector<std::string> notes;  ///< the spec's
  std::vector<Parameter> parameters;
  TensorShape input;
  bool input_given = false;  ///< from outside, instead of the spec's
  std::int64_t batch = 1;
  /// In the order of execution: every layer follows its inputs.
  std::vector<Layer> layers;
  std::vector<LayerId> outputs;  ///< what the network gives; at least one

  bool is_output(LayerId id) const {
    return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
  }

  const TensorShape& shape(LayerId id) const {
    return id == kNetworkInput ? input : layers[id].output;
  }
  std::vector<TensorShape> input_shapes(const Layer& layer) const;
};

/// What the layer adds to the network's cost: where it uses another layer's weights, no parameters.
LayerCost added_cost(const Layer& layer);

/// How many layers use the weights of another one.
std::size_t weight_sharing_layers(const Network& network);

/// Whether both compute the same: the same layers with the same sizes in the same order. Names,
/// parameters and the batch don't matter.
bool same_network(const Network& a, const Network& b);

/// What people call the layer: "conv 1x1", "depthwise 3x3", "batch norm".
std::string class_name(const Network& network, const Layer& layer);

/// Layers whose costs aren't known: with one of them, totals are incomplete.
std::size_t unsupported_layers(const Network& network);

/// What the layer does to positions.
layers::SpatialEffect spatial_effect(const Network& network, const Layer& layer);

/// The padding that a convolution or pool has on each side, `same` and `same_tf` resolved; nothing
/// for kinds without one.
std::optional<Padding> resolved_padding(const Network& network, const Layer& layer);

}  // namespace archcost::graph
