// SPDX-License-Identifier: Apache-2.0
#include "exporter/window_padding.hpp"

#include <fmt/core.h>

#include "graph/layer_problem.hpp"
#include "layers/layer_table.hpp"

namespace archcost::exporter {
namespace {

std::string half_of(const std::string& kernel) {
  return is_whole_literal(kernel) && std::stoll(kernel) % 2 == 1
             ? std::to_string(std::stoll(kernel) / 2)
             : std::string();
}

}  // namespace

Numbers extent(const OnnxLayer& step, std::string_view name) {
  const Extent size = graph::extent_of(step.layer(), name);
  return {size.height.value(), size.width.value()};
}

Padding padding(const OnnxLayer& step) {
  return *graph::resolved_padding(step.network(), step.layer());
}

Numbers numbers_of(const Padding& pad) {
  return {pad.top.value(), pad.left.value(), pad.bottom.value(), pad.right.value()};
}

bool is_same_tf(const OnnxLayer& step) {
  const layers::LayerKind& kind = *step.layer().kind;
  for (std::size_t k = 0; k < kind.attributes.size(); ++k) {
    if (kind.attributes[k].type != layers::AttributeType::kPadding) continue;
    const int mode = step.layer().words[layers::slot_of(kind.attributes, k).word];
    return static_cast<layers::PaddingMode>(mode) == layers::PaddingMode::kSameTf;
  }
  return false;
}

std::vector<std::string> pair_of(const std::string& text) {
  std::vector<std::string> parts = tuple_elements(text);
  if (parts.size() == 1) parts.push_back(parts[0]);
  return parts;
}

TorchPadding torch_padding(const TorchLayer& layer, const std::string& dilation) {
  const std::string pad = layer["pad"], kernel = layer["kernel"];
  const std::vector<std::string> parts = pair_of(pad);
  if (pad == "\"valid\"") return {};
  if (pad == "\"same_tf\"") return {"0", {}, true};
  if (parts.size() == 4)
    return {"0", fmt::format("({}, {}, {}, {})", parts[1], parts[3], parts[0], parts[2])};
  const std::vector<std::string> sides = pair_of(kernel);
  if (pad == "\"same\"" && dilation == "1" && sides.size() == 2 && !half_of(sides[0]).empty() &&
      !half_of(sides[1]).empty()) {
    const std::string y = half_of(sides[0]), x = half_of(sides[1]);
    return {y == x ? y : fmt::format("({}, {})", y, x)};
  }
  const std::string more = dilation == "1" ? "" : dilation;
  if (pad == "\"same\"") {
    layer.need("same_padding");
    return {call("same_padding", {kernel, more})};
  }
  const bool numbers =
      parts.size() == 2 && is_whole_literal(parts[0]) && is_whole_literal(parts[1]);
  if (numbers || pad.starts_with("(")) return {pad};
  layer.need("to_padding");
  return {call("to_padding", {pad, kernel, more})};
}

std::optional<std::string> window_size(const TorchLayer& layer,
                                       const std::optional<std::string>& in,
                                       const TorchPadding& padding, const std::string& dilation) {
  const std::string kernel = layer["kernel"], stride = layer["stride"];
  if (!in || padding.same_tf || !padding.sides.empty()) return std::nullopt;
  if (stride == "1" && layer["pad"] == "\"same\"") return in;
  if (!is_simple(kernel) || !is_simple(stride) || !is_simple(padding.number)) return std::nullopt;
  if (in->size() > 60) return std::nullopt;
  layer.need("window");
  return call("window", {*in, kernel, stride, keyword("padding", padding.number, "0"),
                         keyword("dilation", dilation, "1")});
}

}  // namespace archcost::exporter
