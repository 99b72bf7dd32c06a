// SPDX-License-Identifier: Apache-2.0
// One way to run a kernel: layouts, and which of the library's primitives.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "plan/layout.hpp"

namespace archcost::plan {

/// Which primitives run a step.
enum class Method : std::uint8_t {
  kPrimitive,       ///< the primitive of the layer's kind, what follows fused where it can be
  kWinograd,        ///< a convolution by the library's Winograd algorithm
  kInnerProduct,    ///< a linear layer as an inner product instead of a convolution
  kBatchedMatmul,   ///< a grouped 1x1 convolution as one matmul with a batch of groups
  kMatmulPerGroup,  ///< the same as one matmul after the other
  kReduction,       ///< a global average as a reduction instead of a pool
  kReorder,         ///< a channel shuffle as a transposition
  kSeparate         ///< each element-wise operation as a primitive of its own
};

struct KernelOption {
  Layout in = Layout::kLast;   ///< of every input but gates
  Layout out = Layout::kLast;  ///< of the output and of what is added
  Method method = Method::kPrimitive;
  int alternative = 0;  ///< the library's n-th implementation of the primitive, from 0

  friend auto operator<=>(const KernelOption&, const KernelOption&) = default;
};

/// "nhwc>nChwc", "nhwc>nhwc second", "nChwc>nChwc winograd": unique among the options of a problem.
std::string to_text(const KernelOption& option);
/// The inverse of to_text; nothing for other texts.
std::optional<KernelOption> option_from_text(std::string_view text);

/// Whose code a kernel is.
enum class KernelOrigin : std::uint8_t {
  kLibrary,    ///< the library's optimised code
  kReference,  ///< the library's reference code, up to 1000 times slower
  kPlainLoops  ///< loops of archcost: the library has no primitive for the layer
};
/// "library", "reference", "plain loops".
std::string_view name_of(KernelOrigin origin);
/// The inverse of name_of; kLibrary for other texts.
KernelOrigin origin_from_name(std::string_view name);

}  // namespace archcost::plan
