// SPDX-License-Identifier: Apache-2.0
#include "onnx/lowering.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "core/diagnostic.hpp"
#include "layers/kinds.hpp"
#include "onnx/own_layers.hpp"
#include "onnx/recognise_attention.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::onnx {
namespace {

const std::unordered_map<std::string_view, LoweringRule>& rules() {
  static const auto kRules = [] {
    std::unordered_map<std::string_view, LoweringRule> by_type;
    for (const auto& table :
         {product_lowerings(), einsum_lowerings(), pool_lowerings(), element_lowerings(),
          norm_lowerings(), reshape_lowerings(), move_lowerings(), resize_lowerings()}) {
      for (const LoweringRow& row : table) by_type.emplace(row.type, row.rule);
    }
    return by_type;
  }();
  return kRules;
}

// The rules of all other types work on the first input.
constexpr std::string_view kOnAnyInput[] = {
    "Add",   "And",         "Concat", "Div",     "Einsum", "Equal", "Gather",
    "Gemm",  "GatherND",    "Less",   "Greater", "MatMul", "Max",   "GatherElements",
    "Mean",  "LessOrEqual", "Min",    "Mod",     "Mul",    "Or",    "GreaterOrEqual",
    "Where", "Pow",         "Sub",    "Sum",     "Xor"};

// Where archcost had a further input among the layers: "layer 5"; else it comes first.
std::size_t place_of_input(const FoldedGraph& graph, ValueId id) {
  std::size_t place = 0;
  std::string_view text = graph.value(id).doc;
  if (!graph.layer_names || !text.starts_with("layer ")) return 0;
  text.remove_prefix(6);
  std::from_chars(text.data(), text.data() + text.size(), place);
  return place;
}

}  // namespace

std::string scaled_size(std::int64_t pixels) { return fmt::format("round({} * rho)", pixels); }

DraftAttribute number(std::string name, std::int64_t value) {
  return {std::move(name), std::to_string(value)};
}
DraftAttribute text(std::string name, std::string value) {
  return {std::move(name), std::move(value)};
}
DraftAttribute flag(std::string name, bool value) {
  return {std::move(name), std::string(value ? "true" : "false")};
}
DraftAttribute extent(std::string name, std::int64_t height, std::int64_t width) {
  return {std::move(name),
          height == width ? std::to_string(height) : fmt::format("[{}, {}]", height, width)};
}

Lowering::Lowering(const FoldedGraph& graph)
    : graph_(&graph),
      taps_(graph.values.size()),
      uses_(graph.values.size()),
      lost_(graph.values.size()),
      counted_(graph.values.size()) {
  for (const FoldedOp& op : graph.ops) {
    for (const ValueId id : op.inputs) {
      if (id != kNone) ++uses_[id];
    }
  }
  for (const ValueId id : graph.outputs) ++uses_[id];
}

Draft Lowering::run() {
  set_inputs();
  for (int index = 0; index < static_cast<int>(graph_->ops.size()); ++index) {
    add_inputs_before(graph_->ops[index]);
    lower(index);
  }
  share_weights();
  follow_sizes();
  finish_outputs();
  draft_.widths.finish();
  return std::move(draft_);
}

// Whether attention is over the first dimension of an input: then the second is the batch, as
// PyTorch's attention has it by default.
bool Lowering::attends_over_first(const Shape& input) const {
  if (input.size() != 3 || input[0] == input[1]) return false;
  return std::any_of(graph_->ops.begin(), graph_->ops.end(), [&](const FoldedOp& op) {
    if (op.type != kAttentionType || op.numbers.size() != 3 || op.numbers[2] != input[0])
      return false;
    const std::optional<Shape>& shape = graph_->value(op.inputs[0]).shape;
    return shape && shape->size() == 3 && (*shape)[0] == input[0] && (*shape)[1] == input[1];
  });
}

