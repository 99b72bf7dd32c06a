// SPDX-License-Identifier: Apache-2.0
// Sizes of layers that state their output, so that they follow the resolution.
#include <fmt/core.h>

#include <algorithm>

#include "layers/kinds.hpp"
#include "onnx/lowering.hpp"

namespace archcost::onnx {
namespace {

std::string size_text(std::int64_t out, std::int64_t in, const char* name) {
  if (in <= 1 || out % in != 0) return std::to_string(out);
  return out == in ? name : fmt::format("{} * {}", out / in, name);
}

}  // namespace

void Lowering::add_sizes(DraftLayer& layer) const {
  const Sizes in = layer.inputs.empty() ? Sizes() : sizes(layer.inputs[0]), &out = layer.output;
  const bool flat = out.width == 1 && in.height > 1 && in.width > 1 && out.height == in.area();
  if (out.height != 1)
    layer.attributes.push_back(
        text("height", flat ? "h * w" : size_text(out.height, in.height, "h")));
  if (out.width != 1)
    layer.attributes.push_back(text("width", size_text(out.width, in.width, "w")));
}

// A resize to a size in the file, whose output is joined with that of a layer before it, has that
// layer's size: with another one they could not be joined.
void Lowering::follow_sizes() {
  const auto is_resized = [&](DraftId id) {
    const DraftLayer& one = layer(id);
    return one.kind == &layers::kinds::upsample_kind && one.op >= 0 &&
           graph_->ops[one.op].type == "Resize" && graph_->ops[one.op].input(3) != kNone;
  };
  for (const DraftLayer& merge : draft_.layers) {
    if (merge.kind->family != layers::Family::kMerge) continue;
    for (const DraftId id : merge.inputs) {
      if (id == kDraftInput || !is_resized(id)) continue;
      const Sizes size = sizes(id);
      const auto other = std::find_if(merge.inputs.begin(), merge.inputs.end(), [&](DraftId one) {
        return one != kDraftInput && one < id && !is_resized(one) &&
               sizes(one).height == size.height && sizes(one).width == size.width;
      });
      if (other == merge.inputs.end()) continue;
      std::vector<DraftAttribute>& attributes = layer(id).attributes;
      std::erase_if(attributes, [](const DraftAttribute& own) {
        return own.name == "factor" || own.name == "size";
      });
      attributes.insert(attributes.begin(), {"size", DraftSizeOf{*other}});
    }
  }
}

}  // namespace archcost::onnx
