// SPDX-License-Identifier: Apache-2.0
// How a network is run: its layers grouped into steps, each one kernel.
//
// A convolution fuses the batch norm, bias, activation and residual sum that follow it.
// Element-wise layers that follow each other are one step. Layers that change no number (dropout,
// flatten) need no step.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graph/network.hpp"

namespace archcost::plan {

/// Something done to each element of a result.
struct PointwiseOp {
  enum Kind : std::uint8_t {
    kAffine,      ///< times a number of the channel, plus another: batch norm, scale
    kPrelu,       ///< slopes of the channels below zero
    kActivation,  ///<
    kAdd,         ///< a tensor of the same shape
    kMultiply,    ///< a tensor of the same shape
    kGate         ///< a number for each image and channel
  };
  Kind kind;
  graph::LayerId layer = 0;  ///< that it computes
  layers::Activation activation = layers::Activation::kRelu;
  float slope = 0;   ///< of kLeakyRelu; alpha of kElu
  int operand = -1;  ///< of kAdd, kMultiply, kGate: index into Step::inputs
};

struct Step {
  graph::LayerId main = 0;  ///< the layer that names the step
  std::vector<graph::LayerId>
      layers;  ///< all that it computes, in order, without views and dropout
  /// Values that it reads: first the inputs of `main`, then the operands of `pointwise`.
  std::vector<graph::LayerId> inputs;
  int main_inputs = 0;
  /// Batch norms and scales that are folded into the weights.
  std::vector<graph::LayerId> folded;
  /// `main` itself where it is pointwise, and what follows.
  std::vector<PointwiseOp> pointwise;
  graph::LayerId output = 0;  ///< the value that it computes

  /// Index into `inputs` of what is added first; -1 where nothing is.
  int sum_operand() const;
};

struct ExecutionPlan {
  std::vector<Step> steps;
  /// By layer: the value that holds its numbers; a view's are those of its input.
  std::vector<graph::LayerId> storage;

  graph::LayerId value_of(graph::LayerId id) const {
    return id == graph::kNetworkInput ? id : storage[id];
  }
};

/// kAll: a step fuses what it can. kNone: each layer is a step, as in tables of latencies by layer.
enum class Fusion : std::uint8_t { kAll, kNone };
ExecutionPlan plan_execution(const graph::Network& network, Fusion fusion = Fusion::kAll);

/// Whether one kernel computes the step: `candidate` has one layer more than a step that is known
/// to be computed by one, as the last of its layers.
using FusionRule = std::function<bool(const Step& candidate)>;
/// The plan of an engine that fuses by this rule instead of as oneDNN does.
ExecutionPlan plan_execution(const graph::Network& network, const FusionRule& rule);

/// "relu", "hard_swish": as the layers are called.
std::string_view name_of(layers::Activation activation);
/// "affine", "add", "relu": the name of an operation in keys and kernels' names.
std::string_view name_of(const PointwiseOp& op);
/// Multiply-adds of a step, for the whole batch.
Count macs_of(const graph::Network& network, const Step& step);

}  // namespace archcost::plan