// The first input is the network's; any other is a tensor of its own size.
void Lowering::set_inputs() {
  if (graph_->inputs.empty()) throw Error("the graph has no inputs");
  const Shape& first = graph_->shape(graph_->inputs[0]);
  const bool sequence_first = attends_over_first(first);
  batch_ = first.size() > 1 ? std::max<std::int64_t>(1, first[sequence_first ? 1 : 0]) : 1;
  draft_.batch = batch_;
  for (std::size_t k = 0; k < graph_->inputs.size(); ++k) {
    const ValueId id = graph_->inputs[k];
    const Shape& shape = graph_->shape(id);
    if (k == 0) {
      const Roles roles = sequence_first ? "HNC" : input_roles(shape);
      draft_.input = sizes_of(shape, roles);
      if (roles == kVideoRoles) draft_.frames = shape[2];
      set(id, {kDraftInput, roles});
    } else if (uses_[id] > 0) {
      further_inputs_.emplace_back(place_of_input(*graph_, id), id);
    }
  }
}

void Lowering::add_inputs_before(const FoldedOp& op) {
  const auto is_next = [&](const std::pair<std::size_t, ValueId>& input) {
    return input.first <= draft_.layers.size() ||
           std::find(op.inputs.begin(), op.inputs.end(), input.second) != op.inputs.end();
  };
  for (auto next = further_inputs_.begin(); next != further_inputs_.end();) {
    if (!is_next(*next)) {
      ++next;
      continue;
    }
    const ValueId id = next->second;
    next = further_inputs_.erase(next);
    const Shape& shape = graph_->shape(id);
    const Roles roles = input_roles(shape);
    const Sizes sizes = sizes_of(shape, roles);
    current_ = -1;
    const DraftId added =
        add_inner({}, layers::kinds::input_kind, {}, sizes, fixed_width(sizes.channels));
    DraftLayer& input = draft_.layers[static_cast<std::size_t>(added)];
    input.value = id;
    // One as large as the first image has its resolution too.
    const bool scaled = draft_.has_resolution() && draft_.frames == 1 &&
                        sizes.height == draft_.input.height && sizes.width == draft_.input.width;
    const auto size = [&](std::int64_t pixels) {
      return scaled ? scaled_size(pixels) : std::to_string(pixels);
    };
    input.attributes = {number("channels", sizes.channels), text("height", size(sizes.height)),
                        text("width", size(sizes.width))};
    set(id, {added, roles});
    names_[graph_->value(id).name] = added;
  }
}

