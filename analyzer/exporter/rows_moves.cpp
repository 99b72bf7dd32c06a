// SPDX-License-Identifier: Apache-2.0
// Layers that move numbers.
#include <fmt/core.h>

#include <stdexcept>

#include "exporter/kind_row.hpp"

namespace archcost::exporter {
namespace {

using Numbers = std::vector<std::int64_t>;

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

void split(OnnxLayer& step) {
  Layout layout = Layout::kFirst;
  const std::string x = step.input_with_channels_second(layout);
  const std::int64_t part = step.layer().output.channels.value();
  const std::int64_t first = (graph::number_of(step.layer(), "take") - 1) * part;
  step.result("Slice",
              {x, step.constant(Numbers{first}), step.constant(Numbers{first + part}),
               step.constant(Numbers{1})},
              layout);
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
  const auto rate = static_cast<float>(graph::real_of(step.layer(), "p"));
  step.result("Dropout", {step.input(layout), step.scalar(rate)}, layout);
}

void upsample(OnnxLayer& step) {
  const Extent factor = graph::extent_of(step.layer(), "factor");
  const bool bilinear = graph::word_of(step.layer(), "mode") == "bilinear";
  const std::string scales =
      step.constant(std::vector<float>{1, 1, static_cast<float>(factor.height.value()),
                                       static_cast<float>(factor.width.value())},
                    {4});
  std::vector<OnnxAttribute> attributes = {
      {"mode", std::string(bilinear ? "linear" : "nearest")},
      {"coordinate_transformation_mode", std::string(bilinear ? "half_pixel" : "asymmetric")}};
  if (!bilinear) attributes.push_back({"nearest_mode", std::string("floor")});
  step.result("Resize", {step.input(Layout::kFirst), "", scales}, Layout::kFirst, attributes);
}

void pad(OnnxLayer& step) {
  const Padding sides = *graph::resolved_padding(step.network(), step.layer());
  const std::string_view mode = graph::word_of(step.layer(), "mode");
  const TensorShape in = step.shape();
  if (mode == "reflect" &&
      (max(sides.top, sides.bottom) >= in.height || max(sides.left, sides.right) >= in.width))
    throw std::invalid_argument("a reflection that is wider than the image");
  const Numbers numbers = {0, 0, sides.top.value(),    sides.left.value(),
                           0, 0, sides.bottom.value(), sides.right.value()};
  const std::string_view word = mode == "zeros" ? "constant" : mode == "replicate" ? "edge" : mode;
  step.result("Pad", {step.input(Layout::kFirst), step.constant(numbers)}, Layout::kFirst,
              {{"mode", std::string(word)}});
}

// Before the tokens [N, C, T, 1], along the third dimension.
void class_token(OnnxLayer& step) {
  const std::int64_t channels = step.shape().channels.value(), n = step.batch();
  const std::string x = step.input(Layout::kFirst);
  std::string token =
      step.weight("weight", {1, channels, 1, 1}, &interpreter::LayerWeights::kernel);
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
  const std::string parts = layer["parts"];
  out.channels = is_whole_literal(out.channels) && is_whole_literal(parts)
                     ? std::to_string(std::stoll(out.channels) / std::stoll(parts))
                 : is_simple(out.channels) ? fmt::format("{} // {}", out.channels, parts)
                                           : fmt::format("({}) // {}", out.channels, parts);
  return {call("Part", {layer["take"], parts}), {}, out};
}

TorchModule torch_flatten(const TorchLayer& layer) {
  if (!layer.in.height || !layer.in.width) throw NotWritable("flatten needs the size of its input");
  TorchFlow out = {layer.in.channels, "1", "1", TorchForm::kVector};
  for (const std::string& size : {*layer.in.height, *layer.in.width}) {
    if (size == "1") continue;
    const bool both = is_whole_literal(out.channels) && is_whole_literal(size);
    out.channels = both ? std::to_string(std::stoll(out.channels) * std::stoll(size))
                        : fmt::format("{} * {}", out.channels, size);
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
  out.height.reset();
  out.width.reset();
  return {
      call("nn.Upsample", {"scale_factor=" + layer["factor"], "mode=" + layer["mode"]}), {}, out};
}

TorchModule torch_pad(const TorchLayer& layer) {
  layer.need("Pad");
  TorchFlow out = layer.in;
  out.height.reset();
  out.width.reset();
  return {call("Pad", {layer["pad"], keyword("mode", layer["mode"], "\"zeros\"")}), {}, out};
}

TorchModule torch_class_token(const TorchLayer& layer) {
  layer.need("ClassToken");
  TorchFlow out = layer.in;
  if (out.height)
    out.height = is_whole_literal(*out.height) ? std::to_string(std::stoll(*out.height) + 1)
                                               : *out.height + " + 1";
  return {call("ClassToken", {layer.in.channels}), {}, out};
}

TorchModule torch_take_token(const TorchLayer& layer) {
  layer.need("FirstToken");
  return {"FirstToken()", {}, {layer.in.channels, "1", "1", TorchForm::kVector}};
}

constexpr std::string_view kUnknownFunction =
    "a spec doesn't say which function it is; export the file that it was imported from";

constexpr KindRow kRows[] = {
    {"slice", nullptr, nullptr, "it can't be exported yet"},
    {"crop", nullptr, nullptr, "it can't be exported yet"},
    {"input", nullptr, nullptr, "further inputs can't be exported yet"},
    {"concat", concat, torch_concat},
    {"channel_shuffle", channel_shuffle, torch_channel_shuffle},
    {"split", split, torch_split},
    {"flatten", flatten, torch_flatten},
    {"reshape", reshape, torch_reshape},
    {"dropout", dropout, torch_dropout},
    {"upsample", upsample, torch_upsample},
    {"pad", pad, torch_pad},
    {"class_token", class_token, torch_class_token},
    {"take_token", take_token, torch_take_token},
    {"pointwise", nullptr, nullptr, kUnknownFunction},
    {"reduce", nullptr, nullptr, kUnknownFunction},
    {"rearrange", nullptr, nullptr, kUnknownFunction},
    {"unsupported", nullptr, nullptr, kUnknownFunction},
};

}  // namespace

std::span<const KindRow> move_rows() { return kRows; }

}  // namespace archcost::exporter
