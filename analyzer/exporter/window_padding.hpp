// SPDX-License-Identifier: Apache-2.0
// Kernels, strides and padding of convolutions and pools in other software.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/onnx_layer.hpp"
#include "exporter/torch_layer.hpp"

namespace archcost::exporter {

/// Height and width of an attribute.
Numbers extent(const OnnxLayer& step, std::string_view name);
/// Rows and columns on each side.
Padding padding(const OnnxLayer& step);
/// Top, left, bottom, right.
Numbers numbers_of(const Padding& pad);
bool is_same_tf(const OnnxLayer& step);
/// Whether a window has TensorFlow's padding, or one that differs by side: PyTorch's layers don't.
bool pads_by_side(const graph::Network& network);

/// Both directions of a Python expression.
std::vector<std::string> pair_of(const std::string& text);

/// Padding as PyTorch's modules take it, or sides that are padded separately.
struct TorchPadding {
  std::string number = "0";
  std::string sides;  ///< "(left, right, top, bottom)"; empty: `number` says it all
  bool same_tf = false;
};

TorchPadding torch_padding(const TorchLayer& layer, const std::string& dilation);

/// The size behind a window: known without help where it stays or all is one number.
std::optional<std::string> window_size(const TorchLayer& layer,
                                       const std::optional<std::string>& in,
                                       const TorchPadding& padding, const std::string& dilation);

}  // namespace archcost::exporter