std::optional<DraftId> Lowering::named(std::string_view layer) const {
  if (layer == spec::kInputWord) return kDraftInput;
  const auto found = names_.find(layer);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

Roles Lowering::input_roles(const Shape& shape) const {
  const auto small = [](std::int64_t size) { return size >= 1 && size <= 4; };
  const bool channels_last =
      !graph_->layer_names && shape.size() == 4 && small(shape[3]) && !small(shape[1]);
  if (shape.size() == 5 && small(shape[1])) return Roles(kVideoRoles);
  return channels_last ? "NHWC" : usual_roles(shape);
}

void Lowering::lower(int index) {
  const FoldedOp& op = graph_->ops[index];
  current_ = index;
  if (op.type.empty()) return;  // part of a pattern
  bool reached = true, shaped = true;
  for (const ValueId id : op.inputs) {
    if (id != kNone && !graph_->is_fixed(id) && !taps_[id]) reached = false;
  }
  for (std::size_t k = 0; k < op.outputs.size(); ++k) {
    // Statistics and masks that no other node reads need no shape.
    const ValueId id = op.outputs[k];
    if (k == 0 || uses_[id] > 0) shaped = shaped && graph_->values[id].shape.has_value();
  }
  if (!reached) return pass_over(op, shaped);
  if (!shaped) return skip(op);
  const auto rule = rules().find(op.type);
  const bool known = op.domain.empty() || op.domain == "com.microsoft";
  const std::size_t before = draft_.layers.size();
  const bool any =
      std::find(std::begin(kOnAnyInput), std::end(kOnAnyInput), op.type) != std::end(kOnAnyInput);
  const bool works =
      any ? !data_inputs(op).empty() : op.input(0) != kNone && taps_[op.input(0)].has_value();
  bool lowered = false;
  try {
    lowered = works &&
              (op.domain == kOwnDomain ? lower_own_layer(*this, op)
                                       : known && rule != rules().end() && rule->second(*this, op));
  } catch (const NodeFault& fault) {
    throw Error(op.name.empty() ? fmt::format("{}: {}", op.type, fault.what())
                                : fmt::format("{} '{}': {}", op.type, op.name, fault.what()));
  }
  if (!lowered) return add_unsupported(op);
  note_learned(op, before);
  if (graph_->layer_names && !op.outputs.empty() && taps_[op.outputs[0]])
    names_[op.name.substr(0, op.name.find('/'))] = taps_[op.outputs[0]]->layer;
}

// An op that takes what no layer gives. It is one of those after an unsupported layer, unless what
// it takes is an output that the rule of another op doesn't have: then it is one itself.
void Lowering::pass_over(const FoldedOp& op, bool shaped) {
  const bool lost = std::any_of(op.inputs.begin(), op.inputs.end(),
                                [&](ValueId id) { return id != kNone && lost_[id]; });
  if (!lost) return shaped ? add_unsupported(op) : skip(op);
  for (const ValueId id : op.outputs) lost_[id] = true;
  ++draft_.unreached;
  draft_.unreached_params += take_params(op.inputs);
}

// Of the inputs that layers give.
std::vector<DraftId> Lowering::known_inputs(const FoldedOp& op) const {
  std::vector<DraftId> inputs;
  for (const ValueId id : data_inputs(op)) {
    if (taps_[id]) inputs.push_back(taps_[id]->layer);
  }
  if (inputs.empty()) inputs = {kDraftInput};
  return inputs;
}

// An op whose outputs' shapes aren't known ends its branch of the network.
void Lowering::skip(const FoldedOp& op) {
  note_uncounted(op);
  for (const ValueId id : op.outputs) lost_[id] = true;
  const DraftId layer =
      add_inner(op, layers::kinds::unsupported_kind, known_inputs(op), {1, 1, 1}, fixed_width(1));
  draft_.layers[layer].attributes = {number("channels", 1)};
  add_params(layer, take_params(op.inputs));
}

void Lowering::note_uncounted(const FoldedOp& op) {
  auto& list = draft_.uncounted;
  const std::string type =
      op.domain.empty() ? std::string(op.type) : fmt::format("{}.{}", op.domain, op.type);
  auto entry = std::find_if(list.begin(), list.end(),
                            [&](const Uncounted& known) { return known.type == type; });
  if (entry == list.end()) entry = list.insert(list.end(), {type, {}});
  entry->places.emplace_back(op.name.empty() ? fmt::format("node {}", op.node + 1)
                                             : std::string(op.name));
}

void Lowering::add_unsupported(const FoldedOp& op) {
  note_uncounted(op);
  const std::vector<DraftId> inputs = known_inputs(op);
  std::int64_t params = take_params(op.inputs);
  for (const ValueId id : op.outputs) {
    const auto& shape = graph_->values[id].shape;  // unknown perhaps where nothing reads it
    if (!shape || (uses_[id] == 0 && id != op.outputs[0])) continue;
    const Roles roles = usual_roles(*shape);
    const Sizes sizes = sizes_of(*shape, roles);
    if (sizes.elements() < 1) continue;
    const DraftId layer =
        add_inner(op, layers::kinds::unsupported_kind, inputs, sizes, fixed_width(sizes.channels));
    draft_.layers[layer].attributes = {number("channels", sizes.channels)};
    add_sizes(draft_.layers[layer]);
    add_params(layer, std::exchange(params, 0));
    set(id, {layer, roles});
  }
}

Sizes Lowering::sizes(DraftId id) const {
  return id == kDraftInput ? draft_.input : draft_.layers[id].output;
}

WidthForm Lowering::channels(DraftId id) const {
  return id == kDraftInput ? fixed_width(draft_.input.channels) : draft_.layers[id].channels;
}

std::vector<ValueId> Lowering::data_inputs(const FoldedOp& op) const {
  std::vector<ValueId> inputs;
  for (const ValueId id : op.inputs) {
    if (id != kNone && !graph_->is_fixed(id)) inputs.push_back(id);
  }
  return inputs;
}

NodeView Lowering::view(const FoldedOp& op) const {
  static thread_local std::vector<Operand> operands;
  operands.clear();
  for (const ValueId id : op.inputs) {
    Operand operand;
    if (id != kNone) {
      const FoldedValue& value = graph_->values[id];
      operand = {true, value.type, value.shape ? &*value.shape : nullptr,
                 value.constant ? &*value.constant : nullptr};
    }
    operands.push_back(operand);
  }
  return {op.type, graph_->opset, op.values(), operands, op.outputs.size()};
}

DraftLayer& Lowering::add(const FoldedOp& op, const layers::LayerKind& kind,
                          std::vector<DraftId> inputs, const Roles& roles, WidthForm channels) {
  const Shape& shape = graph_->shape(op.outputs[0]);
  const Sizes sizes = sizes_of(shape, roles);
  const bool has_batch = roles.find('N') != Roles::npos;
  if (batch_ > 1 && !has_batch && elements(shape) % batch_ == 0) ++draft_.layers_of_batch;
  const DraftId id = add_inner(op, kind, std::move(inputs), sizes, std::move(channels));
  set(op.outputs[0], {id, roles});
  return draft_.layers[id];
}

DraftId Lowering::add_inner(const FoldedOp&, const layers::LayerKind& kind,
                            std::vector<DraftId> inputs, const Sizes& sizes, WidthForm channels) {
  draft_.layers.push_back({&kind, std::move(inputs), {}, sizes, std::move(channels), current_});
  return static_cast<DraftId>(draft_.layers.size()) - 1;
}

WidthForm Lowering::kept_channels(DraftId from, std::int64_t count) {
  WidthForm form = channels(from);
  if (sizes(from).channels == count) return form;
  widths().pin(form);
  return fixed_width(count);
}

DraftId Lowering::arranged(const FoldedOp& op, ValueId id, const Roles& roles) {
  const Tap tap = *taps_[id];
  const Shape& shape = graph_->shape(id);
  const Sizes wanted = sizes_of(shape, roles);
  bool same = wanted == sizes(tap.layer);
  for (std::size_t k = 0; same && k < roles.size(); ++k)
    same = shape[k] == 1 || roles[k] == tap.roles[k];
  if (same) return tap.layer;
  return add_rearranged(op, tap.layer, wanted, kept_channels(tap.layer, wanted.channels));
}

Tap Lowering::with_channels_second(const FoldedOp& op) {
  Tap tap = *taps_[op.input(0)];
  const Shape& shape = graph_->shape(op.input(0));
  const std::size_t rank = shape.size();
  if (rank < 2 || rank > 4 || (tap.roles[0] != 'N' && shape[0] != 1)) return tap;
  if (tap.roles[1] == 'C' && std::count(tap.roles.begin(), tap.roles.end(), 'C') == 1) return tap;
  const Roles roles = Roles("NCHW").substr(0, rank);
  return {arranged(op, op.input(0), roles), roles};
}

DraftId Lowering::add_rearranged(const FoldedOp& op, DraftId from, const Sizes& sizes,
                                 WidthForm channels) {
  const DraftId id = add_inner(op, layers::kinds::rearrange_kind, {from}, sizes, channels);
  draft_.layers[id].attributes = {{"channels", channels}};
  add_sizes(draft_.layers[id]);
  return id;
}

void Lowering::cut_channels(std::vector<Piece>& pieces, std::int64_t at) {
  std::int64_t begin = 0;
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    const std::int64_t left = at - begin, right = pieces[k].length - left;
    begin += pieces[k].length;
    if (left <= 0 || right <= 0) continue;
    const WidthForm first = widths().add(left), second = widths().add(right);
    widths().tie(pieces[k].form, widths().sum({first, second}));
    pieces[k] = {left, first};
    pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(k) + 1, {right, second});
    return;
  }
}

