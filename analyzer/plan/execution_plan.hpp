// How a network is run: its layers grouped into steps, each one kernel.
//
// A convolution takes the batch norm, bias, activation and residual sum behind it along; layers
// that work element by element run as one; what changes no number (dropout, flattening) costs no
// step, and a channel shuffle none where what reads it can read other channels instead.
#pragma once

#include <string>
#include <vector>

#include "graph/network.hpp"

namespace archcost {

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
  LayerId layer = 0;  ///< that asks for it
  Activation activation = Activation::kRelu;
  float slope = 0;   ///< of kLeakyRelu
  int operand = -1;  ///< of kAdd, kMultiply, kGate: index into Step::inputs
};

struct Step {
  LayerId main = 0;             ///< the layer that the step is called after
  std::vector<LayerId> layers;  ///< all that it does, in order, views and dropout left out
  /// Values it reads: first what `main` reads, then the operands of `pointwise`.
  std::vector<LayerId> inputs;
  int main_inputs = 0;
  /// Batch norms and scales that go into the kernel's weights.
  std::vector<LayerId> folded;
  /// `main` itself where it is pointwise, and what follows.
  std::vector<PointwiseOp> pointwise;
  LayerId output = 0;  ///< the value it makes
  /// Channel shuffles cost nothing where a grouped 1x1 convolution behind them reads each channel
  /// where it stands. `reads_shuffled`: the groups of the shuffle that the step's input stands
  /// before; 1: none.
  int reads_shuffled = 1;
  /// The same of a depthwise convolution in between, whose output stands before the shuffle too:
  /// its channels' weights are put in that order.
  int keeps_unshuffled = 1;
};

struct ExecutionPlan {
  std::vector<Step> steps;
  /// By layer: the value that holds its numbers: another one's where the layer is a view.
  std::vector<LayerId> storage;

  LayerId value_of(LayerId id) const { return id == kNetworkInput ? id : storage[id]; }
};

/// How much a kernel does at once: all that it can, or one layer, as sums of layers that were timed
/// one by one assume.
enum class Fusion : std::uint8_t { kAll, kNone };
ExecutionPlan plan_execution(const Network& network, Fusion fusion = Fusion::kAll);

/// "relu", "hard_swish": as the layers are called.
std::string_view name_of(Activation activation);
/// "add+relu": a short name for what is done to each element.
std::string pointwise_text(const std::vector<PointwiseOp>& ops);
/// Multiply-adds of a step, for the whole batch.
Count macs_of(const Network& network, const Step& step);

}  // namespace archcost
