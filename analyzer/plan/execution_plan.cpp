#include "plan/execution_plan.hpp"

#include <array>
#include <optional>

#include "graph/layer_problem.hpp"

namespace archcost {
namespace {

struct ActivationName {
  std::string_view name;
  Activation activation;
};
constexpr auto kActivations = std::to_array<ActivationName>({
    {"relu", Activation::kRelu},
    {"relu6", Activation::kRelu6},
    {"leaky_relu", Activation::kLeakyRelu},
    {"sigmoid", Activation::kSigmoid},
    {"hard_sigmoid", Activation::kHardSigmoid},
    {"hard_swish", Activation::kHardSwish},
    {"swish", Activation::kSwish},
    {"gelu", Activation::kGelu},
    {"tanh", Activation::kTanh},
});

bool is(const Layer& layer, std::string_view kind) { return layer.kind->name == kind; }
bool has_weights(const Layer& layer) {
  return is(layer, "conv") || is(layer, "conv_transpose") || is(layer, "linear");
}
bool folds(const Layer& layer) { return is(layer, "batch_norm") || is(layer, "scale"); }

class Planner {
 public:
  Planner(const Network& network, Fusion fusion)
      : network_(network),
        fusion_(fusion),
        readers_(network.layers.size()),
        taken_(network.layers.size()) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      for (const LayerId input : network.layers[i].inputs) {
        if (input != kNetworkInput) readers_[input].push_back(static_cast<LayerId>(i));
      }
    }
  }

  ExecutionPlan run() {
    plan_.storage.assign(network_.layers.size(), 0);
    for (LayerId id = 0; id < static_cast<LayerId>(network_.layers.size()); ++id) {
      plan_.storage[id] = id;
    }
    for (LayerId id = 0; id < static_cast<LayerId>(network_.layers.size()); ++id) {
      if (taken_[id]) continue;
      if (is_view(id)) {
        take_view(id);
      } else if (!is_flattening_of_linear(id)) {
        add_step(id);
      }
    }
    return std::move(plan_);
  }

 private:
  const Layer& layer(LayerId id) const { return network_.layers[id]; }

  /// The numbers and their order in memory stay the same, in every layout.
  bool is_view(LayerId id) const {
    const Layer& l = layer(id);
    if (is(l, "dropout")) return true;
    if (!is(l, "flatten") && !is(l, "reshape")) return false;
    return network_.shape(l.inputs[0]).channels == l.output.channels;
  }

  /// A linear layer reads the input of the flatten layer: its weights are put in that order.
  bool is_flattening_of_linear(LayerId id) const {
    if (!is(layer(id), "flatten") || readers_[id].empty() || network_.output == id) return false;
    for (const LayerId reader : readers_[id]) {
      const bool through = is(layer(reader), "dropout");
      if (through ? !is_read_by_linear_only(reader) : !is(layer(reader), "linear")) return false;
    }
    return true;
  }
  bool is_read_by_linear_only(LayerId view) const {
    if (readers_[view].empty() || network_.output == view) return false;
    for (const LayerId reader : readers_[view]) {
      if (!is(layer(reader), "linear")) return false;
    }
    return true;
  }

  void take_view(LayerId id) {
    taken_[id] = true;
    plan_.storage[id] = plan_.value_of(layer(id).inputs[0]);
  }

  bool is_ready(LayerId value) const { return value == kNetworkInput || taken_[value]; }

  /// The only layer that reads the value; nothing when several do.
  std::optional<LayerId> only_reader(LayerId value) {
    if (network_.output == value || readers_[value].size() != 1) return {};
    const LayerId reader = readers_[value][0];
    if (taken_[reader]) return {};
    return reader;
  }

  std::optional<PointwiseOp> pointwise_op(LayerId id, LayerId through, Step& step) {
    const Layer& l = layer(id);
    PointwiseOp op{PointwiseOp::kActivation, id};
    for (const ActivationName& row : kActivations) {
      if (l.kind->name != row.name) continue;
      op.activation = row.activation;
      if (row.activation == Activation::kLeakyRelu) {
        op.slope = static_cast<float>(real_of(l, "slope"));
      }
      return op;
    }
    if (folds(l)) return PointwiseOp{PointwiseOp::kAffine, id};
    if (is(l, "prelu")) return PointwiseOp{PointwiseOp::kPrelu, id};
    if (l.inputs.size() != 2 || l.inputs[0] == l.inputs[1]) return {};
    const LayerId other = l.inputs[0] == through ? l.inputs[1] : l.inputs[0];
    if (!is_ready(other)) return {};
    const TensorShape& shape = network_.shape(other);
    if (network_.shape(through) != l.output) return {};
    if (is(l, "add")) {
      op.kind = PointwiseOp::kAdd;
    } else if (is(l, "multiply")) {
      op.kind = shape == l.output ? PointwiseOp::kMultiply : PointwiseOp::kGate;
    } else {
      return {};
    }
    op.operand = static_cast<int>(step.inputs.size());
    step.inputs.push_back(other);
    return op;
  }

  void take(LayerId id, Step& step) {
    taken_[id] = true;
    step.layers.push_back(id);
    step.output = id;
  }