WidthForm Lowering::channel_range(DraftId id, std::int64_t begin, std::int64_t length) {
  std::vector<Piece>& pieces = pieces_[id];
  if (pieces.empty()) pieces.push_back({sizes(id).channels, channels(id)});
  cut_channels(pieces, begin);
  cut_channels(pieces, begin + length);
  std::vector<WidthForm> inside;
  std::int64_t at = 0;
  for (const Piece& piece : pieces) {
    if (at >= begin && at < begin + length) inside.push_back(piece.form);
    at += piece.length;
  }
  return widths().sum(inside);
}

Sizes Lowering::sizes_of(const Shape& shape, const Roles& roles) const {
  Sizes sizes;
  for (std::size_t k = 0; k < roles.size(); ++k) {
    if (roles[k] == 'C') sizes.channels *= shape[k];
    if (roles[k] == 'H') sizes.height *= shape[k];
    if (roles[k] == 'W') sizes.width *= shape[k];
  }
  return sizes;
}

Roles Lowering::window_roles(const Shape& shape) const {
  Roles roles = shape.size() == 5 ? Roles(kVideoRoles) : shape.size() == 4 ? "NCHW" : "NCH";
  if (shape[0] != batch_) roles[0] = 'C';
  return roles;
}

// The last dimension of an image is its columns, also where it grows alone.
Roles Lowering::grown_roles(Roles roles, const Shape& before, const Shape& after) {
  for (std::size_t k = 0; k < roles.size() && k < after.size(); ++k) {
    if (roles[k] != '1' || before[k] != 1 || after[k] <= 1) continue;
    const bool rows = roles.find('H') == Roles::npos, columns = roles.find('W') == Roles::npos;
    roles[k] = columns && (k == 3 || !rows) ? 'W' : 'H';
  }
  return roles;
}

