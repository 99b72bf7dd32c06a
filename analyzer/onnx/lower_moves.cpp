// SPDX-License-Identifier: Apache-2.0
// Joining, splitting and picking.
#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "layers/kinds.hpp"
#include "onnx/lowering.hpp"

namespace archcost::onnx {
namespace {

// Whether the learned tensors among the inputs have numbers for each channel, as class tokens.
bool learned_by_channel(const Lowering& lowering, const FoldedOp& op, const Roles& roles,
                        std::int64_t channels) {
  const FoldedGraph& graph = lowering.graph();
  return std::all_of(op.inputs.begin(), op.inputs.end(), [&](ValueId id) {
    if (id == kNone || graph.value(id).sources.empty()) return true;
    const Shape& shape = graph.shape(id);
    return shape.size() == roles.size() && lowering.sizes_of(shape, roles).channels == channels;
  });
}

/// Any movement of numbers: the layer says only the sizes, and the learned numbers among them.
bool add_rearranged(Lowering& lowering, const FoldedOp& op, const Roles& roles) {
  std::vector<DraftId> inputs;
  for (const ValueId id : lowering.data_inputs(op)) {
    if (lowering.tap(id)) inputs.push_back(lowering.tap(id)->layer);
  }
  const Shape& out = lowering.graph().shape(op.outputs[0]);
  if (inputs.empty() || elements(out) == 0) return false;
  const std::int64_t channels = lowering.sizes_of(out, roles).channels;
  const WidthForm form = lowering.kept_channels(inputs[0], channels);
  const std::int64_t params = lowering.take_params(op.inputs);
  DraftLayer& layer =
      lowering.add(op, params > 0 ? layers::kinds::custom_kind : layers::kinds::rearrange_kind,
                   inputs, roles, form);
  layer.attributes.push_back({"channels", form});
  lowering.add_sizes(layer);
  if (params == 0) return true;
  const bool by_channel =
      params % channels == 0 && learned_by_channel(lowering, op, roles, channels);
  if (!by_channel) lowering.widths().pin(form);
  layer.attributes.push_back(
      {"params", DraftProduct{by_channel ? fmt::format("{} * ", params / channels) : "",
                              by_channel ? form : fixed_width(params)}});
  return true;
}

// A learned token before the others: [D,T,1] becomes [D,T+1,1].
bool lower_class_token(Lowering& lowering, const FoldedOp& op, std::size_t axis) {
  const FoldedGraph& graph = lowering.graph();
  if (op.inputs.size() != 2 || !graph.is_fixed(op.inputs[0])) return false;
  const ValueId data = op.inputs[1];
  const Shape& token = graph.shape(op.inputs[0]);
  if (graph.is_fixed(data) || token[axis] != 1) return false;
  Tap tap = *lowering.tap(data);
  tap.roles = Lowering::grown_roles(tap.roles, graph.shape(data), graph.shape(op.outputs[0]));
  if (tap.roles[axis] != 'H' || lowering.sizes(tap.layer).width != 1) return false;
  if (graph.params(op.inputs[0]) != lowering.sizes(tap.layer).channels ||
      lowering.is_taken(op.inputs[0]))
    return false;
  lowering.add(op, layers::kinds::class_token_kind, {tap.layer}, tap.roles,
               lowering.channels(tap.layer));
  return true;
}

bool lower_concat(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape& out = graph.shape(op.outputs[0]);
  const std::size_t axis = axis_index(op.values().whole("axis", 1), out.size());
  if (lower_class_token(lowering, op, axis)) return true;
  const std::vector<ValueId> data = lowering.data_inputs(op);
  if (data.size() == 1 && op.inputs.size() == 1) {
    lowering.alias(op, *lowering.tap(data[0]));
    return true;
  }
  Roles roles = lowering.tap(data[0])->roles;
  const Shape& first = graph.shape(data[0]);
  // A dimension of 1 that grows needs a role.
  if (roles[axis] == '1' || first[axis] == 1) {
    for (const ValueId id : data) {
      if (graph.shape(id)[axis] > 1) roles = lowering.tap(id)->roles;
    }
    if (roles[axis] == '1' || roles[axis] == 'N')
      roles[axis] = roles.find('C') == Roles::npos   ? 'C'
                    : roles.find('H') == Roles::npos ? 'H'
                                                     : 'W';
  }
  const bool along_channels =
      roles[axis] == 'C' && std::count(roles.begin(), roles.end(), 'C') == 1;
  if (!along_channels || data.size() != op.inputs.size())
    return add_rearranged(lowering, op, roles);
  std::vector<DraftId> inputs;
  std::vector<WidthForm> forms;
  for (const ValueId id : data) {
    inputs.push_back(lowering.arranged(op, id, roles));
    forms.push_back(lowering.channels(inputs.back()));
  }
  lowering.add(op, layers::kinds::concat_kind, inputs, roles, lowering.widths().sum(forms));
  return true;
}

/// One of equal parts of the channels, from 0.
void add_part(Lowering& lowering, const FoldedOp& op, ValueId output, std::int64_t parts,
              std::int64_t take) {
  const Tap tap = *lowering.tap(op.input(0));
  const Sizes in = lowering.sizes(tap.layer);
  const WidthForm form = lowering.widths().part(lowering.channels(tap.layer), parts);
  const DraftId layer = lowering.add_inner(op, layers::kinds::split_kind, {tap.layer},
                                           {in.channels / parts, in.height, in.width}, form);
  auto& attributes = lowering.layer(layer).attributes;
  if (parts != 2) attributes.push_back(number("parts", parts));
  attributes.push_back(number("take", take + 1));
  lowering.set(output, {layer, tap.roles});
}

// A part of other sizes: the layer says the sizes.
void add_cut(Lowering& lowering, const FoldedOp& op, ValueId output,
             std::optional<WidthForm> channels = {}) {
  const Tap tap = *lowering.tap(op.input(0));
  const Sizes sizes = lowering.sizes_of(lowering.graph().shape(output), tap.roles);
  const WidthForm form =
      channels ? std::move(*channels) : lowering.kept_channels(tap.layer, sizes.channels);
  const DraftId layer =
      lowering.add_inner(op, layers::kinds::rearrange_kind, {tap.layer}, sizes, form);
  lowering.layer(layer).attributes.push_back({"channels", form});
  lowering.add_sizes(lowering.layer(layer));
  lowering.set(output, {layer, tap.roles});
}

// "(h + 1) // 2", "h - 1": rows or columns that a slice up to the end takes; nothing for one that
// ends before.
std::optional<std::string> taken_text(const SliceRange& range, std::int64_t in, const char* name) {
  const std::int64_t more = range.step - 1 - range.begin;
  if (range.step < 1 || range.length != (in + more) / range.step) return std::nullopt;
  const std::string sum = more == 0  ? name
                          : more > 0 ? fmt::format("{} + {}", name, more)
                                     : fmt::format("{} - {}", name, -more);
  if (range.step == 1) return sum;
  return fmt::format("{} // {}", more == 0 ? sum : "(" + sum + ")", range.step);
}

// The size in this role by the input's, where a slice cuts it and nothing else has the role.
void follow_slice(Lowering& lowering, const FoldedOp& op, const std::vector<SliceRange>& ranges,
                  char role, const char* attribute, const char* name) {
  const Shape& in = lowering.graph().shape(op.input(0));
  const Tap out = *lowering.tap(op.outputs[0]);
  if (std::count(out.roles.begin(), out.roles.end(), role) != 1) return;
  for (const SliceRange& range : ranges) {
    if (out.roles[range.axis] != role || range.length == in[range.axis]) continue;
    const std::optional<std::string> text = taken_text(range, in[range.axis], name);
    for (DraftAttribute& own : lowering.layer(out.layer).attributes) {
      if (text && own.name == attribute) own.value = *text;
    }
  }
}

bool only_channels(const Roles& roles, std::size_t axis) {
  return roles[axis] == 'C' && std::count(roles.begin(), roles.end(), 'C') == 1;
}

bool lower_split(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape& in = graph.shape(op.input(0));
  const Tap tap = *lowering.tap(op.input(0));
  const std::size_t axis = axis_index(op.values().whole("axis", 0), in.size());
  const auto parts = static_cast<std::int64_t>(op.outputs.size());
  const bool equal = std::all_of(op.outputs.begin(), op.outputs.end(), [&](ValueId id) {
    return graph.shape(id)[axis] * parts == in[axis];
  });
  if (parts == 1) {
    lowering.alias(op, tap);
    return true;
  }
  const bool by_channels = only_channels(tap.roles, axis);
  std::int64_t begin = 0;
  for (std::int64_t k = 0; k < parts; ++k) {
    const ValueId output = op.outputs[static_cast<std::size_t>(k)];
    const std::int64_t length = graph.shape(output)[axis];
    begin += length;
    if (lowering.is_unused(output)) continue;
    if (equal && by_channels)
      add_part(lowering, op, output, parts, k);
    else if (by_channels)
      add_cut(lowering, op, output, lowering.channel_range(tap.layer, begin - length, length));
    else
      add_cut(lowering, op, output);
  }
  return true;
}

void add_slice(Lowering& lowering, const FoldedOp& op, const std::vector<SliceRange>& ranges) {
  add_cut(lowering, op, op.outputs[0]);
  follow_slice(lowering, op, ranges, 'H', "height", "h");
  follow_slice(lowering, op, ranges, 'W', "width", "w");
}

bool lower_slice(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape &in = graph.shape(op.input(0)), &out = graph.shape(op.outputs[0]);
  const Tap tap = *lowering.tap(op.input(0));
  if (elements(out) == 0) return false;
  if (in == out) {
    lowering.alias(op, tap);
    return true;
  }
  const std::vector<SliceRange> ranges = slice_ranges(lowering.view(op), in);
  const SliceRange* cut = nullptr;
  for (const SliceRange& range : ranges) {
    if (range.length == in[range.axis]) continue;
    if (cut != nullptr) return add_slice(lowering, op, ranges), true;
    cut = &range;
  }
  const bool part = cut != nullptr && cut->step == 1 && in[cut->axis] % cut->length == 0 &&
                    cut->begin % cut->length == 0 && only_channels(tap.roles, cut->axis);
  if (part)
    add_part(lowering, op, op.outputs[0], in[cut->axis] / cut->length, cut->begin / cut->length);
  else if (cut != nullptr && cut->step == 1 && only_channels(tap.roles, cut->axis))
    add_cut(lowering, op, op.outputs[0],
            lowering.channel_range(tap.layer, cut->begin, cut->length));
  else
    add_slice(lowering, op, ranges);
  return true;
}

// One position of a dimension, which is gone then; or several.
bool lower_gather(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  if (!lowering.tap(op.input(0)))  // a table of embeddings
    return add_rearranged(lowering, op, lowering.usual_roles(graph.shape(op.outputs[0])));
  const Tap tap = *lowering.tap(op.input(0));
  const Shape& in = graph.shape(op.input(0));
  const auto& index = graph.values[op.input(1)].constant;
  const std::size_t axis = axis_index(op.values().whole("axis", 0), in.size());
  const std::size_t rank = graph.shape(op.input(1)).size();
  Roles roles =
      tap.roles.substr(0, axis) + std::string(rank, tap.roles[axis]) + tap.roles.substr(axis + 1);
  if (!index || rank > 1) return add_rearranged(lowering, op, roles);
  const bool first = index->size() == 1 && !index->real && index->whole[0] == 0;
  const Sizes sizes = lowering.sizes(tap.layer);
  if (in[axis] == 1 && index->size() == 1) {
    lowering.alias(op, {tap.layer, roles});
    return true;
  }
  const bool tokens = tap.roles[axis] == 'H' && sizes.width == 1 &&
                      std::count(tap.roles.begin(), tap.roles.end(), 'H') == 1;
  if (first && tokens && rank == 0) {
    lowering.add(op, layers::kinds::take_token_kind, {tap.layer}, roles,
                 lowering.channels(tap.layer));
    return true;
  }
  return add_rearranged(lowering, op, roles);
}

// The axes that the fourth input of Pad names; none where it isn't known.
std::vector<std::size_t> padded_axes(const Lowering& lowering, const FoldedOp& op,
                                     std::size_t rank) {
  std::vector<std::size_t> axes;
  if (const auto& given = lowering.graph().value(op.input(3)).constant) {
    for (const std::int64_t axis : given->whole) axes.push_back(axis_index(axis, rank));
  }
  return axes;
}

bool lower_pad(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape &in = graph.shape(op.input(0)), &out = graph.shape(op.outputs[0]);
  Tap tap = *lowering.tap(op.input(0));
  if (in == out) {
    lowering.alias(op, tap);
    return true;
  }
  tap.roles = Lowering::grown_roles(tap.roles, in, out);
  const auto pads = lowering.view(op).wholes(op.values().has("paddings") ? "paddings" : "pads", 1);
  if (!pads) return false;
  std::vector<std::size_t> axes(in.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (op.input(3) != kNone) axes = padded_axes(lowering, op, in.size());
  if (axes.empty() || pads->size() != 2 * axes.size()) return false;
  std::int64_t rows[2] = {}, columns[2] = {};
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const std::int64_t before = (*pads)[k], after = (*pads)[k + axes.size()];
    if (before == 0 && after == 0) continue;
    if (before < 0 || after < 0) return add_rearranged(lowering, op, tap.roles);
    const char role = tap.roles[axes[k]];
    std::int64_t* side = role == 'H' ? rows : role == 'W' ? columns : nullptr;
    const bool shared = std::count(tap.roles.begin(), tap.roles.end(), role) > 1;
    if (side == nullptr || shared) return add_rearranged(lowering, op, tap.roles);
    side[0] = before;
    side[1] = after;
  }
  DraftLayer& layer = lowering.add(op, layers::kinds::pad_kind, {tap.layer}, tap.roles,
                                   lowering.channels(tap.layer));
  layer.attributes.push_back(
      rows[0] == rows[1] && columns[0] == columns[1]
          ? extent("pad", rows[0], columns[0])
          : text("pad", fmt::format("[{}, {}, {}, {}]", rows[0], columns[0], rows[1], columns[1])));
  const std::string_view mode = op.values().text("mode", "constant");
  if (mode == "reflect" || mode == "wrap") layer.attributes.push_back(text("mode", "reflect"));
  if (mode == "edge") layer.attributes.push_back(text("mode", "replicate"));
  return true;
}

bool lower_expand(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  if (!lowering.tap(op.input(0))) return false;
  const Shape &in = graph.shape(op.input(0)), &out = graph.shape(op.outputs[0]);
  const Tap tap = *lowering.tap(op.input(0));
  if (in == out) {
    lowering.alias(op, tap);
    return true;
  }
  if (in.size() != out.size()) return add_rearranged(lowering, op, lowering.usual_roles(out));
  Roles roles = tap.roles;
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (in[k] == 1 && out[k] > 1 && (roles[k] == '1' || roles[k] == 'N'))
      return add_rearranged(lowering, op, lowering.usual_roles(out));
  }
  return add_rearranged(lowering, op, roles);
}

// GatherElements, TopK and their kin: numbers are picked.
bool lower_pick(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape& out = graph.shape(op.outputs[0]);
  if (!lowering.tap(op.input(0))) return add_rearranged(lowering, op, lowering.usual_roles(out));
  const bool same_rank = out.size() == graph.shape(op.input(0)).size();
  return add_rearranged(lowering, op,
                        same_rank ? lowering.tap(op.input(0))->roles : lowering.usual_roles(out));
}

constexpr LoweringRow kMoveLowerings[] = {
    {"Concat", lower_concat}, {"Split", lower_split},
    {"Slice", lower_slice},   {"Gather", lower_gather},
    {"Pad", lower_pad},       {"Expand", lower_expand},
    {"Tile", lower_expand},   {"GatherElements", lower_pick},
    {"GatherND", lower_pick},
};

}  // namespace

std::span<const LoweringRow> move_lowerings() { return kMoveLowerings; }

}  // namespace archcost::onnx
