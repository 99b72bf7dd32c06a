// SPDX-License-Identifier: Apache-2.0
// Convolutions.
#include <fmt/core.h>

#include <array>
#include <stdexcept>

#include "exporter/kind_row.hpp"
#include "exporter/window_padding.hpp"

namespace archcost::exporter {
namespace {

// SAME_UPPER is TensorFlow's padding; runtimes take it without dilation only.
void add_padding(const OnnxLayer& step, bool dilated, std::vector<OnnxAttribute>& attributes) {
  if (is_same_tf(step) && !dilated)
    attributes.push_back({"auto_pad", std::string("SAME_UPPER")});
  else
    attributes.push_back({"pads", numbers_of(padding(step))});
}

bool has_bias(const OnnxLayer& step) {
  return graph::flag_of(step.layer(), "bias") || step.has_folded();
}

void conv(OnnxLayer& step) {
  const graph::Layer& layer = step.layer();
  const std::int64_t groups = graph::number_of(layer, "groups");
  const Numbers kernel = extent(step, "kernel"), dilation = extent(step, "dilation");
  const std::int64_t in = step.shape().channels.value(), out = layer.output.channels.value();
  std::vector<std::string> inputs = {
      step.input(Layout::kFirst),
      step.weight("weight", {out, in / groups, kernel[0], kernel[1]}, kKernel)};
  if (has_bias(step)) inputs.push_back(step.weight("bias", {out}, kBias));
  std::vector<OnnxAttribute> attributes = {{"kernel_shape", kernel},
                                           {"strides", extent(step, "stride")},
                                           {"dilations", dilation},
                                           {"group", groups}};
  add_padding(step, dilation != Numbers{1, 1}, attributes);
  step.result("Conv", inputs, Layout::kFirst, attributes);
}

void conv_transpose(OnnxLayer& step) {
  const graph::Layer& layer = step.layer();
  const std::int64_t groups = graph::number_of(layer, "groups");
  const Numbers kernel = extent(step, "kernel");
  const std::int64_t in = step.shape().channels.value(), out = layer.output.channels.value();
  const Numbers stride = extent(step, "stride"), dilation = extent(step, "dilation");
  Numbers more = extent(step, "output_pad");
  if (is_same_tf(step)) {
    // A kernel that is smaller than its stride leaves rows without a tap.
    for (std::size_t k = 0; k < 2; ++k)
      more[k] = std::max<std::int64_t>(0, stride[k] - dilation[k] * (kernel[k] - 1) - 1);
    if (more != Numbers{0, 0}) step.mark_as_kind();
  }
  std::vector<std::string> inputs = {
      step.input(Layout::kFirst),
      step.weight("weight", {in, out / groups, kernel[0], kernel[1]}, kKernel)};
  if (has_bias(step)) inputs.push_back(step.weight("bias", {out}, kBias));
  step.result("ConvTranspose", inputs, Layout::kFirst,
              {{"kernel_shape", kernel},
               {"strides", stride},
               {"dilations", dilation},
               {"group", groups},
               {"pads", numbers_of(padding(step))},
               {"output_padding", more}});
}

// --- PyTorch -----------------------------------------------------------------------------------

TorchModule torch_conv(const TorchLayer& layer) {
  const std::string dilation = layer["dilation"];
  const TorchPadding padding = torch_padding(layer, dilation);
  const bool padded = padding.same_tf || !padding.sides.empty();
  const std::string name = padding.same_tf ? "Conv2dSameTF" : padded ? "PaddedConv2d" : "nn.Conv2d";
  if (padded) layer.need(name);
  const std::string code =
      call(name, {layer.in.channels, layer["out"], layer["kernel"],
                  keyword("stride", layer["stride"], "1"), keyword("padding", padding.number, "0"),
                  keyword("dilation", dilation, "1"), keyword("groups", layer["groups"], "1"),
                  keyword("bias", layer["bias"], "True"), keyword("sides", padding.sides, "")});
  return {code,
          to_image(layer),
          {layer["out"], window_size(layer, layer.in.height, padding, dilation),
           window_size(layer, layer.in.width, padding, dilation), TorchForm::kImage},
          "out_channels"};
}

TorchModule torch_conv_transpose(const TorchLayer& layer) {
  const std::string dilation = layer["dilation"];
  const TorchPadding padding = torch_padding(layer, dilation);
  const std::string name = padding.same_tf         ? "ConvTranspose2dSameTF"
                           : padding.sides.empty() ? "nn.ConvTranspose2d"
                                                   : "CroppedConvTranspose2d";
  if (!name.starts_with("nn.")) layer.need(name);
  const std::string code =
      call(name, {layer.in.channels, layer["out"], layer["kernel"],
                  keyword("stride", layer["stride"], "1"), keyword("padding", padding.number, "0"),
                  keyword("output_padding", layer["output_pad"], "0"),
                  keyword("groups", layer["groups"], "1"), keyword("bias", layer["bias"], "True"),
                  keyword("dilation", dilation, "1"), keyword("sides", padding.sides, "")});
  return {code,
          to_image(layer),
          {layer["out"], std::nullopt, std::nullopt, TorchForm::kImage},
          "out_channels"};
}

constexpr KindRow kWindowRows[] = {
    {"conv", conv, torch_conv},
    {"conv_transpose", conv_transpose, torch_conv_transpose},
};

}  // namespace

std::span<const KindRow> window_rows() { return kWindowRows; }

}  // namespace archcost::exporter
