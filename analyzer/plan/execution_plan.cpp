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
bool is_activation(const Layer& layer) {
  for (const ActivationName& row : kActivations) {
    if (layer.kind->name == row.name) return true;
  }
  return false;
}
bool folds(const Layer& layer) { return is(layer, "batch_norm") || is(layer, "scale"); }

class Planner {
 public:
  Planner(const Network& network, Fusion fusion)
      : network_(network),
        fusion_(fusion),
        readers_(network.layers.size()),
        taken_(network.layers.size()),
        shuffles_(network.layers.size(), kNone) {
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
      } else if (is_shuffle_of_reader(id)) {
        take_shuffle(id);
      } else if (!is_flattening_of_linear(id)) {
        add_step(id);
      }
    }
    return std::move(plan_);
  }

 private:
  const Layer& layer(LayerId id) const { return network_.layers[id]; }

  /// Numbers and their order stay: in every layout, positions of one channel stand in order.
  bool is_view(LayerId id) const {
    const Layer& l = layer(id);
    if (is(l, "dropout")) return true;
    if (!is(l, "flatten") && !is(l, "reshape")) return false;
    return network_.shape(l.inputs[0]).channels == l.output.channels;
  }

  /// A linear layer reads what was flattened for it as it stands: its weights are put in order.
  bool is_flattening_of_linear(LayerId id) const {
    if (!is(layer(id), "flatten") || readers_[id].empty() || network_.output == id) return false;
    for (const LayerId reader : readers_[id]) {
      const bool through = is(layer(reader), "dropout");
      if (through ? !is_flattening_of_linear_behind(reader) : !is(layer(reader), "linear"))
        return false;
    }
    return true;
  }
  bool is_flattening_of_linear_behind(LayerId view) const {
    if (readers_[view].empty() || network_.output == view) return false;
    for (const LayerId reader : readers_[view]) {
      if (!is(layer(reader), "linear")) return false;
    }
    return true;
  }

  /// The number of groups of a convolution of 1x1, unless that is 1 or each channel is its own.
  bool is_grouped_pointwise(LayerId id) const {
    if (!is(layer(id), "conv")) return false;
    const WindowProblem window = window_problem(network_, layer(id));
    return window.taps() == 1 && window.groups > 1 && !window.depthwise();
  }
  bool is_depthwise(LayerId id) const {
    if (!is(layer(id), "conv")) return false;
    const WindowProblem window = window_problem(network_, layer(id));
    return window.depthwise() && window.out.channels == window.in.channels;
  }

  /// The grouped 1x1 convolution behind a channel shuffle, where nothing or one depthwise
  /// convolution, with norms and an activation, lies in between.
  std::optional<LayerId> reader_of_shuffle(LayerId shuffle) const {
    LayerId value = shuffle;
    bool depthwise = false, activation = false;
    while (network_.output != value && readers_[value].size() == 1) {
      const LayerId next = readers_[value][0];
      if (is_grouped_pointwise(next)) return next;
      const bool first = value == shuffle;
      if (first && is_depthwise(next)) {
        depthwise = true;
      } else if (depthwise && !activation && folds(layer(next))) {
      } else if (depthwise && !activation && is_activation(layer(next))) {
        activation = true;
      } else {
        break;
      }
      value = next;
    }
    return {};
  }

  bool is_shuffle_of_reader(LayerId id) const {
    return fusion_ == Fusion::kAll && is(layer(id), "channel_shuffle") && reader_of_shuffle(id);
  }

  void take_shuffle(LayerId id) {
    const LayerId next = readers_[id][0];
    shuffles_[*reader_of_shuffle(id)] = id;
    if (is_depthwise(next)) shuffles_[next] = id;
    take_view(id);
  }

  void take_view(LayerId id) {
    taken_[id] = true;
    plan_.storage[id] = plan_.value_of(layer(id).inputs[0]);
  }

  bool is_ready(LayerId value) const { return value == kNetworkInput || taken_[value]; }

  /// The only layer that reads the value, views passed through; nothing when others read it too.
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

  /// A pointwise layer that starts a step: its first full-sized input is what flows through.
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

  /// What a kernel takes along behind its main layer.
  enum class Follows { kNothing, kConvolution, kAnything };
  Follows followers(const Layer& l, const Step& step) const {
    if (fusion_ == Fusion::kNone) return Follows::kNothing;
    if (has_weights(l)) return Follows::kConvolution;
    if (!step.pointwise.empty() || is(l, "concat")) return Follows::kAnything;
    return Follows::kNothing;
  }

  /// oneDNN's convolutions take activations and one sum.
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
    if (const LayerId shuffle = shuffles_[id]; shuffle != kNone) {
      const auto groups = static_cast<int>(number_of(layer(shuffle), "groups"));
      (is_depthwise(id) ? step.keeps_unshuffled : step.reads_shuffled) = groups;
      if (!is_depthwise(id)) step.layers.push_back(shuffle);
    }
    take(id, step);
    const Follows follows = followers(layer(id), step);
    LayerId value = id;  // as the next layer names it
    while (follows != Follows::kNothing) {
      const auto next = only_reader(value);
      if (!next) break;
      if (is_view(*next) && layer(*next).output == network_.shape(value)) {
        take_view(*next);
        views_.push_back(*next);
        value = *next;
        continue;
      }
      const std::size_t inputs = step.inputs.size();
      if (follows == Follows::kConvolution && folds(layer(*next)) && step.pointwise.empty()) {
        step.folded.push_back(*next);
      } else {
        const auto op = pointwise_op(*next, value, step);
        if (!op || (follows == Follows::kConvolution && !fits_convolution(step, *op))) {
          step.inputs.resize(inputs);
          break;
        }
        step.pointwise.push_back(*op);
      }
      take(*next, step);
      value = *next;
    }
    // Whatever was passed through on the way holds the result.
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
  std::vector<bool> taken_;  // by layer: some step makes it
  static constexpr LayerId kNone = -2;
  std::vector<LayerId> shuffles_;  // by layer: the shuffle that its step needn't wait for, or kNone
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

std::string pointwise_text(const std::vector<PointwiseOp>& ops) {
  std::string text;
  for (const PointwiseOp& op : ops) {
    if (!text.empty()) text += '+';
    switch (op.kind) {
      case PointwiseOp::kAffine:
        text += "affine";
        break;
      case PointwiseOp::kPrelu:
        text += "prelu";
        break;
      case PointwiseOp::kActivation:
        text += name_of(op.activation);
        break;
      case PointwiseOp::kAdd:
        text += "add";
        break;
      case PointwiseOp::kMultiply:
        text += "multiply";
        break;
      case PointwiseOp::kGate:
        text += "gate";
        break;
    }
  }
  return text;
}

Count macs_of(const Network& network, const Step& step) {
  Count macs(0);
  for (const LayerId id : step.layers) macs += network.layers[id].cost.macs;
  return macs * Count(network.batch);
}

}  // namespace archcost
