// SPDX-License-Identifier: Apache-2.0
#include "onnx/recognise_attention.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "core/text.hpp"

namespace archcost::onnx {
namespace {

bool moves(const FoldedOp& op) {
  return is_one_of(op.type, {"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity",
                             "Split", "Slice", "Gather"});
}

// "/encoder/layer0/attention" of "/encoder/layer0/attention/MatMul".
std::string_view module_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

// The operators of one attention, and what is known of it on the way.
struct Attention {
  std::set<int> ops;
  std::set<ValueId> learned;
  ValueId input = kNone;  ///< of the projections of queries, keys and values
  int scores = -1;        ///< the product of queries and keys
  int last = -1;
};

class Finder {
 public:
  explicit Finder(FoldedGraph& graph) : graph_(&graph), users_(graph.values.size()) {
    for (std::size_t k = 0; k < graph.ops.size(); ++k) {
      if (gives_constants(graph.ops[k])) continue;
      for (const ValueId id : graph.ops[k].inputs) {
        if (id != kNone) users_[id].push_back(static_cast<int>(k));
      }
    }
  }

  void run() {
    for (std::size_t k = 0; k < graph_->ops.size(); ++k) {
      if (graph_->ops[k].type != "Softmax") continue;
      Attention attention;
      if (find_output(static_cast<int>(k), attention) &&
          find_input(static_cast<int>(k), attention) && has_output_shape(attention) &&
          is_closed(attention))
        replace(static_cast<int>(k), attention);
    }
  }

 private:
  // As Shape does.
  bool gives_constants(const FoldedOp& from) const {
    return std::all_of(from.outputs.begin(), from.outputs.end(),
                       [&](ValueId id) { return graph_->is_fixed(id); });
  }
  const FoldedOp& op(int index) const { return graph_->ops[index]; }
  const Shape* shape(ValueId id) const {
    return id == kNone || !graph_->values[id].shape ? nullptr : &*graph_->values[id].shape;
  }
  bool is_weight(ValueId id) const { return id != kNone && graph_->values[id].learned; }

  int only_user(int index) const {
    const FoldedOp& from = op(index);
    if (from.outputs.size() != 1 || users_[from.outputs[0]].size() != 1) return -1;
    return users_[from.outputs[0]].front();
  }

  bool is_projection(const FoldedOp& candidate) const {
    return is_one_of(candidate.type, {"MatMul", "Gemm"}) && is_weight(candidate.input(1)) &&
           shape(candidate.input(1)) != nullptr && shape(candidate.input(1))->size() == 2;
  }

  // From the softmax to the projection of what the heads give, with its bias.
  bool find_output(int softmax, Attention& attention) const {
    int at = only_user(softmax);
    if (at < 0 || op(at).type != "MatMul" || op(at).input(0) != op(softmax).outputs[0])
      return false;
    attention.ops = {softmax, at};
    for (at = only_user(at); at >= 0 && moves(op(at)); at = only_user(at)) attention.ops.insert(at);
    if (at < 0 || !is_projection(op(at))) return false;
    add_projection(at, attention);
    attention.last = at;
    const int next = only_user(at);
    if (op(at).type == "MatMul" && next >= 0 && op(next).type == "Add") {
      for (const ValueId id : op(next).inputs) {
        if (!is_weight(id)) continue;
        attention.learned.insert(id);
        attention.ops.insert(next);
        attention.last = next;
      }
    }
    return true;
  }

  void add_projection(int index, Attention& attention) const {
    attention.ops.insert(index);
    for (std::size_t k = 1; k < op(index).inputs.size(); ++k) {
      if (is_weight(op(index).inputs[k])) attention.learned.insert(op(index).inputs[k]);
    }
  }

  // From the scores and the values back to the one input of their projections.
  bool find_input(int softmax, Attention& attention) const {
    const int product = only_user(softmax);
    std::vector<ValueId> open = {op(softmax).input(0), op(product).input(1)};
    while (!open.empty()) {
      const ValueId value = open.back();
      open.pop_back();
      const int index = value == kNone ? -1 : graph_->values[value].producer;
      if (index < 0) return false;
      if (attention.ops.contains(index)) continue;
      const FoldedOp& from = op(index);
      if (is_projection(from)) {
        if (attention.input != kNone && attention.input != from.input(0)) return false;
        attention.input = from.input(0);
        add_projection(index, attention);
      } else if (moves(from)) {
        attention.ops.insert(index);
        open.push_back(from.input(0));
      } else if (from.type == "MatMul" && attention.scores < 0) {
        attention.scores = index;
        attention.ops.insert(index);
        open.insert(open.end(), from.inputs.begin(), from.inputs.end());
      } else if (!add_pointwise(index, attention, open)) {
        return false;
      }
    }
    return attention.input != kNone && attention.scores >= 0;
  }

