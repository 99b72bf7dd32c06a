// SPDX-License-Identifier: Apache-2.0
#include "onnx/recognise.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

namespace archcost::onnx {
namespace {

class Recogniser {
 public:
  explicit Recogniser(FoldedGraph& graph)
      : graph_(&graph), users_(graph.values.size()), is_output_(graph.values.size()) {
    for (std::size_t k = 0; k < graph.ops.size(); ++k) {
      for (const ValueId id : graph.ops[k].inputs) {
        if (id != kNone) users_[id].push_back(static_cast<int>(k));
      }
    }
    for (const ValueId id : graph.outputs) is_output_[id] = true;
  }

  void run() {
    for (std::size_t k = 0; k < graph_->ops.size(); ++k) {
      FoldedOp& op = graph_->ops[k];
      if (op.type == "Clip") hard_sigmoid(op);
      if (op.type == "Erf") gelu(op);
      if (op.type == "ReduceMean") layer_norm(op);
      if (op.type == "InstanceNormalization") group_norm(op);
      if (op.type == "Reshape") channel_shuffle(op);
    }
    for (FoldedOp& op : graph_->ops) {
      if (op.type == "Mul") swish(op);
    }
    remove_unused();
  }

 private:
  FoldedOp* producer(ValueId id) {
    const int index = id == kNone ? -1 : graph_->values[id].producer;
    return index < 0 ? nullptr : &graph_->ops[index];
  }

  /// The op that alone takes the output of this one, if it is of one of these types.
  FoldedOp* only_user(const FoldedOp& op, std::initializer_list<std::string_view> types) {
    const ValueId out = op.outputs[0];
    if (users_[out].size() != 1 || is_output_[out]) return nullptr;
    FoldedOp& user = graph_->ops[users_[out][0]];
    return std::find(types.begin(), types.end(), user.type) != types.end() ? &user : nullptr;
  }

  bool is_number(ValueId id, double number) const {
    if (id == kNone || !graph_->values[id].constant) return false;
    const Constant& constant = *graph_->values[id].constant;
    if (constant.size() != 1) return false;
    const double own = constant.real ? constant.reals[0] : static_cast<double>(constant.whole[0]);
    return std::abs(own - number) <= 1e-3 * std::abs(number);
  }
  bool takes_number(const FoldedOp& op, double number) const {
    return op.inputs.size() == 2 &&
           (is_number(op.inputs[0], number) || is_number(op.inputs[1], number));
  }
  /// The input of an op of two that isn't this one.
  static ValueId other_input(const FoldedOp& op, ValueId id) {
    if (op.inputs.size() != 2) return kNone;
    return op.inputs[0] == id ? op.inputs[1] : op.inputs[1] == id ? op.inputs[0] : kNone;
  }
  bool is_weight(ValueId id) const { return id != kNone && graph_->values[id].learned; }

  void drop(FoldedOp& op) {
    op.type = {};
    op.outputs.clear();
  }
  /// `last` becomes the pattern, with `input` as its only input.
  void replace(FoldedOp& last, std::string_view type, ValueId input,
               std::vector<std::int64_t> numbers = {}) {
    last.type = type;
    last.domain = {};
    last.inputs = {input};
    last.attributes.clear();
    last.numbers = std::move(numbers);
    users_[input].push_back(static_cast<int>(&last - graph_->ops.data()));
  }

  // clip(x + 3, 0, 6) / 6, and times x.
  void hard_sigmoid(FoldedOp& clip) {
    FoldedOp* add = producer(clip.input(0));
    const bool six = clip.values().has("max") ? clip.values().real("max", 0) == 6.0F
                                              : is_number(clip.input(2), 6);
    if (add == nullptr || add->type != "Add" || !takes_number(*add, 3) || !six) return;
    const ValueId x = is_number(add->inputs[0], 3) ? add->inputs[1] : add->inputs[0];
    FoldedOp* next = only_user(clip, {"Div", "Mul"});
    if (next == nullptr) return;
    const auto divides = [&](const FoldedOp& op) {
      return op.type == "Div" ? is_number(op.input(1), 6) : takes_number(op, 1.0 / 6);
    };
    if (divides(*next)) {
      replace(*next, "HardSigmoid", x);
      drop(clip);
    } else if (next->type == "Mul" && other_input(*next, clip.outputs[0]) == x) {
      FoldedOp* last = only_user(*next, {"Div", "Mul"});
      if (last == nullptr || !divides(*last)) return;
      drop(*next);
      drop(clip);
      replace(*last, "HardSwish", x);
    }
  }