Roles Lowering::usual_roles(const Shape& shape) const {
  const std::size_t rank = shape.size();
  const bool has_batch = rank > 1 && shape[0] == batch_;
  const std::size_t own = has_batch ? rank - 1 : rank;
  Roles roles = own == 0 ? "" : own == 1 ? "C" : own == 2 ? "HC" : std::string(own - 2, 'C') + "HW";
  return has_batch ? "N" + roles : roles;
}

// What the network gives keeps its channels. Layers that nothing takes are outputs too: what
// follows them isn't known.
void Lowering::finish_outputs() {
  current_ = -1;
  if (draft_.layers.empty()) throw Error("the graph has no operators that work on its input");
  std::vector<bool> is_end(draft_.layers.size(), true);
  for (const DraftLayer& layer : draft_.layers) {
    for (const DraftId input : layer.inputs) {
      if (input != kDraftInput) is_end[static_cast<std::size_t>(input)] = false;
    }
  }
  std::vector<DraftId>& outputs = draft_.outputs;
  for (const ValueId id : graph_->outputs) {
    if (graph_->is_fixed(id) || !taps_[id] || taps_[id]->layer == kDraftInput) continue;
    const DraftId layer = taps_[id]->layer;
    widths().pin(channels(layer));
    if (std::find(outputs.begin(), outputs.end(), layer) == outputs.end()) outputs.push_back(layer);
    is_end[static_cast<std::size_t>(layer)] = false;
  }
  for (std::size_t k = 0; k < is_end.size(); ++k) {
    if (is_end[k]) outputs.push_back(static_cast<DraftId>(k));
  }
  // Without a word the spec's last item is its output.
  const auto last = static_cast<DraftId>(draft_.layers.size()) - 1;
  if (outputs == std::vector<DraftId>{last}) outputs.clear();
}

}  // namespace archcost::onnx