  /// An element-wise layer that starts a step: its first full-sized input is the one that the
  /// operations are applied to.
  bool start_pointwise(LayerId id, Step& step) {
    const Layer& l = layer(id);
    const bool merge = is(l, "add") || is(l, "multiply");
    if (!merge) {
      step.inputs = {l.inputs[0]};
      const auto op = pointwise_op(id, l.inputs[0], step);
      if (!op) return false;
      step.pointwise = {*op};
      step.main_inputs = 1;
      return true;
    }
    std::size_t first = 0;
    while (network_.shape(l.inputs[first]) != l.output) ++first;
    step.inputs = {l.inputs[first]};
    for (std::size_t i = 0; i < l.inputs.size(); ++i) {
      if (i == first) continue;
      PointwiseOp op{PointwiseOp::kAdd, id};
      if (is(l, "multiply")) {
        op.kind =
            network_.shape(l.inputs[i]) == l.output ? PointwiseOp::kMultiply : PointwiseOp::kGate;
      }
      op.operand = static_cast<int>(step.inputs.size());
      step.inputs.push_back(l.inputs[i]);
      step.pointwise.push_back(op);
    }
    step.main_inputs = static_cast<int>(step.inputs.size());
    return true;
  }

  /// What a kernel fuses after its main layer.
  enum class Fuses { kNothing, kConvolution, kAnything };
  Fuses fuses(const Layer& l, const Step& step) const {
    if (fusion_ == Fusion::kNone) return Fuses::kNothing;
    if (has_weights(l)) return Fuses::kConvolution;
    if (!step.pointwise.empty() || is(l, "concat")) return Fuses::kAnything;
    return Fuses::kNothing;
  }

  /// oneDNN's convolutions fuse activations and one sum.
  static bool fits_convolution(const Step& step, const PointwiseOp& op) {
    if (op.kind != PointwiseOp::kActivation && op.kind != PointwiseOp::kAdd) return false;
    int sums = 0, activations = 0;
    for (const PointwiseOp& earlier : step.pointwise) {
      (earlier.kind == PointwiseOp::kAdd ? sums : activations) += 1;
    }
    return op.kind == PointwiseOp::kAdd ? sums == 0 : activations < 2;
  }

  void add_step(LayerId id) {
    Step step;
    step.main = id;
    if (!start_pointwise(id, step)) {
      step.inputs = layer(id).inputs;
      step.main_inputs = static_cast<int>(step.inputs.size());
    }
    if (is(layer(id), "linear")) read_unflattened(step.inputs[0]);
    take(id, step);
    const Fuses allowed = fuses(layer(id), step);
    LayerId value = id;  // the input of the next layer
    while (allowed != Fuses::kNothing) {
      const auto next = only_reader(value);
      if (!next) break;
      if (is_view(*next) && layer(*next).output == network_.shape(value)) {
        take_view(*next);
        views_.push_back(*next);
        value = *next;
        continue;
      }
      const std::size_t inputs = step.inputs.size();
      if (allowed == Fuses::kConvolution && folds(layer(*next)) && step.pointwise.empty()) {
        step.folded.push_back(*next);
      } else {
        const auto op = pointwise_op(*next, value, step);
        if (!op || (allowed == Fuses::kConvolution && !fits_convolution(step, *op))) {
          step.inputs.resize(inputs);
          break;
        }
        step.pointwise.push_back(*op);
      }
      take(*next, step);
      value = *next;
    }
    // Views between the fused layers hold the result.
    for (const LayerId view : views_) plan_.storage[view] = step.output;
    views_.clear();
    plan_.steps.push_back(std::move(step));
  }

  void read_unflattened(LayerId& input) const {
    LayerId id = input;
    while (id != kNetworkInput && is(layer(id), "dropout")) id = layer(id).inputs[0];
    if (id != kNetworkInput && is(layer(id), "flatten") && is_flattening_of_linear(id)) {
      input = layer(id).inputs[0];
    }
  }

  const Network& network_;
  Fusion fusion_;
  std::vector<std::vector<LayerId>> readers_;
  std::vector<bool> taken_;  // by layer: some step computes it
  std::vector<LayerId> views_;
  ExecutionPlan plan_;
};

}  // namespace

ExecutionPlan plan_execution(const Network& network, Fusion fusion) {
  return Planner(network, fusion).run();
}

std::string_view name_of(Activation activation) {
  for (const ActivationName& row : kActivations) {
    if (row.activation == activation) return row.name;
  }
  return {};
}

std::string_view name_of(const PointwiseOp& op) {
  switch (op.kind) {
    case PointwiseOp::kAffine:
      return "affine";
    case PointwiseOp::kPrelu:
      return "prelu";
    case PointwiseOp::kActivation:
      return name_of(op.activation);
    case PointwiseOp::kAdd:
      return "add";
    case PointwiseOp::kMultiply:
      return "multiply";
    case PointwiseOp::kGate:
      return "gate";
  }
  return {};
}

Count macs_of(const Network& network, const Step& step) {
  Count macs(0);
  for (const LayerId id : step.layers) macs += network.layers[id].cost.macs;
  return macs * Count(network.batch);
}

}  // namespace archcost
