// SPDX-License-Identifier: Apache-2.0
// Resizing, and blocks moved between channels and space.
#include <fmt/core.h>

#include "layers/kinds.hpp"
#include "onnx/lowering.hpp"

namespace archcost::onnx {
namespace {

bool lower_resize(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  Tap tap = *lowering.tap(op.input(0));
  if (graph.shape(op.input(0)) == graph.shape(op.outputs[0])) {
    lowering.alias(op, tap);
    return true;
  }
  tap.roles =
      Lowering::grown_roles(tap.roles, graph.shape(op.input(0)), graph.shape(op.outputs[0]));
  const Sizes in = lowering.sizes(tap.layer),
              out = lowering.sizes_of(graph.shape(op.outputs[0]), tap.roles);
  if (in.channels != out.channels || out.height < 1 || out.width < 1) return false;
  const bool linear = op.values().text("mode", "nearest") != "nearest";
  const WidthForm form = lowering.channels(tap.layer);
  if (out.height % in.height != 0 || out.width % in.width != 0) {
    DraftLayer& layer =
        lowering.add(op, layers::kinds::upsample_kind, {tap.layer}, tap.roles, form);
    layer.attributes = {text("size", fmt::format("[{}, {}]", out.height, out.width))};
    if (linear) layer.attributes.push_back(text("mode", "bilinear"));
    return true;
  }
  DraftLayer& layer = lowering.add(op, layers::kinds::upsample_kind, {tap.layer}, tap.roles, form);
  layer.attributes = {extent("factor", out.height / in.height, out.width / in.width)};
  if (linear) layer.attributes.push_back(text("mode", "bilinear"));
  return true;
}

// DepthToSpace and SpaceToDepth: the channels are a product or quotient of the input's.
bool lower_blocks(Lowering& lowering, const FoldedOp& op) {
  Tap tap = lowering.with_channels_second(op);
  tap.roles = Lowering::grown_roles(tap.roles, lowering.graph().shape(op.input(0)),
                                    lowering.graph().shape(op.outputs[0]));
  const std::int64_t block = op.values().whole("blocksize", 1), area = block * block;
  const bool up = op.type == "DepthToSpace";
  const WidthForm before = lowering.channels(tap.layer);
  const WidthForm form =
      up ? lowering.widths().part(before, area) : lowering.widths().times(before, area);
  DraftLayer& layer = lowering.add(op, layers::kinds::reshape_kind, {tap.layer}, tap.roles, form);
  layer.attributes = {{"channels", form}};
  const auto factor = [&](const char* name) {
    return up ? fmt::format("{} * {}", name, block) : fmt::format("{} // {}", name, block);
  };
  layer.attributes.push_back(text("height", factor("h")));
  layer.attributes.push_back(text("width", factor("w")));
  return true;
}

constexpr LoweringRow kResizeLowerings[] = {
    {"Resize", lower_resize},
    {"Upsample", lower_resize},
    {"DepthToSpace", lower_blocks},
    {"SpaceToDepth", lower_blocks},
};

}  // namespace

std::span<const LoweringRow> resize_lowerings() { return kResizeLowerings; }

}  // namespace archcost::onnx
