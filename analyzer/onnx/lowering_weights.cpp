// SPDX-License-Identifier: Apache-2.0
// Which learned tensors each layer has, and which layers share theirs.
#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "onnx/lowering.hpp"

namespace archcost::onnx {
namespace {

bool may_learn(const layers::LayerKind& kind) {
  using namespace layers::kinds;
  return layers::has_kernel(kind) || kind.family == layers::Family::kNormalisation ||
         &kind == &scale_kind || &kind == &prelu_kind || &kind == &multi_head_attention_kind ||
         &kind == &class_token_kind || &kind == &position_embedding_kind;
}

// A value by the learned tensors that it is made of, however often it is computed from them. One
// that is a part of them, or made of none, is known by itself.
std::string weight_key(const FoldedGraph& graph, ValueId id) {
  const std::vector<ValueId>& sources = graph.value(id).sources;
  if (sources.empty() || graph.params(id) != elements(graph.shape(id))) return std::to_string(id);
  std::vector<std::string> parts = {shown(graph.shape(id))};
  for (const ValueId source : sources) parts.push_back(std::to_string(source));
  return join(parts, " ");
}

// Whether the numbers of a tensor are known and differ, so that no other has the same by chance, as
// that of another norm before training.
bool is_unlike_others(const FoldedGraph& graph, ValueId id) {
  const auto differ = [](const auto& numbers) {
    return std::adjacent_find(numbers.begin(), numbers.end(), std::not_equal_to<>()) !=
           numbers.end();
  };
  const std::vector<ValueId>& sources = graph.value(id).sources;
  return std::any_of(sources.begin(), sources.end(), [&](ValueId source) {
    const std::optional<Constant>& constant = graph.value(source).constant;
    return constant && (differ(constant->reals) || differ(constant->whole));
  });
}

}  // namespace

std::int64_t Lowering::take_params(const std::vector<ValueId>& ids) {
  std::int64_t params = 0;
  for (const ValueId id : ids) {
    if (id == kNone) continue;
    for (const ValueId source : graph_->value(id).sources) {
      const std::int64_t size = elements(graph_->shape(source));
      if (size > 1 && counted_[source] == Counted::kNot) params += size;
      counted_[source] = Counted::kByNumber;
    }
  }
  return params;
}

bool Lowering::is_taken(ValueId id) const {
  const std::vector<ValueId>& sources = graph_->value(id).sources;
  return std::any_of(sources.begin(), sources.end(),
                     [&](ValueId source) { return counted_[source] == Counted::kByNumber; });
}

bool Lowering::has_own_params(ValueId id) const {
  const std::int64_t params = graph_->params(id);
  return (params == 0 || params == elements(graph_->shape(id))) && !is_taken(id);
}

void Lowering::add_params(DraftId id, std::int64_t params) {
  if (params > 0) layer(id).attributes.push_back(number("params", params));
}

// The weights of an op belong to the last layer with parameters that it added, else to the one that
// its output is taken from.
void Lowering::note_learned(const FoldedOp& op, std::size_t before) {
  DraftId layer = kDraftInput;
  for (std::size_t k = before; k < draft_.layers.size(); ++k) {
    if (may_learn(*draft_.layers[k].kind)) layer = static_cast<DraftId>(k);
  }
  if (layer == kDraftInput && !op.outputs.empty() && taps_[op.outputs[0]])
    layer = taps_[op.outputs[0]]->layer;
  if (layer == kDraftInput) return;
  for (const ValueId id : op.inputs) {
    if (id == kNone || !graph_->value(id).learned) continue;
    draft_.layers[static_cast<std::size_t>(layer)].learned.push_back(id);
    for (const ValueId source : graph_->value(id).sources) {
      if (counted_[source] == Counted::kNot) counted_[source] = Counted::kByLayer;
    }
  }
}

// What the weights of a layer are known by: in files of archcost by the initializers that they are
// computed from.
std::vector<std::string> Lowering::weight_keys(const DraftLayer& layer) const {
  std::vector<std::string> keys;
  for (const ValueId id : layer.learned) {
    const std::string_view stored = graph_->value(id).stored;
    if (!graph_->layer_names)
      keys.push_back(weight_key(*graph_, id));
    else if (stored.find("constant") == std::string_view::npos)
      keys.emplace_back(stored);
  }
  return keys;
}

// Exporters store equal tensors once, as the scales of two new batch norms. So layers without a
// kernel share their weights only where these are no such tensors, or where the layers before them
// are one or share theirs.
void Lowering::share_weights() {
  using Key = std::tuple<const layers::LayerKind*, std::vector<std::string>, DraftId>;
  std::map<Key, DraftId> first;
  const auto layer_at = [&](DraftId id) -> DraftLayer& {
    return draft_.layers[static_cast<std::size_t>(id)];
  };
  const auto owner_of = [&](DraftId id) {
    if (id == kDraftInput || layer_at(id).weights_of == kDraftInput) return id;
    return layer_at(id).weights_of;
  };
  for (DraftId id = 0; id < static_cast<DraftId>(draft_.layers.size()); ++id) {
    DraftLayer& layer = layer_at(id);
    if (layer.learned.empty() || !may_learn(*layer.kind)) continue;
    const bool any_source =
        layers::has_kernel(*layer.kind) || graph_->layer_names ||
        std::any_of(layer.learned.begin(), layer.learned.end(),
                    [&](ValueId weight) { return is_unlike_others(*graph_, weight); });
    const DraftId source = any_source ? kDraftInput : owner_of(layer.inputs[0]);
    std::vector<std::string> keys = weight_keys(layer);
    if (keys.empty()) continue;
    const auto [place, fresh] = first.try_emplace(Key{layer.kind, std::move(keys), source}, id);
    if (fresh) continue;
    const DraftLayer& owner = layer_at(place->second);
    widths().tie(channels(layer.inputs[0]), channels(owner.inputs[0]));
    widths().tie(layer.channels, owner.channels);
    layer.weights_of = place->second;
  }
}

}  // namespace archcost::onnx