  // x * sigmoid(x), x * hard_sigmoid(x).
  void swish(FoldedOp& product) {
    for (const ValueId gate : product.inputs) {
      FoldedOp* sigmoid = producer(gate);
      if (sigmoid == nullptr || users_[gate].size() != 1 || is_output_[gate]) continue;
      const ValueId x = other_input(product, gate);
      if (x == kNone || sigmoid->input(0) != x) continue;
      if (sigmoid->type != "Sigmoid" && sigmoid->type != "HardSigmoid") continue;
      // A layer of its own in a file of archcost.
      if (graph_->layer_names && sigmoid->name.find('/') == std::string_view::npos) continue;
      const bool hard = sigmoid->type == "HardSigmoid";
      drop(*sigmoid);
      replace(product, hard ? "HardSwish" : "Swish", x);
      return;
    }
  }

  // 0.5 * x * (1 + erf(x / sqrt(2))), in any order of the products.
  void gelu(FoldedOp& erf) {
    FoldedOp* scaled = producer(erf.input(0));
    if (scaled == nullptr || (scaled->type != "Div" && scaled->type != "Mul")) return;
    const double factor = scaled->type == "Div" ? std::sqrt(2.0) : std::sqrt(0.5);
    if (!takes_number(*scaled, factor)) return;
    const ValueId x = is_number(scaled->inputs[0], factor) ? scaled->inputs[1] : scaled->inputs[0];
    FoldedOp* add = only_user(erf, {"Add"});
    if (add == nullptr || !takes_number(*add, 1)) return;
    FoldedOp* first = only_user(*add, {"Mul"});
    FoldedOp* second = first == nullptr ? nullptr : only_user(*first, {"Mul"});
    if (first == nullptr) return;
    const ValueId left = other_input(*first, add->outputs[0]);
    FoldedOp* half = producer(left);
    const bool halved = half != nullptr && half->type == "Mul" && takes_number(*half, 0.5) &&
                        other_input(*half, x) != kNone;
    if (halved) {
      drop(erf);
      drop(*add);
      replace(*first, "Gelu", x);
      return;
    }
    if (second == nullptr) return;
    const bool then_half = left == x && takes_number(*second, 0.5);
    const bool half_first = is_number(left, 0.5) && other_input(*second, first->outputs[0]) == x;
    if (!then_half && !half_first) return;
    drop(erf);
    drop(*add);
    drop(*first);
    replace(*second, "Gelu", x);
  }

  // (x - mean) / sqrt(mean((x - mean)^2) + epsilon), then a learned factor and offset.
  void layer_norm(FoldedOp& mean) {
    const ValueId x = mean.input(0);
    FoldedOp* centred = only_user(mean, {"Sub"});
    if (centred == nullptr || centred->input(0) != x) return;
    const ValueId d = centred->outputs[0];
    FoldedOp *square = nullptr, *quotient = nullptr;
    for (const int index : users_[d]) {
      FoldedOp& user = graph_->ops[index];
      if (user.type == "Pow" && is_number(user.input(1), 2)) square = &user;
      if (user.type == "Mul" && user.input(0) == d && user.input(1) == d) square = &user;
      if (user.type == "Div" && user.input(0) == d) quotient = &user;
    }
    if (square == nullptr || quotient == nullptr || is_output_[d]) return;
    const bool inside = std::all_of(users_[d].begin(), users_[d].end(), [&](int index) {
      const FoldedOp* user = &graph_->ops[index];
      return user == square || user == quotient;
    });
    if (!inside) return;
    FoldedOp* variance = only_user(*square, {"ReduceMean"});
    FoldedOp* sum = variance == nullptr ? nullptr : only_user(*variance, {"Add"});
    FoldedOp* root = sum == nullptr ? nullptr : only_user(*sum, {"Sqrt"});
    if (root == nullptr || only_user(*root, {"Div"}) != quotient) return;
    const auto axes = axes_of(mean);
    if (!axes || axes->empty() || !graph_->values[x].shape) return;
    const auto rank = static_cast<std::int64_t>(graph_->shape(x).size());
    std::int64_t first = rank;
    for (const std::int64_t axis : *axes) first = std::min(first, axis < 0 ? axis + rank : axis);
    if (rank - first != static_cast<std::int64_t>(axes->size())) return;  // not the last ones
    for (FoldedOp* op : {&mean, centred, square, variance, sum, root}) drop(*op);
    const Shape& shape = graph_->shape(x);
    const std::int64_t normalised = elements({shape.begin() + first, shape.end()});
    finish_affine(*quotient, "LayerNormalization", x, {first, normalised});
  }

  std::optional<std::vector<std::int64_t>> axes_of(const FoldedOp& op) const {
    if (op.values().has("axes")) return op.values().wholes("axes");
    if (op.input(1) == kNone || !graph_->values[op.input(1)].constant) return std::nullopt;
    return graph_->values[op.input(1)].constant->whole;
  }

  /// The first axis of a layer norm or the groups of a group norm, and how many learned factors it
  /// has.
  struct Norm {
    std::int64_t number = 0, factors = 0;
  };

