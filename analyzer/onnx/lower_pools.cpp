// SPDX-License-Identifier: Apache-2.0
// Pools and reductions.
#include <fmt/core.h>

#include <algorithm>

#include "layers/kinds.hpp"
#include "onnx/custom_layers.hpp"

namespace archcost::onnx {
namespace {

// The spec language's floor and ceil rules give the operator's size, or the pool can't be written.
bool lower_pool(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape& shape = graph.shape(op.input(0));
  if (shape.size() > 4) return lower_custom_pool(lowering, op);
  const NodeView node = lowering.view(op);
  const auto axes = window_axes(node, shape, node.attributes.wholes("kernel_shape"));
  const WindowAxis &y = axes[0], x = axes.size() > 1 ? axes[1] : WindowAxis{};
  const bool max = op.type == "MaxPool",
             negative = y.before < 0 || y.after < 0 || x.before < 0 || x.after < 0,
             dilated = y.dilation != 1 || x.dilation != 1;
  if (negative || (dilated && !max)) return lower_custom_pool(lowering, op);
  const Roles roles = lowering.window_roles(shape);
  const DraftId from = lowering.arranged(op, op.input(0), roles);
  DraftLayer& layer =
      lowering.add(op, max ? layers::kinds::max_pool_kind : layers::kinds::avg_pool_kind, {from},
                   roles, lowering.channels(from));
  auto& attributes = layer.attributes;
  attributes.push_back(extent("kernel", y.kernel, x.kernel));
  if (y.stride != y.kernel || x.stride != x.kernel)
    attributes.push_back(extent("stride", y.stride, x.stride));
  if (y.dilation != 1 || x.dilation != 1)
    attributes.push_back(extent("dilation", y.dilation, x.dilation));
  const bool even = y.before == y.after && x.before == x.after;
  if (node.attributes.text("auto_pad", "NOTSET") == "SAME_UPPER") {
    attributes.push_back(text("pad", "same_tf"));
  } else if (!even) {
    attributes.push_back(
        text("pad", fmt::format("[{}, {}, {}, {}]", y.before, x.before, y.after, x.after)));
  } else if (y.before != 0 || x.before != 0) {
    attributes.push_back(extent("pad", y.before, x.before));
  }
  if (node.attributes.whole("ceil_mode", 0) != 0) attributes.push_back(flag("ceil_mode", true));
  const bool padded = y.before + y.after + x.before + x.after > 0;
  if (!max && padded && node.attributes.whole("count_include_pad", 0) == 0)
    attributes.push_back(flag("count_include_pad", false));
  return true;
}

bool lower_global_pool(Lowering& lowering, const FoldedOp& op) {
  const Shape& shape = lowering.graph().shape(op.input(0));
  if (shape.size() < 3 || shape.size() > 5) return false;
  const Roles roles = lowering.window_roles(shape);
  const DraftId from = lowering.arranged(op, op.input(0), roles);
  const bool max = op.type == "GlobalMaxPool";
  lowering.add(op, max ? layers::kinds::global_max_pool_kind : layers::kinds::global_avg_pool_kind,
               {from}, roles, lowering.channels(from));
  return true;
}

// "h // 4" of "h".
std::string divided(std::string size, std::int64_t parts) {
  return parts == 1 ? size : fmt::format("{} // {}", size, parts);
}

// Over some of the dimensions with one role: what goes becomes all channels, the other channels
// rows.
bool reduce_part(Lowering& lowering, const FoldedOp& op, const std::vector<bool>& gone,
                 const Roles& roles) {
  const Shape& shape = lowering.graph().shape(op.input(0));
  const Tap tap = *lowering.tap(op.input(0));
  const Sizes in = lowering.sizes(tap.layer);
  Sizes parts = {1, 1, 1};
  bool moved = false, kept_before = false;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] == 1 || tap.roles[k] == 'N') continue;
    kept_before = kept_before || !gone[k];
    if (!gone[k]) continue;
    (tap.roles[k] == 'C'   ? parts.channels
     : tap.roles[k] == 'H' ? parts.height
                           : parts.width) *= shape[k];
    moved = moved || kept_before || tap.roles[k] != 'C';
  }
  const std::int64_t kept = in.channels / parts.channels, all = parts.elements();
  const Sizes open = {all, kept * in.height / parts.height, in.width / parts.width};
  DraftId layer =
      lowering.add_inner(op, moved ? layers::kinds::rearrange_kind : layers::kinds::reshape_kind,
                         {tap.layer}, open, fixed_width(all));
  lowering.layer(layer).attributes = {
      number("channels", all),
      text("height", fmt::format("{} * {}", kept, divided("h", parts.height))),
      text("width", divided("w", parts.width))};
  layer = lowering.add_inner(op, layers::kinds::reduce_kind, {layer}, {1, open.height, open.width},
                             fixed_width(1));
  lowering.layer(layer).attributes = {flag("channels", true)};
  lowering.widths().pin(lowering.channels(tap.layer));
  DraftLayer& last =
      lowering.add(op, layers::kinds::reshape_kind, {layer}, roles, fixed_width(kept));
  last.attributes = {number("channels", kept), text("height", divided("h", kept)),
                     text("width", "w")};
  return true;
}

