// SPDX-License-Identifier: Apache-2.0
// Reshapes and transposes. Dimensions of the input and output are matched in segments of equal
// products: [N,C,H,W] to [N,C,H*W] has the segments N:N, C:C and H,W:H*W.
#include <fmt/core.h>

#include <algorithm>

#include "layers/kinds.hpp"
#include "onnx/lowering.hpp"

namespace archcost::onnx {
namespace {

/// Dimensions from `in` and `out` up to those of the next segment.
struct Segment {
  std::vector<std::size_t> in, out;
};

// Dimensions of 1 belong to no segment.
std::vector<Segment> segments(const Shape& in, const Shape& out) {
  std::vector<Segment> result;
  std::size_t i = 0, k = 0;
  const auto next = [](const Shape& shape, std::size_t& at, std::vector<std::size_t>& into,
                       std::int64_t& product) {
    while (at < shape.size() && shape[at] == 1) ++at;
    if (at == shape.size()) return false;
    into.push_back(at);
    product *= shape[at++];
    return true;
  };
  while (true) {
    Segment segment;
    std::int64_t left = 1, right = 1;
    const bool more = next(in, i, segment.in, left);
    if (!more) return result;
    next(out, k, segment.out, right);
    while (left != right) {
      if (left < right ? !next(in, i, segment.in, left) : !next(out, k, segment.out, right))
        return result;
    }
    result.push_back(segment);
  }
}

std::string roles_of(const std::vector<std::size_t>& dimensions, const Roles& roles) {
  std::string text;
  for (const std::size_t k : dimensions) text += roles[k];
  return text;
}

bool all_of(const std::string& roles, char role) {
  return std::all_of(roles.begin(), roles.end(), [&](char c) { return c == role; });
}

/// How a reshape is written.
struct Reshaped {
  Roles roles;
  bool mixed = false;      ///< the numbers move between channels and positions
  bool flattened = false;  ///< all of it becomes channels
};

Reshaped match(const Shape& in, const Roles& roles, const Shape& out) {
  Reshaped result;
  result.roles = Roles(out.size(), '1');
  for (const Segment& segment : segments(in, out)) {
    const std::string from = roles_of(segment.in, roles);
    const auto give = [&](char role) {
      for (const std::size_t k : segment.out) result.roles[k] = role;
    };
    if (all_of(from, 'C') || all_of(from, 'H') || all_of(from, 'W') || from == "N") {
      give(from[0]);
      if (from[0] != 'C' && segment.out.size() == 2 && roles.find('W') == Roles::npos) {
        result.roles[segment.out[0]] = 'H';
        result.roles[segment.out[1]] = 'W';
      }
    } else if (from == "HW" && segment.out.size() == 1) {
      give('H');
    } else if (from == "HW" && segment.out.size() == 2) {
      result.roles[segment.out[0]] = 'H';
      result.roles[segment.out[1]] = 'W';
    } else if (from.find('N') == std::string::npos && segment.out.size() == 1 &&
               from.find('C') != std::string::npos) {
      give('C');
      result.flattened = true;
    } else {
      result.mixed = true;
      give('?');
    }
  }
  return result;
}

/// Roles where numbers move: what was channels alone stays channels, the rest are positions.
Roles mixed_roles(const Lowering& lowering, const Shape& out, Roles roles) {
  const auto open = static_cast<std::size_t>(std::count(roles.begin(), roles.end(), '?'));
  const bool has_channels = roles.find('C') != Roles::npos;
  if (!has_channels || open == 0) return lowering.usual_roles(out);
  std::size_t last = out.size();
  for (std::size_t k = 0; k < roles.size(); ++k) {
    if (roles[k] == '?') last = k;
    if (roles[k] == 'H') roles[k] = 'W';
  }
  for (std::size_t k = 0; k < roles.size(); ++k) {
    if (roles[k] == '?') roles[k] = k == last ? 'H' : 'W';
  }
  return roles;
}

// Whether the file states every size as a number.
bool is_literal(const Lowering& lowering, const FoldedOp& op) {
  if (op.type != "Reshape") return false;
  if (op.values().has("shape")) return true;
  const auto& constant = lowering.graph().values[op.input(1)].constant;
  if (!constant || constant->computed) return false;
  return std::none_of(constant->whole.begin(), constant->whole.end(),
                      [](std::int64_t size) { return size <= 0; });
}

void add_flatten(Lowering& lowering, const FoldedOp& op, const Tap& tap, const Roles& roles) {
  const Sizes in = lowering.sizes(tap.layer);
  const WidthForm form = lowering.widths().times(lowering.channels(tap.layer), in.area());
  if (is_literal(lowering, op)) {
    lowering.add(op, layers::kinds::reshape_kind, {tap.layer}, roles, form).attributes = {
        {"channels", form}};
  } else {
    lowering.add(op, layers::kinds::flatten_kind, {tap.layer}, roles, form);
  }
}

void add_reshape(Lowering& lowering, const FoldedOp& op, const Tap& tap, const Roles& roles) {
  const Sizes in = lowering.sizes(tap.layer),
              out = lowering.sizes_of(lowering.graph().shape(op.outputs[0]), roles);
  const bool merged = out.channels == in.channels && out.height == in.area() && out.width == 1;
  const bool plain = out.channels == in.channels && out.area() == in.area();
  const WidthForm form = lowering.kept_channels(tap.layer, out.channels);
  DraftLayer& layer =
      lowering.add(op, plain ? layers::kinds::reshape_kind : layers::kinds::rearrange_kind,
                   {tap.layer}, roles, form);
  if (plain)
    layer.attributes.push_back(text("channels", "in"));
  else
    layer.attributes.push_back({"channels", form});
  if (merged && !is_literal(lowering, op)) {
    layer.attributes.push_back(text("height", "h * w"));
    return;
  }
  if (out.height != 1) layer.attributes.push_back(number("height", out.height));
  if (out.width != 1) layer.attributes.push_back(number("width", out.width));
}

// A file of archcost has a node for each layer, also where it changes nothing.
bool lower_own_reshape(Lowering& lowering, const FoldedOp& op, const Tap& tap) {
  const bool is_layer = lowering.graph().layer_names && op.name.find('/') == std::string::npos;
  const std::size_t rank = lowering.graph().shape(op.outputs[0]).size();
  if (is_layer && op.type == "Flatten" && rank == 2) {
    add_flatten(lowering, op, tap, "NC");
    return true;
  }
  if (!is_layer || op.type != "Reshape" || rank != 4) return false;
  const Sizes in = lowering.sizes(tap.layer),
              out = lowering.sizes_of(lowering.graph().shape(op.outputs[0]), "NCHW");
  const WidthForm form = lowering.kept_channels(tap.layer, out.channels);
  DraftLayer& layer = lowering.add(op, layers::kinds::reshape_kind, {tap.layer}, "NCHW", form);
  layer.attributes.push_back({"channels", form});
  const bool merged = out.channels == in.channels && out.width == 1 && out.height == in.area();
  if (merged && out.height != 1) {
    layer.attributes.push_back(text("height", "h * w"));
    return true;
  }
  if (out.height != 1) layer.attributes.push_back(number("height", out.height));
  if (out.width != 1) layer.attributes.push_back(number("width", out.width));
  return true;
}

bool lower_reshape(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  if (!lowering.tap(op.input(0))) return false;
  const Tap tap = *lowering.tap(op.input(0));
  const Shape &in = graph.shape(op.input(0)), &out = graph.shape(op.outputs[0]);
  if (elements(in) == 0) return false;
  if (lower_own_reshape(lowering, op, tap)) return true;
  if (in == out) {
    lowering.alias(op, tap);
    return true;
  }
  Reshaped result = match(in, tap.roles, out);
  if (result.mixed) result.roles = mixed_roles(lowering, out, result.roles);
  if (result.roles.size() > 1 && result.roles[0] == '1' && tap.roles[0] == 'N')
    result.roles[0] = 'N';
  if (result.roles.find('C') == Roles::npos) {
    // A dimension of 1 is the channels'.
    const std::size_t one = result.roles.rfind('1');
    if (one != Roles::npos) result.roles[one] = 'C';
  }
  const Sizes before = lowering.sizes(tap.layer), after = lowering.sizes_of(out, result.roles);
  if (result.mixed) {
    const WidthForm form = lowering.kept_channels(tap.layer, after.channels);
    DraftLayer& layer =
        lowering.add(op, layers::kinds::rearrange_kind, {tap.layer}, result.roles, form);
    layer.attributes.push_back({"channels", form});
    if (after.height != 1) layer.attributes.push_back(number("height", after.height));
    if (after.width != 1) layer.attributes.push_back(number("width", after.width));
  } else if (before == after) {
    lowering.alias(op, {tap.layer, result.roles});
  } else if (result.flattened && after.area() == 1) {
    add_flatten(lowering, op, tap, result.roles);
  } else {
    add_reshape(lowering, op, tap, result.roles);
  }
  return true;
}

bool lower_transpose(Lowering& lowering, const FoldedOp& op) {
  Tap tap = *lowering.tap(op.input(0));
  std::vector<std::int64_t> order = op.values().wholes("perm");
  if (order.empty()) {
    for (std::size_t k = tap.roles.size(); k-- > 0;) order.push_back(static_cast<std::int64_t>(k));
  }
  Roles roles;
  for (const std::int64_t k : order) roles += tap.roles[static_cast<std::size_t>(k)];
  lowering.alias(op, {tap.layer, roles});
  return true;
}

// Numbers: the groups.
bool lower_channel_shuffle(Lowering& lowering, const FoldedOp& op) {
  if (op.numbers.size() != 1 || !lowering.tap(op.input(0))) return false;  // another tool's
  const Tap tap = *lowering.tap(op.input(0));
  const WidthForm form = lowering.channels(tap.layer);
  lowering.widths().need_multiple(form, op.numbers[0]);
  lowering.add(op, layers::kinds::channel_shuffle_kind, {tap.layer}, tap.roles, form).attributes = {
      number("groups", op.numbers[0])};
  return true;
}

constexpr LoweringRow kReshapeLowerings[] = {
    {"Reshape", lower_reshape},     {"Flatten", lower_reshape},
    {"Squeeze", lower_reshape},     {"Unsqueeze", lower_reshape},
    {"Transpose", lower_transpose}, {"ChannelShuffle", lower_channel_shuffle},
};

}  // namespace

std::span<const LoweringRow> reshape_lowerings() { return kReshapeLowerings; }

}  // namespace archcost::onnx