  /// As many learned factors and offsets become part of the pattern.
  void finish_affine(FoldedOp& last, std::string_view type, ValueId x, const Norm& norm) {
    const auto is_learned = [&](ValueId id) {
      return is_weight(id) && graph_->values[id].shape &&
             elements(*graph_->values[id].shape) == norm.factors;
    };
    FoldedOp* factor = only_user(last, {"Mul"});
    const bool has_factor = factor != nullptr && is_learned(other_input(*factor, last.outputs[0]));
    FoldedOp* offset = has_factor ? only_user(*factor, {"Add"}) : nullptr;
    const bool affine = offset != nullptr && is_learned(other_input(*offset, factor->outputs[0]));
    if (!affine) {
      replace(last, type, x, {norm.number, 0});
      return;
    }
    const std::string_view name = last.name;
    const ValueId weight = other_input(*factor, last.outputs[0]),
                  bias = other_input(*offset, factor->outputs[0]);
    drop(last);
    drop(*factor);
    replace(*offset, type, x, {norm.number, 1});
    offset->inputs.insert(offset->inputs.end(), {weight, bias});
    offset->name = name;
  }

  bool is_filled(ValueId id, double number) const {
    return id != kNone && graph_->values[id].is_filled(number);
  }
  /// Whether the factors and offsets of an instance norm do nothing. Ones and zeros among the
  /// learned tensors may be those of a network that isn't trained: then another factor follows.
  bool is_neutral(const FoldedOp& norm, const FoldedOp& after) {
    if (!is_filled(norm.input(1), 1) || !is_filled(norm.input(2), 0)) return false;
    const auto is_constant = [&](ValueId id) {
      return graph_->layer_names || graph_->values[id].sources.empty();
    };
    if (is_constant(norm.input(1)) && is_constant(norm.input(2))) return true;
    const FoldedOp* factor = only_user(after, {"Mul"});
    return factor != nullptr && is_weight(other_input(*factor, after.outputs[0]));
  }

  // Reshape to [N, groups, rest], instance norm, reshape back.
  void group_norm(FoldedOp& norm) {
    FoldedOp *before = producer(norm.input(0)), *after = only_user(norm, {"Reshape"});
    if (before == nullptr || before->type != "Reshape" || after == nullptr) return;
    const ValueId x = before->input(0);
    if (!graph_->values[x].shape || !graph_->values[after->outputs[0]].shape) return;
    if (graph_->shape(x) != graph_->shape(after->outputs[0])) return;
    const Shape& grouped = graph_->shape(before->outputs[0]);
    if (grouped.size() != 3 || graph_->shape(x).size() < 3 || !is_neutral(norm, *after)) return;
    const std::int64_t groups = grouped[1];
    drop(norm);
    finish_affine(*after, "GroupNormalization", x, {groups, graph_->shape(x)[1]});
  }

  // [N, C, H, W] to [N, g, C/g, H, W], the second and third dimension changed, and back.
  void channel_shuffle(FoldedOp& first) {
    FoldedOp* transpose = only_user(first, {"Transpose"});
    FoldedOp* last = transpose == nullptr ? nullptr : only_user(*transpose, {"Reshape"});
    if (last == nullptr) return;
    const ValueId x = first.input(0);
    if (!graph_->values[x].shape || !graph_->values[first.outputs[0]].shape) return;
    const Shape &in = graph_->shape(x), &split = graph_->shape(first.outputs[0]);
    if (in.size() < 3 || split.size() != in.size() + 1) return;
    if (!graph_->values[last->outputs[0]].shape || graph_->shape(last->outputs[0]) != in) return;
    if (split[0] != in[0] || split[1] * split[2] != in[1]) return;
    for (std::size_t k = 2; k < in.size(); ++k) {
      if (split[k + 1] != in[k]) return;
    }
    const std::vector<std::int64_t> order = transpose->values().wholes("perm");
    for (std::size_t k = 0; k < order.size(); ++k) {
      const std::int64_t wanted = k == 1 ? 2 : k == 2 ? 1 : static_cast<std::int64_t>(k);
      if (order[k] != wanted) return;
    }
    if (order.size() != split.size()) return;
    drop(*transpose);
    drop(first);
    replace(*last, "ChannelShuffle", x, {split[1]});
  }

  void remove_unused() {
    std::vector<bool> needed(graph_->values.size());
    for (const ValueId id : graph_->outputs) needed[id] = true;
    for (std::size_t k = graph_->ops.size(); k-- > 0;) {
      FoldedOp& op = graph_->ops[k];
      const bool used =
          std::any_of(op.outputs.begin(), op.outputs.end(), [&](ValueId id) { return needed[id]; });
      if (op.type.empty() || !used) {
        op.type = {};
        op.inputs.clear();
        continue;
      }
      for (const ValueId id : op.inputs) {
        if (id != kNone) needed[id] = true;
      }
    }
  }

  FoldedGraph* graph_;
  std::vector<std::vector<int>> users_;
  std::vector<bool> is_output_;
};

}  // namespace

void recognise(FoldedGraph& graph) { Recogniser(graph).run(); }

}  // namespace archcost::onnx
