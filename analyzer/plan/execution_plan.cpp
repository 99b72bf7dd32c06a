// SPDX-License-Identifier: Apache-2.0
#include "plan/execution_plan.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "graph/layer_problem.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::plan {
namespace {

bool folds(const graph::Layer& layer) { return layer.kind->folds_into_convolution; }

class Planner {
 public:
  Planner(const graph::Network& network, Fusion fusion, FusionRule rule = {})
      : network_(network),
        fusion_(fusion),
        rule_(std::move(rule)),
        readers_(graph::readers_of(network)),
        taken_(network.layers.size()) {}

  ExecutionPlan run() {
    plan_.storage.resize(network_.layers.size());
    std::iota(plan_.storage.begin(), plan_.storage.end(), 0);
    for (graph::LayerId id = 0; id < static_cast<graph::LayerId>(network_.layers.size()); ++id) {
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
  const graph::Layer& layer(graph::LayerId id) const { return network_.layers[id]; }

  /// The numbers and their order in memory stay the same, in every layout.
  bool is_view(graph::LayerId id) const {
    const graph::Layer& l = layer(id);
    return archcost::layers::is_view(*l.kind) &&
           network_.shape(l.inputs[0]).channels == l.output.channels;
  }

  /// A linear layer reads the input of the flatten layer: its weights are put in that order.
  bool is_flattening_of_linear(graph::LayerId id) const {
    return layer(id).is(layers::kinds::flatten_kind) && only_linear_reads(id, true);
  }
  bool only_linear_reads(graph::LayerId value, bool through_dropout) const {
    const std::vector<graph::LayerId>& readers = readers_[value];
    return !readers.empty() && !network_.is_output(value) &&
           std::all_of(readers.begin(), readers.end(), [&](graph::LayerId reader) {
             if (layer(reader).is(layers::kinds::linear_kind)) return true;
             return through_dropout && layer(reader).is(layers::kinds::dropout_kind) &&
                    only_linear_reads(reader, false);
           });
  }

  void take_view(graph::LayerId id) {
    taken_[id] = true;
    plan_.storage[id] = plan_.value_of(layer(id).inputs[0]);
  }

  bool is_ready(graph::LayerId value) const {
    return value == graph::kNetworkInput || taken_[value];
  }

  /// The only layer that reads the value; nothing when several do.
  std::optional<graph::LayerId> only_reader(graph::LayerId value) {
    if (network_.is_output(value) || readers_[value].size() != 1) return {};
    const graph::LayerId reader = readers_[value][0];
    if (taken_[reader]) return {};
    return reader;
  }

  /// What adding or multiplying with an operand is; nothing for other layers, and for operands that
  /// are spread in other ways than a gate.
  std::optional<PointwiseOp::Kind> merge_kind(const graph::Layer& l, graph::LayerId operand) const {
    const TensorShape& shape = network_.shape(operand);
    const bool product = l.is(layers::kinds::multiply_kind);
    if (!product && !l.is(layers::kinds::add_kind)) return {};
    if (shape == l.output) return product ? PointwiseOp::kMultiply : PointwiseOp::kAdd;
    const bool gate = product && shape.channels == l.output.channels && shape.area() == Count(1);
    return gate ? std::optional(PointwiseOp::kGate) : std::nullopt;
  }

  std::optional<PointwiseOp> pointwise_op(graph::LayerId id, graph::LayerId through, Step& step) {
    const graph::Layer& l = layer(id);
    PointwiseOp op{PointwiseOp::kActivation, id};
    if (l.kind->activation) {
      op.activation = *l.kind->activation;
      if (op.activation == layers::Activation::kLeakyRelu)
        op.slope = static_cast<float>(graph::real_of(l, "slope"));
      if (op.activation == layers::Activation::kElu)
        op.slope = static_cast<float>(graph::real_of(l, "alpha"));
      return op;
    }
    if (folds(l)) return PointwiseOp{PointwiseOp::kAffine, id};
    if (l.is(layers::kinds::prelu_kind)) return PointwiseOp{PointwiseOp::kPrelu, id};
    if (l.inputs.size() != 2 || l.inputs[0] == l.inputs[1]) return {};
    const graph::LayerId other = l.inputs[0] == through ? l.inputs[1] : l.inputs[0];
    if (!is_ready(other) || network_.shape(through) != l.output) return {};
    const auto kind = merge_kind(l, other);
    if (!kind) return {};
    op.kind = *kind;
    op.operand = static_cast<int>(step.inputs.size());
    step.inputs.push_back(other);
    return op;
  }

  void take(graph::LayerId id, Step& step) {
    taken_[id] = true;
    step.layers.push_back(id);
    step.output = id;
  }

  /// An element-wise layer that starts a step: its first full-sized input is the one that the
  /// operations are applied to.
  bool start_pointwise(graph::LayerId id, Step& step) {
    const graph::Layer& l = layer(id);
    if (l.inputs.empty()) return false;
    const bool merge = l.is(layers::kinds::add_kind) || l.is(layers::kinds::multiply_kind);
    if (!merge) {
      step.inputs = {l.inputs[0]};
      const auto op = pointwise_op(id, l.inputs[0], step);
      if (!op) return false;
      step.pointwise = {*op};
      step.main_inputs = 1;
      return true;
    }
    const auto full = std::find_if(l.inputs.begin(), l.inputs.end(), [&](graph::LayerId input) {
      return network_.shape(input) == l.output;
    });
    const bool spread = std::any_of(l.inputs.begin(), l.inputs.end(),
                                    [&](graph::LayerId input) { return !merge_kind(l, input); });
    if (full == l.inputs.end() || spread) return false;
    const auto first = static_cast<std::size_t>(full - l.inputs.begin());
    step.inputs = {l.inputs[first]};
    for (std::size_t i = 0; i < l.inputs.size(); ++i) {
      if (i == first) continue;
      PointwiseOp op{*merge_kind(l, l.inputs[i]), id};
      op.operand = static_cast<int>(step.inputs.size());
      step.inputs.push_back(l.inputs[i]);
      step.pointwise.push_back(op);
    }
    step.main_inputs = static_cast<int>(step.inputs.size());
    return true;
  }

  /// What a kernel fuses after its main layer.
  enum class Fuses { kNothing, kConvolution, kAnything };
  Fuses fuses(const graph::Layer& l, const Step& step) const {
    if (rule_) return Fuses::kAnything;
    if (fusion_ == Fusion::kNone) return Fuses::kNothing;
    if (layers::has_kernel(*l.kind)) return Fuses::kConvolution;
    if (!step.pointwise.empty() || l.is(layers::kinds::concat_kind)) return Fuses::kAnything;
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

  /// Adds the next layer's operation to the step, if the kernel can compute it too.
  bool fuse(graph::LayerId next, graph::LayerId value, Fuses allowed, Step& step) {
    Step candidate = step;
    const bool folded =
        layers::has_kernel(*layer(step.main).kind) && folds(layer(next)) && step.pointwise.empty();
    if (folded) {
      candidate.folded.push_back(next);
    } else {
      const auto op = pointwise_op(next, value, candidate);
      if (!op || (allowed == Fuses::kConvolution && !fits_convolution(step, *op))) return false;
      candidate.pointwise.push_back(*op);
    }
    candidate.layers.push_back(next);
    if (rule_ && !rule_(candidate)) return false;
    candidate.layers.pop_back();
    step = std::move(candidate);
    return true;
  }

  void add_step(graph::LayerId id) {
    Step step;
    step.main = id;
    if (!start_pointwise(id, step)) {
      step.inputs = layer(id).inputs;
      step.main_inputs = static_cast<int>(step.inputs.size());
    }
    if (layer(id).is(layers::kinds::linear_kind)) read_unflattened(step.inputs[0]);
    take(id, step);
    const Fuses allowed = fuses(layer(id), step);
    graph::LayerId value = id;  // the input of the next layer
    while (allowed != Fuses::kNothing) {
      const auto next = only_reader(value);
      if (!next) break;
      if (is_view(*next) && layer(*next).output == network_.shape(value)) {
        take_view(*next);
        views_.push_back(*next);
        value = *next;
        continue;
      }
      if (!fuse(*next, value, allowed, step)) break;
      take(*next, step);
      value = *next;
    }
    // Views between the fused layers hold the result.
    for (const graph::LayerId view : views_) plan_.storage[view] = step.output;
    views_.clear();
    plan_.steps.push_back(std::move(step));
  }

  void read_unflattened(graph::LayerId& input) const {
    graph::LayerId id = input;
    while (id != graph::kNetworkInput && layer(id).is(layers::kinds::dropout_kind))
      id = layer(id).inputs[0];
    if (id != graph::kNetworkInput && layer(id).is(layers::kinds::flatten_kind) &&
        is_flattening_of_linear(id)) {
      input = layer(id).inputs[0];
    }
  }

  const graph::Network& network_;
  Fusion fusion_;
  FusionRule rule_;
  std::vector<std::vector<graph::LayerId>> readers_;
  std::vector<bool> taken_;  // by layer: some step computes it
  std::vector<graph::LayerId> views_;
  ExecutionPlan plan_;
};

}  // namespace

int Step::sum_operand() const {
  const auto sum = std::find_if(pointwise.begin(), pointwise.end(),
                                [](const PointwiseOp& op) { return op.kind == PointwiseOp::kAdd; });
  return sum == pointwise.end() ? -1 : sum->operand;
}

ExecutionPlan plan_execution(const graph::Network& network, Fusion fusion) {
  return Planner(network, fusion).run();
}

ExecutionPlan plan_execution(const graph::Network& network, const FusionRule& rule) {
  return Planner(network, Fusion::kAll, rule).run();
}

std::string_view name_of(layers::Activation activation) {
  for (const layers::LayerKind* kind : layers::layer_table()) {
    if (kind->activation == activation) return kind->name;
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

Count macs_of(const graph::Network& network, const Step& step) {
  Count macs(0);
  for (const graph::LayerId id : step.layers) macs += network.layers[id].cost.macs;
  return macs * Count(network.batch);
}

}  // namespace archcost::plan
