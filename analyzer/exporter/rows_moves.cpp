// SPDX-License-Identifier: Apache-2.0
// Layers that move numbers.
#include <fmt/core.h>

#include <algorithm>

#include "exporter/kind_row.hpp"
#include "layers/layer_table.hpp"

namespace archcost::exporter {
namespace {

// Sizes of a reshape: 0 keeps the batch.
std::string target_sizes(OnnxLayer& step, Sizes sizes) {
  sizes[0] = 0;
  return step.constant(sizes);
}

void concat(OnnxLayer& step) {
  std::vector<std::string> inputs;
  for (std::size_t k = 0; k < step.inputs(); ++k) inputs.push_back(step.input(Layout::kFirst, k));
  step.result("Concat", inputs, Layout::kFirst, {{"axis", std::int64_t{1}}});
}

// [N, g * c, H, W] to [N, g, c, H, W], the groups and their channels exchanged, and back.
void channel_shuffle(OnnxLayer& step) {
  const Sizes sizes = step.output_sizes(Layout::kFirst);
  const std::int64_t groups = graph::number_of(step.layer(), "groups"), each = sizes[1] / groups;
  const Sizes split = {sizes[0], groups, each, sizes[2], sizes[3]};
  const std::string apart =
      step.step("Reshape", {step.input(Layout::kFirst), target_sizes(step, split)}, split);
  const std::string turned =
      step.step("Transpose", {apart}, {sizes[0], each, groups, sizes[2], sizes[3]},
                {{"perm", Numbers{0, 2, 1, 3, 4}}});
  step.result("Reshape", {turned, target_sizes(step, sizes)}, Layout::kFirst);
}

// Channels from `first` on, as many as the output has.
void take_channels(OnnxLayer& step, std::int64_t first) {
  Layout layout = Layout::kFirst;
  const std::string x = step.input_with_channels_second(layout);
  const std::int64_t end = first + step.layer().output.channels.value();
  step.result(
      "Slice",
      {x, step.constant(Numbers{first}), step.constant(Numbers{end}), step.constant(Numbers{1})},
      layout);
}

bool has_equal_parts(const graph::Layer& split) {
  const auto own = split.kind->attributes;
  return split.numbers.size() == static_cast<std::size_t>(layers::slot_of(own, own.size()).number);
}

void split_parts(OnnxLayer& step) {
  const bool plain = has_equal_parts(step.layer()) && graph::number_of(step.layer(), "parts") > 1;
  if (!plain) step.mark_as_kind();
  take_channels(step, graph::first_channel(step.layer()));
}

void slice(OnnxLayer& step) {
  step.mark_as_kind();
  take_channels(step, graph::number_of(step.layer(), "start"));
}

void crop(OnnxLayer& step) {
  const std::string_view align = graph::word_of(step.layer(), "align");
  const TensorShape in = step.shape(), out = step.layer().output;
  const auto before = [&](Count whole, Count part) {
    const std::int64_t left_out = (whole - part).value();
    return align == "start" ? 0 : align == "end" ? left_out : left_out / 2;
  };
  const std::int64_t top = before(in.height, out.height), left = before(in.width, out.width);
  step.mark_as_kind();
  step.result("Slice",
              {step.input(Layout::kFirst), step.constant(Numbers{top, left}),
               step.constant(Numbers{top + out.height.value(), left + out.width.value()}),
               step.constant(Numbers{2, 3})},
              Layout::kFirst);
}

// The mean, as in the interpreter: a spec doesn't say which reduction it is.
void reduce(OnnxLayer& step) {
  const bool flags[] = {graph::flag_of(step.layer(), "channels"),
                        graph::flag_of(step.layer(), "height"),
                        graph::flag_of(step.layer(), "width")};
  Numbers axes;
  for (std::int64_t k = 0; k < 3; ++k) {
    if (flags[k]) axes.push_back(k + 1);
  }
  step.mark_as_kind();
  const std::string x = step.input(Layout::kFirst);
  if (axes.empty())
    step.result("Identity", {x}, Layout::kFirst);
  else if (step.opset() < 18)
    step.result("ReduceMean", {x}, Layout::kFirst, {{"axes", axes}});
  else
    step.result("ReduceMean", {x, step.constant(axes)}, Layout::kFirst);
}

// The inputs' numbers one after the other, cut or from the start again, as in the interpreter: a
// spec doesn't say what moves where.
void rearrange(OnnxLayer& step) {
  step.mark_as_kind();
  const std::int64_t n = step.batch(), wanted = step.layer().output.elements().value();
  std::vector<std::string> rows;
  std::int64_t size = 0;
  for (std::size_t k = 0; k < step.inputs(); ++k) {
    const std::int64_t own = step.shape(k).elements().value();
    rows.push_back(step.step("Flatten", {step.input(Layout::kFirst, k)}, {n, own},
                             {{"axis", std::int64_t{1}}}));
    size += own;
  }
  const auto joined = [&](const std::vector<std::string>& parts, std::int64_t elements) {
    return parts.size() == 1
               ? parts[0]
               : step.step("Concat", parts, {n, elements}, {{"axis", std::int64_t{1}}});
  };
  std::string row = joined(rows, size);
  const std::int64_t times = size == 0 ? 1 : (wanted + size - 1) / size;
  if (times > 1)
    row = joined(std::vector<std::string>(static_cast<std::size_t>(times), row), times * size);
  if (times * size != wanted)
    row = step.step(
        "Slice",
        {row, step.constant(Numbers{0}), step.constant(Numbers{wanted}), step.constant(Numbers{1})},
        {n, wanted});
  step.result("Reshape", {row, target_sizes(step, step.output_sizes(Layout::kFirst))},
              Layout::kFirst);
}

void flatten(OnnxLayer& step) {
  step.result("Flatten", {step.input(Layout::kFirst)}, Layout::kLast, {{"axis", std::int64_t{1}}});
}

void reshape(OnnxLayer& step) {
  Layout layout = Layout::kFirst;
  const std::string x = step.input_with_channels_second(layout);
  step.result("Reshape", {x, target_sizes(step, step.output_sizes(Layout::kFirst))},
              Layout::kFirst);
}

void dropout(OnnxLayer& step) {
  const Layout layout = step.layout();
  const double rate = graph::real_of(step.layer(), "p");
  if (!is_exact_float(rate)) step.mark_as_kind();
  step.result("Dropout", {step.input(layout), step.scalar(static_cast<float>(rate))}, layout);
}

void upsample(OnnxLayer& step) {
  const Extent factor = graph::extent_of(step.layer(), "factor");
  const bool bilinear = graph::word_of(step.layer(), "mode") == "bilinear";
  const bool to_size = graph::number_of(step.layer(), "size") != 0;
  if (to_size || step.shape() == step.layer().output) step.mark_as_kind();
  std::vector<std::string> inputs = {step.input(Layout::kFirst), ""};
  if (to_size)
    inputs.insert(inputs.end(), {"", step.constant(step.output_sizes(Layout::kFirst))});
  else
    inputs.push_back(
        step.constant(std::vector<float>{1, 1, static_cast<float>(factor.height.value()),
                                         static_cast<float>(factor.width.value())},
                      {4}));
  std::vector<OnnxAttribute> attributes = {
      {"mode", std::string(bilinear ? "linear" : "nearest")},
      {"coordinate_transformation_mode", std::string(bilinear ? "half_pixel" : "asymmetric")}};
  if (!bilinear) attributes.push_back({"nearest_mode", std::string("floor")});
  step.result("Resize", inputs, Layout::kFirst, attributes);
}

// The positions of a side of `size` that a reflection to and fro shows.
Numbers reflected(std::int64_t size, std::int64_t before, std::int64_t after) {
  const std::int64_t period = std::max<std::int64_t>(1, 2 * (size - 1));
  Numbers positions;
  for (std::int64_t k = -before; k < size + after; ++k) {
    const std::int64_t phase = (k % period + period) % period;
    positions.push_back(phase < size ? phase : period - phase);
  }
  return positions;
}

// Operators take reflections up to the size of the image.
void wide_reflection(OnnxLayer& step, const Padding& sides) {
  const TensorShape in = step.shape(), out = step.layer().output;
  step.mark_as_kind();
  const std::string rows = step.step(
      "Gather",
      {step.input(Layout::kFirst),
       step.constant(reflected(in.height.value(), sides.top.value(), sides.bottom.value()))},
      sizes_in({in.channels, out.height, in.width}, step.batch(), Layout::kFirst),
      {{"axis", std::int64_t{2}}});
  step.result(
      "Gather",
      {rows, step.constant(reflected(in.width.value(), sides.left.value(), sides.right.value()))},
      Layout::kFirst, {{"axis", std::int64_t{3}}});
}

void pad(OnnxLayer& step) {
  const Padding sides = *graph::resolved_padding(step.network(), step.layer());
  const std::string_view mode = graph::word_of(step.layer(), "mode");
  const TensorShape in = step.shape();
  if (mode == "reflect" &&
      (max(sides.top, sides.bottom) >= in.height || max(sides.left, sides.right) >= in.width)) {
    wide_reflection(step, sides);
    return;
  }
  const Numbers numbers = {0, 0, sides.top.value(),    sides.left.value(),
                           0, 0, sides.bottom.value(), sides.right.value()};
  if (in == step.layer().output) step.mark_as_kind();
  const std::string_view word = mode == "zeros" ? "constant" : mode == "replicate" ? "edge" : mode;
  step.result("Pad", {step.input(Layout::kFirst), step.constant(numbers)}, Layout::kFirst,
              {{"mode", std::string(word)}});
}

// Before the tokens [N, C, T, 1], along the third dimension.
void class_token(OnnxLayer& step) {
  const std::int64_t channels = step.shape().channels.value(), n = step.batch();
  const std::string x = step.input(Layout::kFirst);
  std::string token = step.weight("weight", {1, channels, 1, 1}, kKernel);
  const Sizes spread = {n, channels, 1, 1};
  if (n > 1) token = step.step("Expand", {token, step.constant(spread)}, spread);
  step.result("Concat", {token, x}, Layout::kFirst, {{"axis", std::int64_t{2}}});
}

void take_token(OnnxLayer& step) {
  if (step.is_vector()) {
    step.mark_as_kind();
    step.result("Identity", {step.input(Layout::kLast)}, Layout::kLast);
    return;
  }
  step.result("Gather", {step.input(Layout::kLast), step.index(0)}, Layout::kLast,
              {{"axis", std::int64_t{1}}});
}

// --- PyTorch -----------------------------------------------------------------------------------

TorchModule torch_concat(const TorchLayer& layer) {
  layer.need("Concat");
  return {"Concat({})", {}, layer.in};
}

TorchModule torch_channel_shuffle(const TorchLayer& layer) {
  layer.need("ChannelShuffle");
  return {call("ChannelShuffle", {layer["groups"]}), {}, layer.in};
}

TorchModule torch_split(const TorchLayer& layer) {
  layer.need("Part");
  TorchFlow out = layer.in;
  const std::string parts = layer["parts"], take = layer["take"];
  const std::vector<std::string> sizes = tuple_elements(parts);
  const auto index = is_whole_literal(take) ? static_cast<std::size_t>(std::stoll(take)) : 0;
  const bool unequal = sizes.size() > 1;
  if (unequal && (index < 1 || index > sizes.size()))
    throw NotWritable("which of unequal parts is taken depends on a parameter");
  out.channels = unequal ? sizes[index - 1]
                 : is_whole_literal(out.channels) && is_whole_literal(parts)
                     ? std::to_string(std::stoll(out.channels) / std::stoll(parts))
                 : is_simple(out.channels)
                     ? fmt::format("{} // {}", out.channels, right_factor(parts))
                     : fmt::format("({}) // {}", out.channels, right_factor(parts));
  return {call("Part", {take, parts}), {}, out};
}

TorchModule torch_slice(const TorchLayer& layer) {
  layer.need("Slice");
  TorchFlow out = layer.in;
  out.channels = layer["channels"];
  return {call("Slice", {out.channels, keyword("start", layer["start"], "0")}), {}, out};
}

TorchModule torch_crop(const TorchLayer& layer) {
  layer.need("Crop");
  std::vector<std::string> sizes = tuple_elements(layer["size"]);
  if (sizes.size() == 1) sizes.push_back(sizes[0]);
  return {call("Crop", {sizes[0], sizes[1], keyword("align", layer["align"], "\"center\"")}),
          to_image(layer),
          {layer.in.channels, sizes[0], sizes[1], TorchForm::kImage}};
}

TorchModule torch_reduce(const TorchLayer& layer) {
  layer.need("Mean");
  TorchFlow out = layer.in;
  out.form = TorchForm::kImage;
  std::vector<std::string> axes;
  const auto take = [&](std::string_view name, const char* axis) {
    const std::string flag = layer[name];
    if (flag != "True" && flag != "False")
      throw NotWritable("what is reduced depends on a parameter");
    if (flag == "True") axes.emplace_back(axis);
    return flag == "True";
  };
  if (take("channels", "1")) out.channels = "1";
  if (take("height", "2")) out.height = "1";
  if (take("width", "3")) out.width = "1";
  return {call("Mean", axes), to_image(layer), out};
}

TorchModule torch_rearrange(const TorchLayer& layer) {
  layer.need("Rearrange");
  const TorchFlow out = {layer["channels"], layer["height"], layer["width"], TorchForm::kImage};
  return {call("Rearrange", {out.channels, *out.height, *out.width}), {}, out};
}

TorchModule torch_flatten(const TorchLayer& layer) {
  if (!layer.in.height || !layer.in.width) throw NotWritable("flatten needs the size of its input");
  TorchFlow out = {layer.in.channels, "1", "1", TorchForm::kVector};
  for (const std::string& size : {*layer.in.height, *layer.in.width}) {
    if (size == "1") continue;
    const bool both = is_whole_literal(out.channels) && is_whole_literal(size);
    out.channels = both ? std::to_string(std::stoll(out.channels) * std::stoll(size))
                        : fmt::format("{} * {}", left_factor(out.channels), right_factor(size));
  }
  return {"nn.Flatten()", {}, out};
}

TorchModule torch_reshape(const TorchLayer& layer) {
  const std::string height = layer["height"], width = layer["width"];
  const TorchFlow out = {layer["channels"], height, width, TorchForm::kImage};
  if (layer.in.form == TorchForm::kVector)
    return {
        fmt::format("nn.Unflatten(1, ({}, {}, {}))", layer["channels"], height, width), {}, out};
  layer.need("Reshape");
  return {call("Reshape", {layer["channels"], height, width}), {}, out};
}

TorchModule torch_dropout(const TorchLayer& layer) {
  return {call("nn.Dropout", {layer["p"]}), {}, layer.in};
}

TorchModule torch_upsample(const TorchLayer& layer) {
  TorchFlow out = layer.in;
  out.form = TorchForm::kImage;
  out.height.reset();
  out.width.reset();
  const std::string size = layer["size"];
  const std::string to = size == "None" ? "scale_factor=" + layer["factor"] : "size=" + size;
  return {call("nn.Upsample", {to, "mode=" + layer["mode"]}), to_image(layer), out};
}

TorchModule torch_pad(const TorchLayer& layer) {
  layer.need("Pad");
  TorchFlow out = layer.in;
  out.form = TorchForm::kImage;
  out.height.reset();
  out.width.reset();
  return {call("Pad", {layer["pad"], keyword("mode", layer["mode"], "\"zeros\"")}), to_image(layer),
          out};
}

TorchModule torch_class_token(const TorchLayer& layer) {
  layer.need("ClassToken");
  TorchFlow out = layer.in;
  if (out.height)
    out.height = is_whole_literal(*out.height) ? std::to_string(std::stoll(*out.height) + 1)
                                               : left_factor(*out.height) + " + 1";
  out.form = TorchForm::kImage;
  return {call("ClassToken", {layer.in.channels}), to_image(layer), out};
}

TorchModule torch_take_token(const TorchLayer& layer) {
  layer.need("FirstToken");
  return {"FirstToken()", {}, {layer.in.channels, "1", "1", TorchForm::kVector}};
}

std::string_view refused_unsupported(const graph::Layer& layer) {
  return layer.cost.params == Count(0)
             ? std::string_view()
             : "what it does with its learned numbers isn't known, so it can't "
               "be exported; the ONNX file that it was imported from has it";
}

std::string_view refused_custom(const graph::Layer&) {
  return "a spec states what it costs, not what it computes";
}

constexpr KindRow kMoveRows[] = {
    {"concat", concat, torch_concat},
    {"channel_shuffle", channel_shuffle, torch_channel_shuffle},
    {"split", split_parts, torch_split},
    {"slice", slice, torch_slice},
    {"crop", crop, torch_crop},
    {"reduce", reduce, torch_reduce, "written as a mean"},
    {"rearrange", rearrange, torch_rearrange, "written as the inputs' numbers in their order"},
    {"unsupported", rearrange, torch_rearrange, "written as the inputs' numbers in their order",
     refused_unsupported},
    {"custom", rearrange, torch_rearrange, {}, refused_custom},
    {"flatten", flatten, torch_flatten},
    {"reshape", reshape, torch_reshape},
    {"dropout", dropout, torch_dropout},
    {"upsample", upsample, torch_upsample},
    {"pad", pad, torch_pad},
    {"class_token", class_token, torch_class_token},
    {"take_token", take_token, torch_take_token},
};

}  // namespace

std::span<const KindRow> move_rows() { return kMoveRows; }

}  // namespace archcost::exporter
