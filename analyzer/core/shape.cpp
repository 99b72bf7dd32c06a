#include "core/shape.hpp"

#include <fmt/core.h>

namespace archcost {

std::string to_string(const TensorShape& shape) {
  return fmt::format("{}x{}x{}", shape.channels.value(), shape.height.value(), shape.width.value());
}

std::string to_string(const Extent<Count>& extent) {
  return fmt::format("{}x{}", extent.height.value(), extent.width.value());
}

}  // namespace archcost
