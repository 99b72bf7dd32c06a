// SPDX-License-Identifier: Apache-2.0
#include "core/shape.hpp"

#include <fmt/core.h>

namespace archcost {

std::string to_string(const TensorShape& shape) {
  return fmt::format("{}x{}x{}", shape.channels.shown(), shape.height.shown(), shape.width.shown());
}

std::string to_string(const Extent& extent) {
  return fmt::format("{}x{}", extent.height.shown(), extent.width.shown());
}

}  // namespace archcost
