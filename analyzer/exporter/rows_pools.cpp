// SPDX-License-Identifier: Apache-2.0
// Pools.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "exporter/kind_row.hpp"
#include "exporter/window_padding.hpp"

namespace archcost::exporter {
namespace {

struct PoolAxis {
  std::int64_t in = 0, out = 0, kernel = 0, stride = 0, dilation = 1, before = 0, after = 0;

  std::int64_t reach() const { return dilation * (kernel - 1) + 1; }
  std::int64_t room() const { return in + before + after - reach(); }
  /// ONNX's size with ceil_mode: it does not leave out a last window that begins in the padding.
  std::int64_t rounded_up() const { return (room() + stride - 1) / stride + 1; }
  /// Rows of the last window beyond the padding.
  std::int64_t beyond() const { return (out - 1) * stride - room(); }
};

std::array<PoolAxis, 2> pool_axes(const OnnxLayer& step, bool dilated) {
  const TensorShape in = step.shape(), out = step.layer().output;
  const Numbers kernel = extent(step, "kernel"), stride = extent(step, "stride");
  const Numbers dilation = dilated ? extent(step, "dilation") : Numbers{1, 1};
  const Padding pad = padding(step);
  return {PoolAxis{in.height.value(), out.height.value(), kernel[0], stride[0], dilation[0],
                   pad.top.value(), pad.bottom.value()},
          PoolAxis{in.width.value(), out.width.value(), kernel[1], stride[1], dilation[1],
                   pad.left.value(), pad.right.value()}};
}

// Whether ONNX's rule for ceil_mode gives the layer's windows.
bool has_same_rule(const std::array<PoolAxis, 2>& axes) {
  return axes[0].rounded_up() == axes[0].out && axes[1].rounded_up() == axes[1].out;
}

// Whether ceil_mode is written as padding, from which it isn't read again.
bool loses_ceil_mode(const OnnxLayer& step, const std::array<PoolAxis, 2>& axes) {
  return graph::flag_of(step.layer(), "ceil_mode") && (is_same_tf(step) || !has_same_rule(axes));
}

// With ceil_mode where ONNX's rule gives the same size, else with as much padding as the windows
// need.
void add_pool_padding(const OnnxLayer& step, std::array<PoolAxis, 2> axes,
                      std::vector<OnnxAttribute>& attributes) {
  const bool ceil_mode = graph::flag_of(step.layer(), "ceil_mode");
  const bool plain = axes[0].dilation == 1 && axes[1].dilation == 1;
  if (is_same_tf(step) && plain && !ceil_mode) {
    attributes.push_back({"auto_pad", std::string("SAME_UPPER")});
    return;
  }
  if (ceil_mode && has_same_rule(axes)) {
    attributes.push_back({"ceil_mode", std::int64_t{1}});
  } else {
    for (PoolAxis& axis : axes) axis.after = std::max(axis.after, axis.after + axis.beyond());
  }
  attributes.push_back(
      {"pads", Numbers{axes[0].before, axes[1].before, axes[0].after, axes[1].after}});
}

void max_pool(OnnxLayer& step) {
  std::vector<OnnxAttribute> attributes = {{"kernel_shape", extent(step, "kernel")},
                                           {"strides", extent(step, "stride")},
                                           {"dilations", extent(step, "dilation")}};
  const std::array<PoolAxis, 2> axes = pool_axes(step, true);
  if (loses_ceil_mode(step, axes)) step.mark_as_kind();
  add_pool_padding(step, axes, attributes);
  step.result("MaxPool", {step.input(Layout::kFirst)}, Layout::kFirst, attributes);
}

// Numbers beyond the padding never count; those of the padding count if the layer says so.
void avg_pool(OnnxLayer& step) {
  std::array<PoolAxis, 2> axes = pool_axes(step, false);
  std::string input = step.input(Layout::kFirst);
  const bool counts = graph::flag_of(step.layer(), "count_include_pad");
  const bool padded = axes[0].before + axes[0].after + axes[1].before + axes[1].after > 0;
  const bool beyond = axes[0].beyond() > 0 || axes[1].beyond() > 0;
  bool include = padded && counts;
  // Without padding a file doesn't say whether it counts.
  if (loses_ceil_mode(step, axes) || (!padded && !counts)) step.mark_as_kind();
  std::vector<OnnxAttribute> attributes = {{"kernel_shape", extent(step, "kernel")},
                                           {"strides", extent(step, "stride")}};
  if (include && beyond) {
    // Zeros that count, then an average that leaves out what is beyond them.
    for (PoolAxis& axis : axes) {
      axis.in += axis.before + axis.after;
      axis.before = axis.after = 0;
    }
    const auto& [y, x] = axes;
    const Padding pad = padding(step);
    step.mark_as_kind();
    const Numbers sides = {0, 0, pad.top.value(),    pad.left.value(),
                           0, 0, pad.bottom.value(), pad.right.value()};
    input = step.step("Pad", {input, step.constant(sides)},
                      {step.batch(), step.shape().channels.value(), y.in, x.in});
    include = false;
  }
  if (include) attributes.push_back({"count_include_pad", std::int64_t{1}});
  add_pool_padding(step, axes, attributes);
  step.result("AveragePool", {input}, Layout::kFirst, attributes);
}

void global_avg_pool(OnnxLayer& step) {
  step.result("GlobalAveragePool", {step.input(Layout::kFirst)}, Layout::kFirst);
}
void global_max_pool(OnnxLayer& step) {
  step.result("GlobalMaxPool", {step.input(Layout::kFirst)}, Layout::kFirst);
}

// Row i of the averaging matrix has the shares of the rows that output i averages: PyTorch's
// windows.
std::vector<float> averaging_matrix(std::int64_t in, std::int64_t out, bool transposed) {
  std::vector<float> matrix(static_cast<std::size_t>(in * out));
  for (std::int64_t i = 0; i < out; ++i) {
    const std::int64_t first = i * in / out, end = ((i + 1) * in + out - 1) / out;
    for (std::int64_t k = first; k < end; ++k)
      matrix[static_cast<std::size_t>(transposed ? k * out + i : i * in + k)] =
          1.0F / static_cast<float>(end - first);
  }
  return matrix;
}

// ONNX has no such operator: an average pool where the windows are equal, else two products.
void adaptive_avg_pool(OnnxLayer& step) {
  const TensorShape in = step.shape(), out = step.layer().output;
  const std::int64_t h = in.height.value(), w = in.width.value(), to_h = out.height.value(),
                     to_w = out.width.value();
  const std::string input = step.input(Layout::kFirst);
  step.mark_as_kind();
  if (in == out) {
    step.result("Identity", {input}, Layout::kFirst);
  } else if (h % to_h == 0 && w % to_w == 0) {
    const Numbers window = {h / to_h, w / to_w};
    step.result("AveragePool", {input}, Layout::kFirst,
                {{"kernel_shape", window}, {"strides", window}});
  } else {
    const std::string rows = step.constant(averaging_matrix(h, to_h, false), {to_h, h});
    const std::string columns = step.constant(averaging_matrix(w, to_w, true), {w, to_w});
    const std::string narrow =
        step.step("MatMul", {input, columns}, {step.batch(), in.channels.value(), h, to_w});
    step.result("MatMul", {rows, narrow}, Layout::kFirst);
  }
}

// The rows that each output takes the maximum of: PyTorch's windows, the last row again where one
// is shorter than the longest.
struct PoolRows {
  Numbers rows;
  std::int64_t longest = 1;
};

PoolRows adaptive_rows(std::int64_t in, std::int64_t out) {
  const auto first = [&](std::int64_t k) { return k * in / out; };
  const auto end = [&](std::int64_t k) { return ((k + 1) * in + out - 1) / out; };
  PoolRows pool;
  for (std::int64_t k = 0; k < out; ++k) pool.longest = std::max(pool.longest, end(k) - first(k));
  for (std::int64_t k = 0; k < out; ++k) {
    for (std::int64_t row = 0; row < pool.longest; ++row)
      pool.rows.push_back(std::min(first(k) + row, end(k) - 1));
  }
  return pool;
}

// ONNX has no such operator: a pool where the windows are equal, else the windows' rows and columns
// side by side, and a pool without overlap.
void adaptive_max_pool(OnnxLayer& step) {
  const TensorShape in = step.shape(), out = step.layer().output;
  const PoolRows rows = adaptive_rows(in.height.value(), out.height.value()),
                 columns = adaptive_rows(in.width.value(), out.width.value());
  step.mark_as_kind();
  std::string x = step.input(Layout::kFirst);
  TensorShape shape = in;
  const auto gather = [&](const PoolRows& pool, Count& size, std::int64_t axis) {
    const auto wanted = static_cast<std::int64_t>(pool.rows.size());
    if (wanted == size.value()) return;
    size = Count(wanted);
    x = step.step("Gather", {x, step.constant(pool.rows)},
                  sizes_in(shape, step.batch(), Layout::kFirst), {{"axis", axis}});
  };
  gather(rows, shape.height, 2);
  gather(columns, shape.width, 3);
  const Numbers window = {rows.longest, columns.longest};
  step.result("MaxPool", {x}, Layout::kFirst, {{"kernel_shape", window}, {"strides", window}});
}

// --- PyTorch -----------------------------------------------------------------------------------

// PyTorch's pools take no numbers as flags.
std::string strict_flag(const std::string& flag) {
  return flag == "True" || flag == "False" ? flag : call("bool", {flag});
}

TorchModule torch_pool(const TorchLayer& layer, const std::string& name,
                       const std::string& dilation, const std::string& last) {
  const TorchPadding padding = torch_padding(layer, dilation);
  const std::string stride = layer["stride"], kernel = layer["kernel"],
                    ceil_mode = strict_flag(layer["ceil_mode"]);
  const bool max = name == "MaxPool2d";
  // PyTorch pads by at most half of the kernel.
  const std::vector<std::string> pads = pair_of(padding.number), sizes = pair_of(kernel);
  bool wide = false;
  for (std::size_t k = 0; k < 2; ++k)
    wide = wide || (is_whole_literal(pads[k]) && is_whole_literal(sizes[k]) &&
                    2 * std::stoll(pads[k]) > std::stoll(sizes[k]));
  const bool padded = padding.same_tf || !padding.sides.empty() || wide;
  std::string sides = padding.sides;
  if (wide) sides = fmt::format("({1}, {1}, {0}, {0})", pads[0], pads[1]);
  if (padding.same_tf) sides = "None";
  const std::string function = padded ? "Padded" + name : "nn." + name;
  if (padded) layer.need(function);
  const std::string code =
      call(function, {kernel, keyword("stride", stride, kernel),
                      keyword("padding", wide ? "0" : padding.number, "0"),
                      max ? keyword("dilation", dilation, "1") : std::string(),
                      keyword("ceil_mode", ceil_mode, "False"), last, keyword("sides", sides, "")});
  TorchFlow out = layer.in;
  out.form = TorchForm::kImage;
  const bool plain = ceil_mode == "False" && !padded;
  out.height.reset();
  out.width.reset();
  if (plain) {
    out.height = window_size(layer, layer.in.height, padding, dilation);
    out.width = window_size(layer, layer.in.width, padding, dilation);
  }
  return {code, to_image(layer), out};
}

TorchModule torch_max_pool(const TorchLayer& layer) {
  return torch_pool(layer, "MaxPool2d", layer["dilation"], {});
}

TorchModule torch_avg_pool(const TorchLayer& layer) {
  return torch_pool(layer, "AvgPool2d", "1",
                    keyword("count_include_pad", strict_flag(layer["count_include_pad"]), "True"));
}

TorchModule one_position(const TorchLayer& layer, std::string code) {
  return {std::move(code), to_image(layer), {layer.in.channels, "1", "1", TorchForm::kImage}};
}

TorchModule torch_global_avg_pool(const TorchLayer& layer) {
  return one_position(layer, "nn.AdaptiveAvgPool2d(1)");
}
TorchModule torch_global_max_pool(const TorchLayer& layer) {
  return one_position(layer, "nn.AdaptiveMaxPool2d(1)");
}

TorchModule torch_adaptive_pool(const TorchLayer& layer, std::string_view name) {
  const std::vector<std::string> sizes = pair_of(layer["size"]);
  const bool known = sizes.size() == 2 && layer["size"].find('[') == std::string::npos;
  TorchFlow out = {layer.in.channels, {}, {}, TorchForm::kImage};
  if (known) out.height = sizes[0];
  if (known) out.width = sizes[1];
  return {call(name, {layer["size"]}), to_image(layer), out};
}

TorchModule torch_adaptive_avg_pool(const TorchLayer& layer) {
  return torch_adaptive_pool(layer, "nn.AdaptiveAvgPool2d");
}
TorchModule torch_adaptive_max_pool(const TorchLayer& layer) {
  return torch_adaptive_pool(layer, "nn.AdaptiveMaxPool2d");
}

constexpr KindRow kPoolRows[] = {
    {"max_pool", max_pool, torch_max_pool},
    {"avg_pool", avg_pool, torch_avg_pool},
    {"global_avg_pool", global_avg_pool, torch_global_avg_pool},
    {"global_max_pool", global_max_pool, torch_global_max_pool},
    {"adaptive_avg_pool", adaptive_avg_pool, torch_adaptive_avg_pool},
    {"adaptive_max_pool", adaptive_max_pool, torch_adaptive_max_pool},
};

}  // namespace

std::span<const KindRow> pool_rows() { return kPoolRows; }

}  // namespace archcost::exporter
