// SPDX-License-Identifier: Apache-2.0
// What convolution and transposed convolution share.
#pragma once

#include <string>

#include "layers/window.hpp"

namespace archcost::layers {

/// Throws LayerFault unless `groups` divides both numbers of channels.
inline void require_groups(Count in, Count out, Count groups) {
  require(divides(groups, in), "groups", [&] {
    return fmt::format("groups {} must divide the {} input channels", groups.shown(), in.shown());
  });
  require(divides(groups, out), "groups", [&] {
    return fmt::format("groups {} must divide the {} output channels", groups.shown(), out.shown());
  });
}

/// "conv 1x1", "depthwise 3x3" (one input channel a group), "grouped 1x1".
inline std::string convolution_class(Count in, Count groups, const Extent& kernel,
                                     std::string_view plain) {
  const std::string_view name = groups == Count(1) ? plain : groups == in ? "depthwise" : "grouped";
  return fmt::format("{} {}", name, to_string(kernel));
}

}  // namespace archcost::layers