  // A bias, or the scale of queries or scores.
  bool add_pointwise(int index, Attention& attention, std::vector<ValueId>& open) const {
    const FoldedOp& from = op(index);
    if (!is_one_of(from.type, {"Add", "Mul", "Div"}) || from.inputs.size() != 2) return false;
    const bool second = graph_->is_fixed(from.inputs[1]);
    const ValueId fixed = second ? from.inputs[1] : from.inputs[0];
    if (!graph_->is_fixed(fixed)) return false;
    if (from.type == "Add") {
      if (!is_weight(fixed) || shape(fixed) == nullptr || shape(fixed)->size() != 1) return false;
      attention.learned.insert(fixed);
    } else if (!is_scalar(fixed)) {
      return false;
    }
    attention.ops.insert(index);
    open.push_back(second ? from.inputs[0] : from.inputs[1]);
    return true;
  }

  bool is_scalar(ValueId id) const {
    const FoldedValue& value = graph_->values[id];
    return value.constant ? value.constant->size() == 1
                          : value.shape && elements(*value.shape) == 1;
  }

  static std::int64_t elements(const Shape& shape) {
    std::int64_t product = 1;
    for (const std::int64_t size : shape) product *= size;
    return product;
  }

  // The output has the shape of the input, if need be behind a last reshape.
  bool has_output_shape(Attention& attention) const {
    const Shape* input = shape(attention.input);
    if (input == nullptr) return false;
    const auto same = [&] {
      const Shape* output = shape(op(attention.last).outputs[0]);
      return output != nullptr && *output == *input;
    };
    if (same()) return true;
    const int next = only_user(attention.last);
    if (next < 0 || op(next).type != "Reshape") return false;
    attention.ops.insert(next);
    attention.last = next;
    return same();
  }

  // Nothing outside uses what is computed inside, and no module stands inside.
  bool is_closed(const Attention& attention) const {
    const std::string_view module = module_of(op(attention.scores).name);
    for (const int index : attention.ops) {
      if (module_of(op(index).name) != module) return false;
      if (index == attention.last) continue;
      for (const ValueId id : op(index).outputs) {
        const bool outside = std::any_of(users_[id].begin(), users_[id].end(),
                                         [&](int user) { return !attention.ops.contains(user); });
        if (outside || std::count(graph_->outputs.begin(), graph_->outputs.end(), id) > 0)
          return false;
      }
    }
    // A linear layer's parameters are called weight and bias, those of the attention's own
    // projections in_proj_weight and the like; the module behind the heads is torch's own.
    const auto of_a_module = [&](ValueId id) {
      const std::string_view name = graph_->values[id].name;
      return (name.ends_with(".weight") || name.ends_with(".bias")) &&
             name.find("out_proj.") == std::string_view::npos;
    };
    return std::none_of(attention.learned.begin(), attention.learned.end(), of_a_module);
  }

  void replace(int softmax, const Attention& attention) {
    const std::int64_t channels = shape(attention.input)->back();
    const Shape& scores = graph_->shape(op(softmax).outputs[0]);
    const Shape* queries = shape(op(attention.scores).input(0));
    if (scores.size() < 3 || queries == nullptr || channels < 1) return;
    const std::int64_t positions = scores.back(), head = queries->back();
    const bool square = scores[scores.size() - 2] == positions && head > 0 && channels % head == 0;
    const std::int64_t heads = square ? channels / head : 0;
    const std::int64_t rows = elements(*shape(attention.input)) / channels;
    if (heads < 1 || rows % positions != 0 ||
        elements(scores) != rows / positions * heads * positions * positions)
      return;
    std::int64_t params = 0;
    for (const ValueId id : attention.learned) params += graph_->params(id);
    const std::int64_t weights = 4 * channels * channels;
    if (params != weights && params != weights + 4 * channels) return;
    FoldedOp& last = graph_->ops[attention.last];
    last.name = op(softmax).name;
    for (const int index : attention.ops) {
      FoldedOp& inner = graph_->ops[index];
      inner.type = {};
      inner.inputs.clear();
      if (index != attention.last) inner.outputs.clear();
    }
    last.type = kAttentionType;
    last.domain = {};
    last.inputs = {attention.input};
    last.attributes.clear();
    last.numbers = {heads, params > weights ? 1 : 0, positions};
  }

  FoldedGraph* graph_;
  std::vector<std::vector<int>> users_;
};

}  // namespace

void recognise_attention(FoldedGraph& graph) { Finder(graph).run(); }

}  // namespace archcost::onnx
