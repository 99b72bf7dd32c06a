// SPDX-License-Identifier: Apache-2.0
#include "exporter/window_padding.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "graph/layer_problem.hpp"
#include "layers/layer_table.hpp"

namespace archcost::exporter {
namespace {

std::string half_of(const std::string& kernel) {
  return is_whole_literal(kernel) && std::stoll(kernel) % 2 == 1
             ? std::to_string(std::stoll(kernel) / 2)
             : std::string();
}

bool has_same_tf(const graph::Layer& layer) {
  const layers::LayerKind& kind = *layer.kind;
  for (std::size_t k = 0; k < kind.attributes.size(); ++k) {
    if (kind.attributes[k].type != layers::AttributeType::kPadding) continue;
    const int mode = layer.words[layers::slot_of(kind.attributes, k).word];
    return static_cast<layers::PaddingMode>(mode) == layers::PaddingMode::kSameTf;
  }
  return false;
}

// Whether one of the tuples in an expression has four elements.
bool has_four_sides(const std::string& text) {
  for (std::size_t open = text.find('('); open != std::string::npos;
       open = text.find('(', open + 1)) {
    const bool is_call =
        open > 0 &&
        (std::isalnum(static_cast<unsigned char>(text[open - 1])) != 0 || text[open - 1] == '_');
    std::size_t close = open;
    int depth = 0;
    do {
      depth += (text[close] == '(') - (text[close] == ')');
      ++close;
    } while (depth > 0 && close < text.size());
    if (!is_call && tuple_elements(text.substr(open, close - open)).size() == 4) return true;
  }
  return false;
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

bool is_same_tf(const OnnxLayer& step) { return has_same_tf(step.layer()); }

bool pads_by_side(const graph::Network& network) {
  return std::any_of(network.layers.begin(), network.layers.end(), [&](const graph::Layer& layer) {
    const bool window = layer.kind->family == layers::Family::kConvolution ||
                        layer.kind->family == layers::Family::kPooling;
    if (!window) return false;
    const auto pad = graph::resolved_padding(network, layer);
    return has_same_tf(layer) || (pad && (pad->top != pad->bottom || pad->left != pad->right));
  });
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
  if (numbers || tuple_elements(pad).size() == 2) return {pad};
  if (pad.find("\"same_tf\"") != std::string::npos || has_four_sides(pad))
    throw NotWritable("a padding that differs by side, or is TensorFlow's, depends on a parameter");
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