// Over positions alone it is a global pool; over channels, rows or columns a reduction.
bool lower_reduce(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const Shape& shape = graph.shape(op.input(0));
  const Tap tap = *lowering.tap(op.input(0));
  const bool arg = op.type.starts_with("Arg");
  const std::vector<std::size_t> axes =
      arg ? std::vector{axis_index(op.values().whole("axis", 0), shape.size())}
          : reduced_axes(lowering.view(op), shape);
  std::vector<bool> gone(shape.size());
  for (const std::size_t axis : axes) gone[axis] = true;
  const bool keep = op.values().whole("keepdims", 1) != 0;
  Roles roles;
  std::string reduced, kept;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const char role = tap.roles[k];
    if (!gone[k] || keep) roles += role;
    if (shape[k] == 1) continue;
    if (gone[k] && role == 'N') return false;
    (gone[k] ? reduced : kept) += role;
  }
  if (reduced.find_first_of(kept) != std::string::npos)
    return reduce_part(lowering, op, gone, roles);
  const bool channels = reduced.find('C') != std::string::npos;
  const bool height = reduced.find('H') != std::string::npos,
             width = reduced.find('W') != std::string::npos;
  const Sizes in = lowering.sizes(tap.layer);
  const bool all_positions = !channels && (height || in.height == 1) && (width || in.width == 1);
  const bool mean = op.type == "ReduceMean", max = op.type == "ReduceMax";
  const WidthForm form = channels ? fixed_width(1) : lowering.channels(tap.layer);
  if (all_positions && (mean || max)) {
    lowering.add(op,
                 mean ? layers::kinds::global_avg_pool_kind : layers::kinds::global_max_pool_kind,
                 {tap.layer}, roles, form);
    return true;
  }
  DraftLayer& layer = lowering.add(op, layers::kinds::reduce_kind, {tap.layer}, roles, form);
  if (channels) layer.attributes.push_back(flag("channels", true));
  if (height) layer.attributes.push_back(flag("height", true));
  if (width) layer.attributes.push_back(flag("width", true));
  return true;
}

constexpr LoweringRow kPoolLowerings[] = {
    {"MaxPool", lower_pool},
    {"AveragePool", lower_pool},
    {"GlobalAveragePool", lower_global_pool},
    {"GlobalMaxPool", lower_global_pool},
    {"ReduceMean", lower_reduce},
    {"ReduceSum", lower_reduce},
    {"ReduceMax", lower_reduce},
    {"ReduceMin", lower_reduce},
    {"ReduceL1", lower_reduce},
    {"ReduceL2", lower_reduce},
    {"ReduceProd", lower_reduce},
    {"ReduceSumSquare", lower_reduce},
    {"ReduceLogSum", lower_reduce},
    {"ReduceLogSumExp", lower_reduce},
    {"ArgMax", lower_reduce},
    {"ArgMin", lower_reduce},
};

}  // namespace

std::span<const LoweringRow> pool_lowerings() { return kPoolLowerings; }

}  // namespace archcost::onnx
